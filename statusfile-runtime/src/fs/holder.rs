//! Linux: which process holds a lock, by what `/proc` shows. It is asked only once a call has waited in vain.

use crate::error::Holder;
use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::process;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// `/proc` counts the time since the system came up in hundredths of a second, whatever the kernel does
/// (`USER_HZ`).
const TICKS: u64 = 100;

/// A file as `/proc/locks` has it: device, in two numbers, and inode. These are not what a look at the file
/// gives on btrfs and overlayfs, where each subvolume or layer shows a device of its own.
#[derive(Debug, PartialEq, Eq)]
struct Inode(u32, u32, u64);

/// Who holds the lock of an open file.
pub(super) fn of(file: &File) -> Holder {
    let id = inode(file).and_then(|inode| {
        let locks = fs::read_to_string("/proc/locks").ok()?;
        locks.lines().find_map(|line| holder_in(line, &inode))
    });
    match id {
        None => Holder::Unknown,
        Some(id) if id == process::id() => Holder::ThisProcess,
        Some(id) => Holder::Process {
            id,
            name: name(id),
            since: since(id),
        },
    }
}

fn inode(file: &File) -> Option<Inode> {
    let about = fs::read_to_string(format!("/proc/self/fdinfo/{}", file.as_raw_fd())).ok()?;
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    let (major, minor) = device(&mounts, value(&about, "mnt_id:")?)?;
    // Linux tells it since 5.14.
    let number = value(&about, "ino:").and_then(|number| number.parse().ok());
    let number = number.or_else(|| file.metadata().ok().map(|metadata| metadata.ino()))?;
    Some(Inode(major, minor, number))
}

/// What stands behind a word of `/proc/self/fdinfo`.
fn value<'a>(about: &'a str, word: &str) -> Option<&'a str> {
    about
        .lines()
        .find_map(|line| line.strip_prefix(word))
        .map(str::trim)
}

/// The device of a mount in `/proc/self/mountinfo`, such as `36 35 98:0 / /mnt rw - ext4 /dev/sda rw`.
fn device(mounts: &str, mount: &str) -> Option<(u32, u32)> {
    let words = |line: &'_ str| -> Option<(u32, u32)> {
        let mut words = line.split(' ');
        words.next().filter(|&word| word == mount)?;
        let (major, minor) = words.nth(1)?.split_once(':')?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    };
    mounts.lines().find_map(words)
}

/// The process in a line of `/proc/locks`, such as `2: FLOCK  ADVISORY  WRITE 4711 08:01:1234 0 EOF`, if it is one
/// of this file. One who waits for a lock stands behind an arrow, and one in another container has no number.
fn holder_in(line: &str, inode: &Inode) -> Option<u32> {
    let mut words = line.split_whitespace().skip(1);
    words.next().filter(|&kind| kind == "FLOCK")?;
    let id = words.nth(2)?.parse().ok().filter(|&id| id > 0)?;
    let mut file = words.next()?.splitn(3, ':');
    let major = u32::from_str_radix(file.next()?, 16).ok()?;
    let minor = u32::from_str_radix(file.next()?, 16).ok()?;
    let number = file.next()?.parse().ok()?;
    (Inode(major, minor, number) == *inode).then_some(id)
}

fn name(process: u32) -> Option<String> {
    let name = fs::read(format!("/proc/{process}/comm")).ok()?;
    Some(String::from_utf8_lossy(name.trim_ascii_end()).into_owned())
}

/// When a process began, in whole seconds.
fn since(process: u32) -> Option<SystemTime> {
    let stat = fs::read(format!("/proc/{process}/stat")).ok()?;
    let began = Duration::from_millis(began(&String::from_utf8_lossy(&stat))? * 1000 / TICKS);
    let up = fs::read_to_string("/proc/uptime").ok()?;
    let up = Duration::try_from_secs_f64(up.split(' ').next()?.parse().ok()?).ok()?;
    let since = SystemTime::now().checked_sub(up.checked_sub(began)?)?;
    let seconds = since.duration_since(UNIX_EPOCH).ok()?.as_secs();
    Some(UNIX_EPOCH + Duration::from_secs(seconds))
}

/// The time in `/proc/<process>/stat` (proc(5)), the 20th word after the name, which stands in parentheses and may
/// hold anything.
fn began(stat: &str) -> Option<u64> {
    let (_, words) = stat.rsplit_once(')')?;
    words.split_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::{Lock, flock};

    #[test]
    fn a_lock_of_this_process_is_known_as_such() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(of(file.as_file()), Holder::Unknown);
        let other = file.reopen().unwrap();
        assert!(flock::try_lock(&other, Lock::Exclusive).unwrap());
        assert_eq!(of(file.as_file()), Holder::ThisProcess);
        drop(other);
        assert_eq!(of(file.as_file()), Holder::Unknown);
    }

    #[test]
    fn a_process_has_a_name_and_a_beginning() {
        let own = process::id();
        assert!(name(own).is_some_and(|name| !name.is_empty()));
        let age = since(own).unwrap().elapsed().unwrap();
        assert!(age < Duration::from_secs(3600), "{age:?}");
        assert_eq!((name(u32::MAX), since(u32::MAX)), (None, None));
    }

    #[test]
    fn a_lock_is_told_by_device_and_inode() {
        let inode = Inode(8, 0x1f, 1234);
        let found = |line| holder_in(line, &inode);
        assert_eq!(
            found("2: FLOCK  ADVISORY  WRITE 4711 08:1f:1234 0 EOF"),
            Some(4711)
        );
        for other in [
            "2: -> FLOCK  ADVISORY  WRITE 4711 08:1f:1234 0 EOF",
            "2: POSIX  ADVISORY  WRITE 4711 08:1f:1234 0 EOF",
            "2: FLOCK  ADVISORY  WRITE 4711 08:1f:1235 0 EOF",
            "2: FLOCK  ADVISORY  WRITE 4711 08:01:1234 0 EOF",
            "2: FLOCK  ADVISORY  WRITE 0 08:1f:1234 0 EOF",
            "2: FLOCK  ADVISORY  WRITE 4711 <none>:0 0 EOF",
            "",
        ] {
            assert_eq!(found(other), None, "{other}");
        }
    }

    #[test]
    fn a_mount_tells_its_device() {
        let mounts =
            "35 1 8:1 / / rw - ext4 /dev/sda1 rw\n36 35 0:44 / /mnt rw - btrfs /dev/sdb rw\n";
        assert_eq!(device(mounts, "36"), Some((0, 44)));
        assert_eq!(device(mounts, "37"), None);
    }

    #[test]
    fn a_name_may_hold_anything() {
        let words: Vec<_> = (3..=22).map(|word| word.to_string()).collect();
        let stat = format!("4711 (a) b) {}", words.join(" "));
        assert_eq!(began(&stat), Some(22));
    }
}
