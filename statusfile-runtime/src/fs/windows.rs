//! Windows. Run under Wine, which has NTFS's ways as far as it goes; what that cannot show is by the documentation of
//! the calls.
//!
//! There are no calls that start from an open directory, so a directory is its path here.

use super::{Access, Disk, Entry, FileId, FileSystem, Platform, Stamp, found, kind, synced};
use crate::error::{FileKind, Holder};
use std::ffi::OsString;
use std::fs::{self, File, FileTimes, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::windows::fs::{MetadataExt, OpenOptionsExt};
use std::path::{self, Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};
use winapi_util::file::{Information, information};
use winsafe::MoveFileEx;
use winsafe::co::MOVEFILE;

pub(crate) type Dir = PathBuf;

/// `CreateFileW`: "Normal reparse point processing will not occur".
const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;

/// `CreateFileW`: "You must set this flag to obtain a handle to a directory".
const FILE_FLAG_BACKUP_SEMANTICS: u32 = 0x0200_0000;

/// The right to ask what a file is, which needs none to its contents.
const FILE_READ_ATTRIBUTES: u32 = 0x80;

/// A link, or a file whose contents another driver has: of deduplication, compression, or a cloud.
const FILE_ATTRIBUTE_REPARSE_POINT: u32 = 0x400;

/// "The directory name is invalid."
const ERROR_DIRECTORY: i32 = 267;

/// "The process cannot access the file because it is being used by another process."
const ERROR_SHARING_VIOLATION: i32 = 32;

/// What is said of a file that someone has open: that, or `ERROR_ACCESS_DENIED`.
const IN_USE: [i32; 2] = [5, ERROR_SHARING_VIOLATION];

/// The mode of a file that may not be written.
const READ_ONLY: u32 = 0o400;

/// Between a call that met someone else and the next one, at first; each is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(1);

/// A call is not made again after such a pause: after a quarter of a second in all.
const LAST_PAUSE: Duration = Duration::from_millis(128);

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
        patiently(&IN_USE, || fs::create_dir(&path))?;
        Ok(path)
    }

    fn directory_id(&self, dir: &Dir) -> io::Result<FileId> {
        file_id(&look_at(dir, Follow::Yes)?)
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
        let Some(file) = found(look_at(&dir.join(name), Follow::No))? else {
            return Ok(None);
        };
        let metadata = file.metadata()?;
        metadata
            .is_file()
            .then(|| stamp(&file, &metadata))
            .transpose()
    }

    fn leads_to(&self, dir: &Dir, name: &Path, id: FileId) -> io::Result<bool> {
        self.is_at(&dir.join(name), id)
    }

    /// Since Windows 10, a name is free as soon as its file is removed, whoever has that open.
    fn is_at(&self, path: &Path, id: FileId) -> io::Result<bool> {
        let found = found(look_at(path, Follow::No))?;
        let found = found.map(|file| file_id(&file)).transpose()?;
        Ok(found == Some(id))
    }

    /// A new file has the owner that its directory gives it.
    fn create(
        &self,
        dir: &Dir,
        name: &Path,
        _mode: u32,
        like: Option<Access>,
    ) -> io::Result<(File, Stamp)> {
        let path = dir.join(name);
        let file = patiently(&IN_USE, || {
            options().write(true).create_new(true).open(&path)
        })?;
        let made = file.metadata()?;
        if like.is_some_and(|like| like.mode == READ_ONLY) {
            let mut permissions = made.permissions();
            permissions.set_readonly(true);
            file.set_permissions(permissions)?;
        }
        let access = like.unwrap_or_default();
        let made = stamp(&file, &made)?;
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
        let path = dir.join(name);
        let file = match open_to_write(dir, name) {
            Err(_) if stamp.access.mode == READ_ONLY => {
                set_read_only(&path, false)?;
                let opened = open_to_write(dir, name);
                set_read_only(&path, true)?;
                opened?
            }
            opened => opened?,
        };
        self.sync(&file, Some(stamp))
    }

    /// FAT does, and it is not said of the others that they do not.
    fn may_revive(&self, _dir: &Dir, _id: FileId) -> bool {
        true
    }

    /// Windows has no call that syncs a directory.
    fn sync_directory(&self, _dir: &Dir) -> io::Result<()> {
        Ok(())
    }

    /// "The function does not return until the file is actually moved on the disk."
    fn rename_new(&self, dir: &Dir, from: &Path, into: &Dir, to: &Path) -> io::Result<()> {
        let (from, to) = (verbatim(&dir.join(from))?, verbatim(&into.join(to))?);
        patiently(&IN_USE, || {
            let moved = MoveFileEx(&from, Some(&to), MOVEFILE::WRITE_THROUGH);
            moved.map_err(|error| io::Error::from_raw_os_error(error.raw().cast_signed()))
        })
    }

    /// A read-only file is replaced like any other, as elsewhere: that is for whoever opens it. One that someone has
    /// open is not, before Windows 10, on FAT, and on many servers; readers may come faster than they go.
    fn replace(&self, dir: &Dir, from: &Path, into: &Dir, to: &Path) -> io::Result<()> {
        let (from, to) = (dir.join(from), into.join(to));
        in_spite_of_read_only(&to, &[ERROR_SHARING_VIOLATION], || fs::rename(&from, &to))
    }

    fn link(&self, dir: &Dir, name: &Path, second: &Path) -> io::Result<()> {
        patiently(&IN_USE, || fs::hard_link(dir.join(name), dir.join(second)))
    }

    fn remove(&self, dir: &Dir, name: &Path) -> io::Result<()> {
        let path = dir.join(name);
        in_spite_of_read_only(&path, &IN_USE, || fs::remove_file(&path))
    }

    fn remove_directory(&self, above: &Dir, name: &Path) -> io::Result<()> {
        fs::remove_dir(above.join(name))
    }
}

/// Makes a call again for a while if it met someone else who has the file open, as scanners and indexers do for a
/// moment, and says so with one of these `errors`.
fn patiently<T>(errors: &[i32], mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let mut pause = FIRST_PAUSE;
    loop {
        let done = call();
        let cause = done.as_ref().err().and_then(io::Error::raw_os_error);
        if pause > LAST_PAUSE || !cause.is_some_and(|cause| errors.contains(&cause)) {
            return done;
        }
        thread::sleep(pause);
        pause *= 2;
    }
}

/// Does what is refused where the file at `path` is read-only, so that it is not meanwhile; and
/// [`patiently`] where one of these `errors` is said for another reason.
fn in_spite_of_read_only(
    path: &Path,
    errors: &[i32],
    call: impl Fn() -> io::Result<()>,
) -> io::Result<()> {
    let first = call();
    let is_denied = matches!(&first, Err(cause) if cause.kind() == ErrorKind::PermissionDenied);
    let is_read_only = |found| access(&found).mode == READ_ONLY;
    if !is_denied || !fs::symlink_metadata(path).is_ok_and(is_read_only) {
        let mut first = Some(first);
        return patiently(errors, || first.take().unwrap_or_else(&call));
    }
    set_read_only(path, false)?;
    patiently(errors, call).inspect_err(|_| {
        let _ = set_read_only(path, true);
    })
}

fn set_read_only(path: &Path, is_read_only: bool) -> io::Result<()> {
    let mut permissions = fs::symlink_metadata(path)?.permissions();
    permissions.set_readonly(is_read_only);
    fs::set_permissions(path, permissions)
}

fn checked(path: PathBuf, metadata: &Metadata) -> io::Result<Dir> {
    if metadata.is_dir() {
        return Ok(path);
    }
    Err(io::Error::from_raw_os_error(ERROR_DIRECTORY))
}

/// Whether a link at the end of a path is followed.
#[derive(Clone, Copy)]
enum Follow {
    Yes,
    No,
}

/// Opens a file or a directory to ask what it is.
fn look_at(path: &Path, follow: Follow) -> io::Result<File> {
    let itself = match follow {
        Follow::Yes => 0,
        Follow::No => FILE_FLAG_OPEN_REPARSE_POINT,
    };
    let mut options = OpenOptions::new();
    options
        .access_mode(FILE_READ_ATTRIBUTES)
        .custom_flags(FILE_FLAG_BACKUP_SEMANTICS | itself);
    options.open(path)
}

/// Metadata by path does not tell.
pub(super) fn id_at(path: &Path, _metadata: &Metadata) -> io::Result<FileId> {
    file_id(&look_at(path, Follow::Yes)?)
}

fn file_id(file: &File) -> io::Result<FileId> {
    information(file).map(|known| id_of(&known))
}

/// The number of its volume and its own there; of 128 bits on `ReFS`, where these are 64 of them.
fn id_of(known: &Information) -> FileId {
    FileId(known.volume_serial_number(), known.file_index())
}

pub(super) fn stamp(file: &File, metadata: &Metadata) -> io::Result<Stamp> {
    let known = information(file)?;
    Ok(Stamp {
        id: id_of(&known),
        modified: metadata.modified().ok(),
        bytes: metadata.len(),
        access: access(metadata),
        changed: None,
        names: known.number_of_links(),
    })
}

pub(super) fn access(metadata: &Metadata) -> Access {
    let is_read_only = metadata.permissions().readonly();
    Access {
        mode: if is_read_only { READ_ONLY } else { 0 },
        ..Access::default()
    }
}

pub(super) fn open_to_read(dir: &Dir, name: &Path) -> io::Result<File> {
    open(options(), &dir.join(name))
}

pub(super) fn open_to_write(dir: &Dir, name: &Path) -> io::Result<File> {
    let mut options = options();
    options.write(true);
    open(options, &dir.join(name))
}

pub(super) fn open_path(path: &Path) -> io::Result<File> {
    open(options(), path)
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options
        .read(true)
        .custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
    options
}

/// A link is opened itself, and not what it leads to. Other reparse points are files whose contents their driver
/// gives to those who open them as if they were none.
fn open(mut options: OpenOptions, path: &Path) -> io::Result<File> {
    let file = patiently(&IN_USE, || options.open(path))?;
    let metadata = file.metadata()?;
    let is_driven = metadata.file_attributes() & FILE_ATTRIBUTE_REPARSE_POINT != 0;
    if is_driven && !metadata.is_symlink() {
        return options.custom_flags(0).open(path);
    }
    Ok(file)
}

/// What reading a link says of anything else: `ERROR_NOT_A_REPARSE_POINT`, or `std` of one that is no link.
pub(super) fn is_no_link(cause: &io::Error) -> bool {
    matches!(cause.raw_os_error(), Some(4390) | None)
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

/// `MoveFileExW` does not replace unless it is told to.
pub(super) fn rename_or_refuse(dir: &Dir, from: &Path, into: &Dir, to: &Path) -> io::Result<bool> {
    Disk.rename_new(dir, from, into, to).map(|()| true)
}

/// A path as `std` gives it to the system, which takes no more than 260 characters in any other form.
fn verbatim(path: &Path) -> io::Result<String> {
    let path = path::absolute(path)?;
    let text = path.to_str().ok_or(ErrorKind::InvalidFilename)?;
    Ok(match text.strip_prefix(r"\\") {
        Some(rest) if rest.starts_with(['?', '.']) => text.to_owned(),
        Some(share) => format!(r"\\?\UNC\{share}"),
        None => format!(r"\\?\{text}"),
    })
}
