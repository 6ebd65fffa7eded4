//! Where the contenders work.

use anyhow::{Context as _, Result};
use std::fs;
#[cfg(unix)]
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A directory on the file system that is measured, of which nothing is left.
#[derive(Debug)]
pub(crate) struct Place {
    scratch: TempDir,
    pub(crate) file_system: String,
}

impl Place {
    pub(crate) fn below(directory: &Path) -> Result<Self> {
        let scratch = directory
            .canonicalize()
            .and_then(|directory| TempDir::with_prefix_in("statusfile-bench-", directory))
            .with_context(|| format!("cannot work in {}", directory.display()))?;
        let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
        let file_system = file_system(&mounts, scratch.path());
        Ok(Self {
            scratch,
            file_system,
        })
    }

    /// Whether a sync costs nothing here.
    pub(crate) fn is_in_memory(&self) -> bool {
        self.file_system == "tmpfs"
    }

    /// An empty directory, removed when it is dropped.
    pub(crate) fn room(&self) -> Result<Room> {
        Ok(Room {
            directory: TempDir::new_in(self.scratch.path())?,
            owner: None,
        })
    }
}

/// A directory for one comparison.
#[derive(Debug)]
pub(crate) struct Room {
    directory: TempDir,
    /// Whose it is, if it is not ours.
    owner: Option<u32>,
}

/// "nobody", by convention.
#[cfg(unix)]
const ORDINARY_USER: u32 = 65534;

impl Room {
    /// One in the system's directory for temporary files, as others are not for everyone to enter.
    /// What root does there, an ordinary user does.
    pub(crate) fn of_an_ordinary_user() -> Result<Self> {
        let directory = TempDir::with_prefix("statusfile-bench-")?;
        #[cfg(unix)]
        let owner = (fs::metadata(directory.path())?.uid() == 0).then_some(ORDINARY_USER);
        #[cfg(not(unix))]
        let owner = None;
        let room = Self { directory, owner };
        room.hand_over(room.path())?;
        Ok(room)
    }

    #[cfg_attr(not(unix), expect(unused_variables, reason = "there is no root"))]
    fn hand_over(&self, directory: &Path) -> Result<()> {
        #[cfg(unix)]
        if let Some(owner) = self.owner {
            chown(directory, Some(owner), Some(owner))?;
        }
        Ok(())
    }

    /// What has `strace` run a program as the user whose room this is.
    pub(crate) fn user(&self) -> &'static [&'static str] {
        match self.owner {
            Some(_) => &["-u", "nobody"],
            None => &[],
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// A path in a directory of its own.
    pub(crate) fn corner(&self, name: &str) -> Result<PathBuf> {
        let directory = self.path().join(name);
        fs::create_dir(&directory)?;
        self.hand_over(&directory)?;
        Ok(directory.join("state.toml"))
    }

    /// Has the file system write out what waits to be written, so that it does not do so while
    /// others are timed. As far as that can be asked for.
    pub(crate) fn settle(&self) {
        let mut sync = Command::new("sync");
        sync.arg("--file-system").arg(self.path());
        let _ = sync.stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

/// The kind of the file system that `path` is on, by the kernel's table of `mounts`.
fn file_system(mounts: &str, path: &Path) -> String {
    let above = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        let (at, kind) = (fields.next()?, fields.next()?);
        path.starts_with(at).then_some((at, kind))
    });
    // Of two at the same place, the later one hides the other.
    let nearest = above.max_by_key(|(at, _)| at.len());
    nearest.map_or("unknown", |(_, kind)| kind).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_mount_counts() {
        let mounts = "/dev/vda / ext4 rw 0 0\n\
                      tmpfs /dev/shm tmpfs rw 0 0\n\
                      /dev/loop0 /dev/shm/xfs xfs rw 0 0\n\
                      /dev/loop1 /dev/shm/xfs btrfs rw 0 0\n";
        let kind = |path| file_system(mounts, Path::new(path));
        assert_eq!(kind("/home/a"), "ext4");
        assert_eq!(kind("/dev/shm/xfsxfs"), "tmpfs");
        assert_eq!(kind("/dev/shm/xfs/a"), "btrfs");
        assert_eq!(file_system("", Path::new("/a")), "unknown");
    }
}
