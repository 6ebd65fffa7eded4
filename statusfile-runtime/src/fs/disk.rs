use super::{Contents, Entry, FileSystem, Kind, Lock, Opened, flock, platform};
use crate::name::temp_name;
use std::ffi::OsString;
use std::fs::{self, File, FileType};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The real file system.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Disk;

impl FileSystem for Disk {
    type File = File;

    fn inspect(&self, path: &Path) -> io::Result<Entry> {
        let metadata = match fs::symlink_metadata(path) {
            Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(Entry::Absent),
            metadata => metadata?,
        };
        Ok(match kind(metadata.file_type()) {
            None => Entry::File,
            Some(Kind::Link) => Entry::Link(fs::read_link(path)?),
            Some(kind) => Entry::Other(kind),
        })
    }

    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        fs::canonicalize(path)
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<OsString>> {
        fs::read_dir(directory)?
            .map(|entry| Ok(entry?.file_name()))
            .collect()
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
            match platform::create_file(&path, mode) {
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

    fn lock(&self, file: &File, lock: Lock, wait: Duration) -> io::Result<bool> {
        flock::lock(file, lock, wait)
    }

    fn is_named(&self, file: &File) -> io::Result<bool> {
        platform::is_named(file)
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
    let mut length = metadata.len();
    let mut bytes = Vec::new();
    if length <= limit {
        bytes.reserve_exact(usize::try_from(length).unwrap_or(0));
        (&file).take(limit + 1).read_to_end(&mut bytes)?;
        length = bytes.len() as u64;
    }
    if length > limit {
        return Ok(Contents::TooLarge { bytes: length });
    }
    Ok(Contents::Whole {
        bytes,
        modified: metadata.modified().ok(),
    })
}

/// Opens a regular file. What is none may open too (a FIFO) or fail in some way of its own (a
/// link, a socket, a directory).
fn opened(options: &fs::OpenOptions, path: &Path) -> io::Result<Opened<File>> {
    let file_type = match options.open(path) {
        Ok(file) => match kind(file.metadata()?.file_type()) {
            None => return Ok(Opened::File(file)),
            Some(kind) => return Ok(Opened::NotAFile(kind)),
        },
        Err(cause) => match fs::symlink_metadata(path) {
            Ok(metadata) if !metadata.is_file() => metadata.file_type(),
            _ => return Err(cause),
        },
    };
    Ok(Opened::NotAFile(kind(file_type).unwrap_or(Kind::Special)))
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
