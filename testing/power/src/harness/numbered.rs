//! The value that is saved, which shows by itself whether it is whole.

use serde::{Deserialize, Serialize};

/// A number, written again and again: blocks of two saves cannot pass for one, nor can a part.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Numbered {
    pub(crate) number: u64,
    text: String,
    again: u64,
}

impl Numbered {
    /// The value for `number`, of a length that depends on it: from one block of a disk to four.
    pub(crate) fn new(number: u64) -> Self {
        let times = usize::try_from(number * 397 % 2_000).unwrap_or_default();
        Self {
            number,
            text: format!("{number} ").repeat(times),
            again: number,
        }
    }

    pub(crate) fn is_whole(&self) -> bool {
        *self == Self::new(self.number)
    }
}
