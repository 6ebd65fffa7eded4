//! Which file system a directory is on, where the system tells.

use std::fs;
use std::path::{Path, PathBuf};

/// As `mount` names it, such as `ext4` or `fuse.sshfs`.
pub(super) fn kind(directory: &Path) -> Option<String> {
    let directory = fs::canonicalize(directory).ok()?;
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    kind_in(&mounts, &directory)
}

/// Of those on the way, the last one that was mounted on the longest path.
fn kind_in(mounts: &str, directory: &Path) -> Option<String> {
    let on_the_way = mounts.lines().filter_map(|line| {
        let (mount, system) = line.split_once(" - ")?;
        let point = plain(mount.split(' ').nth(4)?);
        let length = point.as_os_str().len();
        let kind = system.split(' ').next()?;
        directory.starts_with(point).then_some((length, kind))
    });
    let (_, kind) = on_the_way.max_by_key(|&(length, _)| length)?;
    Some(kind.to_owned())
}

/// A path with what `mountinfo` writes in the place of blanks (proc(5)).
fn plain(point: &str) -> PathBuf {
    let plain = [
        ("\\040", " "),
        ("\\011", "\t"),
        ("\\012", "\n"),
        ("\\134", "\\"),
    ];
    let point = plain
        .iter()
        .fold(point.to_owned(), |point, (octal, plain)| {
            point.replace(octal, plain)
        });
    point.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_mount_on_the_longest_way_is_the_one() {
        let mounts = "22 1 8:1 / / rw shared:1 - ext4 /dev/vda rw\n\
                      30 22 0:26 / /srv rw - xfs /dev/vdb rw\n\
                      31 22 0:27 / /srv/a\\040b rw - fuse.sshfs host: rw\n\
                      32 22 0:28 / /srv rw - jfs /dev/vdc rw\n";
        for (directory, kind) in [
            ("/var/lib", Some("ext4")),
            ("/srv", Some("jfs")),
            ("/srv/other", Some("jfs")),
            ("/srvs", Some("ext4")),
            ("/srv/a b/c", Some("fuse.sshfs")),
        ] {
            let found = kind_in(mounts, Path::new(directory));
            assert_eq!(found.as_deref(), kind, "{directory}");
        }
        assert_eq!(kind_in("", Path::new("/")), None);
    }
}
