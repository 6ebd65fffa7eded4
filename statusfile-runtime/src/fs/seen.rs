//! Where this process has seen a status, by its path: in which directory. What is forgotten is a status that nobody
//! has seen.

use super::FileId;
use super::bounded::Bounded;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

/// So many are remembered.
const MOST: usize = 4096;

type Seen = Bounded<PathBuf, FileId>;

static SEEN: LazyLock<Mutex<Seen>> = LazyLock::new(|| Mutex::new(Bounded::of(MOST)));

fn seen() -> MutexGuard<'static, Seen> {
    SEEN.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn remember(path: &Path, directory: FileId) {
    let mut seen = seen();
    if seen.get(path) != Some(&directory) {
        seen.insert(path.to_owned(), directory);
    }
}

pub(super) fn forget(path: &Path) {
    seen().remove(path);
}

pub(super) fn recall(path: &Path) -> Option<FileId> {
    seen().get(path).copied()
}
