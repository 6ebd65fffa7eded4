//! The status directory and the way to it.

use crate::error::{Error, Step};
use crate::fs::FileSystem;
use crate::store::{Durability, Store};
use std::io::{self, ErrorKind};
use std::path::Path;

impl<F: FileSystem> Store<F> {
    /// Makes the status directory, and those above it that are missing.
    pub(crate) fn make_directory(&self) -> Result<(), Error> {
        let directory = self.layout.directory();
        self.make(directory)
            .map_err(|cause| Error::io(Step::Write, directory, cause))
    }

    fn make(&self, directory: &Path) -> io::Result<()> {
        let create = || {
            self.fs
                .create_directory(directory, self.options.directory_mode())
        };
        let created = match (create(), directory.parent()) {
            (Err(cause), Some(parent)) if cause.kind() == ErrorKind::NotFound => {
                self.make(parent)?;
                create()
            }
            (created, _) => created,
        };
        match created {
            Err(cause) if cause.kind() == ErrorKind::AlreadyExists => Ok(()),
            created => created,
        }
    }

    /// Flushes every directory above the status directory.
    ///
    /// Whoever made them, a moment ago perhaps, may not have flushed them, and a status is only as
    /// durable as the way to it. Directories that may be passed but not read (a `/home` with mode
    /// 0711) cannot be flushed by us, nor can we have made them; read-only ones have no changes.
    pub(crate) fn flush_parents(&self) -> Result<(), Error> {
        for parent in self.layout.directory().ancestors().skip(1) {
            match self.flush(parent).map_err(|cause| (cause.kind(), cause)) {
                Ok(()) | Err((ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem, _)) => {}
                Err((_, cause)) => return Err(Error::io(Step::FlushParents, parent, cause)),
            }
        }
        Ok(())
    }

    /// Flushes one directory, if this status asks for flushes.
    pub(crate) fn flush(&self, directory: &Path) -> io::Result<()> {
        match self.options.durability {
            Durability::Full => self.fs.flush_directory(directory),
            Durability::Process => Ok(()),
        }
    }
}
