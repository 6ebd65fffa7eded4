//! Locks on open files, through fs2.
//!
//! fs2 is always called by its full name: since Rust 1.89 `File` has methods named like fs2's, which
//! method syntax would pick on some toolchains and not on others.

use super::Lock;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::iter;
use std::thread;
use std::time::{Duration, Instant};

/// The pauses between two attempts grow from the first to the longest. A save holds the lock for
/// one flush of a directory: tens of microseconds on some drives, tens of milliseconds on others.
const FIRST_PAUSE: Duration = Duration::from_micros(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(5);

/// How long to pause before each further attempt.
pub(crate) fn pauses() -> impl Iterator<Item = Duration> {
    iter::successors(Some(FIRST_PAUSE), |pause| {
        Some((*pause * 2).min(LONGEST_PAUSE))
    })
}

/// Neither `flock` nor `LockFileEx` can be told how long to wait, so this asks again and again.
pub(super) fn lock(file: &File, lock: Lock, wait: Duration) -> io::Result<bool> {
    let start = Instant::now();
    let mut pauses = pauses();
    while !try_lock(file, lock)? {
        let left = wait.saturating_sub(start.elapsed());
        if left.is_zero() {
            return Ok(false);
        }
        thread::sleep(pauses.next().unwrap_or(left).min(left));
    }
    Ok(true)
}

/// Unlocks for every process that shares the open file; closing it would leave the lock to a child
/// forked meanwhile.
pub(super) fn unlock(file: &File) {
    // Nothing is lost if this fails: the file is closed next.
    let _ = fs2::FileExt::unlock(file);
}

fn try_lock(file: &File, lock: Lock) -> io::Result<bool> {
    loop {
        let locked = match lock {
            Lock::Shared => fs2::FileExt::try_lock_shared(file),
            Lock::Exclusive => fs2::FileExt::try_lock_exclusive(file),
        };
        match locked {
            Ok(()) => return Ok(true),
            Err(cause) if cause.kind() == ErrorKind::Interrupted => {}
            Err(cause) if is_contended(&cause) => return Ok(false),
            Err(cause) => return Err(cause),
        }
    }
}

fn is_contended(cause: &io::Error) -> bool {
    cause.raw_os_error() == fs2::lock_contended_error().raw_os_error()
}
