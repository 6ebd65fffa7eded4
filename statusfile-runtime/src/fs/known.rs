//! What the files hold that this process has written or read, so that none is read again.

use super::Stamp;
use super::bounded::Bounded;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

/// So many are remembered.
const MOST: usize = 256;

/// None that is larger, in bytes.
const LARGEST: u64 = 64 << 10;

type Known = Bounded<Stamp, Arc<Vec<u8>>>;

static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(|| Mutex::new(Bounded::of(MOST)));

fn known() -> MutexGuard<'static, Known> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn remember(stamp: Stamp, bytes: Arc<Vec<u8>>) {
    if stamp.bytes <= LARGEST {
        known().insert(stamp, bytes);
    }
}

pub(super) fn recall(stamp: &Stamp) -> Option<Arc<Vec<u8>>> {
    known().get(stamp).cloned()
}
