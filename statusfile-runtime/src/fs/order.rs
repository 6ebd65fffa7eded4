//! Linux: in which order a file system writes names and what they stand for.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::unnecessary_cast,
    reason = "these are other integers on other systems"
)]

use rustix::fs::{major, minor};
use rustix::io::retry_on_intr;
use std::cell::Cell;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Whether the file system is one of those that are known never to show under a new name what a removed
/// file held: they write a name after the inode it stands for, and that after the bytes, or use no block
/// again that they may still come back to.
#[expect(clippy::unreadable_literal, reason = "these are in no decimal order")]
pub(super) fn keeps_apart(dir: &File) -> bool {
    const EXT: u32 = 0xef53;
    const XFS: u32 = 0x58465342;
    const BTRFS: u32 = 0x9123683e;
    let Ok(found) = retry_on_intr(|| rustix::fs::fstatfs(dir)) else {
        return false;
    };
    match found.f_type as u32 {
        XFS | BTRFS => true,
        EXT => dir.metadata().is_ok_and(|metadata| {
            let device = metadata.dev();
            let size = [found.f_blocks as u64, found.f_files as u64];
            keeps_an_ordered_journal(Volume { device, size })
        }),
        _ => false,
    }
}

/// A mounted file system. Another that is mounted later on the same device has another size, if only
/// for its journal.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Volume {
    device: u64,
    size: [u64; 2],
}

/// A thread asks once for each, as none takes up or gives up a journal while it is mounted.
fn keeps_an_ordered_journal(volume: Volume) -> bool {
    thread_local! {
        static ASKED: Cell<Option<(Volume, bool)>> = const { Cell::new(None) };
    }
    match ASKED.get() {
        Some((before, keeps)) if before == volume => keeps,
        _ => {
            let keeps = has_an_ordered_journal(volume.device).unwrap_or(false);
            ASKED.set(Some((volume, keeps)));
            keeps
        }
    }
}

/// Of the file systems of the driver ext4, those without a journal say nothing about `data`.
fn has_an_ordered_journal(device: u64) -> io::Result<bool> {
    let device = format!("/sys/dev/block/{}:{}", major(device), minor(device));
    let device = fs::read_link(device)?;
    let name = device.file_name().unwrap_or_default();
    let options = Path::new("/proc/fs/ext4").join(name).join("options");
    let options = fs::read_to_string(options)?;
    Ok(options
        .lines()
        .any(|option| matches!(option, "data=ordered" | "data=journal")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_of_a_file_system_is_not_relied_on() {
        assert!(!keeps_apart(&File::open("/proc").unwrap()));
        assert!(!has_an_ordered_journal(0).unwrap_or(false));
    }
}
