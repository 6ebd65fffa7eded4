//! The seam between the protocol and the operating system.
//!
//! `store` speaks to [`FileSystem`] only. [`Disk`] is the real one, and nothing else in the crate touches
//! files; the simulated one, for tests, knows what a crash may lose.
//!
//! A directory is opened once, and what is in it is reached from there by name. So what an operation
//! has looked at is what it changes, whatever becomes of the path, and no path is walked twice.

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
mod attributes;
pub(crate) mod bounded;
#[expect(clippy::disallowed_methods, reason = "this is where they belong")]
mod disk;
#[cfg(target_os = "linux")]
mod extents;
mod flock;
#[cfg(target_os = "linux")]
#[expect(
    clippy::disallowed_methods,
    reason = "what it reads is no file system's"
)]
mod holder;
mod known;
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
mod seen;
#[cfg(test)]
pub(crate) mod simulated;
mod synced;

#[cfg(feature = "watch")]
pub(crate) use disk::identity;
pub use disk::{exchanges, refuses_to_replace};
#[cfg(feature = "tokio")]
pub(crate) use flock::{FIRST_PAUSE, pauses};

use crate::error::{FileKind, Holder};
use std::ffi::OsString;
use std::fs::Metadata;
use std::hash::{Hash, Hasher};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// What the protocol asks of a file system, and what it relies on.
///
/// Of a call on a name, a crash keeps all or nothing until [`sync_directory`](Platform::sync_directory)
/// returned for the directory that holds the name; of written bytes, any part until
/// [`sync`](Platform::sync) returned, and [perhaps](Platform::may_revive) those of another file in their
/// place. A kill of the process alone keeps both.
///
/// A name is one component, relative to an open directory. In a path, links are followed but for the last
/// component. None of these calls blocks but [`lock`](Self::lock), and that one no longer than it is told to. A
/// call that a signal interrupts is made again.
pub(crate) trait FileSystem: Platform {
    /// A number for a name that no other process takes.
    fn nonce(&self) -> u64;

    /// Remembers what the file of this stamp holds. Who writes to it must change its time.
    fn remember(&self, stamp: Stamp, bytes: &Arc<Vec<u8>>);

    /// What this process remembers of the file of this stamp.
    fn recall(&self, stamp: &Stamp) -> Option<Arc<Vec<u8>>>;

    /// Remembers that this process has seen the status at `path`, in this directory.
    fn remember_seen(&self, path: &Path, directory: FileId);

    fn forget_seen(&self, path: &Path);

    /// The directory in which this process has last seen the status at `path`.
    fn recall_seen(&self, path: &Path) -> Option<FileId>;

    /// Remembers that the file of this stamp, which is remembered, has no attributes now but those of every new file.
    fn remember_plain(&self, _stamp: &Stamp) {}

    /// Whether that is remembered, and nothing about the file was changed since.
    fn is_plain(&self, _stamp: &Stamp) -> bool {
        false
    }

    /// What the clock says.
    fn now(&self) -> SystemTime;

    /// The link at `path`, if there is one.
    fn target(&self, path: &Path) -> io::Result<Option<Link>>;

    /// Whether two paths are known to lead to one file or directory.
    fn are_one(&self, path: &Path, other: &Path) -> bool;

    /// The whole file of this name, unless it is larger than `limit` bytes.
    fn read(&self, dir: &Self::Dir, name: &Path, limit: u64) -> io::Result<Contents>;

    /// The same for the file at `path`.
    fn read_path(&self, path: &Path, limit: u64) -> io::Result<Contents>;

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
    /// `wait`, or it `is_current` no more, which is asked now and then.
    ///
    /// Nobody who waits is passed over forever by those who come later.
    fn lock(
        &self,
        file: &Self::File,
        lock: Lock,
        wait: Duration,
        is_current: &dyn Fn() -> bool,
    ) -> io::Result<Option<Opened<Locked>>>;

    /// Locks an open file if nobody else holds it.
    fn try_lock(&self, file: &Self::File, lock: Lock) -> io::Result<bool>;

    /// Drops the lock of an open file, for every process that shares the open file.
    fn unlock(&self, file: &Self::File);

    /// Who has the lock of an open file, as far as the system tells.
    fn holder(&self, file: &Self::File) -> Holder;

    /// Tells an open file from every other one that is open now, or that has a name.
    fn stamp(&self, file: &Self::File) -> io::Result<Stamp>;

    /// Writes `bytes` over what an open file begins with, which no one but the holder of its lock may. It is never
    /// made shorter.
    fn write_over(&self, file: &Self::File, bytes: &[u8]) -> io::Result<()>;

    /// Appends `bytes`, all of them.
    fn write(&self, file: &mut Self::File, bytes: &[u8]) -> io::Result<()>;

    /// Makes it the time at which an open file was last written, where the system keeps such times and lets
    /// this process choose them.
    fn set_modified(&self, file: &Self::File, time: SystemTime) -> io::Result<()>;

    /// Makes a file as [`create`](Platform::create) does, and locks it. `None` if someone has locked or removed it
    /// in between.
    fn create_locked(
        &self,
        dir: &Self::Dir,
        name: &Path,
        mode: u32,
    ) -> io::Result<Option<(Self::File, Stamp)>> {
        let (file, stamp) = self.create(dir, name, mode, None)?;
        let is_locked = self.try_lock(&file, Lock::Exclusive)?;
        let is_named = self.leads_to(dir, name, stamp.id)?;
        Ok((is_locked && is_named).then_some((file, stamp)))
    }
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

    /// How many bytes a name in a directory can have, where the system tells.
    fn longest_name(&self, _dir: &Self::Dir) -> Option<u64> {
        None
    }

    /// Whose a directory is, and who may do what there; [nobody's](Access::default), where there are no owners.
    fn access(&self, _dir: &Self::Dir) -> io::Result<Access> {
        Ok(Access::default())
    }

    /// The number of the user that this process acts as.
    fn user(&self) -> u32 {
        Access::default().owner
    }

    /// The owner of a file that this process makes in a directory: a server may take one user for another. The name
    /// must be free, and is so again.
    fn owner_of_made(&self, _dir: &Self::Dir, _name: &Path) -> io::Result<u32> {
        Ok(self.user())
    }

    /// The names that are in a directory now, and not only those from when it was opened, in any order.
    fn list(&self, dir: &Self::Dir) -> io::Result<Vec<OsString>>;

    /// What a name stands for.
    fn inspect(&self, dir: &Self::Dir, name: &Path) -> io::Result<Entry>;

    /// The permission bits of what a name stands for, where there are such bits.
    fn mode(&self, dir: &Self::Dir, name: &Path) -> io::Result<Option<u32>>;

    /// The regular file of this name, if there is one.
    fn stamp_of(&self, dir: &Self::Dir, name: &Path) -> io::Result<Option<Stamp>>;

    /// Whether a name, of one component or two, leads to this very file, which is open.
    fn leads_to(&self, dir: &Self::Dir, name: &Path, id: FileId) -> io::Result<bool>;

    /// Whether the absolute `path` leads to this very file, which is open.
    fn is_at(&self, path: &Path, id: FileId) -> io::Result<bool>;

    /// Makes an empty file with exactly the permissions `mode`, or those of another and, as far as this process may
    /// give files away, its owner; open for writing all the same. The name must be free. Unless it is `like`
    /// another, what root makes belongs to the owner of its directory, if nobody else can have prepared that.
    fn create(
        &self,
        dir: &Self::Dir,
        name: &Path,
        mode: u32,
        like: Option<Access>,
    ) -> io::Result<(Self::File, Stamp)>;

    /// Gives an open file the extended attributes of the file of this name, with an ACL or a label among them, as far
    /// as the system has such and lets this process. Returns whether there were any that new files have not.
    fn take_attributes(&self, _from: (&Self::Dir, &Path, FileId), _to: &Self::File) -> bool {
        false
    }

    /// Lets others read a locked file, where its lock would keep them out.
    fn let_read(&self, _file: &Self::File) {}

    /// Makes what was written, and the permissions, survive a power loss. After an error the file is
    /// worthless. A file whose `stamp` is told need not be synced again as long as it has that.
    fn sync(&self, file: &Self::File, stamp: Option<&Stamp>) -> io::Result<()>;

    /// Learns what a file system would only report when the file is closed, which nobody hears: that what was written
    /// found no room on a server. For those who do not sync. The file, of this stamp, is one in the directory.
    fn hear_of_close(
        &self,
        _dir: &Self::Dir,
        _file: &Self::File,
        _stamp: &Stamp,
    ) -> io::Result<()> {
        Ok(())
    }

    /// Syncs a file of this name, whoever wrote it. Nothing happens if this process has synced it
    /// since it had the `stamp` that it has.
    fn sync_name(&self, dir: &Self::Dir, name: &Path, stamp: &Stamp) -> io::Result<()>;

    /// Whether a power loss may leave, under the name of a file that was never synced, all that another
    /// held which was removed. A file system without a journal writes names, and what they stand for, in
    /// any order, and uses numbers and blocks again: so `true` unless it is known to keep them apart.
    /// The file `id` is one in the directory.
    fn may_revive(&self, dir: &Self::Dir, id: FileId) -> bool;

    /// Makes every name in a directory, and every absence of one, survive a power loss.
    fn sync_directory(&self, dir: &Self::Dir) -> io::Result<()>;

    /// Makes all that is on the file system of a directory survive a power loss, where there is a call for that.
    fn sync_file_system(&self, _dir: &Self::Dir) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }

    /// Renames. `AlreadyExists` if the name `to` is taken in the directory `into`, and nothing has changed.
    fn rename_new(
        &self,
        dir: &Self::Dir,
        from: &Path,
        into: &Self::Dir,
        to: &Path,
    ) -> io::Result<()>;

    /// Renames, in place of whatever has the name `to` in the directory `into`.
    fn replace(&self, dir: &Self::Dir, from: &Path, into: &Self::Dir, to: &Path) -> io::Result<()>;

    /// Lets each of two names stand for what the other stood for, in one step; both must be there.
    /// `false` if the system cannot, and nothing has changed.
    fn exchange(
        &self,
        _dir: &Self::Dir,
        _name: &Path,
        _into: &Self::Dir,
        _other: &Path,
    ) -> io::Result<bool> {
        Ok(false)
    }

    /// Gives the file of this name a second one in the same directory, which must be free.
    fn link(&self, dir: &Self::Dir, name: &Path, second: &Path) -> io::Result<()>;

    /// Asks the system to begin writing a file to the drive, so that its sync takes less long. A hint: nothing
    /// depends on it.
    fn start_writing(&self, _file: &Self::File) {}

    /// Waits until a file in the directory has been written to the drive, if perhaps to its cache, where the system
    /// can do that without a sync: so a name that it gets then is not durable without it. Returns whether it is
    /// known to be durable with that name, so that it takes no sync of its own.
    fn write_out(&self, _dir: &Self::Dir, _file: &Self::File, _stamp: &Stamp) -> io::Result<bool> {
        Ok(false)
    }

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
#[cfg(any(feature = "watch", target_os = "linux"))]
pub(crate) type Identity = (FileId, Option<SystemTime>);

/// A file that was locked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Locked {
    pub(crate) id: FileId,
    pub(crate) bytes: u64,
    /// How many names it has.
    pub(crate) names: u64,
}

/// Which file it is, when it was last written, how long it is, and whose. Two are the same if they agree in that.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp {
    pub(crate) id: FileId,
    pub(crate) modified: Option<SystemTime>,
    pub(crate) bytes: u64,
    pub(crate) access: Access,
    /// When it, or what is known of it besides, was last changed, where the system says so: a new name is such a
    /// change, too.
    pub(crate) changed: Option<SystemTime>,
    /// How many names it has, as far as the system tells.
    pub(crate) names: u64,
}

impl PartialEq for Stamp {
    fn eq(&self, other: &Self) -> bool {
        let own = (self.id, self.modified, self.bytes, self.access);
        own == (other.id, other.modified, other.bytes, other.access)
    }
}

impl Eq for Stamp {}

impl Hash for Stamp {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.id, self.modified, self.bytes, self.access).hash(state);
    }
}

/// The numbers of the owner and the group of a file, and its permission bits, where there are such.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Access {
    pub(crate) owner: u32,
    pub(crate) group: u32,
    pub(crate) mode: u32,
}

/// The number of the user who may do anything.
pub(crate) const ROOT: u32 = 0;

/// In a mode: everyone may write.
pub(crate) const OPEN_TO_ALL: u32 = 0o002;

/// A symbolic link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// What it says.
    pub(crate) to: PathBuf,
    pub(crate) made: Made,
}

/// Who has put something into a directory, and whose the directory is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) own: Access,
    pub(crate) above: Access,
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
