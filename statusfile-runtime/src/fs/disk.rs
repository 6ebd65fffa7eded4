use super::platform::{self, Dir};
use super::{
    Contents, Disk, Entry, FileId, FileSystem, Link, Lock, Locked, Made, Opened, Platform, Stamp,
};
use super::{flock, found, kind, known, seen};
use crate::error::{FileKind, Holder};
use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

impl FileSystem for Disk {
    /// `RandomState` takes its keys from the operating system.
    fn nonce(&self) -> u64 {
        RandomState::new().build_hasher().finish()
    }

    fn remember(&self, stamp: Stamp, bytes: &Arc<Vec<u8>>) {
        known::remember(stamp, Arc::clone(bytes));
    }

    fn recall(&self, stamp: &Stamp) -> Option<Arc<Vec<u8>>> {
        known::recall(stamp)
    }

    fn remember_seen(&self, path: &Path, directory: FileId) {
        seen::remember(path, directory);
    }

    fn forget_seen(&self, path: &Path) {
        seen::forget(path);
    }

    fn recall_seen(&self, path: &Path) -> Option<FileId> {
        seen::recall(path)
    }

    fn remember_plain(&self, stamp: &Stamp) {
        known::remember_plain(stamp, self.now());
    }

    fn is_plain(&self, stamp: &Stamp) -> bool {
        known::is_plain(stamp)
    }

    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn target(&self, path: &Path) -> io::Result<Option<Link>> {
        let to = match fs::read_link(path) {
            Err(cause) if platform::is_no_link(&cause) => return Ok(None),
            // There is nothing, or no directory above it, or there cannot be such a name.
            Err(cause)
                if matches!(
                    cause.kind(),
                    ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidFilename
                ) =>
            {
                return Ok(None);
            }
            to => to?,
        };
        let own = platform::access(&fs::symlink_metadata(path)?);
        let above = platform::access(&fs::metadata(path.parent().unwrap_or(path))?);
        let made = Made { own, above };
        Ok(Some(Link { to, made }))
    }

    /// Nearly always nothing lies at the other.
    fn are_one(&self, path: &Path, other: &Path) -> bool {
        let id = |path| platform::id_at(path, &fs::metadata(path)?);
        id(other).is_ok_and(|other| id(path).is_ok_and(|path| path == other))
    }

    fn read(&self, dir: &Dir, name: &Path, limit: u64) -> io::Result<Contents> {
        let inspect = || self.inspect(dir, name);
        read(platform::open_to_read(dir, name), inspect, limit)
    }

    fn read_path(&self, path: &Path, limit: u64) -> io::Result<Contents> {
        let inspect = || match fs::symlink_metadata(path)? {
            other if other.is_symlink() => Ok(Entry::Link(PathBuf::new())),
            other => Ok(kind(&other).map_or(Entry::File, Entry::Other)),
        };
        read(platform::open_path(path), inspect, limit)
    }

    fn open_or_create(&self, dir: &Dir, name: &Path, mode: u32) -> io::Result<Opened<File>> {
        loop {
            let opened = opened(platform::open_to_write(dir, name), || {
                self.inspect(dir, name)
            });
            if let Some(opened) = found(opened)? {
                return Ok(opened);
            }
            match self.create(dir, name, mode, None) {
                Err(cause) if cause.kind() == ErrorKind::AlreadyExists => {}
                created => return created.map(|(file, _)| Opened::File(file)),
            }
        }
    }

    fn open(&self, dir: &Dir, name: &Path) -> io::Result<Opened<File>> {
        opened(platform::open_to_read(dir, name), || {
            self.inspect(dir, name)
        })
    }

    fn lock(
        &self,
        file: &File,
        lock: Lock,
        wait: Duration,
        is_current: &dyn Fn() -> bool,
    ) -> io::Result<Option<Opened<Locked>>> {
        let Some(metadata) = flock::lock(file, lock, wait, is_current)? else {
            return Ok(None);
        };
        if let Some(kind) = kind(&metadata) {
            return Ok(Some(Opened::NotAFile(kind)));
        }
        let stamp = platform::stamp(file, &metadata).inspect_err(|_| flock::unlock(file))?;
        Ok(Some(Opened::File(Locked {
            id: stamp.id,
            bytes: stamp.bytes,
            names: stamp.names,
        })))
    }

    fn try_lock(&self, file: &File, lock: Lock) -> io::Result<bool> {
        flock::try_lock(file, lock)
    }

    fn unlock(&self, file: &File) {
        flock::unlock(file);
    }

    fn holder(&self, file: &File) -> Holder {
        platform::holder(file)
    }

    fn stamp(&self, file: &File) -> io::Result<Stamp> {
        platform::stamp(file, &file.metadata()?)
    }

    fn write_over(&self, mut file: &File, bytes: &[u8]) -> io::Result<()> {
        file.rewind()?;
        file.write_all(bytes)?;
        // A file that was just made looks as if someone were waiting for it.
        flock::unmark(file);
        Ok(())
    }

    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }

    fn set_modified(&self, file: &File, time: SystemTime) -> io::Result<()> {
        match file.set_modified(time) {
            Err(cause)
                if matches!(
                    cause.kind(),
                    ErrorKind::Unsupported | ErrorKind::PermissionDenied | ErrorKind::InvalidInput
                ) =>
            {
                Ok(())
            }
            set => set,
        }
    }

    #[cfg(unix)]
    fn create_locked(
        &self,
        dir: &Dir,
        name: &Path,
        mode: u32,
    ) -> io::Result<Option<(File, Stamp)>> {
        let lock = |file: &File| flock::try_lock(file, Lock::Exclusive);
        platform::create_locked(dir, name, mode, lock)
    }
}

/// Whether the system renames without replacing in one step, as a save asks it to, in the directory
/// where files of the names `from` and `to` lie. If it does, nothing happens to `to`, and `from` is `free` afterwards.
///
/// # Errors
///
/// What the system says if it cannot rename there at all.
pub fn refuses_to_replace(dir: &Path, from: &Path, to: &Path, free: &Path) -> io::Result<bool> {
    let dir = Disk.open_directory(dir)?;
    match platform::rename_or_refuse(&dir, from, &dir, to) {
        // Linux refuses a name that is taken before it asks the file system, which may not be able to.
        Err(cause) if cause.kind() == ErrorKind::AlreadyExists => {
            platform::rename_or_refuse(&dir, from, &dir, free)
        }
        renamed => renamed.map(|_| false),
    }
}

/// Whether the system exchanges two names in one step, as a save asks it to, in the directory where files
/// of the names `one` and `other` lie. If it does, each is the other afterwards.
///
/// # Errors
///
/// What the system says if it cannot rename there at all.
pub fn exchanges(dir: &Path, one: &Path, other: &Path) -> io::Result<bool> {
    let dir = Disk.open_directory(dir)?;
    Disk.exchange(&dir, one, &dir, other)
}

/// `None` if there is no directory at `path`.
#[cfg(feature = "watch")]
pub(crate) fn identity(path: &Path) -> io::Result<Option<super::Identity>> {
    let looked = match fs::metadata(path) {
        Err(cause) if cause.kind() == ErrorKind::NotADirectory => None,
        looked => found(looked)?.filter(fs::Metadata::is_dir),
    };
    let Some(metadata) = looked else {
        return Ok(None);
    };
    let id = found(platform::id_at(path, &metadata))?;
    Ok(id.map(|id| (id, metadata.created().ok())))
}

fn read(
    file: io::Result<File>,
    inspect: impl FnOnce() -> io::Result<Entry>,
    limit: u64,
) -> io::Result<Contents> {
    let contents = match opened(file, inspect) {
        Ok(Opened::NotAFile(kind)) => Ok(Contents::NotAFile(kind)),
        Ok(Opened::File(file)) => contents(&file, limit),
        Err(cause) => Err(cause),
    };
    match contents {
        Err(cause) if platform::is_damage(&cause) => Ok(Contents::Unreadable(cause)),
        contents => contents,
    }
}

fn contents(file: &File, limit: u64) -> io::Result<Contents> {
    let metadata = file.metadata()?;
    if let Some(kind) = kind(&metadata) {
        return Ok(Contents::NotAFile(kind));
    }
    let length = metadata.len();
    let mut bytes = Vec::new();
    if length <= limit {
        bytes.reserve_exact(usize::try_from(length).unwrap_or(0));
        // Some file systems know the length of a file only once it is read.
        let most = if length == 0 { limit + 1 } else { length };
        file.take(most).read_to_end(&mut bytes)?;
    }
    let length = length.max(bytes.len() as u64);
    if length > limit {
        return Ok(Contents::TooLarge { bytes: length });
    }
    Ok(Contents::Whole {
        bytes,
        stamp: platform::stamp(file, &metadata)?,
    })
}

/// What is no regular file may open too (a FIFO) or fail in some way of its own (a link, a socket, a
/// directory).
fn opened(
    opened: io::Result<File>,
    inspect: impl FnOnce() -> io::Result<Entry>,
) -> io::Result<Opened<File>> {
    opened.map(Opened::File).or_else(|cause| match inspect() {
        Ok(Entry::Link(_)) => Ok(Opened::NotAFile(FileKind::Link)),
        Ok(Entry::Other(kind)) => Ok(Opened::NotAFile(kind)),
        _ => Err(cause),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rename_refuses_to_replace() {
        assert_refuses_to_replace(|dir, from, to| Disk.rename_new(dir, from, dir, to));
    }

    #[cfg(unix)]
    #[test]
    fn a_rename_refuses_to_replace_where_the_system_cannot() {
        assert_refuses_to_replace(|dir, from, to| platform::rename_if_free(dir, from, dir, to));
    }

    fn assert_refuses_to_replace(rename: fn(&Dir, &Path, &Path) -> io::Result<()>) {
        let directory = tempfile::tempdir().unwrap();
        let dir = Disk.open_directory(directory.path()).unwrap();
        let (from, to) = (Path::new("from"), Path::new("to"));
        let make = |name, text: &[u8]| {
            let (mut file, _) = Disk.create(&dir, name, 0o600, None).unwrap();
            Disk.write(&mut file, text).unwrap();
        };
        make(from, b"new");
        rename(&dir, from, to).unwrap();
        assert_eq!(Disk.list(&dir).unwrap(), ["to"]);

        make(from, b"newer");
        let refused = rename(&dir, from, to).unwrap_err();
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
            let (_, made) = Disk.create(&dir, Path::new(name), 0o600, None).unwrap();
            // From then on it is known which file system this is.
            Disk.may_revive(&dir, made.id);
        }
    }

    #[test]
    fn only_a_regular_file_has_a_length() {
        let directory = tempfile::tempdir().unwrap();
        let dir = Disk.open_directory(directory.path()).unwrap();
        let length = |name| {
            let stamp = Disk.stamp_of(&dir, Path::new(name)).unwrap();
            stamp.map(|stamp| stamp.bytes)
        };
        let name = Path::new("file");
        let (mut file, _) = Disk.create(&dir, name, 0o600, None).unwrap();
        Disk.write(&mut file, b"abc").unwrap();
        assert_eq!(length("file"), Some(3));
        Disk.write_over(&file, b"de").unwrap();
        assert_eq!(length("file"), Some(3));
        Disk.create_directory(&dir, Path::new("inside"), 0o700)
            .unwrap();
        assert_eq!((length("inside"), length("none")), (None, None));
        Disk.link(&dir, Path::new("file"), Path::new("second"))
            .unwrap();
        assert_eq!(length("second"), Some(3));
        let stamp = Disk.stamp(&file).unwrap();
        assert_eq!(Disk.stamp_of(&dir, name).unwrap(), Some(stamp));
    }
}
