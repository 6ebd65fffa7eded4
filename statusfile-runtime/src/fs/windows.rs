//! Windows, by the documentation of its calls; none of this has been run.
//!
//! There are no calls that start from an open directory, so a directory is its path here.

use super::{Access, Disk, Entry, FileId, FileSystem, Platform, Stamp, found, kind, synced};
use crate::error::{FileKind, Holder};
use std::ffi::OsString;
use std::fs::{self, File, FileTimes, Metadata, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, ErrorKind};
use std::os::windows::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

pub(crate) type Dir = PathBuf;

/// `CreateFileW`: "Normal reparse point processing will not occur".
const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;

/// The mode of a file that may not be written.
const READ_ONLY: u32 = 0o400;

impl Platform for Disk {
    type File = File;
    type Dir = Dir;

    fn open_directory(&self, path: &Path) -> io::Result<Dir> {
        checked(path.to_owned(), &fs::metadata(path)?)
    }

    fn enter(&self, above: &Dir, name: &Path) -> io::Result<Dir> {
        let path = above.join(name);
        let metadata = fs::symlink_metadata(&path)?;
        checked(path, &metadata)
    }

    fn create_directory(&self, above: &Dir, name: &Path, _mode: u32) -> io::Result<Dir> {
        let path = above.join(name);
        fs::create_dir(&path)?;
        Ok(path)
    }

    /// `std` does not give away the number of a directory yet; its path must do.
    fn directory_id(&self, dir: &Dir) -> io::Result<FileId> {
        let mut hasher = DefaultHasher::new();
        fs::canonicalize(dir)?.hash(&mut hasher);
        Ok(FileId(0, hasher.finish()))
    }

    fn list(&self, dir: &Dir) -> io::Result<Vec<OsString>> {
        let entries = fs::read_dir(dir)?;
        entries.map(|entry| Ok(entry?.file_name())).collect()
    }

    fn inspect(&self, dir: &Dir, name: &Path) -> io::Result<Entry> {
        let path = dir.join(name);
        let Some(metadata) = found(fs::symlink_metadata(&path))? else {
            return Ok(Entry::Absent);
        };
        match kind(&metadata) {
            Some(FileKind::Link) => fs::read_link(&path).map(Entry::Link),
            kind => Ok(kind.map_or(Entry::File, Entry::Other)),
        }
    }

    /// Who may do what is said in lists here.
    fn mode(&self, _dir: &Dir, _name: &Path) -> io::Result<Option<u32>> {
        Ok(None)
    }

    fn stamp_of(&self, dir: &Dir, name: &Path) -> io::Result<Option<Stamp>> {
        let file = found(fs::symlink_metadata(dir.join(name)))?.filter(Metadata::is_file);
        Ok(file.map(|metadata| stamp(&metadata)))
    }

    fn leads_to(&self, dir: &Dir, name: &Path, id: FileId) -> io::Result<bool> {
        self.is_at(&dir.join(name), id)
    }

    fn is_at(&self, path: &Path, id: FileId) -> io::Result<bool> {
        let found = found(fs::symlink_metadata(path))?;
        Ok(found.is_some_and(|metadata| file_id(&metadata) == id))
    }

    /// A new file has the owner that its directory gives it.
    fn create(
        &self,
        dir: &Dir,
        name: &Path,
        _mode: u32,
        like: Option<Access>,
    ) -> io::Result<(File, Stamp)> {
        let file = options()
            .write(true)
            .create_new(true)
            .open(dir.join(name))?;
        let made = file.metadata()?;
        if like.is_some_and(|like| like.mode == READ_ONLY) {
            let mut permissions = made.permissions();
            permissions.set_readonly(true);
            file.set_permissions(permissions)?;
        }
        let access = like.unwrap_or_default();
        let made = stamp(&made);
        Ok((file, Stamp { access, ..made }))
    }

    /// Nobody else can read a file that someone has locked.
    fn let_read(&self, file: &File) {
        self.unlock(file);
    }

    /// `FlushFileBuffers`.
    fn sync(&self, file: &File, stamp: Option<&Stamp>) -> io::Result<()> {
        file.sync_all()?;
        stamp.copied().into_iter().for_each(synced::remember);
        Ok(())
    }

    /// `FlushFileBuffers`: "The file handle must have the `GENERIC_WRITE` access right".
    fn sync_name(&self, dir: &Dir, name: &Path, stamp: &Stamp) -> io::Result<()> {
        if synced::contains(stamp) {
            return Ok(());
        }
        self.sync(&open_to_write(dir, name)?, Some(stamp))
    }

    /// FAT does, and it is not said of the others that they do not.
    fn may_revive(&self, _dir: &Dir, _id: FileId) -> bool {
        true
    }

    /// Windows has no call that syncs a directory.
    fn sync_directory(&self, _dir: &Dir) -> io::Result<()> {
        Ok(())
    }

    fn replace(&self, dir: &Dir, from: &Path, into: &Dir, to: &Path) -> io::Result<()> {
        fs::rename(dir.join(from), into.join(to))
    }

    fn link(&self, dir: &Dir, name: &Path, second: &Path) -> io::Result<()> {
        fs::hard_link(dir.join(name), dir.join(second))
    }

    fn remove(&self, dir: &Dir, name: &Path) -> io::Result<()> {
        fs::remove_file(dir.join(name))
    }

    fn remove_directory(&self, above: &Dir, name: &Path) -> io::Result<()> {
        fs::remove_dir(above.join(name))
    }
}

fn checked(path: PathBuf, metadata: &Metadata) -> io::Result<Dir> {
    if metadata.is_dir() {
        return Ok(path);
    }
    Err(ErrorKind::NotADirectory.into())
}

/// `std` does not give away the number of a file yet, so the time of creation must do, in units of 100
/// nanoseconds.
pub(super) fn file_id(metadata: &Metadata) -> FileId {
    FileId(0, metadata.creation_time())
}

pub(super) fn stamp(metadata: &Metadata) -> Stamp {
    Stamp {
        id: file_id(metadata),
        modified: metadata.modified().ok(),
        bytes: metadata.len(),
        access: access(metadata),
        changed: None,
        names: 1,
    }
}

pub(super) fn access(metadata: &Metadata) -> Access {
    let is_read_only = metadata.permissions().readonly();
    Access {
        mode: if is_read_only { READ_ONLY } else { 0 },
        ..Access::default()
    }
}

pub(super) fn open_to_read(dir: &Dir, name: &Path) -> io::Result<File> {
    options().open(dir.join(name))
}

pub(super) fn open_to_write(dir: &Dir, name: &Path) -> io::Result<File> {
    options().write(true).open(dir.join(name))
}

pub(super) fn open_path(path: &Path) -> io::Result<File> {
    options().open(path)
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options
        .read(true)
        .custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
    options
}

/// `std` does not tell.
pub(super) fn names(_metadata: &Metadata) -> u64 {
    1
}

/// Says that a file was read and written at this moment, at one and the same time.
pub(super) fn touch(file: &File) -> io::Result<()> {
    let now = SystemTime::now();
    file.set_times(FileTimes::new().set_accessed(now).set_modified(now))
}

/// `ERROR_LOCK_VIOLATION`.
pub(super) fn is_contended(cause: &io::Error) -> bool {
    cause.raw_os_error() == Some(33)
}

/// `ERROR_INVALID_FUNCTION` and `ERROR_NOT_SUPPORTED`.
pub(super) fn has_no_locks(cause: &io::Error) -> bool {
    matches!(cause.raw_os_error(), Some(1 | 50))
}

/// Windows tells nobody who has a lock.
pub(super) fn holder(_file: &File) -> Holder {
    Holder::Unknown
}

/// `ERROR_CRC`, `ERROR_FILE_CORRUPT` and `ERROR_DISK_CORRUPT`.
pub(super) fn is_damage(cause: &io::Error) -> bool {
    matches!(cause.raw_os_error(), Some(23 | 1392 | 1393))
}

/// Looks whether the name is free, which is enough while the lock works.
pub(super) fn rename_if_free(dir: &Dir, from: &Path, into: &Dir, to: &Path) -> io::Result<()> {
    match found(fs::symlink_metadata(into.join(to)))? {
        Some(_) => Err(ErrorKind::AlreadyExists.into()),
        None => Disk.replace(dir, from, into, to),
    }
}
