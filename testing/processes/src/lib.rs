//! The status that the actors share, which shows by itself whether it is whole.

use serde::{Deserialize, Serialize};
use statusfile::StatusFile;
use std::path::Path;
use std::time::Duration;

/// What an actor looks for, in vain, right before and right after the one thing that it was asked
/// for: a tracer sees it.
pub const MARKS: [&str; 2] = ["/statusfile-begin", "/statusfile-end"];

/// What an actor prints that has a status open, and what must not get into it.
pub const ANNOUNCEMENT: &str = "about to save";

/// A count, written twice and padded to a length that depends on it: part of one cannot pass for
/// another.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// How often someone counted.
    pub number: u64,
    padding: String,
    again: u64,
}

impl Count {
    /// The whole status for `number`.
    #[must_use]
    pub fn new(number: u64) -> Self {
        let length = usize::try_from(number % 1000).unwrap_or_default();
        Self {
            number,
            padding: "x".repeat(length),
            again: number,
        }
    }

    /// Whether this is one status, and not parts of several.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        *self == Self::new(self.number)
    }
}

/// The shared status at `path`.
#[must_use]
pub fn shared(path: impl AsRef<Path>) -> StatusFile<Count> {
    // Where syncs are slow, many wait for long.
    StatusFile::undeclared(path).lock_timeout(Duration::from_secs(60))
}
