//! Unix: permissions, owners, links, renaming without replacing, syncing.

use super::{Entry, FileId};
use crate::error::FileKind;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::{Errno, retry_on_intr};
use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata, Permissions};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An open directory, which every name in it is looked up from.
pub(crate) type Dir = Arc<OpenDir>;

#[derive(Debug)]
pub(crate) struct OpenDir {
    file: File,
    /// A directory that may only be passed through can neither be listed nor synced.
    is_readable: bool,
}

impl AsFd for OpenDir {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl OpenDir {
    fn new(file: File, is_readable: bool) -> Dir {
        Arc::new(Self { file, is_readable })
    }

    fn readable(&self) -> io::Result<&File> {
        if self.is_readable {
            return Ok(&self.file);
        }
        Err(Errno::ACCESS.into())
    }
}

/// The one bit that no sane umask takes: a new file has it without being asked twice.
const OWNER_READS: u32 = 0o400;

const ROOT: u32 = 0;

/// 0, 1 and 2: a program that has closed one of its standard streams goes on to use the number, and
/// what it prints would go into a status.
const STANDARD_STREAMS: i32 = 3;

/// Whether nobody else can read a file that someone has locked.
pub(crate) const LOCKS_KEEP_READERS_OUT: bool = false;

pub(super) fn open_directory(path: &Path) -> io::Result<Dir> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY;
    match open(rustix::fs::CWD, path, flags, 0) {
        #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
        Err(cause) if cause.kind() == io::ErrorKind::PermissionDenied => {
            let flags = OFlags::PATH | OFlags::DIRECTORY;
            open(rustix::fs::CWD, path, flags, 0).map(|file| OpenDir::new(file, false))
        }
        opened => opened.map(|file| OpenDir::new(file, true)),
    }
}

pub(super) fn enter(above: &Dir, name: &Path) -> io::Result<Dir> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW;
    open(above, name, flags, 0).map(|file| OpenDir::new(file, true))
}

/// Whatever the umask is, and with the set-group-id bit that it may have from the one above.
pub(super) fn create_directory(above: &Dir, name: &Path, mode: u32) -> io::Result<Dir> {
    retry_on_intr(|| rustix::fs::mkdirat(above, name, bits(mode)))?;
    let dir = enter(above, name)?;
    let created = dir.file.metadata()?;
    // The owner of the directory above may have put another one here in between.
    if created.uid() == ROOT && list(&dir)?.is_empty() {
        settle(&dir.file, above)?;
    }
    let given = created.permissions().mode() & 0o7777;
    let wanted = mode | given & 0o7000;
    if given != wanted {
        dir.file.set_permissions(Permissions::from_mode(wanted))?;
    }
    Ok(dir)
}

pub(super) fn directory_id(dir: &Dir) -> io::Result<FileId> {
    dir.file.metadata().map(|metadata| file_id(&metadata))
}

pub(super) fn file_id(metadata: &Metadata) -> FileId {
    FileId(metadata.dev(), metadata.ino())
}

pub(super) fn id_of_name(dir: &Dir, name: &Path) -> io::Result<FileId> {
    let stat = stat(dir, name)?;
    #[allow(
        clippy::unnecessary_cast,
        clippy::cast_sign_loss,
        reason = "these are other integers on other systems"
    )]
    Ok(FileId(stat.st_dev as u64, stat.st_ino as u64))
}

fn stat(dir: &Dir, name: &Path) -> rustix::io::Result<Stat> {
    retry_on_intr(|| rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW))
}

/// Nearly always there is a link, and then one call does.
pub(super) fn inspect(dir: &Dir, name: &Path) -> io::Result<Entry> {
    match retry_on_intr(|| rustix::fs::readlinkat(dir, name, Vec::new())) {
        Ok(target) => {
            let target = OsStr::from_bytes(target.to_bytes());
            return Ok(Entry::Link(PathBuf::from(target)));
        }
        Err(Errno::NOENT) => return Ok(Entry::Absent),
        // It is no link.
        Err(Errno::INVAL) => {}
        Err(cause) => return Err(cause.into()),
    }
    match stat(dir, name) {
        Ok(stat) => Ok(match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Entry::File,
            FileType::Directory => Entry::Other(FileKind::Directory),
            FileType::Symlink => Entry::Other(FileKind::Link),
            _ => Entry::Other(FileKind::Special),
        }),
        Err(Errno::NOENT) => Ok(Entry::Absent),
        Err(cause) => Err(cause.into()),
    }
}

#[cfg_attr(
    any(target_os = "linux", target_os = "android"),
    expect(
        clippy::useless_conversion,
        reason = "elsewhere it is a smaller integer"
    )
)]
pub(super) fn mode(dir: &Dir, name: &Path) -> io::Result<Option<u32>> {
    match stat(dir, name) {
        Ok(stat) => Ok(Some(u32::from(stat.st_mode) & 0o7777)),
        Err(Errno::NOENT) => Ok(None),
        Err(cause) => Err(cause.into()),
    }
}

pub(super) fn open_to_read(dir: &Dir, name: &Path) -> io::Result<File> {
    open_file(dir, name, OFlags::RDONLY, 0)
}

pub(super) fn open_to_write(dir: &Dir, name: &Path) -> io::Result<File> {
    open_file(dir, name, OFlags::RDWR, 0)
}

pub(super) fn create(dir: &Dir, name: &Path, mode: u32) -> io::Result<File> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL;
    let file = open_file(dir, name, flags, mode)?;
    if mode & !OWNER_READS != 0 {
        file.set_permissions(Permissions::from_mode(mode))?;
    }
    Ok(file)
}

/// Never follows a link, and never waits for the other end of a FIFO.
fn open_file(dir: &Dir, name: &Path, flags: OFlags, mode: u32) -> io::Result<File> {
    let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    open(dir, name, flags, mode)
}

fn open(dir: impl AsFd, name: &Path, flags: OFlags, mode: u32) -> io::Result<File> {
    let flags = flags | OFlags::CLOEXEC;
    let opened: OwnedFd = retry_on_intr(|| rustix::fs::openat(&dir, name, flags, bits(mode)))?;
    if opened.as_raw_fd() < STANDARD_STREAMS {
        return Ok(rustix::io::fcntl_dupfd_cloexec(&opened, STANDARD_STREAMS)?.into());
    }
    Ok(opened.into())
}

fn bits(mode: u32) -> Mode {
    #[allow(
        clippy::unnecessary_cast,
        clippy::cast_possible_truncation,
        reason = "this is a smaller integer on other systems"
    )]
    Mode::from_bits_truncate(mode as _)
}

/// What root makes in someone's directory is theirs, so that they can go on when root was here.
pub(super) fn settle(file: &File, dir: &Dir) -> io::Result<FileId> {
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
pub(super) fn copy_owner_and_mode(file: &File, other: &Metadata) -> io::Result<()> {
    let own = file.metadata()?;
    if (own.uid(), own.gid()) != (other.uid(), other.gid()) {
        let _ = fchown(file, Some(other.uid()), Some(other.gid()));
    }
    // After the owner, whose change drops some bits.
    file.set_permissions(other.permissions())
}

#[cfg(not(target_vendor = "apple"))]
pub(super) fn sync(file: &File) -> io::Result<()> {
    file.sync_all()
}

/// `sync_all` asks the drive itself to write (`F_FULLFSYNC`, see fsync(2) there), which some network
/// mounts refuse; what they offer is a plain fsync.
#[cfg(target_vendor = "apple")]
pub(super) fn sync(file: &File) -> io::Result<()> {
    file.sync_all()
        .or_else(|cause| match Errno::from_io_error(&cause) {
            Some(Errno::NOTSUP | Errno::NOTTY | Errno::INVAL) => Ok(rustix::fs::fsync(file)?),
            _ => Err(cause),
        })
}

/// Some file systems cannot sync a directory and say so with EINVAL, ENOTSUP or EBADF: there is
/// nothing more to ask of them. `fsync_fname` of `PostgreSQL` takes the same view.
pub(super) fn sync_directory(dir: &Dir) -> io::Result<()> {
    match sync(dir.readable()?) {
        Err(cause) => match Errno::from_io_error(&cause) {
            Some(Errno::INVAL | Errno::NOTSUP | Errno::BADF) => Ok(()),
            _ => Err(cause),
        },
        Ok(()) => Ok(()),
    }
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

/// In bytes, on the stack. Room for every status directory but those with a long history.
#[cfg(any(target_os = "linux", target_os = "android"))]
const LISTED_AT_ONCE: usize = 4096;

/// Going back to the start comes first, though the directory may just have been opened: names that were
/// added since then need not be listed otherwise (POSIX, `readdir`), and btrfs does not list them. A save
/// opens the directory before it waits for the lock.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn list(dir: &Dir) -> io::Result<Vec<OsString>> {
    use rustix::fs::{RawDir, SeekFrom, seek};
    let file = dir.readable()?;
    seek(file, SeekFrom::Start(0))?;
    let mut names = Vec::new();
    let mut buffer = [std::mem::MaybeUninit::uninit(); LISTED_AT_ONCE];
    let mut entries = RawDir::new(file, &mut buffer);
    while let Some(entry) = entries.next() {
        match entry {
            Ok(entry) => push(&mut names, entry.file_name().to_bytes()),
            Err(Errno::INTR) => {}
            Err(cause) => return Err(cause.into()),
        }
    }
    Ok(names)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn list(dir: &Dir) -> io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    for entry in rustix::fs::Dir::read_from(dir.readable()?)? {
        match entry {
            Ok(entry) => push(&mut names, entry.file_name().to_bytes()),
            Err(Errno::INTR) => {}
            Err(cause) => return Err(cause.into()),
        }
    }
    Ok(names)
}

fn push(names: &mut Vec<OsString>, name: &[u8]) {
    if name != b"." && name != b".." {
        names.push(OsStr::from_bytes(name).to_owned());
    }
}

/// Renames, unless the name is taken. `false`: the file system cannot refuse, and nothing has changed.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
pub(super) fn rename_or_refuse(dir: &Dir, from: &Path, to: &Path) -> io::Result<bool> {
    use rustix::fs::{RenameFlags, renameat_with};
    let renamed = retry_on_intr(|| renameat_with(dir, from, dir, to, RenameFlags::NOREPLACE));
    match renamed {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => Ok(false),
        renamed => Ok(renamed.map(|()| true)?),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
pub(super) fn rename_or_refuse(_: &Dir, _: &Path, _: &Path) -> io::Result<bool> {
    Ok(false)
}

/// A second name refuses an existing one everywhere; where there are no second names, it is looked
/// whether the name is free, which is enough while the lock works.
pub(super) fn rename_if_free(dir: &Dir, from: &Path, to: &Path) -> io::Result<()> {
    let linked = retry_on_intr(|| rustix::fs::linkat(dir, from, dir, to, AtFlags::empty()));
    match linked {
        Ok(()) => remove(dir, from),
        Err(Errno::EXIST) => Err(Errno::EXIST.into()),
        Err(_) => match stat(dir, to) {
            Ok(_) => Err(Errno::EXIST.into()),
            Err(Errno::NOENT) => replace(dir, from, dir, to),
            Err(cause) => Err(cause.into()),
        },
    }
}

pub(super) fn replace(dir: &Dir, from: &Path, to_dir: &Dir, to: &Path) -> io::Result<()> {
    Ok(retry_on_intr(|| {
        rustix::fs::renameat(dir, from, to_dir, to)
    })?)
}

pub(super) fn link(target: &Path, dir: &Dir, name: &Path) -> io::Result<()> {
    Ok(retry_on_intr(|| rustix::fs::symlinkat(target, dir, name))?)
}

pub(super) fn remove(dir: &Dir, name: &Path) -> io::Result<()> {
    unlink(dir, name, AtFlags::empty())
}

pub(super) fn remove_directory(above: &Dir, name: &Path) -> io::Result<()> {
    unlink(above, name, AtFlags::REMOVEDIR)
}

fn unlink(dir: &Dir, name: &Path, flags: AtFlags) -> io::Result<()> {
    Ok(retry_on_intr(|| rustix::fs::unlinkat(dir, name, flags))?)
}
