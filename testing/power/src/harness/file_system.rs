//! The file systems: how each is made, mounted, repaired and cut off.

use anyhow::{Context as _, Result, bail, ensure};
use rustix::fs::Advice;
use rustix::io::Errno;
use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};
use std::ffi::CStr;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::str::FromStr;
use std::thread;
use std::time::{Duration, Instant};

/// How long a file system may take to go.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileSystem {
    Ext4,
    Ext4NoJournal,
    Xfs,
    Btrfs,
    /// A FUSE file system above ext4, which passes on the sync of a file and not that of a directory.
    Bindfs,
    Vfat,
}

impl FileSystem {
    pub(crate) const ALL: [Self; 6] = [
        Self::Ext4,
        Self::Ext4NoJournal,
        Self::Xfs,
        Self::Btrfs,
        Self::Bindfs,
        Self::Vfat,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ext4 => "ext4",
            Self::Ext4NoJournal => "ext4-no-journal",
            Self::Xfs => "xfs",
            Self::Btrfs => "btrfs",
            Self::Bindfs => "bindfs",
            Self::Vfat => "vfat",
        }
    }

    /// What the kernel calls the one on the disk.
    pub(crate) fn driver(self) -> &'static str {
        match self {
            Self::Ext4 | Self::Ext4NoJournal | Self::Bindfs => "ext4",
            Self::Xfs => "xfs",
            Self::Btrfs => "btrfs",
            Self::Vfat => "vfat",
        }
    }

    /// The programs that it takes to make and repair one.
    pub(crate) fn programs(self) -> &'static [&'static str] {
        match self {
            Self::Ext4 => &["mkfs.ext4", "xfs_io"],
            Self::Ext4NoJournal => &["mkfs.ext4", "e2fsck", "xfs_io"],
            Self::Xfs => &["mkfs.xfs", "xfs_io"],
            Self::Btrfs => &["mkfs.btrfs"],
            Self::Bindfs => &["mkfs.ext4", "bindfs"],
            Self::Vfat => &["mkfs.vfat", "fsck.vfat", "linux.uml", "insmod", "stty"],
        }
    }

    /// Whether it takes a virtual machine, whose kernel knows it.
    pub(crate) fn is_in_guest(self) -> bool {
        self == Self::Vfat
    }

    /// The size of its disk in bytes, somewhat above the least that its maker accepts.
    pub(crate) fn size(self) -> u64 {
        let mebibytes = match self {
            Self::Ext4 | Self::Ext4NoJournal | Self::Bindfs | Self::Vfat => 64,
            Self::Xfs => 320,
            Self::Btrfs => 192,
        };
        mebibytes << 20
    }

    /// What the drive writes as a whole, in bytes. btrfs has one checksum for its superblock of 4 KiB, and where that
    /// is torn a person has to mend it (`btrfs rescue super-recover`).
    pub(crate) fn sector(self) -> usize {
        if self == Self::Btrfs { 4096 } else { 512 }
    }

    /// Whether the kernel knows how to shut it down at once.
    pub(crate) fn can_shut_down(self) -> bool {
        !matches!(self, Self::Btrfs | Self::Bindfs | Self::Vfat)
    }

    pub(crate) fn format(self, device: &Path) -> Result<()> {
        let arguments: &[&str] = match self {
            Self::Ext4 | Self::Bindfs => &[
                "-q",
                "-F",
                "-b",
                "4096",
                "-E",
                "nodiscard,lazy_itable_init=0",
            ],
            Self::Ext4NoJournal => &[
                "-q",
                "-F",
                "-b",
                "4096",
                "-O",
                "^has_journal",
                "-E",
                "nodiscard",
            ],
            Self::Xfs | Self::Btrfs => &["-q", "-f", "-K"],
            Self::Vfat => &["-F", "32"],
        };
        let program = format!("mkfs.{}", self.driver());
        let output = Command::new(&program)
            .args(arguments)
            .arg(device)
            .output()
            .with_context(|| format!("cannot run {program}"))?;
        ensure!(
            output.status.success(),
            "{program}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }

    /// Mounts it as a machine does that comes up again: the kernel replays its log, and where there
    /// is none, its checker runs first.
    pub(crate) fn mount(self, device: &Path, at: &Path) -> Result<()> {
        forget_cache(device)?;
        if let Some((checker, arguments)) = self.checker() {
            repair(checker, arguments, device)?;
        }
        let flags = MountFlags::NOATIME;
        let on_disk = match self {
            Self::Bindfs => below(at),
            _ => at.to_owned(),
        };
        fs::create_dir_all(&on_disk)?;
        mount(device, &on_disk, self.driver(), flags, self.options())
            .with_context(|| format!("cannot mount {}", self.name()))?;
        if self == Self::Bindfs {
            let output = Command::new("bindfs").arg(&on_disk).arg(at).output()?;
            ensure!(
                output.status.success(),
                "bindfs: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(())
    }

    /// What mends one without a log before it is mounted.
    fn checker(self) -> Option<(&'static str, &'static [&'static str])> {
        match self {
            Self::Ext4NoJournal => Some(("e2fsck", &["-fy"])),
            Self::Vfat => Some(("/sbin/fsck.vfat", &["-a", "-w"])),
            Self::Ext4 | Self::Xfs | Self::Btrfs | Self::Bindfs => None,
        }
    }

    /// Discards would change the disk in a way that is not in the recording. The rest makes a
    /// storm of a second see more than one commit in the background.
    fn options(self) -> &'static CStr {
        match self {
            Self::Ext4 | Self::Btrfs | Self::Bindfs => c"nodiscard,commit=1",
            Self::Ext4NoJournal | Self::Xfs => c"nodiscard",
            Self::Vfat => c"codepage=437,iocharset=ascii",
        }
    }
}

impl FromStr for FileSystem {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self> {
        match Self::ALL.into_iter().find(|known| known.name() == name) {
            Some(file_system) => Ok(file_system),
            None => bail!("no file system here is called {name:?}"),
        }
    }
}

/// Where the file system on the disk is mounted if another is above it.
fn below(at: &Path) -> PathBuf {
    at.with_extension("below")
}

/// Unmounts what is there, and what is below it.
pub(crate) fn unmount_from(at: &Path) -> Result<()> {
    let unmounted = unmount(at, UnmountFlags::empty());
    let below = below(at);
    let start = Instant::now();
    // What is above it may need a moment to go.
    while below.exists() && unmount(&below, UnmountFlags::empty()) == Err(Errno::BUSY) {
        ensure!(start.elapsed() < PATIENCE, "{} stays busy", below.display());
        thread::sleep(Duration::from_millis(1));
    }
    unmounted.with_context(|| format!("cannot unmount {}", at.display()))
}

/// The way in which a file system is shut down in the middle of its work.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cut {
    /// What is not in the log yet stays out of it: the power goes.
    LogLost,
    /// The log is flushed at the last moment, and nothing else is.
    LogFlushed,
}

/// A finger on the switch of a mounted file system: a process is waiting for the word, so that the
/// power goes as soon as it is given.
#[derive(Debug)]
pub(crate) struct Switch(Child);

impl Switch {
    pub(crate) fn of(at: &Path) -> Result<Self> {
        let process = Command::new("xfs_io")
            .arg("-x")
            .arg(at)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("cannot run xfs_io")?;
        Ok(Self(process))
    }

    /// Shuts the file system down.
    pub(crate) fn cut(mut self, cut: Cut) -> Result<()> {
        let mut words = self.0.stdin.take().context("xfs_io has no input")?;
        words.write_all(match cut {
            Cut::LogLost => b"shutdown\n",
            Cut::LogFlushed => b"shutdown -f\n",
        })?;
        drop(words);
        let output = self.0.wait_with_output()?;
        ensure!(
            output.status.success() && output.stderr.is_empty(),
            "xfs_io cannot shut the file system down: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }
}

/// Drops what the kernel has cached of a disk that was changed behind its back. It does so itself
/// when nobody has the device open, but a system's device manager may just be looking at it.
fn forget_cache(device: &Path) -> Result<()> {
    let open = File::open(device).with_context(|| format!("cannot open {}", device.display()))?;
    rustix::fs::fadvise(&open, 0, None, Advice::DontNeed)
        .with_context(|| format!("cannot drop the cache of {}", device.display()))
}

/// e2fsck gives up over an inode whose checksum is wrong if it has just found that it is in use, and comes to an end when
/// it runs again.
fn repair(checker: &str, arguments: &[&str], device: &Path) -> Result<()> {
    check(checker, arguments, device).or_else(|_| check(checker, arguments, device))
}

fn check(checker: &str, arguments: &[&str], device: &Path) -> Result<()> {
    let output = Command::new(checker)
        .args(arguments)
        .arg(device)
        .output()
        .with_context(|| format!("cannot run {checker}"))?;
    // 1 is "corrected", 2 "corrected, and restart the machine"; above that errors are left.
    ensure!(
        matches!(output.status.code(), Some(0..=2)),
        "{checker}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}
