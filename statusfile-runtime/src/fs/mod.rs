//! The seam between the protocol and the file system.
//!
//! `commit` and `recover` speak to [`FileSystem`] only. [`Disk`] is the real one and the only place
//! in the crate that touches `std::fs`; the simulated one, for tests, knows what a crash may lose.

#[expect(clippy::disallowed_methods, reason = "this is where they belong")]
mod disk;
mod flock;
#[cfg(feature = "watch")]
#[expect(clippy::disallowed_methods, reason = "this is where they belong")]
mod identity;
#[expect(clippy::disallowed_methods, reason = "this is where they belong")]
mod permissions;
#[expect(clippy::disallowed_methods, reason = "this is where they belong")]
mod platform;
mod probe;
#[cfg(test)]
pub(crate) mod simulated;

pub(crate) use disk::Disk;
#[cfg(feature = "tokio")]
pub(crate) use flock::{FIRST_PAUSE, pauses};
#[cfg(feature = "watch")]
pub(crate) use identity::Identity;
pub(crate) use permissions::mode;
pub use probe::refuses_to_replace;

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// What the protocol asks of a file system, and what it relies on.
///
/// Of a call on a name, a crash keeps all or nothing until [`flush_directory`](Self::flush_directory)
/// returned for the directory that holds the name; of written bytes, any part until
/// [`flush`](Self::flush) returned. A kill of the process alone keeps both.
///
/// No call but [`resolve`](Self::resolve) follows a symbolic link in the last component of its path,
/// and none blocks but [`lock`](Self::lock), and that one no longer than it is told to.
pub(crate) trait FileSystem: Clone {
    /// An open file. Closing it drops its lock.
    type File;

    /// A directory that was listed, to be flushed.
    type Directory;

    /// What `path` names.
    fn inspect(&self, path: &Path) -> io::Result<Entry>;

    /// Where the link at `path` leads in the end.
    fn resolve(&self, path: &Path) -> io::Result<PathBuf>;

    /// The names in `directory`, in any order.
    fn list(&self, directory: &Path) -> io::Result<(Vec<OsString>, Self::Directory)>;

    /// The whole file at `path`, unless it is larger than `limit` bytes.
    fn read(&self, path: &Path, limit: u64) -> io::Result<Contents>;

    /// Makes a directory with exactly the permissions `mode`; the name must be free.
    fn create_directory(&self, path: &Path, mode: u32) -> io::Result<()>;

    /// Makes an empty file in `directory`, under a name that no file ever had, with exactly the
    /// permissions `mode`, open for writing all the same. Before it is written it must be
    /// [settled](Self::settle).
    fn create_temp(&self, directory: &Path, mode: u32) -> io::Result<(PathBuf, Self::File)>;

    /// Opens a file that is only there to be there or to be locked, and makes it if need be.
    fn open_or_create(&self, path: &Path, mode: u32) -> io::Result<Opened<Self::File>>;

    /// Opens a file that exists, to lock it.
    fn open(&self, path: &Path) -> io::Result<Opened<Self::File>>;

    /// Locks an open file. `Ok(None)`: someone else held it for all of `wait`.
    ///
    /// Nobody who waits is passed over for ever by those who come later.
    fn lock(&self, file: &Self::File, lock: Lock, wait: Duration) -> io::Result<Option<Standing>>;

    /// Locks an open file if nobody else holds it.
    fn try_lock(&self, file: &Self::File, lock: Lock) -> io::Result<bool>;

    /// Whether a temp file just made at `path` still has that name. If so, it belongs to the owner of
    /// its directory from now on, where this process may give it away.
    fn settle(&self, file: &Self::File, path: &Path) -> io::Result<bool>;

    /// What has become of an open file.
    fn standing(&self, file: &Self::File) -> io::Result<Standing>;

    /// Drops the lock of an open file, for every process that shares the open file.
    fn unlock(&self, file: &Self::File);

    /// Gives an open file the permissions of the one at `path`, and its owner as far as this process
    /// may.
    fn take_after(&self, file: &Self::File, path: &Path) -> io::Result<()>;

    /// Appends `bytes`, all of them.
    fn write(&self, file: &mut Self::File, bytes: &[u8]) -> io::Result<()>;

    /// Makes what was written, and the permissions, survive a power cut. After an error the file is
    /// worthless.
    fn flush(&self, file: &Self::File) -> io::Result<()>;

    /// Makes every name in `directory`, and every absence of one, survive a power cut.
    fn flush_directory(&self, directory: &Path) -> io::Result<()>;

    /// The same for a directory that was listed.
    fn flush_listed(&self, directory: &Self::Directory) -> io::Result<()>;

    /// Renames within one directory. `AlreadyExists` if `to` is taken, and nothing has changed.
    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Renames, in place of whatever `to` names.
    fn replace(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Makes a symbolic link at `path`; the name must be free.
    fn link(&self, target: &Path, path: &Path) -> io::Result<()>;

    /// Removes a name that is no directory.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Removes an empty directory.
    fn remove_directory(&self, path: &Path) -> io::Result<()>;
}

/// What a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Absent,
    File,
    Link(PathBuf),
    Other(Kind),
}

/// Something that is no regular file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A FIFO, a socket or a device.
    Special,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Directory => "a directory",
            Self::Link => "a symbolic link",
            Self::Special => "a FIFO, socket or device",
        })
    }
}

/// What reading a path gave.
#[derive(Debug)]
pub(crate) enum Contents {
    Whole {
        bytes: Vec<u8>,
        modified: Option<SystemTime>,
    },
    TooLarge {
        bytes: u64,
    },
    NotAFile(Kind),
    Unreadable(io::Error),
}

/// What opening a path gave: a file, or something that no open takes for one. What is open may still
/// be special; its [`Standing`] tells.
#[derive(Debug)]
pub(crate) enum Opened<File> {
    File(File),
    NotAFile(Kind),
}

/// What has become of an open file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Named,
    Removed,
    NotAFile(Kind),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    Shared,
    Exclusive,
}
