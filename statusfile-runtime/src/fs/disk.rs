use super::platform::{self, Dir};
use super::{Contents, Entry, FileId, FileSystem, Lock, Opened, flock};
use crate::error::FileKind;
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
    type Dir = Dir;

    /// `RandomState` takes its keys from the operating system.
    fn nonce(&self) -> u64 {
        RandomState::new().build_hasher().finish()
    }

    fn open_directory(&self, path: &Path) -> io::Result<Dir> {
        platform::open_directory(path)
    }

    fn enter(&self, above: &Dir, name: &Path) -> io::Result<Dir> {
        platform::enter(above, name)
    }

    fn create_directory(&self, above: &Dir, name: &Path, mode: u32) -> io::Result<Dir> {
        platform::create_directory(above, name, mode)
    }

    fn directory_id(&self, dir: &Dir) -> io::Result<FileId> {
        platform::directory_id(dir)
    }

    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        fs::canonicalize(path)
    }

    fn list(&self, dir: &Dir) -> io::Result<Vec<OsString>> {
        platform::list(dir)
    }

    fn inspect(&self, dir: &Dir, name: &Path) -> io::Result<Entry> {
        platform::inspect(dir, name)
    }

    fn mode(&self, dir: &Dir, name: &Path) -> io::Result<Option<u32>> {
        platform::mode(dir, name)
    }

    fn read(&self, dir: &Dir, name: &Path, limit: u64) -> io::Result<Contents> {
        match read(dir, name, limit) {
            Err(cause) if platform::is_damage(&cause) => Ok(Contents::Unreadable(cause)),
            contents => contents,
        }
    }

    fn create(&self, dir: &Dir, name: &Path, mode: u32) -> io::Result<File> {
        platform::create(dir, name, mode)
    }

    fn open_or_create(&self, dir: &Dir, name: &Path, mode: u32) -> io::Result<Opened<File>> {
        loop {
            match opened(dir, name, platform::open_to_write(dir, name)) {
                Err(cause) if cause.kind() == ErrorKind::NotFound => {}
                opened => return opened,
            }
            let created = platform::create(dir, name, mode).and_then(|file| {
                platform::settle(&file, dir)?;
                Ok(Opened::File(file))
            });
            match created {
                Err(cause) if cause.kind() == ErrorKind::AlreadyExists => {}
                created => return created,
            }
        }
    }

    fn open(&self, dir: &Dir, name: &Path) -> io::Result<Opened<File>> {
        opened(dir, name, platform::open_to_read(dir, name))
    }

    fn lock(&self, file: &File, lock: Lock, wait: Duration) -> io::Result<Option<Opened<FileId>>> {
        let locked = flock::lock(file, lock, wait)?;
        Ok(locked.map(|metadata| match kind(metadata.file_type()) {
            Some(kind) => Opened::NotAFile(kind),
            None => Opened::File(platform::file_id(&metadata)),
        }))
    }

    fn try_lock(&self, file: &File, lock: Lock) -> io::Result<bool> {
        flock::try_lock(file, lock)
    }

    fn unlock(&self, file: &File) {
        flock::unlock(file);
    }

    fn id(&self, file: &File) -> io::Result<FileId> {
        file.metadata().map(|metadata| platform::file_id(&metadata))
    }

    fn leads_to(&self, dir: &Dir, name: &Path, id: FileId) -> io::Result<bool> {
        match platform::id_of_name(dir, name) {
            Ok(found) => Ok(found == id),
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(false),
            Err(cause) => Err(cause),
        }
    }

    fn settle(&self, file: &File, dir: &Dir) -> io::Result<FileId> {
        platform::settle(file, dir)
    }

    fn copy_owner_and_mode(&self, file: &File, dir: &Dir, name: &Path) -> io::Result<()> {
        let other = platform::open_to_read(dir, name)?;
        platform::copy_owner_and_mode(file, &other.metadata()?)
    }

    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        platform::sync(file)
    }

    fn sync_directory(&self, dir: &Dir) -> io::Result<()> {
        platform::sync_directory(dir)
    }

    fn rename_new(&self, dir: &Dir, from: &Path, to: &Path) -> io::Result<()> {
        if platform::rename_or_refuse(dir, from, to)? {
            return Ok(());
        }
        platform::rename_if_free(dir, from, to)
    }

    fn replace(&self, dir: &Dir, from: &Path, to_dir: &Dir, to: &Path) -> io::Result<()> {
        platform::replace(dir, from, to_dir, to)
    }

    fn link(&self, target: &Path, dir: &Dir, name: &Path) -> io::Result<()> {
        platform::link(target, dir, name)
    }

    fn remove(&self, dir: &Dir, name: &Path) -> io::Result<()> {
        platform::remove(dir, name)
    }

    fn remove_directory(&self, above: &Dir, name: &Path) -> io::Result<()> {
        platform::remove_directory(above, name)
    }
}

/// Whether the system renames without replacing in one step, as a save asks it to, in the directory
/// where files of the names `from` and `to` lie. If it does, nothing happens to them.
///
/// # Errors
///
/// What the system says if it cannot rename there at all.
pub fn refuses_to_replace(dir: &Path, from: &Path, to: &Path) -> io::Result<bool> {
    let dir = platform::open_directory(dir)?;
    match platform::rename_or_refuse(&dir, from, to) {
        Err(cause) if cause.kind() == ErrorKind::AlreadyExists => Ok(true),
        renamed => renamed.map(|_| false),
    }
}

fn read(dir: &Dir, name: &Path, limit: u64) -> io::Result<Contents> {
    let file = match opened(dir, name, platform::open_to_read(dir, name))? {
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
fn opened(dir: &Dir, name: &Path, opened: io::Result<File>) -> io::Result<Opened<File>> {
    let cause = match opened {
        Ok(file) => return Ok(Opened::File(file)),
        Err(cause) => cause,
    };
    match platform::inspect(dir, name) {
        Ok(Entry::Link(_)) => Ok(Opened::NotAFile(FileKind::Link)),
        Ok(Entry::Other(kind)) => Ok(Opened::NotAFile(kind)),
        _ => Err(cause),
    }
}

/// `None` for a regular file.
fn kind(file_type: FileType) -> Option<FileKind> {
    if file_type.is_file() {
        None
    } else if file_type.is_dir() {
        Some(FileKind::Directory)
    } else if file_type.is_symlink() {
        Some(FileKind::Link)
    } else {
        Some(FileKind::Special)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What rename(2) does where it cannot refuse to replace.
    #[test]
    fn a_rename_refuses_to_replace_where_the_system_cannot() {
        let directory = tempfile::tempdir().unwrap();
        let dir = Disk.open_directory(directory.path()).unwrap();
        let (from, to) = (Path::new("from"), Path::new("to"));
        let make = |name, text: &[u8]| {
            let mut file = Disk.create(&dir, name, 0o600).unwrap();
            Disk.write(&mut file, text).unwrap();
        };
        make(from, b"new");
        platform::rename_if_free(&dir, from, to).unwrap();
        assert_eq!(Disk.list(&dir).unwrap(), ["to"]);

        make(from, b"newer");
        let refused = platform::rename_if_free(&dir, from, to).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::AlreadyExists);
        assert_eq!(Disk.list(&dir).unwrap().len(), 2);
        let Contents::Whole { bytes, .. } = Disk.read(&dir, to, 100).unwrap() else {
            panic!();
        };
        assert_eq!(bytes, b"new");
    }

    #[test]
    fn a_directory_can_be_listed_again() {
        let directory = tempfile::tempdir().unwrap();
        let dir = Disk.open_directory(directory.path()).unwrap();
        for (count, name) in ["a", "b", "c"].into_iter().enumerate() {
            assert_eq!(Disk.list(&dir).unwrap().len(), count);
            drop(Disk.create(&dir, Path::new(name), 0o600).unwrap());
        }
    }
}
