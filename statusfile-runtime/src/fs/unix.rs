//! Unix: permissions, owners, links, renaming without replacing, syncing.

#![allow(
    clippy::cast_lossless,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::unnecessary_cast,
    reason = "permissions and numbers of files are other integers on other systems"
)]

use super::{Disk, Entry, FileId, Platform, Stamp, found, synced};
use crate::error::FileKind;
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat};
use rustix::io::{Errno, retry_on_intr};
use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata, Permissions};
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::Path;
use std::sync::Arc;

/// The one bit that no sane umask takes: a new file has it without being asked twice.
const OWNER_READS: u32 = 0o400;

const ROOT: u32 = 0;

/// Never follows a link, and never waits for the other end of a FIFO.
const AS_A_FILE: OFlags = OFlags::NOFOLLOW.union(OFlags::NONBLOCK);

/// 0, 1 and 2: a program that has closed one of its standard streams goes on to use the number, and
/// what it prints would go into a status.
const STANDARD_STREAMS: i32 = 3;

/// In bytes, on the stack. Room for every status directory but those with a long history.
#[cfg(any(target_os = "linux", target_os = "android"))]
const LISTED_AT_ONCE: usize = 4096;

/// An open directory, which every name in it is looked up from.
#[derive(Clone, Debug)]
pub(crate) struct Dir {
    file: Arc<File>,
    /// A directory that may only be passed through can neither be listed nor synced.
    is_readable: bool,
}

impl Dir {
    fn open(at: impl AsFd, path: &Path, flags: OFlags) -> io::Result<Self> {
        let file = open_at(at, path, flags | OFlags::DIRECTORY, 0)?;
        Ok(Self {
            file: Arc::new(file),
            is_readable: true,
        })
    }

    fn readable(&self) -> io::Result<&File> {
        let file = self.is_readable.then_some(&*self.file);
        file.ok_or_else(|| Errno::ACCESS.into())
    }
}

impl Platform for Disk {
    type File = File;
    type Dir = Dir;

    fn open_directory(&self, path: &Path) -> io::Result<Dir> {
        match Dir::open(CWD, path, OFlags::RDONLY) {
            #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
            Err(cause) if cause.kind() == ErrorKind::PermissionDenied => {
                let mut passed = Dir::open(CWD, path, OFlags::PATH)?;
                passed.is_readable = false;
                Ok(passed)
            }
            opened => opened,
        }
    }

    fn enter(&self, above: &Dir, name: &Path) -> io::Result<Dir> {
        Dir::open(&above.file, name, OFlags::RDONLY | OFlags::NOFOLLOW)
    }

    /// Whatever the umask is, and with the set-group-id bit that it may have from the one above.
    fn create_directory(&self, above: &Dir, name: &Path, mode: u32) -> io::Result<Dir> {
        call(|| rustix::fs::mkdirat(&above.file, name, Mode::from_raw_mode(mode as _)))?;
        let dir = self.enter(above, name)?;
        let created = dir.file.metadata()?;
        // The owner of the directory above may have put another one here in between.
        if created.uid() == ROOT && self.list(&dir)?.is_empty() {
            self.settle(&dir.file, above)?;
        }
        let given = created.permissions().mode() & 0o7777;
        let wanted = mode | given & 0o7000;
        if given != wanted {
            dir.file.set_permissions(Permissions::from_mode(wanted))?;
        }
        Ok(dir)
    }

    fn directory_id(&self, dir: &Dir) -> io::Result<FileId> {
        dir.file.metadata().map(|metadata| file_id(&metadata))
    }

    /// On Linux, going back to the start comes first, though the directory may just have been opened:
    /// names that were added since then need not be listed otherwise (POSIX, `readdir`), and btrfs does
    /// not list them. A save opens the directory before it waits for the lock.
    #[allow(clippy::while_let_on_iterator, reason = "on Linux it is none")]
    fn list(&self, dir: &Dir) -> io::Result<Vec<OsString>> {
        let file = dir.readable()?;
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let mut buffer = [std::mem::MaybeUninit::uninit(); LISTED_AT_ONCE];
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let mut entries = {
            rustix::fs::seek(file, rustix::fs::SeekFrom::Start(0))?;
            rustix::fs::RawDir::new(file, &mut buffer)
        };
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let mut entries = rustix::fs::Dir::read_from(file)?;
        let mut names = Vec::new();
        while let Some(entry) = entries.next() {
            match entry.as_ref().map(|entry| entry.file_name().to_bytes()) {
                Ok(b"." | b"..") | Err(&Errno::INTR) => {}
                Ok(name) => names.push(OsStr::from_bytes(name).to_owned()),
                Err(&cause) => return Err(cause.into()),
            }
        }
        Ok(names)
    }

    /// Nearly always there is a link, and then one call does.
    fn inspect(&self, dir: &Dir, name: &Path) -> io::Result<Entry> {
        let looked = match call(|| rustix::fs::readlinkat(&dir.file, name, Vec::new())) {
            // It is no link.
            Err(cause) if cause.kind() == ErrorKind::InvalidInput => {
                stat(dir, name).map(|stat| match FileType::from_raw_mode(stat.st_mode) {
                    FileType::RegularFile => Entry::File,
                    FileType::Directory => Entry::Other(FileKind::Directory),
                    FileType::Symlink => Entry::Other(FileKind::Link),
                    _ => Entry::Other(FileKind::Special),
                })
            }
            target => target.map(|to| Entry::Link(OsString::from_vec(to.into_bytes()).into())),
        };
        Ok(found(looked)?.unwrap_or(Entry::Absent))
    }

    fn mode(&self, dir: &Dir, name: &Path) -> io::Result<Option<u32>> {
        Ok(found(stat(dir, name))?.map(|stat| stat.st_mode as u32 & 0o7777))
    }

    fn length(&self, dir: &Dir, name: &Path) -> io::Result<Option<u64>> {
        let is_file = |stat: &Stat| FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
        let file = found(stat(dir, name))?.filter(is_file);
        Ok(file.map(|stat| stat.st_size as u64))
    }

    fn leads_to(&self, dir: &Dir, name: &Path, id: FileId) -> io::Result<bool> {
        let found = found(stat(dir, name))?;
        Ok(found.is_some_and(|stat| FileId(stat.st_dev as u64, stat.st_ino as u64) == id))
    }

    fn create(&self, dir: &Dir, name: &Path, mode: u32) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | AS_A_FILE;
        let file = open_at(&dir.file, name, flags, mode)?;
        if mode & !OWNER_READS != 0 {
            file.set_permissions(Permissions::from_mode(mode))?;
        }
        Ok(file)
    }

    /// What root makes in someone's directory is theirs, so that they can go on when root was here.
    fn settle(&self, file: &File, dir: &Dir) -> io::Result<FileId> {
        let created = file.metadata()?;
        if created.uid() == ROOT {
            let above = dir.file.metadata()?;
            if above.uid() != ROOT {
                fchown(file, Some(above.uid()), Some(above.gid()))?;
            }
        }
        Ok(file_id(&created))
    }

    /// A user who may not give files away keeps them.
    fn copy_owner_and_mode(&self, to: &File, dir: &Dir, name: &Path) -> io::Result<()> {
        let other = open_to_read(dir, name)?.metadata()?;
        let own = to.metadata()?;
        if (own.uid(), own.gid()) != (other.uid(), other.gid()) {
            let _ = fchown(to, Some(other.uid()), Some(other.gid()));
        }
        // After the owner, whose change drops some bits.
        to.set_permissions(other.permissions())
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        sync_to_drive(file)?;
        if let Ok(metadata) = file.metadata() {
            synced::remember(stamp(&metadata));
        }
        Ok(())
    }

    fn sync_name(&self, dir: &Dir, name: &Path, stamp: &Stamp) -> io::Result<()> {
        if synced::contains(stamp) {
            return Ok(());
        }
        self.sync(&open_to_read(dir, name)?)
    }

    #[cfg(target_os = "linux")]
    fn may_revive(&self, dir: &Dir) -> bool {
        !super::order::keeps_apart(&dir.file)
    }

    #[cfg(not(target_os = "linux"))]
    fn may_revive(&self, _dir: &Dir) -> bool {
        true
    }

    /// Some file systems cannot sync a directory and say so with EINVAL, ENOTSUP or EBADF: there is
    /// nothing more to ask of them. `fsync_fname` of `PostgreSQL` takes the same view.
    fn sync_directory(&self, dir: &Dir) -> io::Result<()> {
        let no_more_to_ask = [Errno::INVAL, Errno::NOTSUP, Errno::BADF];
        match sync_to_drive(dir.readable()?) {
            Err(cause) if is_one_of(&cause, &no_more_to_ask) => Ok(()),
            synced => synced,
        }
    }

    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    fn rename_or_refuse(&self, dir: &Dir, from: &Path, to: &Path) -> io::Result<bool> {
        use rustix::fs::{RenameFlags, renameat_with};
        let dir = &dir.file;
        match retry_on_intr(|| renameat_with(dir, from, dir, to, RenameFlags::NOREPLACE)) {
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => Ok(false),
            renamed => Ok(renamed.map(|()| true)?),
        }
    }

    fn replace(&self, dir: &Dir, from: &Path, into: &Dir, to: &Path) -> io::Result<()> {
        call(|| rustix::fs::renameat(&dir.file, from, &into.file, to))
    }

    fn link(&self, target: &Path, dir: &Dir, name: &Path) -> io::Result<()> {
        call(|| rustix::fs::symlinkat(target, &dir.file, name))
    }

    fn remove(&self, dir: &Dir, name: &Path) -> io::Result<()> {
        call(|| rustix::fs::unlinkat(&dir.file, name, AtFlags::empty()))
    }

    fn remove_directory(&self, above: &Dir, name: &Path) -> io::Result<()> {
        call(|| rustix::fs::unlinkat(&above.file, name, AtFlags::REMOVEDIR))
    }
}

/// On macOS this asks the drive itself to write (`F_FULLFSYNC`, see fsync(2) there), which some network
/// mounts refuse; what they offer is a plain fsync.
fn sync_to_drive(file: &File) -> io::Result<()> {
    match file.sync_all() {
        #[cfg(target_vendor = "apple")]
        Err(cause) if is_one_of(&cause, &[Errno::NOTSUP, Errno::NOTTY, Errno::INVAL]) => {
            Ok(rustix::fs::fsync(file)?)
        }
        synced => synced,
    }
}

/// Makes a call, and again while signals interrupt it.
fn call<T>(call: impl FnMut() -> rustix::io::Result<T>) -> io::Result<T> {
    Ok(retry_on_intr(call)?)
}

fn open_at(at: impl AsFd, path: &Path, flags: OFlags, mode: u32) -> io::Result<File> {
    let (flags, mode) = (flags | OFlags::CLOEXEC, Mode::from_raw_mode(mode as _));
    let opened: OwnedFd = call(|| rustix::fs::openat(&at, path, flags, mode))?;
    if opened.as_raw_fd() < STANDARD_STREAMS {
        return Ok(rustix::io::fcntl_dupfd_cloexec(&opened, STANDARD_STREAMS)?.into());
    }
    Ok(opened.into())
}

fn stat(dir: &Dir, name: &Path) -> io::Result<Stat> {
    call(|| rustix::fs::statat(&dir.file, name, AtFlags::SYMLINK_NOFOLLOW))
}

pub(super) fn file_id(metadata: &Metadata) -> FileId {
    FileId(metadata.dev(), metadata.ino())
}

pub(super) fn stamp(metadata: &Metadata) -> Stamp {
    Stamp {
        id: file_id(metadata),
        modified: metadata.modified().ok(),
    }
}

pub(super) fn open_to_read(dir: &Dir, name: &Path) -> io::Result<File> {
    open_at(&dir.file, name, OFlags::RDONLY | AS_A_FILE, 0)
}

pub(super) fn open_to_write(dir: &Dir, name: &Path) -> io::Result<File> {
    open_at(&dir.file, name, OFlags::RDWR | AS_A_FILE, 0)
}

fn is_one_of(cause: &io::Error, errors: &[Errno]) -> bool {
    Errno::from_io_error(cause).is_some_and(|error| errors.contains(&error))
}

/// Whether reading failed because the disk or the file system is damaged.
pub(super) fn is_damage(cause: &io::Error) -> bool {
    match Errno::from_io_error(cause) {
        #[cfg(target_os = "linux")]
        Some(Errno::UCLEAN) => true,
        Some(Errno::IO | Errno::BADMSG) => true,
        _ => false,
    }
}

/// A second name refuses an existing one everywhere; where there are no second names, it is looked
/// whether the name is free, which is enough while the lock works.
pub(super) fn rename_if_free(dir: &Dir, from: &Path, to: &Path) -> io::Result<()> {
    match call(|| rustix::fs::linkat(&dir.file, from, &dir.file, to, AtFlags::empty())) {
        Ok(()) => Disk.remove(dir, from),
        Err(cause) if cause.kind() == ErrorKind::AlreadyExists => Err(cause),
        Err(_) => match found(stat(dir, to))? {
            Some(_) => Err(Errno::EXIST.into()),
            None => Disk.replace(dir, from, dir, to),
        },
    }
}
