//! The seam between the protocol and the operating system.
//!
//! `store` speaks to [`FileSystem`] only. [`Disk`] is the real one, and nothing else in the crate touches
//! files; the simulated one, for tests, knows what a crash may lose.
//!
//! A directory is opened once, and what is in it is reached from there by name. So what an operation
//! has looked at is what it changes, whatever becomes of the path, and no path is walked twice.

#[expect(clippy::disallowed_methods, reason = "this is where they belong")]
mod disk;
mod flock;
#[cfg(target_os = "linux")]
#[expect(clippy::disallowed_methods, reason = "this is where they belong")]
mod order;
#[cfg(unix)]
#[path = "unix.rs"]
mod platform;
#[cfg(windows)]
#[expect(clippy::disallowed_methods, reason = "this is where they belong")]
#[path = "windows.rs"]
mod platform;
#[cfg(test)]
pub(crate) mod simulated;
mod synced;

#[cfg(feature = "watch")]
pub(crate) use disk::identity;
pub use disk::refuses_to_replace;
#[cfg(feature = "tokio")]
pub(crate) use flock::{FIRST_PAUSE, pauses};

use crate::error::FileKind;
use std::ffi::OsString;
use std::fs::Metadata;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// What the protocol asks of a file system, and what it relies on.
///
/// Of a call on a name, a crash keeps all or nothing until [`sync_directory`](Platform::sync_directory)
/// returned for the directory that holds the name; of written bytes, any part until
/// [`sync`](Platform::sync) returned, and [perhaps](Platform::may_revive) those of another file in their
/// place. A kill of the process alone keeps both.
///
/// A name is one component, relative to an open directory. No call but
/// [`open_directory`](Platform::open_directory) and [`resolve`](Self::resolve) follows a symbolic link, and
/// none blocks but [`lock`](Self::lock), and that one no longer than it is told to. A call that a signal
/// interrupts is made again.
pub(crate) trait FileSystem: Platform {
    /// A number for a name that no other process takes.
    fn nonce(&self) -> u64;

    /// What the clock says.
    fn now(&self) -> SystemTime;

    /// Where the link at `path` leads in the end.
    fn resolve(&self, path: &Path) -> io::Result<PathBuf>;

    /// The whole file of this name, unless it is larger than `limit` bytes.
    fn read(&self, dir: &Self::Dir, name: &Path, limit: u64) -> io::Result<Contents>;

    /// Opens a file that is only there to be there or to be locked, and makes it if need be.
    fn open_or_create(
        &self,
        dir: &Self::Dir,
        name: &Path,
        mode: u32,
    ) -> io::Result<Opened<Self::File>>;

    /// Opens a file that exists, to lock it.
    fn open(&self, dir: &Self::Dir, name: &Path) -> io::Result<Opened<Self::File>>;

    /// Locks an open file, and tells what it is and how long. `None`: someone else held it for all of
    /// `wait`.
    ///
    /// Nobody who waits is passed over forever by those who come later.
    fn lock(
        &self,
        file: &Self::File,
        lock: Lock,
        wait: Duration,
    ) -> io::Result<Option<Opened<Locked>>>;

    /// Locks an open file if nobody else holds it.
    fn try_lock(&self, file: &Self::File, lock: Lock) -> io::Result<bool>;

    /// Drops the lock of an open file, for every process that shares the open file.
    fn unlock(&self, file: &Self::File);

    /// Tells an open file from every other one that is open now, or that has a name.
    fn stamp(&self, file: &Self::File) -> io::Result<Stamp>;

    /// Makes `bytes` all that an open file holds, which no one but the holder of its lock may.
    fn rewrite(&self, file: &Self::File, bytes: &[u8]) -> io::Result<()>;

    /// Appends `bytes`, all of them.
    fn write(&self, file: &mut Self::File, bytes: &[u8]) -> io::Result<()>;

    /// Makes it the time at which an open file was last written, where the system keeps such times and lets
    /// this process choose them.
    fn set_modified(&self, file: &Self::File, time: SystemTime) -> io::Result<()>;

    /// Renames within one directory. `AlreadyExists` if `to` is taken, and nothing has changed.
    fn rename_new(&self, dir: &Self::Dir, from: &Path, to: &Path) -> io::Result<()>;
}

/// The part of a [`FileSystem`] that every platform does in its own way.
pub(crate) trait Platform: Clone {
    /// An open file. Closing it drops its lock.
    type File;

    /// An open directory.
    type Dir: Clone;

    /// Opens the directory at `path`, to reach what is in it. It need not be readable.
    fn open_directory(&self, path: &Path) -> io::Result<Self::Dir>;

    /// Opens a directory in another, to list and sync it as well.
    fn enter(&self, above: &Self::Dir, name: &Path) -> io::Result<Self::Dir>;

    /// Makes and opens a directory with exactly the permissions `mode`; the name must be free.
    fn create_directory(&self, above: &Self::Dir, name: &Path, mode: u32) -> io::Result<Self::Dir>;

    /// Tells a directory from every other one that is open now.
    fn directory_id(&self, dir: &Self::Dir) -> io::Result<FileId>;

    /// The names that are in a directory now, and not only those from when it was opened, in any order.
    fn list(&self, dir: &Self::Dir) -> io::Result<Vec<OsString>>;

    /// What a name stands for.
    fn inspect(&self, dir: &Self::Dir, name: &Path) -> io::Result<Entry>;

    /// The permission bits of what a name stands for, where there are such bits.
    fn mode(&self, dir: &Self::Dir, name: &Path) -> io::Result<Option<u32>>;

    /// The length of the regular file of this name, in bytes, if there is one.
    fn length(&self, dir: &Self::Dir, name: &Path) -> io::Result<Option<u64>>;

    /// Whether a name, of one component or two, leads to this very file, which is open.
    fn leads_to(&self, dir: &Self::Dir, name: &Path, id: FileId) -> io::Result<bool>;

    /// Makes an empty file with exactly the permissions `mode`, open for writing all the same; the
    /// name must be free. Before it is written it must be [settled](Self::settle).
    fn create(&self, dir: &Self::Dir, name: &Path, mode: u32) -> io::Result<Self::File>;

    /// Gives a file that was just made to the owner of its directory, where this process may give
    /// files away. Returns which file it is.
    fn settle(&self, file: &Self::File, dir: &Self::Dir) -> io::Result<FileId>;

    /// Lets others read a locked file, where its lock would keep them out.
    fn let_read(&self, _file: &Self::File) {}

    /// Gives an open file the permissions of the one of this name, and its owner as far as this
    /// process may.
    fn copy_owner_and_mode(&self, to: &Self::File, dir: &Self::Dir, name: &Path) -> io::Result<()>;

    /// Makes what was written, and the permissions, survive a power loss. After an error the file is
    /// worthless.
    fn sync(&self, file: &Self::File) -> io::Result<()>;

    /// The same for a file of this name, whoever wrote it. Nothing happens if this process has synced it
    /// since it had the `stamp` that it has.
    fn sync_name(&self, dir: &Self::Dir, name: &Path, stamp: &Stamp) -> io::Result<()>;

    /// Whether a power loss may leave, under the name of a file that was never synced, all that another
    /// held which was removed. A file system without a journal writes names, and what they stand for, in
    /// any order, and uses numbers and blocks again: so `true` unless it is known to keep them apart.
    fn may_revive(&self, dir: &Self::Dir) -> bool;

    /// Makes every name in a directory, and every absence of one, survive a power loss.
    fn sync_directory(&self, dir: &Self::Dir) -> io::Result<()>;

    /// Renames within one directory, if the system does so only to a name that is free: `AlreadyExists`
    /// if this one is taken. `false` if it cannot refuse, and nothing has changed.
    fn rename_or_refuse(&self, _: &Self::Dir, _: &Path, _: &Path) -> io::Result<bool> {
        Ok(false)
    }

    /// Renames, in place of whatever has the name `to` in the directory `into`.
    fn replace(&self, dir: &Self::Dir, from: &Path, into: &Self::Dir, to: &Path) -> io::Result<()>;

    /// Makes a symbolic link; the name must be free.
    fn link(&self, target: &Path, dir: &Self::Dir, name: &Path) -> io::Result<()>;

    /// Removes a name that is no directory's.
    fn remove(&self, dir: &Self::Dir, name: &Path) -> io::Result<()>;

    /// Removes an empty directory.
    fn remove_directory(&self, above: &Self::Dir, name: &Path) -> io::Result<()>;
}

/// The real file system.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Disk;

/// Device and inode. Both are used again once nothing names a file or has it open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FileId(pub(crate) u64, pub(crate) u64);

/// What tells a directory from another one that later lies at its path: its number, and when it was
/// made, as numbers are used again, sometimes at once.
#[cfg(feature = "watch")]
pub(crate) type Identity = (FileId, Option<SystemTime>);

/// A file that was locked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Locked {
    pub(crate) id: FileId,
    /// Its length, but for the mark of one who waits.
    pub(crate) bytes: u64,
}

/// Which file it is, and when it was last written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Stamp {
    pub(crate) id: FileId,
    pub(crate) modified: Option<SystemTime>,
}

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Absent,
    File,
    Link(PathBuf),
    Other(FileKind),
}

/// What reading a name gave.
#[derive(Debug)]
pub(crate) enum Contents {
    Whole { bytes: Vec<u8>, stamp: Stamp },
    TooLarge { bytes: u64 },
    NotAFile(FileKind),
    Unreadable(io::Error),
}

/// What opening a name gave: a file, or something that no open takes for one. What is open may still
/// be special; locking it tells.
#[derive(Debug)]
pub(crate) enum Opened<File> {
    File(File),
    NotAFile(FileKind),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    Shared,
    Exclusive,
}

/// What a file is by its metadata; `None` for a regular one.
fn kind(metadata: &Metadata) -> Option<FileKind> {
    match metadata.file_type() {
        kind if kind.is_file() => None,
        kind if kind.is_dir() => Some(FileKind::Directory),
        kind if kind.is_symlink() => Some(FileKind::Link),
        _ => Some(FileKind::Special),
    }
}

/// `None` for what is missing, where that is no error.
pub(crate) fn found<T>(looked: io::Result<T>) -> io::Result<Option<T>> {
    match looked {
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
        looked => looked.map(Some),
    }
}
