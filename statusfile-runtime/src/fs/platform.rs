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

    /// Never follows a link, and never waits for the other end of a FIFO.
    pub(in crate::fs) fn open_options() -> OpenOptions {
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let mut options = OpenOptions::new();
        options.custom_flags(flags.bits().cast_signed());
        options
    }

    pub(in crate::fs) fn create_file(path: &Path, mode: u32) -> io::Result<File> {
        let file = open_options()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(path)?;
        give_to_owner_above(&file, path)?;
        if mode & !OWNER_READS != 0 {
            file.set_permissions(Permissions::from_mode(mode))?;
        }
        Ok(file)
    }

    /// Whatever the umask is, and with the set-group-id bit that it may have from the one above.
    pub(in crate::fs) fn create_directory(path: &Path, mode: u32) -> io::Result<()> {
        DirBuilder::new().mode(mode).create(path)?;
        if is_root() {
            let directory = open_options()
                .read(true)
                .custom_flags((OFlags::NOFOLLOW | OFlags::DIRECTORY).bits().cast_signed())
                .open(path)?;
            // Whoever owns the directory above may have put another one here meanwhile.
            if is_empty(&directory)? {
                give_to_owner_above(&directory, path)?;
            }
        }
        let given = std::fs::symlink_metadata(path)?.permissions().mode();
        let wanted = mode | given & 0o7000;
        if given & 0o7777 != wanted {
            std::fs::set_permissions(path, Permissions::from_mode(wanted))?;
        }
        Ok(())
    }

    /// What root makes in someone's directory is theirs, so that they can go on when root was here.
    fn give_to_owner_above(file: &File, path: &Path) -> io::Result<()> {
        let Some(above) = path.parent().filter(|_| is_root()) else {
            return Ok(());
        };
        let (above, own) = (std::fs::metadata(above)?, file.metadata()?);
        if own.uid() != above.uid() {
            fchown(file, Some(above.uid()), Some(above.gid()))?;
        }
        Ok(())
    }

    fn is_root() -> bool {
        rustix::process::geteuid().is_root()
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
    pub(in crate::fs) fn flush_directory(directory: &Path) -> io::Result<()> {
        match flush(&File::open(directory)?) {
            Err(cause) => match Errno::from_io_error(&cause) {
                Some(Errno::INVAL | Errno::NOTSUP | Errno::BADF) => Ok(()),
                _ => Err(cause),
            },
            Ok(()) => Ok(()),
        }
    }

    pub(in crate::fs) fn is_named(file: &File) -> io::Result<bool> {
        Ok(file.metadata()?.nlink() > 0)
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

    pub(in crate::fs) fn create_file(path: &Path, _mode: u32) -> io::Result<File> {
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
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
    pub(in crate::fs) fn is_named(_file: &File) -> io::Result<bool> {
        Ok(true)
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

/// Renames to a name that was free a moment ago, which is enough while the lock works.
fn rename_if_free(from: &std::path::Path, to: &std::path::Path) -> std::io::Result<()> {
    match std::fs::symlink_metadata(to) {
        Ok(_) => Err(std::io::ErrorKind::AlreadyExists.into()),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => std::fs::rename(from, to),
        Err(cause) => Err(cause),
    }
}
