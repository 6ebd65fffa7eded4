//! Where the platforms differ: permissions, links, renaming without replacing, flushing.
//!
//! The Windows half follows Microsoft's documentation of the calls and has not been run.

#[cfg(unix)]
pub(super) use unix::*;
#[cfg(windows)]
pub(super) use windows::*;

#[cfg(unix)]
mod unix {
    use rustix::fs::OFlags;
    use rustix::io::Errno;
    use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
    use std::io;
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
    use std::path::Path;

    /// The one bit that no sane umask takes: a new file has it without being asked twice.
    const OWNER_READS: u32 = 0o400;

    const ROOT: u32 = 0;

    /// Never follows a link, and never waits for the other end of a FIFO.
    pub(in crate::fs) fn open_options() -> OpenOptions {
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let mut options = OpenOptions::new();
        options.custom_flags(flags.bits().cast_signed());
        options
    }

    pub(in crate::fs) fn create_file(path: &Path, mode: u32) -> io::Result<File> {
        let file = create_unsettled(path, mode)?;
        settle(&file, &file.metadata()?, path)?;
        Ok(file)
    }

    pub(in crate::fs) fn create_unsettled(path: &Path, mode: u32) -> io::Result<File> {
        let file = open_options()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(path)?;
        if mode & !OWNER_READS != 0 {
            file.set_permissions(Permissions::from_mode(mode))?;
        }
        Ok(file)
    }

    /// Whatever the umask is, and with the set-group-id bit that it may have from the one above.
    pub(in crate::fs) fn create_directory(path: &Path, mode: u32) -> io::Result<()> {
        DirBuilder::new().mode(mode).create(path)?;
        let created = std::fs::symlink_metadata(path)?;
        if created.uid() == ROOT {
            let directory = open_options()
                .read(true)
                .custom_flags((OFlags::NOFOLLOW | OFlags::DIRECTORY).bits().cast_signed())
                .open(path)?;
            // Whoever owns the directory above may have put another one here meanwhile.
            if is_empty(&directory)? {
                settle(&directory, &created, path)?;
            }
        }
        let given = created.permissions().mode();
        let wanted = mode | given & 0o7000;
        if given & 0o7777 != wanted {
            std::fs::set_permissions(path, Permissions::from_mode(wanted))?;
        }
        Ok(())
    }

    /// What root makes in someone's directory is theirs, so that they can go on when root was here.
    pub(in crate::fs) fn settle(file: &File, created: &Metadata, path: &Path) -> io::Result<()> {
        let Some(above) = path.parent().filter(|_| created.uid() == ROOT) else {
            return Ok(());
        };
        let above = std::fs::metadata(above)?;
        if above.uid() != ROOT {
            fchown(file, Some(above.uid()), Some(above.gid()))?;
        }
        Ok(())
    }

    fn is_empty(directory: &File) -> io::Result<bool> {
        for entry in rustix::fs::Dir::read_from(directory)? {
            let entry = entry?;
            if ![c".", c".."].contains(&entry.file_name()) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Who may not give files away keeps them.
    pub(in crate::fs) fn take_after(file: &File, other: &Metadata) -> io::Result<()> {
        let own = file.metadata()?;
        if (own.uid(), own.gid()) != (other.uid(), other.gid()) {
            let _ = fchown(file, Some(other.uid()), Some(other.gid()));
        }
        // After the owner, whose change drops some bits.
        file.set_permissions(other.permissions())
    }

    pub(in crate::fs) fn link(target: &Path, path: &Path) -> io::Result<()> {
        std::os::unix::fs::symlink(target, path)
    }

    #[cfg(not(target_vendor = "apple"))]
    pub(in crate::fs) fn flush(file: &File) -> io::Result<()> {
        file.sync_all()
    }

    /// `sync_all` asks the drive itself to flush (`F_FULLFSYNC`, see fsync(2) there), which some
    /// network mounts refuse; what they offer is a plain fsync.
    #[cfg(target_vendor = "apple")]
    pub(in crate::fs) fn flush(file: &File) -> io::Result<()> {
        file.sync_all()
            .or_else(|cause| match Errno::from_io_error(&cause) {
                Some(Errno::NOTSUP | Errno::NOTTY | Errno::INVAL) => Ok(rustix::fs::fsync(file)?),
                _ => Err(cause),
            })
    }

    /// Some file systems cannot flush a directory and say so with EINVAL, ENOTSUP or EBADF: there
    /// is nothing more to ask of them. `fsync_fname` of `PostgreSQL` takes the same view.
    pub(super) fn flush_names(directory: &File) -> io::Result<()> {
        match flush(directory) {
            Err(cause) => match Errno::from_io_error(&cause) {
                Some(Errno::INVAL | Errno::NOTSUP | Errno::BADF) => Ok(()),
                _ => Err(cause),
            },
            Ok(()) => Ok(()),
        }
    }

    pub(in crate::fs) fn flush_directory(directory: &Path) -> io::Result<()> {
        flush_names(&File::open(directory)?)
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub(in crate::fs) use super::by_path::{Directory, flush_listed, list};
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(in crate::fs) use super::kept_open::{Directory, flush_listed, list};

    pub(in crate::fs) fn is_named(metadata: &Metadata) -> bool {
        metadata.nlink() > 0
    }

    /// Whether reading failed because the medium or the file system is damaged.
    pub(in crate::fs) fn is_damage(cause: &io::Error) -> bool {
        match Errno::from_io_error(cause) {
            #[cfg(target_os = "linux")]
            Some(Errno::UCLEAN) => true,
            Some(Errno::IO | Errno::BADMSG) => true,
            _ => false,
        }
    }

    /// The permission bits.
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere there are none")]
    pub(in crate::fs) fn mode(metadata: &Metadata) -> Option<u32> {
        Some(metadata.permissions().mode() & 0o7777)
    }

    /// Device and inode.
    #[cfg(feature = "watch")]
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere there is none")]
    pub(in crate::fs) fn number(metadata: &Metadata) -> Option<(u64, u64)> {
        Some((metadata.dev(), metadata.ino()))
    }

    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    pub(in crate::fs) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        let renamed =
            rustix::io::retry_on_intr(|| renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE));
        match renamed {
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => super::rename_if_free(from, to),
            renamed => Ok(renamed?),
        }
    }

    #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
    pub(in crate::fs) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
        super::rename_if_free(from, to)
    }

    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    pub(in crate::fs) fn refuses_to_replace(from: &Path, to: &Path) -> io::Result<bool> {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            Err(Errno::EXIST) => Ok(true),
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => Ok(false),
            renamed => Ok(renamed.map(|()| false)?),
        }
    }

    #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
    pub(in crate::fs) fn refuses_to_replace(_from: &Path, _to: &Path) -> io::Result<bool> {
        Ok(false)
    }
}

#[cfg(windows)]
mod windows {
    use std::fs::{File, Metadata, OpenOptions};
    use std::io;
    use std::os::windows::fs::OpenOptionsExt;
    use std::path::Path;

    /// `CreateFileW`: "Normal reparse point processing will not occur".
    const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;

    pub(in crate::fs) fn open_options() -> OpenOptions {
        let mut options = OpenOptions::new();
        options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
        options
    }

    pub(in crate::fs) use super::by_path::{Directory, flush_listed, list};

    pub(in crate::fs) fn create_file(path: &Path, mode: u32) -> io::Result<File> {
        create_unsettled(path, mode)
    }

    pub(in crate::fs) fn create_unsettled(path: &Path, _mode: u32) -> io::Result<File> {
        open_options()
            .read(true)
            .write(true)
            .create_new(true)
            .open(path)
    }

    pub(in crate::fs) fn create_directory(path: &Path, _mode: u32) -> io::Result<()> {
        std::fs::create_dir(path)
    }

    pub(in crate::fs) fn take_after(file: &File, other: &Metadata) -> io::Result<()> {
        file.set_permissions(other.permissions())
    }

    /// `std` does not tell the number of names here. A file that someone has open goes only when it
    /// is closed, so its directory stays, and with it a lock that someone waits for.
    pub(in crate::fs) fn is_named(_metadata: &Metadata) -> bool {
        true
    }

    /// A new file has the owner that its directory gives it.
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
    pub(in crate::fs) fn settle(_file: &File, _created: &Metadata, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    pub(in crate::fs) fn link(target: &Path, path: &Path) -> io::Result<()> {
        std::os::windows::fs::symlink_file(target, path)
    }

    /// `FlushFileBuffers`.
    pub(in crate::fs) fn flush(file: &File) -> io::Result<()> {
        file.sync_all()
    }

    /// Windows has no call that flushes a directory.
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
    pub(in crate::fs) fn flush_directory(_directory: &Path) -> io::Result<()> {
        Ok(())
    }

    /// `ERROR_CRC`, `ERROR_FILE_CORRUPT` and `ERROR_DISK_CORRUPT`.
    pub(in crate::fs) fn is_damage(cause: &io::Error) -> bool {
        matches!(cause.raw_os_error(), Some(23 | 1392 | 1393))
    }

    /// Who may do what is said in lists here.
    pub(in crate::fs) fn mode(_metadata: &Metadata) -> Option<u32> {
        None
    }

    /// `std` does not give it away yet; the time of creation must do.
    #[cfg(feature = "watch")]
    pub(in crate::fs) fn number(_metadata: &Metadata) -> Option<(u64, u64)> {
        None
    }

    pub(in crate::fs) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
        super::rename_if_free(from, to)
    }

    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
    pub(in crate::fs) fn refuses_to_replace(_from: &Path, _to: &Path) -> io::Result<bool> {
        Ok(false)
    }
}

/// Listing where a directory can stay open until it is flushed, which saves opening it again.
#[cfg(any(target_os = "linux", target_os = "android"))]
mod kept_open {
    use rustix::fs::{OFlags, RawDir};
    use std::ffi::{OsStr, OsString};
    use std::fs::{File, OpenOptions};
    use std::io;
    use std::mem::MaybeUninit;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::OpenOptionsExt;
    use std::path::Path;

    /// In bytes, on the stack. Room for every status directory but those with a long history.
    const LISTED_AT_ONCE: usize = 4096;

    pub(in crate::fs) type Directory = File;

    pub(in crate::fs) fn list(directory: &Path) -> io::Result<(Vec<OsString>, Directory)> {
        let directory = OpenOptions::new()
            .read(true)
            .custom_flags(OFlags::DIRECTORY.bits().cast_signed())
            .open(directory)?;
        let mut names = Vec::new();
        let mut buffer = [MaybeUninit::uninit(); LISTED_AT_ONCE];
        let mut entries = RawDir::new(&directory, &mut buffer);
        while let Some(entry) = entries.next() {
            let entry = entry?;
            if ![c".", c".."].contains(&entry.file_name()) {
                names.push(OsStr::from_bytes(entry.file_name().to_bytes()).to_owned());
            }
        }
        Ok((names, directory))
    }

    pub(in crate::fs) fn flush_listed(directory: &Directory) -> io::Result<()> {
        super::unix::flush_names(directory)
    }
}

/// Listing where an open directory cannot be listed and flushed both.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod by_path {
    use std::ffi::OsString;
    use std::io;
    use std::path::{Path, PathBuf};

    pub(in crate::fs) type Directory = PathBuf;

    pub(in crate::fs) fn list(directory: &Path) -> io::Result<(Vec<OsString>, Directory)> {
        let entries = std::fs::read_dir(directory)?;
        let names = entries.map(|entry| Ok(entry?.file_name()));
        Ok((names.collect::<io::Result<_>>()?, directory.to_owned()))
    }

    pub(in crate::fs) fn flush_listed(directory: &Directory) -> io::Result<()> {
        super::flush_directory(directory)
    }
}

/// Renames to a name that was free a moment ago, which is enough while the lock works.
fn rename_if_free(from: &std::path::Path, to: &std::path::Path) -> std::io::Result<()> {
    match std::fs::symlink_metadata(to) {
        Ok(_) => Err(std::io::ErrorKind::AlreadyExists.into()),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => std::fs::rename(from, to),
        Err(cause) => Err(cause),
    }
}
