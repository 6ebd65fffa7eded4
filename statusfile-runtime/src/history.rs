//! The statuses that are kept: which there are, and making an older one the newest again.

use crate::codec;
use crate::damage::{Damage, Flaw};
use crate::error::{Error, Step};
use crate::fs::{Contents, FileSystem};
use crate::name::Listing;
use crate::recover::Good;
use crate::schema::Schema;
use crate::store::Store;
use crate::{Loaded, MAX_BYTES, Origin};
use serde::de::DeserializeOwned;
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::time::SystemTime;

/// One of the statuses that are kept, as it lies on disk. From
/// [`StatusFile::history`](crate::StatusFile::history), which has an example.
#[derive(Debug)]
#[non_exhaustive]
pub struct Generation {
    /// Its number; a higher one is newer.
    pub number: u64,
    /// The file.
    pub path: PathBuf,
    /// When it was written, by the clock of its file system.
    pub saved_at: Option<SystemTime>,
    /// The size of the file in bytes, seal and all, where there is one.
    pub bytes: Option<u64>,
    /// The version of the type that wrote it, or what is wrong with it.
    pub version: Result<u32, Flaw>,
}

impl<F: FileSystem> Store<F> {
    /// Every status that is kept, the newest first.
    pub(crate) fn history(&self) -> Result<Vec<Generation>, Error> {
        let generations = self.kept_generations()?;
        let mut history = Vec::with_capacity(generations.len());
        for number in generations {
            let path = self.layout.generation(number);
            match self.fs.read(&path, MAX_BYTES) {
                Ok(contents) => history.push(Generation::new(number, path, contents)),
                // A save has just retired it.
                Err(cause) if cause.kind() == ErrorKind::NotFound => {}
                Err(cause) => return Err(Error::io(Step::Read, &path, cause)),
            }
        }
        Ok(history)
    }

    /// The status that a save gave this number.
    pub(crate) fn read_generation<T: DeserializeOwned>(
        &self,
        schema: &Schema<T>,
        number: u64,
    ) -> Result<Loaded<T>, Error> {
        let good = self.good_generation(number)?;
        Ok(Loaded {
            value: codec::decode(schema, &self.layout.generation(number), &good.bytes)?,
            origin: Origin::Generation(number),
            saved_at: good.modified,
            skipped: Vec::new(),
        })
    }

    /// Saves the status of this number again, as a new generation, to the letter.
    pub(crate) fn restore<T: DeserializeOwned>(
        &self,
        schema: &Schema<T>,
        number: u64,
    ) -> Result<T, Error> {
        let held = self.lock()?;
        let good = self.good_generation(number)?;
        let value = codec::decode(schema, &self.layout.generation(number), &good.bytes)?;
        self.commit(schema, &good.bytes, Some(&held))?;
        Ok(value)
    }

    pub(crate) fn kept_generations(&self) -> Result<Vec<u64>, Error> {
        match self.fs.list(self.layout.directory()) {
            Ok((names, _)) => Ok(Listing::new(names).generations),
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(cause) => Err(Error::io(Step::Read, self.layout.directory(), cause)),
        }
    }

    pub(crate) fn good_generation(&self, number: u64) -> Result<Good, Error> {
        let path = self.layout.generation(number);
        match self.fs.read(&path, MAX_BYTES) {
            Ok(contents) => Good::new(number, contents).map_err(|flaw| Error::Damaged {
                path: self.layout.path().to_owned(),
                candidates: vec![Damage::new(path, flaw)],
            }),
            Err(cause) if cause.kind() == ErrorKind::NotFound => Err(self.not_kept(number)),
            Err(cause) => Err(Error::io(Step::Read, &path, cause)),
        }
    }

    fn not_kept(&self, number: u64) -> Error {
        let kept = self.kept_generations().unwrap_or_default();
        let kept: Vec<String> = kept.iter().map(u64::to_string).collect();
        let cause = io::Error::new(
            ErrorKind::NotFound,
            format!(
                "this generation is not kept; kept are [{}]",
                kept.join(", ")
            ),
        );
        Error::io(Step::Read, &self.layout.generation(number), cause)
    }
}

impl Generation {
    fn new(number: u64, path: PathBuf, contents: Contents) -> Self {
        let (bytes, saved_at) = match &contents {
            Contents::Whole { bytes, modified } => (Some(bytes.len() as u64), *modified),
            Contents::TooLarge { bytes } => (Some(*bytes), None),
            Contents::NotAFile(_) | Contents::Unreadable(_) => (None, None),
        };
        Self {
            number,
            path,
            saved_at,
            bytes,
            version: Good::new(number, contents).map(|good| good.stamp.version),
        }
    }
}
