//! Windows, by the documentation of its calls; none of this has been run.
//!
//! There are no calls that start from an open directory, so a directory is its path here.

use super::{Entry, FileId};
use crate::error::FileKind;
use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, ErrorKind};
use std::os::windows::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

pub(crate) type Dir = PathBuf;

/// `CreateFileW`: "Normal reparse point processing will not occur".
const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;

/// Whether nobody else can read a file that someone has locked.
pub(crate) const LOCKS_KEEP_READERS_OUT: bool = true;

pub(super) fn open_directory(path: &Path) -> io::Result<Dir> {
    checked(path, &fs::metadata(path)?)
}

pub(super) fn enter(above: &Dir, name: &Path) -> io::Result<Dir> {
    let path = above.join(name);
    let metadata = fs::symlink_metadata(&path)?;
    checked(&path, &metadata)
}

fn checked(path: &Path, metadata: &Metadata) -> io::Result<Dir> {
    if metadata.is_dir() {
        return Ok(path.to_owned());
    }
    Err(ErrorKind::NotADirectory.into())
}

pub(super) fn create_directory(above: &Dir, name: &Path, _mode: u32) -> io::Result<Dir> {
    let path = above.join(name);
    fs::create_dir(&path)?;
    Ok(path)
}

/// `std` does not give away the number of a directory yet; its path must do.
pub(super) fn directory_id(dir: &Dir) -> io::Result<FileId> {
    let mut hasher = DefaultHasher::new();
    fs::canonicalize(dir)?.hash(&mut hasher);
    Ok(FileId(0, hasher.finish()))
}

/// `std` does not give away the number of a file yet, so the time of creation must do, in units of 100
/// nanoseconds.
pub(super) fn file_id(metadata: &Metadata) -> FileId {
    FileId(0, metadata.creation_time())
}

pub(super) fn id_of_name(dir: &Dir, name: &Path) -> io::Result<FileId> {
    fs::symlink_metadata(dir.join(name)).map(|metadata| file_id(&metadata))
}

pub(super) fn inspect(dir: &Dir, name: &Path) -> io::Result<Entry> {
    let path = dir.join(name);
    match fs::symlink_metadata(&path) {
        Ok(metadata) if metadata.is_symlink() => fs::read_link(&path).map(Entry::Link),
        Ok(metadata) if metadata.is_dir() => Ok(Entry::Other(FileKind::Directory)),
        Ok(metadata) if metadata.is_file() => Ok(Entry::File),
        Ok(_) => Ok(Entry::Other(FileKind::Special)),
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(Entry::Absent),
        Err(cause) => Err(cause),
    }
}

/// Who may do what is said in lists here.
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
pub(super) fn mode(_dir: &Dir, _name: &Path) -> io::Result<Option<u32>> {
    Ok(None)
}

pub(super) fn open_to_read(dir: &Dir, name: &Path) -> io::Result<File> {
    open_options().read(true).open(dir.join(name))
}

pub(super) fn open_to_write(dir: &Dir, name: &Path) -> io::Result<File> {
    let mut options = open_options();
    options.read(true).write(true).open(dir.join(name))
}

pub(super) fn create(dir: &Dir, name: &Path, _mode: u32) -> io::Result<File> {
    let mut options = open_options();
    options.read(true).write(true).create_new(true);
    options.open(dir.join(name))
}

fn open_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
    options
}

/// A new file has the owner that its directory gives it.
pub(super) fn settle(file: &File, _dir: &Dir) -> io::Result<FileId> {
    file.metadata().map(|metadata| file_id(&metadata))
}

pub(super) fn copy_owner_and_mode(file: &File, other: &Metadata) -> io::Result<()> {
    file.set_permissions(other.permissions())
}

/// `FlushFileBuffers`.
pub(super) fn sync(file: &File) -> io::Result<()> {
    file.sync_all()
}

/// Windows has no call that syncs a directory.
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
pub(super) fn sync_directory(_dir: &Dir) -> io::Result<()> {
    Ok(())
}

/// `ERROR_CRC`, `ERROR_FILE_CORRUPT` and `ERROR_DISK_CORRUPT`.
pub(super) fn is_damage(cause: &io::Error) -> bool {
    matches!(cause.raw_os_error(), Some(23 | 1392 | 1393))
}

pub(super) fn list(dir: &Dir) -> io::Result<Vec<OsString>> {
    let entries = fs::read_dir(dir)?;
    entries.map(|entry| Ok(entry?.file_name())).collect()
}

#[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
pub(super) fn rename_or_refuse(_: &Dir, _: &Path, _: &Path) -> io::Result<bool> {
    Ok(false)
}

/// Looks whether the name is free, which is enough while the lock works.
pub(super) fn rename_if_free(dir: &Dir, from: &Path, to: &Path) -> io::Result<()> {
    match fs::symlink_metadata(dir.join(to)) {
        Ok(_) => Err(ErrorKind::AlreadyExists.into()),
        Err(cause) if cause.kind() == ErrorKind::NotFound => replace(dir, from, dir, to),
        Err(cause) => Err(cause),
    }
}

pub(super) fn replace(dir: &Dir, from: &Path, to_dir: &Dir, to: &Path) -> io::Result<()> {
    fs::rename(dir.join(from), to_dir.join(to))
}

pub(super) fn link(target: &Path, dir: &Dir, name: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_file(target, dir.join(name))
}

pub(super) fn remove(dir: &Dir, name: &Path) -> io::Result<()> {
    fs::remove_file(dir.join(name))
}

pub(super) fn remove_directory(above: &Dir, name: &Path) -> io::Result<()> {
    fs::remove_dir(above.join(name))
}
