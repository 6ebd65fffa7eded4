//! The generations that are kept: which there are, and one of them by its number.

use super::Directory;
use super::choose::Intact;
use super::lock::Held;
use super::scene::Scene;
use crate::error::{Damage, Error, Step};
use crate::fs::{Contents, FileSystem};
use crate::store::snapshot::{Generation, Snapshot};
use std::io::{self, ErrorKind};

impl<F: FileSystem> Directory<F> {
    /// Every generation that is kept, the newest first.
    pub(super) fn list_generations(&self) -> Result<Vec<Generation>, Error> {
        let Some(own) = self.own_to_read()? else {
            return Ok(Vec::new());
        };
        let mut history = Vec::new();
        let listing = match self.list(&own, Step::Read) {
            // A removal has just taken the directory.
            Err(error) if error.is_not_found() => return Ok(history),
            listing => listing?,
        };
        for number in listing.generations {
            match self.read(&own, number, Step::Read) {
                Ok(contents) => history.push(self.described(number, contents)),
                // A save has just retired it.
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(history)
    }

    fn described(&self, number: u64, contents: Contents) -> Generation {
        let (bytes, modified) = match &contents {
            Contents::Whole { bytes, stamp } => (Some(bytes.len() as u64), stamp.modified),
            Contents::TooLarge { bytes } => (Some(*bytes), None),
            Contents::NotAFile(_) | Contents::Unreadable(_) => (None, None),
        };
        let label = Intact::new(number, contents).map(|good| good.sealed.label);
        Generation {
            number,
            location: self.layout.generation(number).into(),
            saved_at: label
                .as_ref()
                .map_or(modified, |label| Some(label.saved.time())),
            bytes,
            version: label.map(|label| label.version),
        }
    }

    pub(super) fn read_generation(
        &self,
        number: u64,
        held: Option<&Held<F>>,
    ) -> Result<Snapshot<Scene>, Error> {
        let own = match held {
            Some(held) => Some(held.open.own.clone()),
            None => self.own_to_read()?,
        };
        let Some(own) = own else {
            return Err(self.not_kept(number, &[]));
        };
        match self.intact(&own, number, Step::Read) {
            Ok(Ok(good)) => Ok(self.snapshot(good, Vec::new())),
            Ok(Err(kind)) => {
                let damage = Damage::new(self.layout.generation(number), kind);
                Err(self.layout.none_good(vec![damage]))
            }
            Err(error) if error.is_not_found() => {
                let listing = self.list(&own, Step::Read).unwrap_or_default();
                Err(self.not_kept(number, &listing.generations))
            }
            Err(error) => Err(error),
        }
    }

    fn own_to_read(&self) -> Result<Option<F::Dir>, Error> {
        Ok(self.open_to_read(Step::Read)?.map(|open| open.own))
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
