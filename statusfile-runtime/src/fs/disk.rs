use super::{Contents, Entry, FileSystem, Kind, Lock, Opened, Standing, flock, platform};
use crate::name::temp_name;
use std::ffi::OsString;
use std::fs::{self, File, FileType, Metadata};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The real file system.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Disk;

impl FileSystem for Disk {
    type File = File;
    type Directory = platform::Directory;

    /// Nearly always there is a link, and then one call does.
    fn inspect(&self, path: &Path) -> io::Result<Entry> {
        let no_link = match fs::read_link(path) {
            Ok(target) => return Ok(Entry::Link(target)),
            Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(Entry::Absent),
            Err(cause) => cause,
        };
        match fs::symlink_metadata(path) {
            Ok(metadata) => match kind(metadata.file_type()) {
                None => Ok(Entry::File),
                Some(Kind::Link) => Err(no_link),
                Some(kind) => Ok(Entry::Other(kind)),
            },
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(Entry::Absent),
            Err(cause) => Err(cause),
        }
    }

    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        fs::canonicalize(path)
    }

    fn list(&self, directory: &Path) -> io::Result<(Vec<OsString>, platform::Directory)> {
        platform::list(directory)
    }

    fn read(&self, path: &Path, limit: u64) -> io::Result<Contents> {
        match read(path, limit) {
            Err(cause) if platform::is_damage(&cause) => Ok(Contents::Unreadable(cause)),
            contents => contents,
        }
    }

    fn create_directory(&self, path: &Path, mode: u32) -> io::Result<()> {
        platform::create_directory(path, mode)
    }

    /// The name is random: `RandomState` takes its keys from the operating system.
    fn create_temp(&self, directory: &Path, mode: u32) -> io::Result<(PathBuf, File)> {
        loop {
            let nonce = RandomState::new().build_hasher().finish();
            let path = directory.join(temp_name(nonce));
            match platform::create_unsettled(&path, mode) {
                Err(cause) if cause.kind() == ErrorKind::AlreadyExists => {}
                created => return created.map(|file| (path, file)),
            }
        }
    }

    fn open_or_create(&self, path: &Path, mode: u32) -> io::Result<Opened<File>> {
        loop {
            match opened(platform::open_options().read(true).write(true), path) {
                Err(cause) if cause.kind() == ErrorKind::NotFound => {}
                opened => return opened,
            }
            match platform::create_file(path, mode) {
                Err(cause) if cause.kind() == ErrorKind::AlreadyExists => {}
                created => return created.map(Opened::File),
            }
        }
    }

    fn open(&self, path: &Path) -> io::Result<Opened<File>> {
        opened(platform::open_options().read(true), path)
    }

    fn lock(&self, file: &File, lock: Lock, wait: Duration) -> io::Result<Option<Standing>> {
        let locked = flock::lock(file, lock, wait)?;
        Ok(locked.map(|metadata| standing(&metadata)))
    }

    fn try_lock(&self, file: &File, lock: Lock) -> io::Result<bool> {
        flock::try_lock(file, lock)
    }

    fn settle(&self, file: &File, path: &Path) -> io::Result<bool> {
        let metadata = file.metadata()?;
        let is_named = platform::is_named(&metadata);
        if is_named {
            platform::settle(file, &metadata, path)?;
        }
        Ok(is_named)
    }

    fn standing(&self, file: &File) -> io::Result<Standing> {
        file.metadata().map(|metadata| standing(&metadata))
    }

    fn unlock(&self, file: &File) {
        flock::unlock(file);
    }

    fn take_after(&self, file: &File, path: &Path) -> io::Result<()> {
        platform::take_after(file, &fs::metadata(path)?)
    }

    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }

    fn flush(&self, file: &File) -> io::Result<()> {
        platform::flush(file)
    }

    fn flush_directory(&self, directory: &Path) -> io::Result<()> {
        platform::flush_directory(directory)
    }

    fn flush_listed(&self, directory: &platform::Directory) -> io::Result<()> {
        platform::flush_listed(directory)
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        platform::rename_new(from, to)
    }

    fn replace(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn link(&self, target: &Path, path: &Path) -> io::Result<()> {
        platform::link(target, path)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }
}

fn read(path: &Path, limit: u64) -> io::Result<Contents> {
    let file = match opened(platform::open_options().read(true), path)? {
        Opened::NotAFile(kind) => return Ok(Contents::NotAFile(kind)),
        Opened::File(file) => file,
    };
    let metadata = file.metadata()?;
    if let Some(kind) = kind(metadata.file_type()) {
        return Ok(Contents::NotAFile(kind));
    }
    let mut length = metadata.len();
    let mut bytes = Vec::new();
    if length <= limit {
        bytes.reserve_exact(usize::try_from(length).unwrap_or(0));
        // Some file systems know the length of a file only once it is read.
        let most = if length == 0 { limit + 1 } else { length };
        (&file).take(most).read_to_end(&mut bytes)?;
        length = length.max(bytes.len() as u64);
    }
    if length > limit {
        return Ok(Contents::TooLarge { bytes: length });
    }
    Ok(Contents::Whole {
        bytes,
        modified: metadata.modified().ok(),
    })
}

/// What is no regular file may open too (a FIFO) or fail in some way of its own (a link, a socket, a
/// directory).
fn opened(options: &fs::OpenOptions, path: &Path) -> io::Result<Opened<File>> {
    let cause = match options.open(path) {
        Ok(file) => return Ok(Opened::File(file)),
        Err(cause) => cause,
    };
    match fs::symlink_metadata(path).map(|metadata| kind(metadata.file_type())) {
        Ok(Some(kind)) => Ok(Opened::NotAFile(kind)),
        _ => Err(cause),
    }
}

fn standing(metadata: &Metadata) -> Standing {
    match kind(metadata.file_type()) {
        Some(kind) => Standing::NotAFile(kind),
        None if platform::is_named(metadata) => Standing::Named,
        None => Standing::Removed,
    }
}

/// `None` for a regular file.
fn kind(file_type: FileType) -> Option<Kind> {
    if file_type.is_file() {
        None
    } else if file_type.is_dir() {
        Some(Kind::Directory)
    } else if file_type.is_symlink() {
        Some(Kind::Link)
    } else {
        Some(Kind::Special)
    }
}
