//! Types and handles: what a program names.

mod autosave;
mod background;
mod former;
pub(crate) mod keyed;
pub(crate) mod persistent;
mod status_file;
mod status_lock;
#[cfg(feature = "tokio")]
mod tokio;
pub(crate) mod typed;
pub(crate) mod untyped;
#[cfg(feature = "watch")]
mod watch;

#[cfg(test)]
pub(crate) use autosave::Saver;
pub use autosave::{Autosave, AutosaveOptions};
pub use keyed::KeyedStatus;
pub use persistent::PersistentStatus;
pub use status_file::StatusFile;
pub use status_lock::StatusLock;
#[cfg(feature = "watch")]
pub use watch::Watch;

use crate::fs::Disk;
use crate::store::backend::Backend;
use crate::store::directory::Directory;
use crate::store::snapshot::Snapshot;

/// Where every handle has its status.
type OnDisk = Directory<Disk>;

/// What a look there finds.
type Seen = Snapshot<<OnDisk as Backend>::Token>;
