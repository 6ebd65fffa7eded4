//! The file that a new status is written to before it has a name of its own.

use crate::error::{Error, Step};
use crate::fs::{Entry, FileSystem, Lock, Opened, Standing};
use crate::store::{Durability, Store};
use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// How often a cleaner may get hold of a temp file before its writer does. Once is rare.
const TRIES: usize = 16;

/// A temp file. Its lock tells cleaners that its writer is alive.
pub(crate) struct Temp<F: FileSystem> {
    name: TempName<F>,
    file: F::File,
}

/// The name of a temp file, removed when dropped, unless the file got another.
struct TempName<F: FileSystem> {
    fs: F,
    path: PathBuf,
    renamed: bool,
}

impl<F: FileSystem> Drop for TempName<F> {
    fn drop(&mut self) {
        if !self.renamed {
            // What stays is removed by a later save, which finds its lock free.
            let _ = self.fs.remove(&self.path);
        }
    }
}

impl<F: FileSystem> Store<F> {
    /// A temp file that holds all of `bytes`, not flushed yet.
    pub(crate) fn write_temp(&self, bytes: &[u8], mode: u32) -> Result<Temp<F>, Error> {
        self.write_temp_in(self.layout.directory(), bytes, mode)
    }

    /// The same in a directory that is not ours. None but ours is swept.
    pub(crate) fn write_temp_in(
        &self,
        directory: &Path,
        bytes: &[u8],
        mode: u32,
    ) -> Result<Temp<F>, Error> {
        let mut temp = self.claim_temp(directory, mode)?;
        let written = self.fs.write(&mut temp.file, bytes);
        match written {
            Ok(()) => Ok(temp),
            Err(cause) => Err(Error::io(Step::Write, &temp.name.path, cause)),
        }
    }

    /// Makes what was written to a temp file survive a power cut. A failed flush is never tried
    /// again: the kernel may have dropped what it could not write and call the next one a success.
    pub(crate) fn flush_temp(&self, temp: &Temp<F>) -> Result<(), Error> {
        match self.options.durability {
            Durability::Full => self
                .fs
                .flush(&temp.file)
                .map_err(|cause| Error::io(Step::Flush, &temp.name.path, cause)),
            Durability::Process => Ok(()),
        }
    }

    /// Removes the temp files of dead writers. Only the holder of the lock may: a writer whose save
    /// is past its lock no longer locks its temp file.
    ///
    /// What cannot be opened, locked or removed stays, and does no harm.
    pub(crate) fn sweep<'a>(&self, temps: impl Iterator<Item = &'a OsString>) {
        for temp in temps {
            let path = self.layout.directory().join(temp);
            if let Ok(Opened::File(file)) = self.fs.open(&path) {
                let locked = self.fs.try_lock(&file, Lock::Shared);
                if matches!(locked, Ok(true))
                    && matches!(self.fs.standing(&file), Ok(Standing::Named))
                {
                    let _ = self.fs.remove(&path);
                }
            }
        }
    }

    /// Between its creation and its lock, a cleaner may take a temp file for a dead writer's.
    fn claim_temp(&self, directory: &Path, mode: u32) -> Result<Temp<F>, Error> {
        for _ in 0..TRIES {
            let temp = self.create_temp(directory, mode)?;
            let path = &temp.name.path;
            let failed = |cause| Error::io(Step::Write, path, cause);
            let locked = self.fs.try_lock(&temp.file, Lock::Exclusive);
            if locked.map_err(failed)? && self.fs.settle(&temp.file, path).map_err(failed)? {
                return Ok(temp);
            }
        }
        let cause = io::Error::new(
            ErrorKind::ResourceBusy,
            "another process locks or removes every temp file made here",
        );
        Err(Error::io(Step::Write, directory, cause))
    }

    fn create_temp(&self, directory: &Path, mode: u32) -> Result<Temp<F>, Error> {
        let create = || self.fs.create_temp(directory, mode);
        let created = match create() {
            Err(cause) if cause.kind() == ErrorKind::NotFound => {
                self.make_directory()?;
                create()
            }
            created => created,
        };
        let (path, file) = created.map_err(|cause| Error::io(Step::Write, directory, cause))?;
        let name = TempName {
            fs: self.fs.clone(),
            path,
            renamed: false,
        };
        Ok(Temp { name, file })
    }
}

impl<F: FileSystem> Temp<F> {
    pub(crate) fn is_named(&self, name: &OsStr) -> bool {
        self.name.path.file_name() == Some(name)
    }

    /// Gives the file the owner and the permissions of another, as far as this process may.
    pub(crate) fn take_after(&self, other: &Path) -> Result<(), Error> {
        let taken = self.name.fs.take_after(&self.file, other);
        taken.map_err(|cause| Error::io(Step::Publish, other, cause))
    }

    /// Puts the file in the place of another.
    pub(crate) fn replace(self, other: &Path) -> Result<(), Error> {
        let Self { mut name, file } = self;
        drop(file);
        match name.fs.replace(&name.path, other) {
            Ok(()) => {
                name.renamed = true;
                Ok(())
            }
            Err(cause) => Err(Error::io(Step::Publish, other, cause)),
        }
    }

    /// Gives the file its lasting name, which must be free.
    pub(crate) fn rename(self, to: &Path) -> Result<(), Error> {
        let Self { mut name, file } = self;
        drop(file);
        match name.fs.rename_new(&name.path, to) {
            Err(cause) if !name.has_become(to) => {
                let cause = match cause.kind() {
                    ErrorKind::AlreadyExists => io::Error::new(
                        cause.kind(),
                        "another process took this name although the lock was held: \
                         locks do not work on this file system",
                    ),
                    _ => cause,
                };
                Err(Error::io(Step::Rename, to, cause))
            }
            _ => {
                name.renamed = true;
                Ok(())
            }
        }
    }
}

impl<F: FileSystem> TempName<F> {
    /// Over NFS a rename may be done and reported as failed, when the answer got lost and the
    /// request was sent twice.
    fn has_become(&self, to: &Path) -> bool {
        matches!(self.fs.inspect(&self.path), Ok(Entry::Absent))
            && matches!(self.fs.inspect(to), Ok(Entry::File))
    }
}
