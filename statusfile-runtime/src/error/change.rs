//! How a status has changed under who saves it.

use std::fmt;

/// What keeps a save from replacing what is there, in [`Error::Changed`](crate::Error::Changed).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Change {
    /// The status was saved or edited since it was read.
    SinceRead,
    /// The lock was lost, as a cleaner removed it or its directory was moved, and when it was taken again the status was
    /// no longer the one that its owner had seen or saved last.
    WhileUnlocked,
    /// A status that this process has seen here is gone, and was not removed: its directory was moved away or
    /// unmounted, or a person removed the files of a status that this process had locked.
    Gone,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SinceRead => "the status was changed since it was read; nothing was written",
            Self::WhileUnlocked => {
                "the lock was taken away, and someone has changed the status since this process saw it last; nothing \
                 was written: let one process save it, and load it again"
            }
            Self::Gone => {
                "this process has seen a status here, and it is gone, as if moved away or unmounted; nothing was \
                 written: put it back, or call `remove` to begin again"
            }
        })
    }
}
