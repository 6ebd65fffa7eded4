//! Which generation is the newest good one.

use crate::error::{DamageKind, Error};
use crate::fs::{Contents, Stamp};
use crate::store::limits::MAX_BYTES;
use crate::store::sealed::Sealed;

/// The newest good generation, and what was found damaged on the way to it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choice {
    pub(crate) good: Option<Intact>,
    /// The newest first.
    pub(crate) damaged: Vec<(u64, DamageKind)>,
}

/// A generation whose seal holds.
#[derive(Clone, Debug)]
pub(crate) struct Intact {
    pub(crate) number: u64,
    pub(crate) sealed: Sealed,
    pub(crate) stamp: Stamp,
}

impl Intact {
    /// What is wrong with the file, if it is no good generation.
    pub(crate) fn new(number: u64, contents: Contents) -> Result<Self, DamageKind> {
        match contents {
            Contents::Whole { bytes, stamp } => Ok(Self {
                number,
                sealed: Sealed::open(bytes)?,
                stamp,
            }),
            Contents::TooLarge { bytes } => Err(DamageKind::TooLarge {
                bytes,
                most: MAX_BYTES,
            }),
            Contents::NotAFile(kind) => Err(DamageKind::NotAFile(kind)),
            Contents::Unreadable(cause) => Err(DamageKind::Unreadable(cause.into())),
        }
    }
}

impl Choice {
    /// The numbers of the damaged generations, the newest first. A directory that somebody has made is none.
    pub(crate) fn damaged_files(&self) -> impl Iterator<Item = &(u64, DamageKind)> {
        self.damaged.iter().filter(|(_, kind)| !kind.is_directory())
    }

    /// Whether there is no generation, good or damaged.
    pub(crate) fn is_empty(&self) -> bool {
        self.good.is_none() && self.damaged_files().next().is_none()
    }

    /// Reads these generations, the newest of which comes first, until one is good.
    ///
    /// A file that the disk does not give back is damaged. One that may not be read is not, nor one that
    /// cannot be opened at the moment: passing over it would bring back an older status for no reason,
    /// so that is an error.
    pub(crate) fn among(
        generations: &[u64],
        intact: impl Fn(u64) -> Result<Result<Intact, DamageKind>, Error>,
    ) -> Result<Self, Error> {
        let mut choice = Self::default();
        for &number in generations {
            match intact(number)? {
                Ok(good) => {
                    choice.good = Some(good);
                    break;
                }
                Err(kind) => choice.damaged.push((number, kind)),
            }
        }
        Ok(choice)
    }
}
