//! How a status is kept.

use super::limits::Limits;
use std::io;
use std::time::Duration;

/// How much a save withstands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Durability {
    /// A power loss: when a save returns, the status is synced to the drive.
    #[default]
    Full,
    /// The end of the process, however it ends. A power loss can take back whatever the operating
    /// system had not written yet, which may be the last half minute's saves, or leave files that
    /// fail their seal. Saves are faster by the syncs that they skip.
    Process,
}

impl Durability {
    /// Makes a sync, if a status is to withstand what a sync is for.
    pub(crate) fn sync(self, sync: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        match self {
            Self::Full => sync(),
            Self::Process => Ok(()),
        }
    }
}

/// What a save puts at the path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Publish {
    /// A copy of the new status, for people and other programs to read, edit and replace.
    #[default]
    Copy,
    /// The newest generation itself, under a second name: nothing is written twice, and a save is faster. Who
    /// writes into the file at the path writes into that generation as well, so this is for a status that only
    /// programs of its type touch. Where a file system has no second names, this is a copy. The first status is a
    /// copy too, so that one damaged file is not all there is.
    Link,
    /// Nothing. A load then has to look for the newest generation. What others put at the path is the status all
    /// the same, until the next save has kept it and taken it out.
    Never,
}

/// How a status is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) keep: usize,
    pub(crate) mode: u32,
    pub(crate) durability: Durability,
    pub(crate) lock_timeout: Duration,
    pub(crate) publish: Publish,
    pub(crate) limits: Limits,
    /// Whether people edit the file at the path: what they made a mistake in waits for them.
    pub(crate) editable: bool,
    /// Whether nobody has declared the others, which are taken over from what is there.
    pub(crate) as_found: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Options {
    pub(crate) const DEFAULT: Self = Self {
        keep: Self::LEAST_KEPT,
        mode: Self::LEAST_MODE,
        durability: Durability::Full,
        lock_timeout: Duration::from_secs(10),
        publish: Publish::Copy,
        limits: Limits::DEFAULT,
        editable: false,
        as_found: false,
    };

    /// The newest status, and one to fall back on.
    pub(crate) const LEAST_KEPT: usize = 2;

    /// The owner may load and save.
    pub(crate) const LEAST_MODE: u32 = 0o600;

    /// Permissions with what every status needs, and without what none has.
    pub(crate) fn possible_mode(mode: u32) -> u32 {
        mode & 0o666 | Self::LEAST_MODE
    }

    /// A committed file is never written again, and its permissions say so.
    pub(crate) fn file_mode(&self) -> u32 {
        self.mode & !0o222
    }

    /// The permissions of a lock: who may read may hold it, so readers who may not write get no `r`.
    pub(crate) fn mode_of_lock(mode: u32) -> u32 {
        let writers = mode & 0o222;
        writers | (mode & (writers << 1))
    }

    /// Users who may read the file may enter the directory.
    pub(crate) fn directory_mode(&self) -> u32 {
        self.mode | (self.mode & 0o444) >> 2
    }
}
