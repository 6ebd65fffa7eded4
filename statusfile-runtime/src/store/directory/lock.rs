//! The lock of a status: who holds it may change what is kept.

use super::Directory;
use super::layout::{LOCK, lock_text, says_saved};
use super::open::{Open, Removals};
use crate::error::{At, DamageKind, Error, Step};
use crate::fs::{Entry, FileId, FileSystem, Lock, Locked, Opened};
use crate::store::group::locked;
use crate::store::options::Options;
use crate::store::places::Owned;
use crate::store::sealed::Sealed;
use crate::store::snapshot::Snapshot;
use crate::trace;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The lock, until dropped, and the directories that it locks.
pub(crate) struct Held<F: FileSystem> {
    pub(crate) open: Open<F>,
    fs: F,
    file: F::File,
    pub(super) found: Locked,
    is_inscribed: AtomicBool,
    /// For those who keep it for long.
    pub(super) owned: Option<Owned>,
    /// What its holder has seen or saved last.
    seen: Mutex<LastSeen>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum LastSeen {
    #[default]
    Unknown,
    Nothing,
    Status(Arc<Vec<u8>>),
}

impl From<&Sealed> for LastSeen {
    fn from(status: &Sealed) -> Self {
        Self::Status(Arc::clone(status.bytes()))
    }
}

impl<Token> From<&Snapshot<Token>> for LastSeen {
    fn from(status: &Snapshot<Token>) -> Self {
        Self::Status(Arc::clone(status.document.bytes()))
    }
}

/// A lock that someone else had for as long as it was waited for.
pub(super) struct Taken<F: FileSystem> {
    open: Open<F>,
    file: F::File,
    pub(super) waited: Duration,
}

/// What asking for the lock comes to.
pub(super) type Answer<F> = Result<Held<F>, Taken<F>>;

impl<F: FileSystem> Held<F> {
    /// Whether a status was saved here before, and not removed.
    pub(super) fn is_inscribed(&self) -> bool {
        self.is_inscribed.load(Ordering::Relaxed)
    }

    /// What its holder knows to be the status.
    pub(super) fn saw(&self, status: impl Into<LastSeen>) {
        *locked(&self.seen) = status.into();
    }

    pub(super) fn last_seen(&self) -> LastSeen {
        locked(&self.seen).clone()
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
        self.ask(wait)?.map_err(|taken| self.locked(&taken))
    }

    /// The same, where it is no error if someone else has it.
    pub(super) fn ask(&self, wait: Duration) -> Result<Answer<F>, Error> {
        let mut removals = Removals::default();
        loop {
            let opened = self.open_or_make(None);
            let answer = opened.and_then(|open| self.ask_in(open, wait));
            if let Some(answer) = removals.outlived(answer)?.flatten() {
                return Ok(answer);
            }
        }
    }

    /// Takes the lock for writing in a directory that is open. `None` if the lock was removed before it was
    /// taken: others would take another one then.
    pub(super) fn lock_in(&self, open: Open<F>, wait: Duration) -> Result<Option<Held<F>>, Error> {
        let answer = self.ask_in(open, wait)?.transpose();
        answer.map_err(|taken| self.locked(&taken))
    }

    fn ask_in(&self, open: Open<F>, wait: Duration) -> Result<Option<Answer<F>>, Error> {
        let mode = Options::mode_of_lock(self.mode_for_lock(&open)?);
        let opened = self.fs.open_or_create(&open.own, Path::new(LOCK), mode);
        let opened = opened.at(Step::Lock, self.layout.within(LOCK))?;
        self.ask_for(opened, open, Lock::Exclusive, wait)
    }

    /// Only a lock that is missing gets it.
    fn mode_for_lock(&self, open: &Open<F>) -> Result<u32, Error> {
        let is_there = || matches!(self.fs.inspect(&open.own, Path::new(LOCK)), Ok(Entry::File));
        if !self.options.as_found || is_there() {
            return Ok(self.options.mode);
        }
        self.mode_found(open, &self.list(&open.own, Step::Look)?)
    }

    /// Takes the lock for reading, if there is one and this user may open it. Makes nothing.
    pub(super) fn ask_to_read(
        &self,
        open: Open<F>,
        wait: Duration,
    ) -> Result<Option<Answer<F>>, Error> {
        match self.fs.open(&open.own, Path::new(LOCK)) {
            Ok(opened) => self.ask_for(opened, open, Lock::Shared, wait),
            Err(_) => Ok(None),
        }
    }

    fn ask_for(
        &self,
        opened: Opened<F::File>,
        open: Open<F>,
        lock: Lock,
        wait: Duration,
    ) -> Result<Option<Answer<F>>, Error> {
        let path = self.layout.within(LOCK);
        let file = match opened {
            Opened::File(file) => file,
            Opened::NotAFile(kind) => return Err(Error::refused(path, DamageKind::NotAFile(kind))),
        };
        // What cannot be told now is told once it is locked.
        let is_current = || {
            let stamp = self.fs.stamp(&file);
            !matches!(
                stamp.map(|stamp| self.is_the_lock(&open, stamp.id)),
                Ok(Ok(false))
            )
        };
        let start = Instant::now();
        let locked = self.fs.lock(&file, lock, wait, &is_current);
        let waited = start.elapsed();
        trace::waited(waited);
        match locked.at(Step::Lock, &path)? {
            Some(Opened::File(found)) => {
                let held = Held {
                    open,
                    fs: self.fs.clone(),
                    file,
                    found,
                    is_inscribed: says_saved(found.bytes).into(),
                    owned: None,
                    seen: Mutex::default(),
                };
                let is_the_lock = self.is_the_lock(&held.open, found.id)?;
                Ok(is_the_lock.then_some(Ok(held)))
            }
            Some(Opened::NotAFile(kind)) => {
                self.fs.unlock(&file);
                Err(Error::refused(path, DamageKind::NotAFile(kind)))
            }
            None if is_current() => Ok(Some(Err(Taken { open, file, waited }))),
            None => Ok(None),
        }
    }

    /// Says who has the lock: an owner in this process, or who the system names.
    pub(super) fn locked(&self, taken: &Taken<F>) -> Error {
        let owner = || self.place(&taken.open.above).ok()?.owner();
        Error::Locked {
            location: self.layout.location.clone(),
            waited: taken.waited,
            holder: owner().unwrap_or_else(|| self.fs.holder(&taken.file)),
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
        self.say_saved(held, true)
            .at(Step::Lock, self.layout.within(LOCK))
    }

    /// Has the lock say whether there is a status. A file that has another name besides is left alone: who made
    /// that may have made it of somebody else's file.
    pub(super) fn say_saved(&self, held: &Held<F>, saved: bool) -> io::Result<()> {
        let Locked { bytes, names, .. } = held.found;
        if held.is_inscribed() == saved || names > 1 {
            return Ok(());
        }
        let Some(text) = lock_text(bytes, saved) else {
            return Ok(());
        };
        self.fs.write_over(&held.file, &text)?;
        let sync = || self.fs.sync(&held.file, None);
        self.options.durability.sync(sync)?;
        held.is_inscribed.store(saved, Ordering::Relaxed);
        Ok(())
    }

    /// Whether the lock is still the one that others take: it is not once the file was removed, or
    /// another directory lies in the place of the one that it is in.
    fn is_the_lock(&self, open: &Open<F>, lock: FileId) -> Result<bool, Error> {
        let name = self.layout.directory_name.join(LOCK);
        let same = self.fs.leads_to(&open.above, &name, lock);
        same.at(Step::Lock, self.layout.within(LOCK))
    }
}
