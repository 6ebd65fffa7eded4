//! The lock of a status: who holds it may change what is kept.

use super::Directory;
use super::layout::{LOCK, LOCK_LINE, says_saved};
use super::open::Open;
use crate::error::{At, DamageKind, Error, Step};
use crate::fs::{Entry, FileSystem, Lock, Locked, Opened};
use crate::trace;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::{Duration, Instant};

/// The lock, until dropped, and the directories that it locks.
pub(crate) struct Held<F: FileSystem> {
    pub(crate) open: Open<F>,
    fs: F,
    file: F::File,
    found: Locked,
}

impl<F: FileSystem> Held<F> {
    /// Whether a status was saved here before, and not removed.
    pub(super) fn is_inscribed(&self) -> bool {
        says_saved(self.found.bytes)
    }
}

impl<F: FileSystem> Drop for Held<F> {
    fn drop(&mut self) {
        self.fs.unlock(&self.file);
    }
}

impl<F: FileSystem> Directory<F> {
    /// Takes the lock for writing, and makes what that needs.
    pub(super) fn lock(&self, wait: Duration) -> Result<Held<F>, Error> {
        loop {
            if let Some(held) = self.lock_in(self.open_or_make(None)?, wait)? {
                return Ok(held);
            }
        }
    }

    /// Takes the lock for writing in a directory that is open. `None` if that was removed before the
    /// lock was taken, or the lock with the status: others would take another one then.
    pub(super) fn lock_in(&self, open: Open<F>, wait: Duration) -> Result<Option<Held<F>>, Error> {
        let mode = self.mode_of_lock(&open)?;
        match self.fs.open_or_create(&open.own, Path::new(LOCK), mode) {
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
            opened => {
                let opened = opened.at(Step::Lock, self.layout.within(LOCK))?;
                self.hold(open, opened, Lock::Exclusive, wait)
            }
        }
    }

    /// Only a lock that is missing gets it.
    fn mode_of_lock(&self, open: &Open<F>) -> Result<u32, Error> {
        let is_there = || matches!(self.fs.inspect(&open.own, Path::new(LOCK)), Ok(Entry::File));
        if !self.options.as_found || is_there() {
            return Ok(self.options.mode);
        }
        self.mode_found(open, &self.list(&open.own, Step::Look)?)
    }

    /// Takes the lock for reading, if there is one and this user may open it. Makes nothing.
    pub(super) fn lock_to_read(
        &self,
        open: Open<F>,
        wait: Duration,
    ) -> Result<Option<Held<F>>, Error> {
        match self.fs.open(&open.own, Path::new(LOCK)) {
            Ok(opened) => self.hold(open, opened, Lock::Shared, wait),
            Err(_) => Ok(None),
        }
    }

    fn hold(
        &self,
        open: Open<F>,
        opened: Opened<F::File>,
        lock: Lock,
        wait: Duration,
    ) -> Result<Option<Held<F>>, Error> {
        let path = self.layout.within(LOCK);
        let file = match opened {
            Opened::File(file) => file,
            Opened::NotAFile(kind) => return Err(Error::refused(path, DamageKind::NotAFile(kind))),
        };
        let start = Instant::now();
        let locked = self.fs.lock(&file, lock, wait);
        trace::waited(start.elapsed());
        match locked.at(Step::Lock, &path)? {
            Some(Opened::File(found)) => {
                let fs = self.fs.clone();
                let held = Held {
                    open,
                    fs,
                    file,
                    found,
                };
                Ok(self.is_the_lock(&held)?.then_some(held))
            }
            Some(Opened::NotAFile(kind)) => {
                self.fs.unlock(&file);
                Err(Error::refused(path, DamageKind::NotAFile(kind)))
            }
            None => Err(Error::Locked {
                location: self.layout.location.clone(),
                waited: start.elapsed(),
            }),
        }
    }

    /// What [`Held::is_inscribed`] says, without the lock.
    pub(super) fn was_saved(&self, own: &F::Dir, step: Step) -> Result<bool, Error> {
        let lock = self.fs.stamp_of(own, Path::new(LOCK));
        let lock = lock.at(step, self.layout.within(LOCK))?;
        Ok(lock.is_some_and(|lock| says_saved(lock.bytes)))
    }

    /// Writes into the lock what `held` found missing there, so that no default ever takes the place of a
    /// status that is lost as a whole. Not before a status is durable, or a crash would leave word of a
    /// status that never was.
    pub(super) fn inscribe(&self, held: &Held<F>) -> Result<(), Error> {
        if held.is_inscribed() {
            return Ok(());
        }
        self.rewrite_lock(held, LOCK_LINE)
            .at(Step::Lock, self.layout.within(LOCK))
    }

    pub(super) fn rewrite_lock(&self, held: &Held<F>, line: &[u8]) -> io::Result<()> {
        self.fs.rewrite(&held.file, line)?;
        let sync = || self.fs.sync(&held.file, None);
        self.options.durability.sync(sync)
    }

    /// Whether the lock is still the one that others take: it is not once the file was removed, or
    /// another directory lies in the place of the one that it is in.
    pub(super) fn is_the_lock(&self, held: &Held<F>) -> Result<bool, Error> {
        let name = self.layout.directory_name.join(LOCK);
        let same = self.fs.leads_to(&held.open.above, &name, held.found.id);
        same.at(Step::Lock, self.layout.within(LOCK))
    }
}
