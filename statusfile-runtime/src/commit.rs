//! Saving, step by step. The numbers are those of `docs/protocol.md`, which says for each step what
//! a crash there leaves behind. Step 1, encoding the value, is `codec`'s.

use crate::MAX_BYTES;
use crate::codec;
use crate::error::{Error, Step};
use crate::fs::FileSystem;
use crate::lock::Held;
use crate::name::{LAST_GENERATION, Listing, generation_name};
use crate::recover::{AtPath, Survey, survey};
use crate::store::Store;
use crate::temp::Temp;
use std::io::{self, ErrorKind};
use std::path::Path;

/// What is there before a save adds to it.
struct Kept {
    at_path: AtPath,
    listing: Listing,
    survey: Survey,
}

impl<F: FileSystem> Store<F> {
    /// Makes `status`, a sealed text, the newest generation.
    ///
    /// `held` is the lock, if the caller has it already. `adopt` seals the text of a person's edit,
    /// or says why it is no status.
    pub(crate) fn commit(
        &self,
        status: &[u8],
        held: Option<&Held<F>>,
        adopt: impl Fn(&[u8]) -> Result<Vec<u8>, Error>,
    ) -> Result<(), Error> {
        let temp = self.write_temp(status)?; // 2
        self.flush_temp(&temp)?; // 3
        let _lock = self.lock_unless(held)?; // 4, and 9 when it is dropped
        let kept = self.look(&temp)?; // 5
        let newest = self.adopt_edit(&kept, adopt)?;
        let newest = self.name(temp, status, &kept, newest)?; // 6
        self.flush_names()?; // 7
        self.retire(&kept, newest) // 8
    }

    fn lock_unless(&self, held: Option<&Held<F>>) -> Result<Option<Held<F>>, Error> {
        match held {
            Some(_) => Ok(None),
            None => self.lock().map(Some),
        }
    }

    fn look(&self, temp: &Temp<F>) -> Result<Kept, Error> {
        let layout = &self.layout;
        let at_path = self.at_path(Step::Look)?;
        let listing = match self.fs.list(layout.directory()) {
            Ok(names) => Listing::new(names),
            Err(cause) => return Err(Error::io(Step::Look, layout.directory(), cause)),
        };
        let read = |generation| self.fs.read(&layout.generation(generation), MAX_BYTES);
        let survey = survey(&listing, read).map_err(|(generation, cause)| {
            Error::io(Step::Look, &layout.generation(generation), cause)
        })?;
        if let Some(good) = &survey.good {
            codec::check_version(&good.seal, &layout.generation(good.generation))?;
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
            listing,
            survey,
        })
    }

    /// Gives a person's edit, which the new status will replace, the next number: it becomes the
    /// older status. Returns the highest number taken, here as below.
    fn adopt_edit(
        &self,
        kept: &Kept,
        adopt: impl Fn(&[u8]) -> Result<Vec<u8>, Error>,
    ) -> Result<u64, Error> {
        if let AtPath::Edit { bytes, .. } = &kept.at_path {
            let edit = adopt(bytes)?;
            let newest = kept.survey.good.as_ref();
            if newest.is_none_or(|newest| newest.bytes != edit) {
                return self.rename(self.flushed_temp(&edit)?, kept.newest());
            }
        }
        Ok(kept.newest())
    }

    /// Gives the new status its number, and a copy of it the next if there is nothing good to fall
    /// back on: from the first save on, no one damaged file takes every copy.
    fn name(&self, temp: Temp<F>, status: &[u8], kept: &Kept, newest: u64) -> Result<u64, Error> {
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
        let temp = self.write_temp(bytes)?;
        self.flush_temp(&temp)?;
        Ok(temp)
    }

    fn flush_names(&self) -> Result<(), Error> {
        let directory = self.layout.directory();
        self.flush(directory)
            .map_err(|cause| Error::io(Step::FlushNames, directory, cause).after_rename())
    }

    /// Points the links at the new status, which is durable by now, and removes what is no longer
    /// needed.
    ///
    /// Only an edit that goes on to win over the new status is worth an error. Whatever else fails
    /// here leaves a link or a file behind that the next save deals with.
    fn retire(&self, kept: &Kept, newest: u64) -> Result<(), Error> {
        let layout = &self.layout;
        let _ = self.point(&layout.current(), Path::new(&generation_name(newest)));
        let replaced = match &kept.at_path {
            AtPath::Nothing => {
                let _ = self.fs.link(layout.link_target(), layout.path());
                Ok(())
            }
            AtPath::Link => Ok(()),
            AtPath::Empty | AtPath::Edit { .. } => self.replace_edit(&kept.at_path),
        };

        let (damaged, good) = kept.split_generations();
        self.set_aside(damaged.first().copied(), &kept.listing.damaged);
        let added = usize::try_from(newest - kept.newest()).unwrap_or(usize::MAX);
        let retired = good.iter().skip(self.options.keep.saturating_sub(added));
        for &generation in damaged.iter().skip(1).chain(retired).rev() {
            let _ = self.fs.remove(&layout.generation(generation));
        }
        replaced
    }

    /// Makes `link` point at `target`, whatever it was before.
    fn point(&self, link: &Path, target: &Path) -> io::Result<()> {
        let new = self.layout.new_link();
        match self.fs.link(target, &new) {
            Err(cause) if cause.kind() == ErrorKind::AlreadyExists => {
                self.fs.remove(&new)?;
                self.fs.link(target, &new)?;
            }
            linked => linked?,
        }
        self.fs.replace(&new, link)
    }

    /// Puts the link where the edit was, now that the edit is kept as a generation.
    ///
    /// An edit made since then stays: it came after this save, and wins over it.
    fn replace_edit(&self, before: &AtPath) -> Result<(), Error> {
        let path = self.layout.path();
        match (before, self.at_path(Step::RemoveEdit)?) {
            (AtPath::Empty, AtPath::Empty) => {}
            (AtPath::Edit { bytes, .. }, AtPath::Edit { bytes: now, .. }) if *bytes == now => {}
            _ => return Ok(()),
        }
        let marker = self.layout.edit_taken();
        self.fs
            .open_or_create(&marker, self.options.mode)
            .and_then(|_marker| self.fs.remove(path))
            .map_err(|cause| Error::io(Step::RemoveEdit, path, cause))?;
        let _ = self.fs.link(self.layout.link_target(), path);
        self.finish_taking_edit().map_err(Error::after_rename)
    }

    /// Makes it durable that an edit is gone from the path. If that were left to chance, a power cut
    /// could bring the edit back, and it would win over all that was saved since; so this flushes
    /// even where saves do not.
    fn finish_taking_edit(&self) -> Result<(), Error> {
        let parent = self.layout.parent();
        self.fs
            .flush_directory(parent)
            .map_err(|cause| Error::io(Step::FlushParents, parent, cause))?;
        let _ = self.fs.remove(&self.layout.edit_taken());
        Ok(())
    }

    /// Sets a damaged generation aside, for a person to look at. Of those set aside `before`, the
    /// newest stays until there is another.
    fn set_aside(&self, generation: Option<u64>, before: &[u64]) {
        let replaced = generation.is_some_and(|generation| {
            let (from, to) = (
                self.layout.generation(generation),
                self.layout.damaged(generation),
            );
            self.fs.replace(&from, &to).is_ok()
        });
        let stays = if replaced {
            generation
        } else {
            before.first().copied()
        };
        for &generation in before.iter().filter(|&&before| Some(before) != stays) {
            let _ = self.fs.remove(&self.layout.damaged(generation));
        }
    }
}

impl Kept {
    /// The highest number taken, or 0.
    fn newest(&self) -> u64 {
        self.listing.generations.first().copied().unwrap_or(0)
    }

    /// The damaged generations, and then the newest good one with all that are older.
    fn split_generations(&self) -> (&[u64], &[u64]) {
        self.listing.generations.split_at(self.survey.damaged.len())
    }
}
