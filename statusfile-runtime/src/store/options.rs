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

/// How a status is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) keep: usize,
    pub(crate) mode: u32,
    pub(crate) durability: Durability,
    pub(crate) lock_timeout: Duration,
    pub(crate) limits: Limits,
    /// Whether people edit a regular file at the path.
    pub(crate) editable: bool,
    /// Whether nobody has declared the others, which are taken over from what is there.
    pub(crate) as_found: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            keep: Self::LEAST_KEPT,
            mode: Self::LEAST_MODE,
            durability: Durability::Full,
            lock_timeout: Duration::from_secs(10),
            limits: Limits::default(),
            editable: false,
            as_found: false,
        }
    }
}

impl Options {
    /// The newest status, and one to fall back on.
    pub(crate) const LEAST_KEPT: usize = 2;

    /// The owner may load and save.
    pub(crate) const LEAST_MODE: u32 = 0o600;

    /// Permissions with what every status needs, and without what none has.
    pub(crate) fn possible_mode(mode: u32) -> u32 {
        mode & 0o666 | Self::LEAST_MODE
    }

    /// A committed file is never written again, and its permissions say so: an editor that
    /// writes in place, through the link, gets an error instead of breaking its seal.
    pub(crate) fn file_mode(&self) -> u32 {
        self.mode & !0o222
    }

    /// Users who may read the file may enter the directory.
    pub(crate) fn directory_mode(&self) -> u32 {
        self.mode | (self.mode & 0o444) >> 2
    }
}
