//! Saving, step by step. The numbers are those of `docs/protocol.md`, which says for each step what
//! a crash there leaves behind. Step 1, encoding the value, is `codec`'s.

use crate::MAX_BYTES;
use crate::codec;
use crate::error::{Error, Step};
use crate::fs::FileSystem;
use crate::lock::Held;
use crate::name::{LAST_GENERATION, Listing};
use crate::recover::{AtPath, Survey, survey};
use crate::schema::Schema;
use crate::store::{Durability, Store};
use crate::temp::Temp;
use crate::trace;
use serde::de::DeserializeOwned;
use std::io::{self, ErrorKind};

/// What is there before a save adds to it.
pub(crate) struct Kept<D> {
    pub(crate) at_path: AtPath,
    pub(crate) directory: D,
    pub(crate) listing: Listing,
    pub(crate) survey: Survey,
}

impl<F: FileSystem> Store<F> {
    /// Makes `status`, a sealed text, the newest generation.
    ///
    /// `held` is the lock, if the caller has it already.
    pub(crate) fn commit<T: DeserializeOwned>(
        &self,
        schema: &Schema<T>,
        status: &[u8],
        held: Option<&Held<F>>,
    ) -> Result<(), Error> {
        let temp = self.write_temp(status, self.options.file_mode())?; // 2
        self.flush_temp(&temp)?; // 3
        let _lock = self.lock_unless(held)?; // 4, and 9 when it is dropped
        let kept = self.look(&temp, schema.newest_known())?; // 5
        let newest = self.adopt_edit(&kept, schema)?;
        let newest = self.name(temp, status, &kept, newest)?; // 6
        self.flush_names(&kept)?; // 7
        trace::saved(newest, status.len());
        self.retire(&kept, newest, status) // 8
    }

    pub(crate) fn lock_unless(&self, held: Option<&Held<F>>) -> Result<Option<Held<F>>, Error> {
        match held {
            Some(_) => Ok(None),
            None => self.lock().map(Some),
        }
    }

    fn look(&self, temp: &Temp<F>, known: u32) -> Result<Kept<F::Directory>, Error> {
        let layout = &self.layout;
        let at_path = self.at_path(Step::Look)?;
        let listed = self.fs.list(layout.directory());
        let (names, directory) =
            listed.map_err(|cause| Error::io(Step::Look, layout.directory(), cause))?;
        let listing = Listing::new(names);
        let read = |generation| self.fs.read(&layout.generation(generation), MAX_BYTES);
        let survey = survey(&listing, read).map_err(|(generation, cause)| {
            Error::io(Step::Look, &layout.generation(generation), cause)
        })?;
        if let Some(good) = &survey.good {
            codec::check_version(good.stamp, &layout.generation(good.generation), known)?;
        }
        self.sweep(listing.temps.iter().filter(|&name| !temp.is_named(name)));
        if listing.generations.is_empty() {
            self.flush_parents()?;
        }
        if listing.edit_taken {
            self.finish_taking_edit()?;
        }
        Ok(Kept {
            at_path,
            directory,
            listing,
            survey,
        })
    }

    /// Gives a person's edit, which the new status will replace, the next number: it becomes the
    /// older status. Returns the highest number taken, here as below.
    fn adopt_edit<T: DeserializeOwned>(
        &self,
        kept: &Kept<F::Directory>,
        schema: &Schema<T>,
    ) -> Result<u64, Error> {
        if let AtPath::Edit { bytes, .. } = &kept.at_path {
            let edit = match codec::adopt(schema, self.layout.path(), bytes) {
                Err(Error::Decode { .. }) if schema.mends_edit => return Ok(kept.newest()),
                edit => edit?,
            };
            let newest = kept.survey.good.as_ref();
            if newest.is_none_or(|newest| newest.bytes != edit) {
                let adopted = self.rename(self.flushed_temp(&edit)?, kept.newest())?;
                trace::adopted(self.layout.path(), adopted);
                return Ok(adopted);
            }
        }
        Ok(kept.newest())
    }

    /// Gives the new status its number, and a copy of it the next if there is nothing good to fall
    /// back on: from the first save on, no one damaged file takes every copy.
    fn name(
        &self,
        temp: Temp<F>,
        status: &[u8],
        kept: &Kept<F::Directory>,
        newest: u64,
    ) -> Result<u64, Error> {
        if kept.survey.good.is_some() || newest != kept.newest() {
            return self.rename(temp, newest);
        }
        let copy = self.flushed_temp(status)?;
        let newest = self.rename(temp, newest)?;
        self.rename(copy, newest).map_err(Error::after_rename)
    }

    fn rename(&self, temp: Temp<F>, newest: u64) -> Result<u64, Error> {
        if newest == LAST_GENERATION {
            let cause = io::Error::new(
                ErrorKind::InvalidData,
                "there is no number after this one; remove this file if it is not a real status",
            );
            return Err(Error::io(
                Step::Rename,
                &self.layout.generation(newest),
                cause,
            ));
        }
        temp.rename(&self.layout.generation(newest + 1))?;
        Ok(newest + 1)
    }

    fn flushed_temp(&self, bytes: &[u8]) -> Result<Temp<F>, Error> {
        let temp = self.write_temp(bytes, self.options.file_mode())?;
        self.flush_temp(&temp)?;
        Ok(temp)
    }

    fn flush_names(&self, kept: &Kept<F::Directory>) -> Result<(), Error> {
        match self.options.durability {
            Durability::Full => self.fs.flush_listed(&kept.directory).map_err(|cause| {
                Error::io(Step::FlushNames, self.layout.directory(), cause).after_rename()
            }),
            Durability::Process => Ok(()),
        }
    }
}

impl<D> Kept<D> {
    /// The highest number taken, or 0.
    pub(crate) fn newest(&self) -> u64 {
        self.listing.generations.first().copied().unwrap_or(0)
    }
}
