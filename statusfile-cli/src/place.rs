//! Which status a path means, and which of its texts.

use crate::outcome::Failure;
use statusfile_runtime::untyped::{UntypedFile, UntypedStatus};
use statusfile_runtime::{Error, Location, Origin};
use std::path::Path;

/// A status, and the generation that the path named, if it named one.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) file: UntypedFile,
    pub(crate) generation: Option<u64>,
}

impl Place {
    pub(crate) fn of(path: &Path) -> Self {
        let (file, generation) = UntypedFile::find(path);
        Self { file, generation }
    }

    /// For what changes a status: a generation is never changed.
    pub(crate) fn to_change(path: &Path) -> Result<Self, Failure> {
        let place = Self::of(path);
        match place.generation {
            None => Ok(place),
            Some(generation) => Err(Failure::wrong_use(format!(
                "generation {generation} is never changed: name the status, {}",
                place.location()
            ))),
        }
    }

    pub(crate) fn location(&self) -> &Location {
        self.file.location()
    }

    /// The generation that was asked for or that the path names, else the current status.
    pub(crate) fn read(&self, generation: Option<u64>) -> Result<UntypedStatus, Failure> {
        match generation.or(self.generation) {
            Some(number) => self.read_generation(number),
            None => Ok(self.file.read()?),
        }
    }

    pub(crate) fn read_generation(&self, number: u64) -> Result<UntypedStatus, Failure> {
        self.file
            .read_generation(number)
            .map_err(|error| match error {
                // The error says that no intact copy is left, but only this one was read.
                Error::Damaged { candidates, .. } => {
                    let damage: Vec<_> = candidates.iter().map(ToString::to_string).collect();
                    Failure::finding(damage.join("\n"))
                }
                error => error.into(),
            })
    }

    /// The good status before `seen`. Whatever lies at the path and is not the newest generation was put
    /// there after it.
    pub(crate) fn before(&self, seen: &UntypedStatus) -> Result<UntypedStatus, Failure> {
        let history = self.file.history()?;
        let mut good = history.iter().filter(|kept| kept.version.is_ok());
        let number = match seen.origin {
            Origin::Generation(number) => number,
            _ => match (self.number(seen), good.clone().next()) {
                (Some(number), Some(newest)) if number >= newest.number => number,
                _ => return Ok(self.file.read_last_good()?),
            },
        };
        match good.find(|kept| kept.number < number) {
            Some(older) => self.read_generation(older.number),
            None => Err(Failure::finding(format!(
                "{}: no good status before generation {number} is kept",
                self.location()
            ))),
        }
    }

    /// The number of the generation that a status is, or that holds the same as the file at the path.
    pub(crate) fn number(&self, status: &UntypedStatus) -> Option<u64> {
        let number = status.origin.generation();
        // Who may read the file at the path, but not the generations, can be shown it all the same.
        number.or_else(|| self.file.generation_of(status).ok().flatten())
    }

    /// What to call a status.
    pub(crate) fn name(&self, status: &UntypedStatus) -> String {
        match (self.number(status), status.origin) {
            (Some(number), _) => format!("generation {number}"),
            (None, Origin::Edit) => "an edit".to_owned(),
            (None, _) => "the file at the path".to_owned(),
        }
    }
}
