//! Taking a status away, so that a crash in between leaves it or nothing, and never an older one.

use super::Directory;
use super::front::Front;
use super::layout::{LOCK, PUBLISHED, aside_name, damaged_name, generation_name};
use super::scene::Scene;
use crate::error::{At, Error, FileKind, Step};
use crate::fs::{Entry, FileSystem};
use std::io::ErrorKind;
use std::path::Path;

impl<F: FileSystem> Directory<F> {
    /// Removes all that belongs to the status. What is the status goes last: where the newest generation holds
    /// the text at the path, that generation after all others and after the path; else what is at the path, after
    /// all generations.
    pub(super) fn remove_all(&self) -> Result<(), Error> {
        let layout = &self.layout;
        let Some(above) = self.above(Step::Remove)? else {
            return Ok(());
        };
        let is_alone = self.own(&above, Step::Remove)?.is_none();
        let front = self.front(&above, Step::Remove, || Ok(Vec::new()))?;
        if is_alone && matches!(front, Front::Nothing) {
            return Ok(());
        }
        let held = self.lock(self.options.lock_timeout)?;
        let (above, own) = (&held.open.above, &held.open.own);
        // First: from here on it is no loss if there is no status.
        (self.say_saved(&held, false)).at(Step::Remove, layout.within(LOCK))?;
        let Scene {
            front,
            listing,
            choice,
            ..
        } = self.look(&held, Step::Remove)?;
        let newest = choice.good.filter(|good| match &front {
            Front::Status(_, sealed) => good.sealed == *sealed,
            Front::Edit(_) => false,
            Front::Damage(..) | Front::Nothing => true,
        });
        // A writer that died may have left it visible only, and those before it go now:
        // `retention::a_status_that_a_dead_writer_left_visible_is_durable_before_others_go`.
        if let Some(newest) = &newest {
            self.sync_generation(own, newest, Step::Remove)?;
        }
        self.sync_removal(own, &layout.directory)?;

        let newest = newest.map(|good| good.number);
        let others = listing.generations.iter().rev();
        let others = others.filter(|&&number| Some(number) != newest);
        let others = others.map(|&number| generation_name(number));
        let damaged = listing.damaged.iter().map(|&number| damaged_name(number));
        let aside = listing.aside.iter().map(|&number| aside_name(number));
        let published = listing.published.then(|| PUBLISHED.into());
        let set_aside = damaged.chain(aside).chain(published);
        for name in others.chain(set_aside) {
            self.take_away(own, &name, layout.within(&name))?;
        }
        self.sync_removal(own, &layout.directory)?;

        for name in [layout.beside(PUBLISHED), layout.name.clone()] {
            self.take_away(above, &name, layout.parent().join(&name))?;
        }
        self.sync_removal(above, layout.parent())?;

        if let Some(name) = newest.map(generation_name) {
            self.take_away(own, &name, layout.within(&name))?;
        }
        self.sweep(own, listing.temps.iter());
        self.sync_removal(own, &layout.directory)?;

        // From here on someone else may take a new lock; an empty directory is all that can be lost.
        self.take_away(own, Path::new(LOCK), layout.within(LOCK))?;
        let above = above.clone();
        let remove = || self.fs.remove_directory(&above, &layout.directory_name);
        let removed = match remove() {
            // Some systems keep the name of a removed file as long as it is open, and the lock's still is.
            Err(cause) if cause.kind() == ErrorKind::DirectoryNotEmpty => {
                drop(held);
                remove()
            }
            removed => removed,
        };
        match removed {
            // Someone has begun to save, or keeps files of their own here; or it is a mount of its own.
            Err(cause)
                if matches!(
                    cause.kind(),
                    ErrorKind::DirectoryNotEmpty | ErrorKind::ResourceBusy
                ) =>
            {
                Ok(())
            }
            // Not found: someone else was removing it, too.
            Err(cause) if cause.kind() != ErrorKind::NotFound => {
                Err(cause).at(Step::Remove, &layout.directory)
            }
            _ => self.sync_removal(&above, layout.parent()),
        }
    }

    fn take_away(&self, dir: &F::Dir, name: &Path, path: impl AsRef<Path>) -> Result<(), Error> {
        match self.fs.remove(dir, name) {
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(()),
            // No save makes one, so it is somebody's who keeps it here.
            Err(_) if self.is_directory(dir, name) => Ok(()),
            removed => removed.at(Step::Remove, path.as_ref()),
        }
    }

    pub(super) fn is_directory(&self, dir: &F::Dir, name: &Path) -> bool {
        let entry = self.fs.inspect(dir, name);
        matches!(entry, Ok(Entry::Other(FileKind::Directory)))
    }

    fn sync_removal(&self, dir: &F::Dir, path: &Path) -> Result<(), Error> {
        self.sync_directory(dir).at(Step::Remove, path)
    }
}
