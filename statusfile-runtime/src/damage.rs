//! What can be wrong with a file that should hold a status.

use crate::fs::Kind;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// A file that should hold a status and does not, and why.
///
/// Loads pass over it; [`Loaded::skipped`](crate::Loaded::skipped) and
/// [`Error::Damaged`](crate::Error::Damaged) tell of it. Printed, it is one line with the path and what
/// is wrong, such as "worker.toml.status/42.toml: is cut short: 10 of 118 bytes are left".
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Damage {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub flaw: Flaw,
}

impl Damage {
    pub(crate) fn new(path: PathBuf, flaw: Flaw) -> Self {
        Self { path, flaw }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.flaw)
    }
}

/// Why a file was not accepted as a status: what [`Damage`] and [`Error::Unsafe`](crate::Error::Unsafe)
/// say of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Flaw {
    /// It holds no bytes.
    Empty,
    /// Its first line is not a seal.
    Unsealed,
    /// Its length is not the one that the seal names.
    Length {
        /// The bytes after the seal, by the seal.
        sealed: usize,
        /// The bytes after the seal, in fact.
        found: usize,
    },
    /// The checksum in its seal is not that of its contents.
    Checksum,
    /// It is larger than a status may be ([`MAX_BYTES`](crate::MAX_BYTES)).
    TooLarge {
        /// Its size in bytes.
        bytes: u64,
    },
    /// It is no regular file.
    NotAFile(Kind),
    /// The medium no longer gives it back.
    Unreadable(Arc<io::Error>),
    /// It is gone although the lock was held: someone removed it.
    Missing,
    /// It is the link to the newest status, and no status is left.
    Dangling,
    /// An earlier save found it damaged and set it aside.
    SetAside,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty"),
            Self::Unsealed => f.write_str("does not begin with a seal"),
            Self::Length { sealed, found } if found < sealed => {
                write!(f, "is cut short: {found} of {sealed} bytes are left")
            }
            Self::Length { sealed, found } => {
                write!(f, "has grown: {found} bytes where {sealed} were sealed")
            }
            Self::Checksum => f.write_str("is altered: its contents do not match its seal"),
            Self::TooLarge { bytes } => write!(
                f,
                "is too large: {bytes} bytes, and a status has at most {}",
                crate::MAX_BYTES
            ),
            Self::NotAFile(kind) => write!(f, "is {kind}, not a regular file"),
            Self::Unreadable(cause) => write!(f, "cannot be read: {cause}"),
            Self::Missing => f.write_str("is gone"),
            Self::Dangling => f.write_str("links to a status that is gone"),
            Self::SetAside => f.write_str("was found damaged and set aside by an earlier save"),
        }
    }
}
