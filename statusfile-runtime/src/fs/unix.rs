//! Unix: permissions, owners, links, renaming without replacing, syncing.

#![allow(
    clippy::cast_lossless,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::unnecessary_cast,
    reason = "permissions and numbers of files are other integers on other systems"
)]

use super::{Access, Disk, Entry, FileId, OPEN_TO_ALL, Platform, ROOT, Stamp, found, synced};
#[cfg(target_os = "linux")]
use super::{Identity, order::Volume};
use crate::error::{FileKind, Holder};
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat, Timespec, Timestamps, UTIME_NOW};
use rustix::io::{Errno, retry_on_intr};
use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata, Permissions};
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::Path;
#[cfg(any(target_os = "linux", target_os = "android"))]
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Of the mode of a file. The rest says what kind of file it is.
const PERMISSIONS: u32 = 0o7777;

/// In a mode: others than the owner may write.
const OPEN_TO_OTHERS: u32 = 0o022;

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
    /// The one that it was opened from.
    above: Option<Arc<Self>>,
    /// A directory that may only be passed through can neither be listed nor synced.
    is_readable: bool,
    /// Whether the next listing goes on where another has ended.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    is_listed: Arc<AtomicBool>,
    /// As it was when it was asked for first.
    metadata: OnceLock<Metadata>,
    #[cfg(target_os = "linux")]
    volume: OnceLock<Option<Volume>>,
}

impl Dir {
    fn open(at: impl AsFd, path: &Path, flags: OFlags) -> io::Result<Self> {
        let file = open_at(at, path, flags | OFlags::DIRECTORY, 0)?;
        Ok(Self {
            file: Arc::new(file),
            above: None,
            is_readable: true,
            #[cfg(any(target_os = "linux", target_os = "android"))]
            is_listed: Arc::default(),
            metadata: OnceLock::new(),
            #[cfg(target_os = "linux")]
            volume: OnceLock::new(),
        })
    }

    pub(super) fn metadata(&self) -> io::Result<&Metadata> {
        if let Some(known) = self.metadata.get() {
            return Ok(known);
        }
        let metadata = self.file.metadata()?;
        Ok(self.metadata.get_or_init(|| metadata))
    }

    #[cfg(target_os = "linux")]
    fn volume(&self, device: u64) -> Option<Volume> {
        let identity = || self.metadata().map(identity);
        let volume = || Volume::of(&self.file, device, identity).ok();
        *self.volume.get_or_init(volume)
    }

    /// Whether it is on another machine, or a process serves it.
    #[cfg(target_os = "linux")]
    fn is_remote(&self) -> io::Result<bool> {
        let device = self.metadata()?.dev();
        Ok(self.volume(device).is_some_and(Volume::is_remote))
    }

    #[cfg(target_os = "linux")]
    fn lists_new_names(&self) -> bool {
        let volume = self.volume.get().copied().flatten();
        volume.is_some_and(Volume::lists_new_names)
    }

    #[cfg(target_os = "android")]
    #[expect(clippy::unused_self, reason = "on Linux it is used")]
    fn lists_new_names(&self) -> bool {
        false
    }

    /// Whom what root makes here belongs to, if that is another: the owner, so that they can go on when root was
    /// here. Not where somebody else may have prepared the directory, or may write to it.
    fn heir(&self) -> io::Result<Option<Access>> {
        let own = access(self.metadata()?);
        if own.owner == ROOT || own.mode & OPEN_TO_ALL != 0 {
            return Ok(None);
        }
        let Some(above) = &self.above else {
            return Ok(Some(own));
        };
        let above = access(above.metadata()?);
        let others = if above.owner == own.owner {
            OPEN_TO_ALL
        } else {
            OPEN_TO_OTHERS
        };
        let is_trusted = above.owner == own.owner || above.owner == ROOT;
        Ok((is_trusted && above.mode & others == 0).then_some(own))
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
        let entered = Dir::open(&above.file, name, OFlags::RDONLY | OFlags::NOFOLLOW)?;
        Ok(Dir {
            above: Some(Arc::new(above.clone())),
            ..entered
        })
    }

    /// Whatever the umask is, and with the set-group-id bit that it may have from the one above.
    fn create_directory(&self, above: &Dir, name: &Path, mode: u32) -> io::Result<Dir> {
        call(|| rustix::fs::mkdirat(&above.file, name, Mode::from_raw_mode(mode as _)))?;
        let dir = match self.enter(above, name) {
            // The umask has taken the owner's own bits.
            Err(cause) if cause.kind() == ErrorKind::PermissionDenied => {
                permit_unopened(above, name, mode)?;
                self.enter(above, name)?
            }
            entered => entered?,
        };
        let created = dir.file.metadata()?;
        let given = access(&created);
        let wanted = mode | given.mode & 0o7000;
        if given.mode != wanted {
            dir.file.set_permissions(Permissions::from_mode(wanted))?;
        }
        // The owner of the directory above may have put another one here in between.
        if let Some(heir) = heir(given, above)? {
            if self.list(&dir)?.is_empty() {
                give_away(&dir.file, heir);
            }
        }
        Ok(dir)
    }

    fn access(&self, dir: &Dir) -> io::Result<Access> {
        dir.metadata().map(access)
    }

    fn user(&self) -> u32 {
        rustix::process::geteuid().as_raw()
    }

    /// Here, that is this user; only servers see another in them.
    fn owner_of_made(&self, dir: &Dir, name: &Path) -> io::Result<u32> {
        #[cfg(target_os = "linux")]
        if !dir.is_remote()? {
            return Ok(self.user());
        }
        let made = create(dir, name, 0o600)?.metadata();
        self.remove(dir, name)?;
        Ok(made?.uid())
    }

    fn directory_id(&self, dir: &Dir) -> io::Result<FileId> {
        dir.metadata().map(file_id)
    }

    fn longest_name(&self, dir: &Dir) -> Option<u64> {
        let told = retry_on_intr(|| rustix::fs::fstatvfs(&dir.file)).ok()?;
        Some(told.f_namemax)
    }

    /// On Linux, going back to the start comes first, though the directory may just have been opened, unless the
    /// file system is known to list the names that were added since. Others need not (POSIX, `readdir`), and
    /// btrfs does not. A save opens the directory before it waits for the lock.
    #[allow(clippy::while_let_on_iterator, reason = "on Linux it is none")]
    fn list(&self, dir: &Dir) -> io::Result<Vec<OsString>> {
        let file = dir.readable()?;
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let mut buffer = [std::mem::MaybeUninit::uninit(); LISTED_AT_ONCE];
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let mut entries = {
            if dir.is_listed.swap(true, Ordering::Relaxed) || !dir.lists_new_names() {
                rustix::fs::seek(file, rustix::fs::SeekFrom::Start(0))?;
            }
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
        Ok(found(stat(dir, name))?.map(|stat| stat.st_mode as u32 & PERMISSIONS))
    }

    fn stamp_of(&self, dir: &Dir, name: &Path) -> io::Result<Option<Stamp>> {
        let is_file = |stat: &Stat| FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
        let file = found(stat(dir, name))?.filter(is_file);
        Ok(file.map(|stat| Stamp {
            id: id_of(&stat),
            modified: time(stat.st_mtime as i64, stat.st_mtime_nsec as u32),
            bytes: stat.st_size as u64,
            access: Access {
                owner: stat.st_uid,
                group: stat.st_gid,
                mode: stat.st_mode as u32 & PERMISSIONS,
            },
            changed: time(stat.st_ctime as i64, stat.st_ctime_nsec as u32),
            names: stat.st_nlink as u64,
        }))
    }

    fn leads_to(&self, dir: &Dir, name: &Path, id: FileId) -> io::Result<bool> {
        let found = found(stat(dir, name))?;
        Ok(found.is_some_and(|stat| id_of(&stat) == id))
    }

    fn is_at(&self, path: &Path, id: FileId) -> io::Result<bool> {
        let stat = || rustix::fs::statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW);
        Ok(found(call(stat))?.is_some_and(|stat| id_of(&stat) == id))
    }

    fn create(
        &self,
        dir: &Dir,
        name: &Path,
        mode: u32,
        like: Option<Access>,
    ) -> io::Result<(File, Stamp)> {
        let file = create(dir, name, mode)?;
        let created = file.metadata()?;
        let stamp = settle(&file, &created, dir, mode, like)?;
        Ok((file, stamp))
    }

    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    fn take_attributes(&self, from: (&Dir, &Path, FileId), to: &File) -> bool {
        let (dir, name, id) = from;
        let from = open_to_read(dir, name).ok();
        let is_same = |from: &File| from.metadata().is_ok_and(|open| file_id(&open) == id);
        let from = from.filter(is_same);
        from.is_some_and(|from| super::attributes::take_over(&from, to))
    }

    fn sync(&self, file: &File, stamp: Option<&Stamp>) -> io::Result<()> {
        sync_to_drive(file)?;
        stamp.copied().into_iter().for_each(synced::remember);
        Ok(())
    }

    #[cfg(target_os = "linux")]
    fn hear_of_close(&self, dir: &Dir, file: &File, stamp: &Stamp) -> io::Result<()> {
        if dir.volume(stamp.id.0).is_some_and(Volume::is_remote) {
            return file.sync_data();
        }
        Ok(())
    }

    fn sync_name(&self, dir: &Dir, name: &Path, stamp: &Stamp) -> io::Result<()> {
        if synced::contains(stamp) {
            return Ok(());
        }
        self.sync(&open_to_read(dir, name)?, Some(stamp))
    }

    #[cfg(target_os = "linux")]
    fn may_revive(&self, dir: &Dir, id: FileId) -> bool {
        !dir.volume(id.0).is_some_and(Volume::keeps_apart)
    }

    #[cfg(not(target_os = "linux"))]
    fn may_revive(&self, _dir: &Dir, _id: FileId) -> bool {
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

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn sync_file_system(&self, dir: &Dir) -> io::Result<()> {
        Ok(rustix::fs::syncfs(&dir.file)?)
    }

    fn rename_new(&self, dir: &Dir, from: &Path, into: &Dir, to: &Path) -> io::Result<()> {
        if rename_or_refuse(dir, from, into, to)? {
            return Ok(());
        }
        rename_if_free(dir, from, into, to)
    }

    fn replace(&self, dir: &Dir, from: &Path, into: &Dir, to: &Path) -> io::Result<()> {
        call(|| rustix::fs::renameat(&dir.file, from, &into.file, to))
    }

    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    fn exchange(&self, dir: &Dir, name: &Path, into: &Dir, other: &Path) -> io::Result<bool> {
        use rustix::fs::{RenameFlags, renameat_with};
        let (dir, into, flags) = (&dir.file, &into.file, RenameFlags::EXCHANGE);
        match retry_on_intr(|| renameat_with(dir, name, into, other, flags)) {
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => Ok(false),
            exchanged => Ok(exchanged.map(|()| true)?),
        }
    }

    fn link(&self, dir: &Dir, name: &Path, second: &Path) -> io::Result<()> {
        call(|| rustix::fs::linkat(&dir.file, name, &dir.file, second, AtFlags::empty()))
    }

    /// To drop what is cached of a file, Linux starts to write it (`mm/fadvise.c`).
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn start_writing(&self, file: &File) {
        let _ = rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed);
    }

    #[cfg(target_os = "linux")]
    fn write_out(&self, dir: &Dir, file: &File, stamp: &Stamp) -> io::Result<bool> {
        let volume = dir.volume(stamp.id.0);
        let is_out = super::extents::write_out(file)?;
        Ok(is_out && volume.is_some_and(Volume::commits_in_order))
    }

    fn remove(&self, dir: &Dir, name: &Path) -> io::Result<()> {
        call(|| rustix::fs::unlinkat(&dir.file, name, AtFlags::empty()))
    }

    fn remove_directory(&self, above: &Dir, name: &Path) -> io::Result<()> {
        call(|| rustix::fs::unlinkat(&above.file, name, AtFlags::REMOVEDIR))
    }
}

/// Makes a file and locks it; `None` if it was locked or removed in between.
pub(super) fn create_locked(
    dir: &Dir,
    name: &Path,
    mode: u32,
    lock: impl FnOnce(&File) -> io::Result<bool>,
) -> io::Result<Option<(File, Stamp)>> {
    let file = create(dir, name, mode)?;
    let is_locked = lock(&file)?;
    let created = file.metadata()?;
    if !is_locked || !has_its_name(dir, name, &created)? {
        return Ok(None);
    }
    let stamp = settle(&file, &created, dir, mode, None)?;
    Ok(Some((file, stamp)))
}

fn create(dir: &Dir, name: &Path, mode: u32) -> io::Result<File> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | AS_A_FILE;
    open_at(&dir.file, name, flags, mode)
}

/// Where a server or another process keeps the files, one that was removed while it was open has another name
/// instead of none.
fn has_its_name(dir: &Dir, name: &Path, open: &Metadata) -> io::Result<bool> {
    #[cfg(target_os = "linux")]
    if dir.volume(open.dev()).is_some_and(Volume::counts_names) {
        return Ok(open.nlink() > 0);
    }
    Disk.leads_to(dir, name, file_id(open))
}

/// Gives a file that was made its permissions and its owner.
fn settle(
    file: &File,
    created: &Metadata,
    dir: &Dir,
    mode: u32,
    like: Option<Access>,
) -> io::Result<Stamp> {
    let given = access(created);
    let mode = like.map_or(mode, |like| like.mode);
    // Before the owner: who gives a file away may not change it any more.
    if given.mode != mode {
        file.set_permissions(Permissions::from_mode(mode))?;
    }
    let mut access = Access { mode, ..given };
    let heir = match like {
        Some(like) => Some(like),
        None => heir(given, dir)?,
    };
    if let Some(heir) = heir.filter(|heir| (heir.owner, heir.group) != (given.owner, given.group)) {
        if give_away(file, heir) {
            access = Access { mode, ..heir };
        }
    }
    Ok(Stamp {
        access,
        ..stamp_by(created)
    })
}

/// The user whom this belongs to in the end, if root has made it in a directory of theirs.
fn heir(given: Access, dir: &Dir) -> io::Result<Option<Access>> {
    if given.owner == ROOT {
        return dir.heir();
    }
    Ok(None)
}

/// Whether a file was given to this owner and this group. Who may not give files away keeps them: users, root in a
/// namespace that has no number for the owner, root whom a server takes for nobody.
fn give_away(file: &File, to: Access) -> bool {
    fchown(file, Some(to.owner), Some(to.group)).is_ok()
}

/// Gives permissions to a directory that this process has made, and that its owner may not open; by its descriptor,
/// as another may have its name by now.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn permit_unopened(above: &Dir, name: &Path, mode: u32) -> io::Result<()> {
    let dir = Dir::open(&above.file, name, OFlags::PATH | OFlags::NOFOLLOW)?;
    let inherited = access(dir.metadata()?).mode & 0o7000;
    let descriptor = format!("/proc/self/fd/{}", dir.file.as_raw_fd());
    let mode = Mode::from_raw_mode((mode | inherited) as _);
    call(|| rustix::fs::chmodat(CWD, &*descriptor, mode, AtFlags::empty()))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn permit_unopened(above: &Dir, name: &Path, mode: u32) -> io::Result<()> {
    let inherited = stat(above, name)?.st_mode as u32 & 0o7000;
    let mode = Mode::from_raw_mode((mode | inherited) as _);
    call(|| rustix::fs::chmodat(&above.file, name, mode, AtFlags::SYMLINK_NOFOLLOW))
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

fn id_of(stat: &Stat) -> FileId {
    FileId(stat.st_dev as u64, stat.st_ino as u64)
}

#[expect(clippy::unnecessary_wraps, reason = "other systems must open the file")]
pub(super) fn id_at(_path: &Path, metadata: &Metadata) -> io::Result<FileId> {
    Ok(file_id(metadata))
}

fn file_id(metadata: &Metadata) -> FileId {
    FileId(metadata.dev(), metadata.ino())
}

#[cfg(target_os = "linux")]
fn identity(metadata: &Metadata) -> Identity {
    (file_id(metadata), metadata.created().ok())
}

#[expect(clippy::unnecessary_wraps, reason = "other systems must ask the file")]
pub(super) fn stamp(_file: &File, metadata: &Metadata) -> io::Result<Stamp> {
    Ok(stamp_by(metadata))
}

fn stamp_by(metadata: &Metadata) -> Stamp {
    Stamp {
        id: file_id(metadata),
        modified: time(metadata.mtime(), metadata.mtime_nsec() as u32),
        bytes: metadata.len(),
        access: access(metadata),
        changed: time(metadata.ctime(), metadata.ctime_nsec() as u32),
        names: metadata.nlink(),
    }
}

pub(super) fn access(metadata: &Metadata) -> Access {
    Access {
        owner: metadata.uid(),
        group: metadata.gid(),
        mode: metadata.mode() as u32 & PERMISSIONS,
    }
}

fn time(seconds: i64, nanoseconds: u32) -> Option<SystemTime> {
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let whole = if seconds < 0 {
        UNIX_EPOCH.checked_sub(whole)
    } else {
        UNIX_EPOCH.checked_add(whole)
    };
    whole?.checked_add(Duration::from_nanos(nanoseconds.into()))
}

pub(super) fn open_to_read(dir: &Dir, name: &Path) -> io::Result<File> {
    open_at(&dir.file, name, OFlags::RDONLY | AS_A_FILE, 0)
}

pub(super) fn open_to_write(dir: &Dir, name: &Path) -> io::Result<File> {
    open_at(&dir.file, name, OFlags::RDWR | AS_A_FILE, 0)
}

/// The name of this file, wherever it is.
pub(super) fn open_path(path: &Path) -> io::Result<File> {
    open_at(CWD, path, OFlags::RDONLY | AS_A_FILE, 0)
}

fn is_one_of(cause: &io::Error, errors: &[Errno]) -> bool {
    Errno::from_io_error(cause).is_some_and(|error| errors.contains(&error))
}

/// Says that a file was read and written at this moment, at one and the same time. Who may write to it may do that.
pub(super) fn touch(file: &File) -> io::Result<()> {
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: UTIME_NOW as _,
    };
    let times = Timestamps {
        last_access: now,
        last_modification: now,
    };
    call(|| rustix::fs::futimens(file, &times))
}

/// What reading a link says of anything else.
pub(super) fn is_no_link(cause: &io::Error) -> bool {
    cause.kind() == ErrorKind::InvalidInput
}

/// Whether a lock was refused because someone else has it. `flock` says `EWOULDBLOCK`; a mount that turns it into a
/// lock of its server, as SMB does, may say EACCES, which for a lock that is open for writing has no other reason.
pub(super) fn is_contended(cause: &io::Error) -> bool {
    is_one_of(cause, &[Errno::WOULDBLOCK, Errno::ACCESS])
}

/// Whether a lock was refused because there are none here.
pub(super) fn has_no_locks(cause: &io::Error) -> bool {
    is_one_of(cause, &[Errno::NOLCK, Errno::NOTSUP, Errno::NOSYS])
}

#[cfg(target_os = "linux")]
pub(super) fn holder(file: &File) -> Holder {
    super::holder::of(file)
}

/// It takes calls that `unsafe` is for.
#[cfg(not(target_os = "linux"))]
pub(super) fn holder(_file: &File) -> Holder {
    Holder::Unknown
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

/// Renames, if the system does so only to a name that is free. `false` if it cannot refuse, and nothing has changed.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
pub(super) fn rename_or_refuse(dir: &Dir, from: &Path, into: &Dir, to: &Path) -> io::Result<bool> {
    use rustix::fs::{RenameFlags, renameat_with};
    let (dir, into, flags) = (&dir.file, &into.file, RenameFlags::NOREPLACE);
    match retry_on_intr(|| renameat_with(dir, from, into, to, flags)) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => Ok(false),
        renamed => Ok(renamed.map(|()| true)?),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
pub(super) fn rename_or_refuse(_: &Dir, _: &Path, _: &Dir, _: &Path) -> io::Result<bool> {
    Ok(false)
}

/// A second name refuses an existing one everywhere; where there are no second names, it is looked
/// whether the name is free, which is enough while the lock works.
pub(super) fn rename_if_free(dir: &Dir, from: &Path, into: &Dir, to: &Path) -> io::Result<()> {
    match call(|| rustix::fs::linkat(&dir.file, from, &into.file, to, AtFlags::empty())) {
        Ok(()) => Disk.remove(dir, from),
        Err(cause) if cause.kind() == ErrorKind::AlreadyExists => Err(cause),
        Err(_) => match found(stat(into, to))? {
            Some(_) => Err(Errno::EXIST.into()),
            None => Disk.replace(dir, from, into, to),
        },
    }
}
