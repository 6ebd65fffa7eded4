//! What is there: what a load decodes, and what a save replaces.

use super::sealed::Sealed;
use crate::error::{Damage, DamageKind, Location};
use std::sync::Arc;
use std::time::SystemTime;

/// The status, as bytes.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot<Token> {
    pub(crate) document: Document,
    /// The file that it is in.
    pub(crate) location: Location,
    pub(crate) origin: Origin,
    pub(crate) saved_at: Option<SystemTime>,
    pub(crate) skipped: Vec<Damage>,
    /// The newest good generation, of whose version an edit without a seal is.
    pub(crate) newest: Option<Sealed>,
    /// What its back end has found out besides.
    pub(crate) token: Option<Token>,
}

#[derive(Clone, Debug)]
pub(crate) enum Document {
    Sealed(Sealed),
    /// What a person or another program wrote. It may have any seal, or none.
    Edit(Arc<Vec<u8>>),
}

impl Document {
    pub(crate) fn bytes(&self) -> &Arc<Vec<u8>> {
        match self {
            Self::Sealed(sealed) => sealed.bytes(),
            Self::Edit(bytes) => bytes,
        }
    }
}

/// A status, and what there is to know about where it came from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Loaded<T> {
    /// The status.
    pub value: T,
    /// Which file it was in.
    pub origin: Origin,
    /// When it was saved, by the clock of who saved it; an edit, when its file was written.
    pub saved_at: Option<SystemTime>,
    /// The newer files that were passed over because they are damaged, the newest first. Empty
    /// unless something is wrong with the disk, or someone wrote to the files.
    pub skipped: Vec<Damage>,
}

impl<T> Loaded<T> {
    /// The same report with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Loaded<U> {
        Loaded {
            value: change(self.value),
            origin: self.origin,
            saved_at: self.saved_at,
            skipped: self.skipped,
        }
    }
}

/// Which file a status was in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Origin {
    /// The file at the path, as a save has left it there, or somebody who restored it.
    Path,
    /// The one that a save gave this number: it was asked for, or the file at the path is damaged or gone. Every
    /// save takes the next number, but two where it adopts what was not saved by one.
    Generation(u64),
    /// The file at the path, as a person or another program has written it.
    Edit,
    /// What lies where the type was kept before it was renamed or moved, as its `formerly` says: nothing was saved at
    /// its place of today yet. It stays there.
    FormerPlace,
}

impl Origin {
    /// The number of the generation, unless it is the file at the path.
    #[must_use]
    pub fn generation(self) -> Option<u64> {
        match self {
            Self::Generation(number) => Some(number),
            Self::Path | Self::Edit | Self::FormerPlace => None,
        }
    }
}

/// One of the statuses that are kept, as it lies on disk. From
/// [`StatusFile::history`](crate::StatusFile::history), which has an example.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Generation {
    /// Its number; a higher one is newer.
    pub number: u64,
    /// The file.
    pub location: Location,
    /// When it was saved, by the clock of who saved it; where its seal does not hold, when the file was
    /// written.
    pub saved_at: Option<SystemTime>,
    /// The size of the file in bytes, seal and all, where there is one.
    pub bytes: Option<u64>,
    /// The version of the type that wrote it, or what is wrong with it.
    pub version: Result<u32, DamageKind>,
}
