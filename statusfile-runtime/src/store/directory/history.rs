//! The generations that are kept: which there are, and one of them by its number.

use super::Directory;
use super::choose::Intact;
use super::layout::generation_name;
use super::lock::Held;
use crate::error::{Damage, Error, Step};
use crate::fs::{Contents, FileSystem};
use crate::store::options::MAX_BYTES;
use crate::store::snapshot::{Document, Generation, Origin, Snapshot};
use std::io::{self, ErrorKind};
use std::path::PathBuf;

impl<F: FileSystem> Directory<F> {
    /// Every generation that is kept, the newest first.
    pub(super) fn list_generations(&self) -> Result<Vec<Generation>, Error> {
        let Some(own) = self.own_to_read()? else {
            return Ok(Vec::new());
        };
        let mut history = Vec::new();
        for number in self.list(&own, Step::Read)?.generations {
            let path = self.layout.generation(number);
            match self.fs.read(&own, &generation_name(number), MAX_BYTES) {
                Ok(contents) => history.push(generation(number, path, contents)),
                // A save has just retired it.
                Err(cause) if cause.kind() == ErrorKind::NotFound => {}
                Err(cause) => return Err(Error::io(Step::Read, path, cause)),
            }
        }
        Ok(history)
    }

    pub(super) fn read_generation<T>(
        &self,
        number: u64,
        held: Option<&Held<F>>,
        token: T,
    ) -> Result<Snapshot<T>, Error> {
        let own = match held {
            Some(held) => Some(held.open.own.clone()),
            None => self.own_to_read()?,
        };
        let Some(own) = own else {
            return Err(self.not_kept(number, &[]));
        };
        let path = self.layout.generation(number);
        match self.fs.read(&own, &generation_name(number), MAX_BYTES) {
            Ok(contents) => match Intact::new(number, contents) {
                Ok(good) => Ok(Snapshot {
                    document: Document::Sealed(good.sealed),
                    location: path.into(),
                    origin: Origin::Generation(number),
                    saved_at: good.modified,
                    skipped: Vec::new(),
                    token,
                }),
                Err(kind) => Err(Error::Damaged {
                    location: self.layout.location().clone(),
                    candidates: vec![Damage::new(path, kind)],
                }),
            },
            Err(cause) if cause.kind() == ErrorKind::NotFound => {
                let listing = self.list(&own, Step::Read).unwrap_or_default();
                Err(self.not_kept(number, &listing.generations))
            }
            Err(cause) => Err(Error::io(Step::Read, path, cause)),
        }
    }

    fn own_to_read(&self) -> Result<Option<F::Dir>, Error> {
        match self.above(Step::Read)? {
            Some(above) => self.own(&above, Step::Read),
            None => Ok(None),
        }
    }

    fn not_kept(&self, number: u64, kept: &[u64]) -> Error {
        let there_are = match kept {
            [] => "there are none".to_owned(),
            kept => {
                let kept: Vec<String> = kept.iter().map(u64::to_string).collect();
                format!("there are {}", kept.join(", "))
            }
        };
        let text = format!("generation {number} does not exist ({there_are})");
        let cause = io::Error::new(ErrorKind::NotFound, text);
        Error::io(Step::Read, self.layout.generation(number), cause)
    }
}

fn generation(number: u64, path: PathBuf, contents: Contents) -> Generation {
    let (bytes, saved_at) = match &contents {
        Contents::Whole { bytes, modified } => (Some(bytes.len() as u64), *modified),
        Contents::TooLarge { bytes } => (Some(*bytes), None),
        Contents::NotAFile(_) | Contents::Unreadable(_) => (None, None),
    };
    Generation {
        number,
        location: path.into(),
        saved_at,
        bytes,
        version: Intact::new(number, contents).map(|good| good.sealed.versions.version),
    }
}
