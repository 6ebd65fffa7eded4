//! The files that this process has synced, so that none is synced twice.
//!
//! A sync of a file that has nothing to write may still have the drive empty its cache. What is
//! forgotten here is synced once more, and no harm is done.

use super::Stamp;
use super::bounded::Bounded;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

/// So many are remembered.
const MOST: usize = 1024;

type Synced = Bounded<Stamp, ()>;

static SYNCED: LazyLock<Mutex<Synced>> = LazyLock::new(|| Mutex::new(Bounded::of(MOST)));

fn synced() -> MutexGuard<'static, Synced> {
    SYNCED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Remembers a file whose sync did not fail.
pub(super) fn remember(stamp: Stamp) {
    synced().insert(stamp, ());
}

/// Whether the very file was synced, and not written since.
pub(super) fn contains(stamp: &Stamp) -> bool {
    synced().get(stamp).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::{Disk, FileSystem, Platform};
    use std::io::Write;
    use std::time::SystemTime;

    #[test]
    fn a_file_is_synced_until_it_is_written() {
        let file = tempfile::tempfile().unwrap();
        let is_synced = || contains(&Disk.stamp(&file).unwrap());
        assert!(!is_synced());
        Disk.sync(&file, Some(&Disk.stamp(&file).unwrap())).unwrap();
        assert!(is_synced());
        (&file).write_all(b"more").unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        assert!(!is_synced());
    }
}
