//! A status that is changed in memory and saved in the background.
//!
//! The [`Saver`] has the value, the lock of the status and the save; handles change the value, and a
//! thread saves it now and then. A thread that needs to know that it is saved does so itself, so nothing
//! relies on the thread.

mod options;
mod saver;

pub use options::AutosaveOptions;
use saver::Memory;
pub(crate) use saver::Saver;

use super::OnDisk;
use super::background::Background;
use super::status_file::StatusFile;
use crate::error::{At, Error, Location, Step};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::mem;
use std::process;
use std::sync::Arc;

/// A status in memory that is saved in the background, until the last handle is dropped. Made by
/// [`StatusFile::autosave`], which has an example.
///
/// A clone is another handle to the same status, for another thread.
///
/// The drop of the last handle saves once more and waits for that. It cannot return an error:
/// [`on_error`](AutosaveOptions::on_error) is called, and the feature `tracing` has a warning. Use
/// [`close`](Self::close) to see it.
#[must_use = "the status is autosaved no more once this is dropped"]
pub struct Autosave<T> {
    owner: Arc<Owner<T>>,
}

struct Owner<T> {
    saver: Arc<Saver<OnDisk, T>>,
    /// `None` once it has ended.
    thread: Option<Background<Memory<T>>>,
}

impl<T: Serialize + DeserializeOwned + Default + Send + 'static> StatusFile<T> {
    /// Loads the status (or the default), keeps it in memory, and saves it in the background, at most
    /// once a second.
    ///
    /// A change takes no longer than one in memory does, so a checkpoint may follow every item of
    /// work. [`flush`](Autosave::flush) waits until all changes are on disk for good.
    ///
    /// ```
    /// # use serde::{Deserialize, Serialize};
    /// # use statusfile::StatusFile;
    /// # #[derive(Serialize, Deserialize, Default)]
    /// # struct Worker { jobs_done: u64 }
    /// # fn main() -> Result<(), statusfile::Error> {
    /// # let directory = std::env::temp_dir().join(format!("statusfile-doc-autosave-{}", std::process::id()));
    /// let file = StatusFile::<Worker>::undeclared(directory.join("worker.toml"));
    /// let worker = file.autosave()?;
    /// for _job in 0..1_000_000 {
    ///     worker.update(|worker| worker.jobs_done += 1);
    /// }
    /// worker.flush()?; // on disk for good when this returns
    /// assert_eq!(file.load()?.jobs_done, 1_000_000);
    ///
    /// worker.update(|worker| worker.jobs_done += 1);
    /// drop(worker); // saves once more
    /// assert_eq!(file.load()?.jobs_done, 1_000_001);
    /// # std::fs::remove_dir_all(directory).unwrap();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # One owner
    ///
    /// The lock of the status is kept until the last handle is dropped. A save or an update elsewhere waits for it
    /// and is [`Error::Locked`], in this process too. Another `autosave` waits a quarter of a second at most. Loads
    /// go on without waiting. Should someone take the lock away and another save, saves are [`Error::Changed`]. What
    /// a person puts at the path in between is kept as the older status by the next save; the value in memory wins.
    ///
    /// # When a save fails
    ///
    /// The thread tries again, with the newest value: after the interval, or 100 milliseconds if that
    /// is longer, and then after twice as long each time, up to a minute. `flush` tries at once and
    /// returns the error.
    ///
    /// # The end of the process
    ///
    /// Handles that are dropped save, also when `main` returns or a panic unwinds. Nothing is dropped
    /// by [`std::process::exit`], an abort or a crash, nor in a `static`: what was changed since the
    /// last save is lost then, unless [`close`](Autosave::close) or `flush` came before. After a bare
    /// `fork`, the child has a copy of the value that it can change and not save.
    ///
    /// # Errors
    ///
    /// Those of [`lock`](Self::lock) and [`load_or_default`](Self::load_or_default), and
    /// [`Error::Io`] at [`Step::Autosave`] if no thread can be started.
    pub fn autosave(&self) -> Result<Autosave<T>, Error> {
        self.autosave_with(AutosaveOptions::default())
    }

    /// Like [`autosave`](Self::autosave), at another pace, or with a callback for errors.
    ///
    /// ```
    /// # use serde::{Deserialize, Serialize};
    /// # use statusfile::StatusFile;
    /// # #[derive(Serialize, Deserialize, Default)]
    /// # struct Worker { jobs_done: u64 }
    /// use statusfile::AutosaveOptions;
    /// use std::time::Duration;
    ///
    /// # fn main() -> Result<(), statusfile::Error> {
    /// # let directory = std::env::temp_dir().join(format!("statusfile-doc-autosave-with-{}", std::process::id()));
    /// let file = StatusFile::<Worker>::undeclared(directory.join("worker.toml"));
    /// let often = AutosaveOptions::every(Duration::from_millis(100));
    /// let worker = file.autosave_with(often.on_error(|error| eprintln!("not saved yet: {error}")))?;
    /// worker.update(|worker| worker.jobs_done += 1);
    /// worker.close()?;
    /// # std::fs::remove_dir_all(directory).unwrap();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`autosave`](Self::autosave).
    pub fn autosave_with(&self, options: AutosaveOptions) -> Result<Autosave<T>, Error> {
        self.autosave_in(process::id(), options)
    }

    /// In the process of this number, which is this one but in tests.
    fn autosave_in(&self, process: u32, options: AutosaveOptions) -> Result<Autosave<T>, Error> {
        let saver = Arc::new(Saver::open(self.typed()?, options, process)?);
        let shared = Arc::clone(&saver);
        let thread = Background::start(Arc::clone(&saver.memory), move || shared.run());
        let thread = thread.at(Step::Autosave, saver.location().clone())?;
        let owner = Arc::new(Owner {
            saver,
            thread: Some(thread),
        });
        Ok(Autosave { owner })
    }
}

impl<T> Autosave<T> {
    /// Changes the status in memory, and returns what `change` does. It is saved soon.
    ///
    /// Others who change or look at the status wait for it, so do nothing long in `change`. Using
    /// the status inside it through a handle waits for itself, forever. If `change` panics, what it
    /// did until then stays and is saved.
    pub fn update<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        self.owner.saver.update(change)
    }

    /// Looks at the status in memory.
    ///
    /// ```
    /// # use serde::{Deserialize, Serialize};
    /// # use statusfile::StatusFile;
    /// # #[derive(Serialize, Deserialize, Default)]
    /// # struct Worker { jobs_done: u64 }
    /// # fn main() -> Result<(), statusfile::Error> {
    /// # let directory = std::env::temp_dir().join(format!("statusfile-doc-autosave-look-{}", std::process::id()));
    /// # let file = StatusFile::<Worker>::undeclared(directory.join("worker.toml"));
    /// let worker = file.autosave()?;
    /// worker.update(|worker| worker.jobs_done += 1);
    /// assert_eq!(worker.with(|worker| worker.jobs_done), 1);
    /// # drop(worker);
    /// # std::fs::remove_dir_all(directory).unwrap();
    /// # Ok(())
    /// # }
    /// ```
    pub fn with<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        self.owner.saver.with(look)
    }

    /// Waits until every change made before this call is on disk for good. Nothing to save is nothing
    /// to do.
    ///
    /// It saves here and now, whatever the interval. Threads that flush at the same time share a save.
    ///
    /// # Errors
    ///
    /// Those of [`StatusFile::save`]; the value stays in memory, and is tried again in the background.
    /// [`Error::Io`] at [`Step::Autosave`] in a process that was forked from the one that autosaves.
    pub fn flush(&self) -> Result<(), Error> {
        self.owner.saver.save()
    }

    /// Flushes and drops this handle. If it is the last, that ends the autosave and unlocks the
    /// status; otherwise the others go on.
    ///
    /// # Errors
    ///
    /// Those of [`flush`](Self::flush). The value of a last handle is lost then, and what was saved
    /// before it stays; to keep it and try again, flush first.
    pub fn close(self) -> Result<(), Error> {
        let flushed = self.flush();
        match Arc::into_inner(self.owner) {
            Some(mut last) => last.end(),
            None => flushed,
        }
    }

    /// Where the status is.
    #[must_use]
    pub fn location(&self) -> &Location {
        self.owner.saver.location()
    }
}

impl<T> Owner<T> {
    /// Ends the thread, and saves what it has not.
    fn end(&mut self) -> Result<(), Error> {
        let Some(thread) = self.thread.take() else {
            return Ok(());
        };
        if let Err(forked) = self.saver.refuse_fork() {
            // There is no such thread here. What it shares stays shared forever, and so the lock,
            // which is also that of the other process, is never dropped.
            mem::forget((thread, Arc::clone(&self.saver)));
            return Err(forked);
        }
        drop(thread);
        self.saver.save()
    }
}

impl<T> Drop for Owner<T> {
    fn drop(&mut self) {
        if let (Err(error), Ok(())) = (self.end(), self.saver.refuse_fork()) {
            self.saver.report(&error);
        }
    }
}

impl<T> Clone for Autosave<T> {
    fn clone(&self) -> Self {
        Self {
            owner: Arc::clone(&self.owner),
        }
    }
}

impl<T> fmt::Debug for Autosave<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Autosave")
            .field("location", self.location())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
