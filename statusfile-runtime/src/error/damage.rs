//! What can be wrong with a file that should hold a status.

use super::printable::Printable;
use super::{Cause, Location};
use std::fmt;

/// A file that should hold a status and does not, and why.
///
/// Loads pass over it; [`Loaded::skipped`](crate::Loaded::skipped) and
/// [`Error::Damaged`](crate::Error::Damaged) report it. Printed, it is one line with the path and what
/// is wrong, such as "worker.toml.status/42.toml: is cut short: 10 of 118 bytes are left".
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Damage {
    /// The file.
    pub location: Location,
    /// What is wrong with it.
    pub kind: DamageKind,
}

impl Damage {
    pub(crate) fn new(location: impl Into<Location>, kind: DamageKind) -> Self {
        Self {
            location: location.into(),
            kind,
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", Printable(&self.location), self.kind)
    }
}

/// Why a file was not accepted as a status: what [`Damage`] and [`Error::Unsafe`](crate::Error::Unsafe)
/// say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DamageKind {
    /// It holds no bytes.
    Empty,
    /// Its first line is not a seal.
    Unsealed,
    /// It holds zeros in the place of a text.
    Zeros,
    /// Its length is not the one that the seal names.
    #[non_exhaustive]
    Length {
        /// The bytes after the seal, by the seal.
        sealed: u64,
        /// The bytes after the seal, in fact.
        found: u64,
    },
    /// The checksum in its seal is not that of its contents.
    Checksum,
    /// It is larger than any status, or an edit that is larger than `max_bytes` allows.
    #[non_exhaustive]
    TooLarge {
        /// Its size in bytes.
        bytes: u64,
        /// The largest size that is allowed, in bytes.
        most: u64,
    },
    /// It is no regular file.
    NotAFile(FileKind),
    /// It is no directory, or a link to one, where the status directory belongs.
    NotADirectory,
    /// It belongs to a user who may have put it there to read or to redirect what is saved: it lies where everyone may
    /// write, or this is root in the directory of another.
    #[non_exhaustive]
    Untrusted {
        /// The number of that user.
        owner: u32,
    },
    /// The disk no longer gives it back.
    Unreadable(Cause),
    /// It is gone although the lock was held: someone removed it.
    Missing,
    /// It says that a status was saved here, and none is left.
    Lost,
    /// An earlier save set it aside: it was damaged, or a text that nothing loads.
    SetAside,
}

impl DamageKind {
    /// Whether it is about a directory, which no save makes in the place of a file, and none takes away.
    pub(crate) fn is_directory(&self) -> bool {
        matches!(self, Self::NotAFile(FileKind::Directory))
    }
}

impl fmt::Display for DamageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty"),
            Self::Unsealed => f.write_str("does not begin with a seal"),
            Self::Zeros => f.write_str("holds zeros: it was not written to its end"),
            Self::Length { sealed, found } if found < sealed => {
                write!(f, "is cut short: {found} of {sealed} bytes are left")
            }
            Self::Length { sealed, found } => {
                write!(f, "has grown: {found} bytes where {sealed} were sealed")
            }
            Self::Checksum => f.write_str("is altered: its contents do not match its seal"),
            Self::TooLarge { bytes, most } => write!(
                f,
                "is too large: {bytes} bytes, and at most {most} are allowed"
            ),
            Self::NotAFile(kind) => write!(f, "is {kind}, not a regular file"),
            Self::NotADirectory => f.write_str("is not a directory, or a link to one"),
            Self::Untrusted { owner } => write!(
                f,
                "belongs to user {owner}, who may have put it there to get hold of what is saved"
            ),
            Self::Unreadable(cause) => write!(f, "cannot be read: {cause}"),
            Self::Missing => f.write_str("is gone"),
            Self::Lost => f.write_str(
                "says that a status was saved here, and it is gone: restore it from a backup, or \
                 remove what is left, to begin anew",
            ),
            Self::SetAside => f.write_str("was set aside by an earlier save"),
        }
    }
}

/// Something that is no regular file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileKind {
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A FIFO, a socket or a device.
    Special,
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Directory => "a directory",
            Self::Link => "a symbolic link",
            Self::Special => "a FIFO, socket or device",
        })
    }
}
