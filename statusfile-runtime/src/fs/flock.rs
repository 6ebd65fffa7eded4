//! Locks on open files, through fs2, and turns at them.
//!
//! fs2 is always called by its full name: since Rust 1.89 `File` has methods named like fs2's, which
//! method syntax would pick on some toolchains and not on others.
//!
//! Neither `flock` nor `LockFileEx` can be told how long to wait, so a thread that waits asks again and
//! again; and one that saves in a loop would nearly always find the lock free before it does. So those
//! that wait leave a mark: they make the length of the file odd. One that gets the lock without waiting, and sees
//! that the mark is old, gives way once. It is a courtesy: without it, as on a file system that does not show
//! lengths or times at once, locks exclude just as well.

use super::Lock;
use std::fs::{File, Metadata};
use std::io::{self, ErrorKind};
use std::iter;
use std::thread;
use std::time::{Duration, Instant};

/// The pauses between two attempts grow from the first to the longest. A save holds the lock for
/// one sync of a directory: tens of microseconds on some drives, tens of milliseconds on others.
pub(crate) const FIRST_PAUSE: Duration = Duration::from_micros(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(2);

/// How long others may be passed over: so long that the pause in which nobody has the lock hardly
/// counts, and so short that nobody minds.
const TURN: Duration = Duration::from_millis(25);

/// How long to pause before each further attempt, until `wait` is over.
pub(crate) fn pauses(first: Duration, wait: Duration) -> impl Iterator<Item = Duration> {
    let start = Instant::now();
    iter::successors(Some(first), |pause| Some((*pause * 2).min(LONGEST_PAUSE)))
        .map(move |pause| pause.min(wait.saturating_sub(start.elapsed())))
        .take_while(|pause| !pause.is_zero())
}

/// What the file is once it is locked; `None` if someone else held it for all of `wait`.
pub(super) fn lock(file: &File, lock: Lock, wait: Duration) -> io::Result<Option<Metadata>> {
    let mut first_pause = FIRST_PAUSE;
    if try_lock(file, lock)? {
        let metadata = metadata(file)?;
        if lock == Lock::Shared || wait.is_zero() || !is_marked_for(&metadata, TURN) {
            return Ok(Some(metadata));
        }
        unlock(file);
        first_pause = LONGEST_PAUSE;
    }
    for pause in pauses(first_pause, wait) {
        if lock == Lock::Exclusive {
            mark(file);
        }
        thread::sleep(pause);
        if try_lock(file, lock)? {
            if lock == Lock::Exclusive {
                // Those who still wait mark it again.
                unmark(file);
            }
            return metadata(file).map(Some);
        }
    }
    Ok(None)
}

/// Unlocks for every process that shares the open file; closing it would leave the lock to a child
/// that was forked in between.
pub(super) fn unlock(file: &File) {
    // Nothing is lost if this fails: the file is closed next.
    let _ = fs2::FileExt::unlock(file);
}

pub(super) fn try_lock(file: &File, lock: Lock) -> io::Result<bool> {
    loop {
        let locked = match lock {
            Lock::Shared => fs2::FileExt::try_lock_shared(file),
            Lock::Exclusive => fs2::FileExt::try_lock_exclusive(file),
        };
        let contended = fs2::lock_contended_error().raw_os_error();
        match locked {
            Ok(()) => return Ok(true),
            Err(cause) if cause.kind() == ErrorKind::Interrupted => {}
            Err(cause) if cause.raw_os_error() == contended => return Ok(false),
            Err(cause) => return Err(cause),
        }
    }
}

/// What a locked file is. If that cannot be told, it is locked no more.
fn metadata(file: &File) -> io::Result<Metadata> {
    file.metadata().inspect_err(|_| unlock(file))
}

/// Whether someone has waited for a while. A mark that a dead process left costs one pause.
fn is_marked_for(metadata: &Metadata, time: Duration) -> bool {
    let age = || metadata.modified().ok()?.elapsed().ok();
    metadata.is_file() && is_marked(metadata.len()) && age().is_some_and(|age| age > time)
}

fn mark(file: &File) {
    // What is marked already keeps its time.
    set_length_if(file, |length| !is_marked(length), |length| length + 1);
}

fn unmark(file: &File) {
    set_length_if(file, is_marked, unmarked);
}

fn set_length_if(file: &File, is_due: fn(u64) -> bool, length: fn(u64) -> u64) {
    match file.metadata() {
        Ok(found) if found.is_file() && is_due(found.len()) => {
            let _ = file.set_len(length(found.len()));
        }
        _ => {}
    }
}

fn is_marked(length: u64) -> bool {
    length % 2 == 1
}

/// The length of a file without the mark.
pub(super) fn unmarked(length: u64) -> u64 {
    length & !1
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;
    use tempfile::NamedTempFile;

    const LONG: Duration = Duration::from_secs(10);

    fn length(file: &NamedTempFile) -> u64 {
        file.as_file().metadata().unwrap().len()
    }

    #[test]
    fn who_waits_leaves_a_mark_that_tells_since_when() {
        let file = NamedTempFile::new().unwrap();
        let holder = file.reopen().unwrap();
        assert!(lock(&holder, Lock::Exclusive, LONG).unwrap().is_some());
        assert_eq!(length(&file), 0);

        let wait = || lock(file.as_file(), Lock::Exclusive, FIRST_PAUSE).unwrap();
        assert!(wait().is_none());
        assert_eq!(length(&file), 1);
        let then = SystemTime::UNIX_EPOCH + LONG;
        holder.set_modified(then).unwrap();
        assert!(wait().is_none());
        assert_eq!(holder.metadata().unwrap().modified().unwrap(), then);
    }

    #[test]
    fn who_asks_but_once_leaves_none() {
        let file = NamedTempFile::new().unwrap();
        let holder = file.reopen().unwrap();
        assert!(lock(&holder, Lock::Exclusive, LONG).unwrap().is_some());
        let locked = lock(file.as_file(), Lock::Exclusive, Duration::ZERO).unwrap();
        assert!(locked.is_none());
        assert_eq!(length(&file), 0);
    }

    /// Who gives way has waited in the end, and takes the mark away.
    #[test]
    fn only_an_old_mark_makes_others_give_way() {
        let file = NamedTempFile::new().unwrap();
        let marked = file.as_file();
        marked.set_len(1).unwrap();
        assert!(lock(marked, Lock::Exclusive, LONG).unwrap().is_some());
        assert_eq!(length(&file), 1);
        unlock(marked);

        marked.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        for (lock_as, wait) in [(Lock::Shared, LONG), (Lock::Exclusive, Duration::ZERO)] {
            assert!(lock(marked, lock_as, wait).unwrap().is_some());
            assert_eq!(length(&file), 1);
            unlock(marked);
        }
        assert!(lock(marked, Lock::Exclusive, LONG).unwrap().is_some());
        assert_eq!(length(&file), 0);
    }
}
