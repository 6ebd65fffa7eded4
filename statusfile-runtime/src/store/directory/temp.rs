//! The file that a new status is written to before it has a name of its own.

use super::Directory;
use super::layout::temp_name;
use crate::error::{At, Error, Step};
use crate::fs::{FileSystem, Lock, Opened, Stamp};
use crate::store::options::Durability;
use crate::store::sealed::Sealed;
use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// How often a cleaner may get hold of a temp file before its writer does. Once is rare.
const TRIES: usize = 16;

/// A temp file, removed when dropped unless it got another name. Its lock tells cleaners that its
/// writer is alive.
pub(crate) struct Temp<F: FileSystem> {
    fs: F,
    directory: F::Dir,
    name: PathBuf,
    /// As errors show it.
    path: PathBuf,
    file: F::File,
    stamp: Stamp,
    renamed: bool,
}

impl<F: FileSystem> Drop for Temp<F> {
    fn drop(&mut self) {
        if !self.renamed {
            // What stays is removed by a later save, which finds its lock free.
            let _ = self.fs.remove(&self.directory, &self.name);
        }
    }
}

impl<F: FileSystem> Directory<F> {
    /// A temp file that holds all of a status and has its time, not synced yet, in a directory of this
    /// path. None but ours is swept.
    pub(crate) fn write_temp(
        &self,
        directory: &F::Dir,
        path: &Path,
        status: &Sealed,
        mode: u32,
    ) -> Result<Temp<F>, Error> {
        let mut temp = self.claim_temp(directory, path, mode)?;
        let written = self.write_sealed(directory, &mut temp.file, temp.stamp, status);
        temp.stamp = written.at(Step::Write, &temp.path)?;
        Ok(temp)
    }

    /// Writes all of a status to a file that is empty, and gives it its time. Where the file cannot have that,
    /// the stamp is never found again, and no harm is done.
    pub(super) fn write_sealed(
        &self,
        dir: &F::Dir,
        file: &mut F::File,
        made: Stamp,
        status: &Sealed,
    ) -> io::Result<Stamp> {
        let (bytes, saved) = (status.bytes(), status.label.saved.time());
        self.fs.write(file, bytes)?;
        // Before the time is set, as what is written later would change it.
        if self.options.durability == Durability::Process {
            self.fs.hear_of_close(dir, file, &made)?;
        }
        self.fs.set_modified(file, saved)?;
        Ok(Stamp {
            modified: Some(saved),
            bytes: bytes.len() as u64,
            ..made
        })
    }

    /// Makes what was written to a temp file survive a power loss.
    pub(super) fn sync_temp(&self, temp: &Temp<F>) -> Result<(), Error> {
        let sync = || self.fs.sync(&temp.file, Some(&temp.stamp));
        let synced = self.options.durability.sync(sync);
        synced.at(Step::Sync, &temp.path)
    }

    /// Removes the temp files of dead writers. Only the holder of the lock may: see
    /// `interleavings::a_cleaner_that_does_not_ask_for_the_lock_of_a_temp_file_is_found`.
    ///
    /// What cannot be opened, locked or removed stays, and does no harm.
    pub(crate) fn sweep<'a>(&self, own: &F::Dir, temps: impl Iterator<Item = &'a OsString>) {
        let fs = &self.fs;
        for temp in temps.map(Path::new) {
            let Ok(Opened::File(file)) = fs.open(own, temp) else {
                continue;
            };
            let is_named = |id| matches!(fs.leads_to(own, temp, id), Ok(true));
            if matches!(fs.try_lock(&file, Lock::Shared), Ok(true))
                && fs.stamp(&file).is_ok_and(|stamp| is_named(stamp.id))
            {
                let _ = fs.remove(own, temp);
            }
        }
    }

    /// Between its creation and its lock, a cleaner may take a temp file for a dead writer's. So the
    /// writer looks once more once it has the lock: see
    /// `interleavings::a_writer_that_does_not_look_whether_its_temp_file_is_still_there_is_found`.
    fn claim_temp(&self, directory: &F::Dir, path: &Path, mode: u32) -> Result<Temp<F>, Error> {
        let fs = &self.fs;
        for _ in 0..TRIES {
            let name = temp_name(fs.nonce());
            let claimed = match fs.create_locked(directory, &name, mode) {
                Err(cause) if cause.kind() == ErrorKind::AlreadyExists => continue,
                claimed => claimed.inspect_err(|_| drop(fs.remove(directory, &name))),
            };
            // It is for its lock that the system may not be made for this.
            let step = match &claimed {
                Err(cause) if cause.kind() == ErrorKind::Unsupported => Step::Lock,
                _ => Step::Write,
            };
            if let Some((file, stamp)) = claimed.at(step, path)? {
                return Ok(Temp {
                    fs: fs.clone(),
                    directory: directory.clone(),
                    path: path.join(&name),
                    name,
                    file,
                    stamp,
                    renamed: false,
                });
            }
        }
        let cause = "another process locks or removes every temp file made here";
        let cause = io::Error::new(ErrorKind::ResourceBusy, cause);
        Err(Error::io(Step::Write, path, cause))
    }
}

impl<F: FileSystem> Temp<F> {
    pub(super) fn is_named(&self, name: &OsStr) -> bool {
        self.name == name
    }

    pub(super) fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    /// Lets the drive begin to write it.
    pub(super) fn start_writing(&self) {
        self.fs.start_writing(&self.file);
    }

    /// Waits until the drive has it.
    pub(super) fn write_out(&self) -> io::Result<()> {
        let written = self.fs.write_out(&self.directory, &self.file, &self.stamp);
        written.map(drop)
    }

    /// Gives the file its lasting name, which must be free. It stays locked until then, so that no
    /// cleaner takes it, and open, so that no other file has its number and it can be synced.
    pub(crate) fn rename(&mut self, to: &Path) -> io::Result<()> {
        self.fs.let_read(&self.file);
        let renamed = (self.fs).rename_new(&self.directory, &self.name, &self.directory, to);
        match renamed {
            Ok(()) => self.renamed = true,
            // Over NFS a rename may be done and reported as failed, when the answer got lost and the
            // request was sent twice. It is done only if the name leads to this very file: see
            // `edge_cases::a_rename_that_failed_as_another_took_the_name_is_not_believed`.
            Err(_) if self.is_at(to) => self.renamed = !self.is_at(&self.name),
            Err(cause) if cause.kind() == ErrorKind::AlreadyExists => {
                let text = "another process took this name although the lock was held: locks do not \
                            work on this file system";
                return Err(io::Error::new(cause.kind(), text));
            }
            Err(cause) => return Err(cause),
        }
        self.path.set_file_name(to);
        Ok(())
    }

    fn is_at(&self, name: &Path) -> bool {
        let leads = self.fs.leads_to(&self.directory, name, self.stamp.id);
        matches!(leads, Ok(true))
    }
}
