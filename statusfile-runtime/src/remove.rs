//! Taking a status away, so that a crash in between leaves it or nothing, and never an older one.

use crate::MAX_BYTES;
use crate::damage::Flaw;
use crate::error::{Error, Step};
use crate::fs::{Entry, FileSystem, Kind};
use crate::name::Listing;
use crate::recover::{AtPath, survey};
use crate::store::Store;
use std::io::ErrorKind;
use std::path::Path;

impl<F: FileSystem> Store<F> {
    /// Removes all that belongs to the status. What counts goes last: an edit at the path after all
    /// generations, else the newest good generation after all others.
    pub(crate) fn remove(&self) -> Result<(), Error> {
        let layout = &self.layout;
        let at_path = self.at_path(Step::Remove)?;
        if let AtPath::Edit { file, .. } | AtPath::Empty { file } = &at_path {
            if file != layout.path() {
                return Err(Error::Unsafe {
                    path: layout.path().to_owned(),
                    flaw: Flaw::NotAFile(Kind::Link),
                });
            }
        }
        if matches!(at_path, AtPath::Nothing) && self.is_absent(layout.directory())? {
            return Ok(());
        }
        let _held = self.lock()?;
        let listing = self.list_to_remove()?;
        let edit = matches!(self.at_path(Step::Remove)?, AtPath::Edit { .. });

        let newest = if edit {
            None
        } else {
            self.newest_good(&listing)?
        };
        // A dead writer may have left it visible only.
        self.flush_after_removal(layout.directory())?;

        let others = listing.generations.iter().rev();
        let others = others.filter(|&&generation| Some(generation) != newest);
        let others = others.map(|&generation| layout.generation(generation));
        let damaged = listing.damaged.iter();
        let damaged = damaged.map(|&generation| layout.damaged(generation));
        let links = [layout.current(), layout.new_link()];
        for path in links.into_iter().chain(others).chain(damaged) {
            self.take_away(&path)?;
        }
        self.flush_after_removal(layout.directory())?;

        self.take_away(layout.path())?;
        self.flush_after_removal(layout.parent())?;

        self.take_away(&layout.edit_taken())?;
        if let Some(newest) = newest {
            self.take_away(&layout.generation(newest))?;
        }
        self.sweep(listing.temps.iter());
        self.flush_after_removal(layout.directory())?;

        // From here on someone else may take a new lock; an empty directory is all that can be lost.
        self.take_away(&layout.lock())?;
        match self.fs.remove_directory(layout.directory()) {
            // Someone has begun to save, or keeps files of their own here.
            Err(cause) if cause.kind() == ErrorKind::DirectoryNotEmpty => Ok(()),
            // Not found: someone else was removing it, too.
            Err(cause) if cause.kind() != ErrorKind::NotFound => {
                Err(Error::io(Step::Remove, layout.directory(), cause))
            }
            _ => self.flush_after_removal(layout.parent()),
        }
    }

    fn newest_good(&self, listing: &Listing) -> Result<Option<u64>, Error> {
        let layout = &self.layout;
        let read = |generation| self.fs.read(&layout.generation(generation), MAX_BYTES);
        let survey = survey(listing, read).map_err(|(generation, cause)| {
            Error::io(Step::Remove, &layout.generation(generation), cause)
        })?;
        Ok(survey.good.map(|good| good.generation))
    }

    fn is_absent(&self, path: &Path) -> Result<bool, Error> {
        let entry = self.fs.inspect(path);
        let entry = entry.map_err(|cause| Error::io(Step::Remove, path, cause))?;
        Ok(entry == Entry::Absent)
    }

    fn list_to_remove(&self) -> Result<Listing, Error> {
        let directory = self.layout.directory();
        let listed = self.fs.list(directory);
        let (names, _) = listed.map_err(|cause| Error::io(Step::Remove, directory, cause))?;
        Ok(Listing::new(names))
    }

    fn take_away(&self, path: &Path) -> Result<(), Error> {
        match self.fs.remove(path) {
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(()),
            removed => removed.map_err(|cause| Error::io(Step::Remove, path, cause)),
        }
    }

    fn flush_after_removal(&self, directory: &Path) -> Result<(), Error> {
        self.flush(directory)
            .map_err(|cause| Error::io(Step::Remove, directory, cause))
    }
}
