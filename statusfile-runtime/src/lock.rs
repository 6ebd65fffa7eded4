//! The lock of a status: who holds it may change what is kept.

use crate::damage::Flaw;
use crate::error::{Error, Step};
use crate::fs::{FileSystem, Lock, Opened, Standing};
use crate::store::Store;
use crate::trace;
use std::io::ErrorKind;
use std::time::Instant;

/// The lock, until dropped.
pub(crate) struct Held<F: FileSystem> {
    fs: F,
    file: F::File,
}

impl<F: FileSystem> Drop for Held<F> {
    fn drop(&mut self) {
        self.fs.unlock(&self.file);
    }
}

impl<F: FileSystem> Store<F> {
    /// Takes the lock for writing, and makes what that needs.
    pub(crate) fn lock(&self) -> Result<Held<F>, Error> {
        loop {
            if let Some(held) = self.hold(self.open_or_make_lock()?, Lock::Exclusive)? {
                return Ok(held);
            }
        }
    }

    fn open_or_make_lock(&self) -> Result<Opened<F::File>, Error> {
        let path = self.layout.lock();
        let open = || self.fs.open_or_create(&path, self.options.mode);
        let opened = match open() {
            Err(cause) if cause.kind() == ErrorKind::NotFound => {
                self.make_directory()?;
                open()
            }
            opened => opened,
        };
        opened.map_err(|cause| Error::io(Step::Lock, &path, cause))
    }

    /// Whether the lock is still the one that others take: it is not once the file was removed.
    pub(crate) fn is_named(&self, held: &Held<F>) -> Result<bool, Error> {
        match self.fs.standing(&held.file) {
            Ok(standing) => Ok(standing == Standing::Named),
            Err(cause) => Err(Error::io(Step::Lock, &self.layout.lock(), cause)),
        }
    }

    /// Takes the lock for reading, if there is one and this user may open it. Makes nothing.
    pub(crate) fn lock_to_read(&self) -> Result<Option<Held<F>>, Error> {
        match self.fs.open(&self.layout.lock()) {
            Ok(opened) => self.hold(opened, Lock::Shared),
            Err(_) => Ok(None),
        }
    }

    /// `None` if the status was removed, and the lock with it, while this waited for it.
    fn hold(&self, opened: Opened<F::File>, lock: Lock) -> Result<Option<Held<F>>, Error> {
        let path = self.layout.lock();
        let refuse = |path, kind| {
            let flaw = Flaw::NotAFile(kind);
            Err(Error::Unsafe { path, flaw })
        };
        let file = match opened {
            Opened::File(file) => file,
            Opened::NotAFile(kind) => return refuse(path, kind),
        };
        let start = Instant::now();
        let locked = self.fs.lock(&file, lock, self.options.lock_timeout);
        trace::waited(start.elapsed());
        match locked {
            Ok(Some(standing)) => {
                let fs = self.fs.clone();
                let held = Held { fs, file };
                match standing {
                    Standing::Named => Ok(Some(held)),
                    Standing::Removed => Ok(None),
                    Standing::NotAFile(kind) => refuse(path, kind),
                }
            }
            Ok(None) => Err(Error::Locked {
                path: self.layout.path().to_owned(),
                waited: start.elapsed(),
            }),
            Err(cause) => Err(Error::io(Step::Lock, &path, cause)),
        }
    }
}
