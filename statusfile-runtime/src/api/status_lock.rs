use super::OnDisk;
use super::typed::Typed;
use crate::error::{Error, Location};
use crate::store::backend::Backend;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// A status that nobody else can change until this is dropped. Made by
/// [`StatusFile::lock`](crate::StatusFile::lock), which has an example.
#[must_use = "the lock is dropped at once if it is not kept"]
pub struct StatusLock<T> {
    pub(super) typed: Typed<OnDisk, T>,
    /// Threads that share this save one after the other.
    pub(super) guard: Mutex<<OnDisk as Backend>::Guard>,
}

impl<T> StatusLock<T> {
    /// Where the status is.
    #[must_use]
    pub fn location(&self) -> &Location {
        self.typed.backend.location()
    }
}

impl<T: Serialize + DeserializeOwned> StatusLock<T> {
    /// Like [`StatusFile::save`](crate::StatusFile::save), without waiting.
    ///
    /// Should the lock have been lost, as someone removed its file or moved its directory, it is taken again. What is
    /// there then must be what it was when this lock was taken, or what it saved last.
    ///
    /// # Errors
    ///
    /// Those of [`StatusFile::save`](crate::StatusFile::save), of which [`Error::Locked`] can only come where the lock
    /// was lost and another has it now, and [`Error::Changed`] where another has saved in between, or the status is
    /// gone. Then nothing was written, and nothing will be until the status is what it was.
    pub fn save(&self, value: &T) -> Result<(), Error> {
        let mut guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        self.typed.keep(&mut guard)?;
        self.typed.save(value, Some(&guard))
    }

    /// Like [`StatusFile::load`](crate::StatusFile::load).
    ///
    /// # Errors
    ///
    /// Those of [`StatusFile::load`](crate::StatusFile::load).
    pub fn load(&self) -> Result<T, Error> {
        self.typed.load()
    }

    /// Like [`StatusFile::load_or_default`](crate::StatusFile::load_or_default).
    ///
    /// # Errors
    ///
    /// Those of [`StatusFile::load_or_default`](crate::StatusFile::load_or_default).
    pub fn load_or_default(&self) -> Result<T, Error>
    where
        T: Default,
    {
        self.typed.load_or_default()
    }
}

impl<T> fmt::Debug for StatusLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatusLock")
            .field("location", self.location())
            .finish_non_exhaustive()
    }
}
