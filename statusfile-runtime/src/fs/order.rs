//! Linux: in which order a file system writes names and what they stand for, and what it lists.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::unnecessary_cast,
    reason = "these are other integers on other systems"
)]

use super::Identity;
use super::bounded::Bounded;
use rustix::fs::{major, minor};
use rustix::io::retry_on_intr;
use std::cell::{Cell, RefCell};
use std::fs::{self, File};
use std::io;
use std::path::Path;

const EXT: u32 = 0xef53;
const XFS: u32 = 0x5846_5342;
const BTRFS: u32 = 0x9123_683e;

/// Those of other machines, and those that a process serves (statfs(2)): NFS, CIFS, SMB 2, SMB, AFS of either kind, Coda,
/// Ceph, 9P, OCFS 2, Lustre, and FUSE.
const ELSEWHERE: [u32; 12] = [
    0x6969,
    0xff53_4d42,
    0xfe53_4d42,
    0x517b,
    0x5346_414f,
    0x6b41_4653,
    0x7375_7245,
    0x00c3_6400,
    0x0102_1997,
    0x7461_636f,
    0x0bd0_0bd0,
    0x6573_5546,
];

/// So many directories are remembered.
const MOST: usize = 1024;

/// The file system that a directory is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Volume {
    kind: u32,
    device: u64,
    /// Another that is mounted later on the same device has another, if only for its journal.
    size: [u64; 2],
}

impl Volume {
    /// The one of a directory in which a file is that is on `device`.
    pub(super) fn of(
        dir: &File,
        device: u64,
        identity: impl Fn() -> io::Result<Identity>,
    ) -> io::Result<Self> {
        if KNOWN.with_borrow(|known| known.values().any(|volume| volume.device == device)) {
            let identity = identity()?;
            if let Some(known) = KNOWN.with_borrow(|known| known.get(&identity).copied()) {
                return Ok(known);
            }
        }
        let found = retry_on_intr(|| rustix::fs::fstatfs(dir))?;
        let volume = Self {
            kind: found.f_type as u32,
            device,
            size: [found.f_blocks as u64, found.f_files as u64],
        };
        if matches!(volume.kind, XFS | BTRFS) {
            let identity = identity()?;
            KNOWN.with_borrow_mut(|known| known.insert(identity, volume));
        }
        Ok(volume)
    }

    /// Whether it is one of those that are known never to show under a new name what a removed file held: they
    /// write a name after the inode it stands for, and that after the bytes, or use no block again that they may
    /// still come back to.
    pub(super) fn keeps_apart(self) -> bool {
        self.kind == BTRFS || self.commits_in_order()
    }

    /// Whether it is one of those that are known to make a change of names durable together with all that was
    /// written to the drive before it: they have one journal for all names and files, and have the drive empty its
    /// cache before they write to that.
    pub(super) fn commits_in_order(self) -> bool {
        match self.kind {
            XFS => true,
            EXT => self.keeps_an_ordered_journal(),
            _ => false,
        }
    }

    /// Whether it is one of those that are known to list the names that were added to a directory since it was
    /// opened.
    pub(super) fn lists_new_names(self) -> bool {
        matches!(self.kind, EXT | XFS)
    }

    /// Whether it is one of those that are known to say of an open file how many names it has.
    pub(super) fn counts_names(self) -> bool {
        matches!(self.kind, EXT | XFS | BTRFS)
    }

    /// Whether it is one that may write some of a file only when that is closed, and say only then that it could not.
    pub(super) fn is_remote(self) -> bool {
        ELSEWHERE.contains(&self.kind)
    }

    /// A thread asks once for each, as none takes up or gives up a journal while it is mounted.
    fn keeps_an_ordered_journal(self) -> bool {
        thread_local! {
            static ASKED: Cell<Option<(Volume, bool)>> = const { Cell::new(None) };
        }
        match ASKED.get() {
            Some((volume, keeps)) if volume == self => keeps,
            _ => {
                let keeps = has_an_ordered_journal(self.device).unwrap_or(false);
                ASKED.set(Some((self, keeps)));
                keeps
            }
        }
    }
}

thread_local! {
    /// The directories of those that have a journal whatever they are told, and that take longer to count what is on
    /// them than to make a file.
    static KNOWN: RefCell<Bounded<Identity, Volume>> = RefCell::new(Bounded::of(MOST));
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
        let volume = Volume::of(&File::open("/proc").unwrap(), 0, || unreachable!()).unwrap();
        assert!(!volume.keeps_apart() && !volume.commits_in_order() && !volume.lists_new_names());
        assert!(!has_an_ordered_journal(0).unwrap_or(false));
    }
}
