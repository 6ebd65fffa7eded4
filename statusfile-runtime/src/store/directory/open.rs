//! Opening the status directory and the one above it, and making what is missing.

use super::Directory;
use super::choose::Intact;
use super::layout::{DIRECTORY_ENDING, generation_name};
use crate::error::{At, DamageKind, Error, FileKind, Step};
use crate::fs::{Entry, FileSystem, found};
use crate::store::places::Place;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;

/// How often what was opened or made may be removed before there is anything in it.
const TRIES: usize = 16;

/// The status directory and the one above it, open.
#[derive(Clone, Debug)]
pub(crate) struct Open<F: FileSystem> {
    /// Where the path itself lies.
    pub(crate) above: F::Dir,
    pub(crate) own: F::Dir,
}

/// Removals by others that a call has met, between two calls of its own: it goes round again.
#[derive(Default)]
pub(super) struct Removals(usize);

impl Removals {
    /// `None` if what was asked for has just been removed.
    pub(super) fn outlived<T>(&mut self, asked: Result<T, Error>) -> Result<Option<T>, Error> {
        match asked {
            Err(error) if error.is_not_found() && self.0 < TRIES => {
                self.0 += 1;
                Ok(None)
            }
            asked => asked.map(Some),
        }
    }
}

impl<F: FileSystem> Directory<F> {
    /// The directory above, if there is one.
    pub(super) fn above(&self, step: Step) -> Result<Option<F::Dir>, Error> {
        let parent = self.layout.parent();
        found(self.fs.open_directory(parent)).at(step, parent)
    }

    /// The status directory, if there is one.
    pub(super) fn own(&self, above: &F::Dir, step: Step) -> Result<Option<F::Dir>, Error> {
        let own = found(self.fs.enter(above, &self.layout.directory_name));
        own.map_err(|cause| self.not_entered(above, step, cause))
    }

    /// The place that this is in this process, by the directory above.
    pub(super) fn place(&self, above: &F::Dir) -> Result<Arc<Place>, Error> {
        let directory = self.fs.directory_id(above);
        let directory = directory.at(Step::Place, self.layout.parent())?;
        Ok(Place::of(directory, self.layout.name.clone()))
    }

    /// Both directories, if there are both.
    pub(super) fn open_to_read(&self, step: Step) -> Result<Option<Open<F>>, Error> {
        let Some(above) = self.above(step)? else {
            return Ok(None);
        };
        let own = self.own(&above, step)?;
        Ok(own.map(|own| Open { above, own }))
    }

    /// Both directories, made if need be; but nothing where a save is refused.
    pub(super) fn open_or_make(&self, above: Option<F::Dir>) -> Result<Open<F>, Error> {
        let parent = self.layout.parent();
        let above = match above {
            Some(above) => Some(above),
            None => found(self.fs.open_directory(parent)).at(Step::Make, parent)?,
        };
        self.refuse_strangers_links(above.as_ref())?;
        let above = if let Some(above) = above {
            above
        } else {
            self.refuse_gone(|| Ok(None))?;
            self.make(parent)?
        };
        let own = if let Some(own) = self.own(&above, Step::Make)? {
            own
        } else {
            // What lies at the path and is refused gets no directory beside it.
            self.front(&above, Step::Look, || Ok(Vec::new()))?;
            self.refuse_gone(|| Ok(Some(above.clone())))?;
            self.make_in(&above, &self.layout.directory_name)
                .map_err(|cause| self.not_entered(&above, Step::Make, cause))?
        };
        self.refuse_strangers(&above, &own)?;
        Ok(Open { above, own })
    }

    fn make(&self, path: &Path) -> Result<F::Dir, Error> {
        let opened = self.fs.open_directory(path);
        let made = match (opened, path.parent().zip(path.file_name())) {
            (Err(cause), Some((parent, name))) if cause.kind() == ErrorKind::NotFound => {
                self.make_in(&self.make(parent)?, Path::new(name))
            }
            (opened, _) => opened,
        };
        made.at(Step::Make, path)
    }

    fn make_in(&self, above: &F::Dir, name: &Path) -> io::Result<F::Dir> {
        let mode = self.options.directory_mode();
        match self.fs.create_directory(above, name, mode) {
            Err(cause) if cause.kind() == ErrorKind::AlreadyExists => self.fs.enter(above, name),
            created => created,
        }
    }

    /// The name is longer than the file system takes, with what the status directory adds to it or without.
    pub(super) fn too_long(&self) -> Error {
        let (path, parent) = (&self.layout.path, self.layout.parent());
        let above = self.fs.open_directory(parent).ok();
        let most = above.and_then(|above| self.fs.longest_name(&above));
        let most = most.map(|most| most.saturating_sub(DIRECTORY_ENDING.len() as u64));
        let bytes = self.layout.name.as_os_str().len();
        let text = match most {
            Some(most) if bytes as u64 > most => format!(
                "the name has {bytes} bytes, and may have {most} here, as the directory beside the file has it too, \
                 with `{DIRECTORY_ENDING}` behind it"
            ),
            _ => format!("the path is too long: {} bytes", path.as_os_str().len()),
        };
        let cause = io::Error::new(ErrorKind::InvalidFilename, text);
        Error::io(Step::Place, path, cause)
    }

    /// A link is not followed: its owner would choose where the files go.
    fn not_entered(&self, above: &F::Dir, step: Step, cause: io::Error) -> Error {
        let path = &self.layout.directory;
        if cause.kind() == ErrorKind::InvalidFilename {
            return self.too_long();
        }
        match self.fs.inspect(above, &self.layout.directory_name) {
            Ok(Entry::File | Entry::Link(_) | Entry::Other(FileKind::Special)) => {
                Error::refused(path, DamageKind::NotADirectory)
            }
            _ => Error::io(step, path, cause),
        }
    }

    /// Syncs every directory above the status directory.
    ///
    /// Another process may have made them a moment ago and not synced them, and a status is only as
    /// durable as the way to it. Directories that may be passed but not read (a `/home` with mode
    /// 0711) cannot be synced by this process, which cannot have made them either; read-only ones
    /// have no changes.
    pub(super) fn sync_parents(&self, open: &Open<F>) -> Result<(), Error> {
        self.sync_above(open)?;
        for parent in self.layout.parent().ancestors().skip(1) {
            let opened = self.fs.open_directory(parent);
            match opened.and_then(|directory| self.sync_directory(&directory)) {
                Err(cause)
                    if matches!(
                        cause.kind(),
                        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem
                    ) => {}
                synced => synced.at(Step::SyncParents, parent)?,
            }
        }
        Ok(())
    }

    /// Syncs the directory that the path lies in; one that this process may only write to, with all of its file
    /// system.
    pub(super) fn sync_above(&self, open: &Open<F>) -> Result<(), Error> {
        let synced = match self.sync_directory(&open.above) {
            Err(cause) if cause.kind() == ErrorKind::PermissionDenied => {
                self.fs.sync_file_system(&open.own).map_err(|_| cause)
            }
            synced => synced,
        };
        synced.at(Step::SyncParents, self.layout.parent())
    }

    /// Syncs a generation, whoever wrote it, if this status asks for syncs.
    pub(super) fn sync_generation(
        &self,
        own: &F::Dir,
        found: &Intact,
        step: Step,
    ) -> Result<(), Error> {
        let name = generation_name(found.number);
        let sync = || self.fs.sync_name(own, &name, &found.stamp);
        let synced = self.options.durability.sync(sync);
        synced.at(step, self.layout.within(name))
    }

    /// Syncs one directory, if this status asks for syncs.
    pub(super) fn sync_directory(&self, directory: &F::Dir) -> io::Result<()> {
        let sync = || self.fs.sync_directory(directory);
        self.options.durability.sync(sync)
    }
}
