//! What the files hold that this process has written or read, so that none is read again.

use super::Stamp;
use super::bounded::Bounded;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// So many are remembered.
const MOST: usize = 256;

/// None that is larger, in bytes.
const LARGEST: u64 = 64 << 10;

type Known = Bounded<Stamp, Contents>;

struct Contents {
    bytes: Arc<Vec<u8>>,
    /// When the file had no attributes of its own.
    plain: Option<SystemTime>,
}

static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(|| Mutex::new(Bounded::of(MOST)));

fn known() -> MutexGuard<'static, Known> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn remember(stamp: Stamp, bytes: Arc<Vec<u8>>) {
    if stamp.bytes <= LARGEST {
        let plain = None;
        known().insert(stamp, Contents { bytes, plain });
    }
}

pub(super) fn recall(stamp: &Stamp) -> Option<Arc<Vec<u8>>> {
    known().get(stamp).map(|known| Arc::clone(&known.bytes))
}

pub(super) fn remember_plain(stamp: &Stamp, now: SystemTime) {
    if let Some(known) = known().get_mut(stamp) {
        known.plain = Some(now);
    }
}

/// What changes an attribute changes the time of the last change, too.
pub(super) fn is_plain(stamp: &Stamp) -> bool {
    let plain = known().get(stamp).and_then(|known| known.plain);
    plain
        .zip(stamp.changed)
        .is_some_and(|(plain, changed)| changed <= plain)
}
