//! Locks on open files, through fs2, and turns at them.
//!
//! fs2 is always called by its full name: since Rust 1.89 `File` has methods named like fs2's, which
//! method syntax would pick on some toolchains and not on others.
//!
//! Neither `flock` nor `LockFileEx` can be told how long to wait, so a thread that waits asks again and
//! again; and one that saves in a loop would nearly always find the lock free before it does. So those
//! that wait leave a mark: the two times of the file, that of its last reading and of its last writing, become one.
//! One that gets the lock without waiting, and sees that the mark is old, gives way once. It is a courtesy: without
//! it, as on a file system that does not keep or show times, locks exclude just as well.

use super::{Lock, platform};
use std::fs::{File, FileTimes, Metadata};
use std::io::{self, ErrorKind};
use std::iter;
use std::thread;
use std::time::{Duration, Instant, UNIX_EPOCH};

/// The pauses between two attempts grow from the first to the longest. A save holds the lock for
/// one sync of a directory: tens of microseconds on some drives, tens of milliseconds on others.
pub(crate) const FIRST_PAUSE: Duration = Duration::from_micros(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(2);

/// How long others may be passed over: so long that the pause in which nobody has the lock hardly
/// counts, and so short that nobody minds.
const TURN: Duration = Duration::from_millis(25);

/// How often one that waits asks whether what it waits for is still what others lock.
const A_LOOK: Duration = Duration::from_millis(50);

/// How long to pause before each further attempt, until `wait` is over.
pub(crate) fn pauses(first: Duration, wait: Duration) -> impl Iterator<Item = Duration> {
    let start = Instant::now();
    iter::successors(Some(first), |pause| Some((*pause * 2).min(LONGEST_PAUSE)))
        .map(move |pause| pause.min(wait.saturating_sub(start.elapsed())))
        .take_while(|pause| !pause.is_zero())
}

/// What the file is once it is locked; `None` if someone else held it for all of `wait`, or if it `is_current` no
/// more: a server may refuse the lock of a file that was removed forever.
pub(super) fn lock(
    file: &File,
    lock: Lock,
    wait: Duration,
    is_current: &dyn Fn() -> bool,
) -> io::Result<Option<Metadata>> {
    let mut first_pause = FIRST_PAUSE;
    if try_lock(file, lock)? {
        let metadata = metadata(file)?;
        if lock == Lock::Shared || wait.is_zero() || !is_marked_for(&metadata, TURN) {
            return Ok(Some(metadata));
        }
        unlock(file);
        first_pause = LONGEST_PAUSE;
    }
    let mut looked = Instant::now();
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
        if looked.elapsed() > A_LOOK {
            if !is_current() {
                break;
            }
            looked = Instant::now();
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
        match locked {
            Ok(()) => return Ok(true),
            Err(cause) if cause.kind() == ErrorKind::Interrupted => {}
            Err(cause) if platform::is_contended(&cause) => return Ok(false),
            Err(cause) if platform::has_no_locks(&cause) => return Err(no_locks(&cause)),
            Err(cause) => return Err(cause),
        }
    }
}

fn no_locks(cause: &io::Error) -> io::Error {
    let text = format!(
        "{cause}: there are no locks here; on NFS, let the server's locks run, or mount it with `local_lock=flock` \
         if no other host saves this status; else keep it on another file system"
    );
    io::Error::new(ErrorKind::Unsupported, text)
}

/// What a locked file is. If that cannot be told, it is locked no more.
fn metadata(file: &File) -> io::Result<Metadata> {
    file.metadata().inspect_err(|_| unlock(file))
}

/// Whether someone has waited for a while. A mark that a dead process left costs one pause.
fn is_marked_for(metadata: &Metadata, time: Duration) -> bool {
    let age = || metadata.modified().ok()?.elapsed().ok();
    is_marked(metadata) && age().is_some_and(|age| age > time)
}

/// A file that is empty was made by nobody who has saved, and its two times may be those at which it was made.
fn is_marked(metadata: &Metadata) -> bool {
    let times = (metadata.accessed().ok(), metadata.modified().ok());
    metadata.is_file() && metadata.len() > 0 && times.0.is_some() && times.0 == times.1
}

/// What is marked already keeps its time.
fn mark(file: &File) {
    if file.metadata().is_ok_and(|found| !is_marked(&found)) {
        let _ = platform::touch(file);
    }
}

/// Only the owner of the file may. Where another user waits, the owner does it with the next save.
pub(super) fn unmark(file: &File) {
    if file.metadata().is_ok_and(|found| is_marked(&found)) {
        let _ = file.set_times(FileTimes::new().set_accessed(UNIX_EPOCH));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;
    use tempfile::NamedTempFile;

    const LONG: Duration = Duration::from_secs(10);

    /// A file that nobody waits for.
    fn file() -> NamedTempFile {
        let file = NamedTempFile::new().unwrap();
        io::Write::write_all(&mut file.as_file(), b"line").unwrap();
        unmark(file.as_file());
        assert!(!is_marked(&file.as_file().metadata().unwrap()));
        file
    }

    fn ask(file: &File, lock_as: Lock, wait: Duration) -> bool {
        lock(file, lock_as, wait, &|| true).unwrap().is_some()
    }

    fn found(file: &File) -> (bool, SystemTime) {
        let metadata = file.metadata().unwrap();
        (is_marked(&metadata), metadata.modified().unwrap())
    }

    fn set_times(file: &File, time: SystemTime) {
        let times = FileTimes::new().set_accessed(time).set_modified(time);
        file.set_times(times).unwrap();
    }

    #[test]
    fn who_waits_leaves_a_mark_that_tells_since_when() {
        let file = file();
        let holder = file.reopen().unwrap();
        assert!(ask(&holder, Lock::Exclusive, LONG));
        assert!(!found(&holder).0);

        assert!(!ask(file.as_file(), Lock::Exclusive, FIRST_PAUSE));
        assert!(found(&holder).0);
        let then = UNIX_EPOCH + LONG;
        set_times(&holder, then);
        assert!(!ask(file.as_file(), Lock::Exclusive, FIRST_PAUSE));
        assert_eq!(found(&holder), (true, then));
        assert_eq!(holder.metadata().unwrap().len(), 4);
    }

    #[test]
    fn who_asks_but_once_leaves_none() {
        let file = file();
        let holder = file.reopen().unwrap();
        assert!(ask(&holder, Lock::Exclusive, LONG));
        assert!(!ask(file.as_file(), Lock::Exclusive, Duration::ZERO));
        assert!(!found(&holder).0);
    }

    #[test]
    fn who_waits_for_what_others_do_not_lock_any_more_waits_no_longer() {
        let file = file();
        let holder = file.reopen().unwrap();
        assert!(ask(&holder, Lock::Exclusive, LONG));
        let start = Instant::now();
        let locked = lock(file.as_file(), Lock::Exclusive, 6 * LONG, &|| false);
        assert!(locked.unwrap().is_none());
        assert!(start.elapsed() < LONG);
    }

    /// Who gives way has waited in the end, and takes the mark away.
    #[test]
    fn only_an_old_mark_makes_others_give_way() {
        let file = file();
        let marked = file.as_file();
        set_times(marked, SystemTime::now());
        assert!(ask(marked, Lock::Exclusive, LONG));
        assert!(found(marked).0);
        unlock(marked);

        set_times(marked, UNIX_EPOCH + LONG);
        for (lock_as, wait) in [(Lock::Shared, LONG), (Lock::Exclusive, Duration::ZERO)] {
            assert!(ask(marked, lock_as, wait));
            assert!(found(marked).0);
            unlock(marked);
        }
        assert!(ask(marked, Lock::Exclusive, LONG));
        assert!(!found(marked).0);
    }

    #[test]
    fn where_there_are_no_locks_an_error_says_what_to_do() {
        let cause = io::Error::from_raw_os_error(37);
        let told = no_locks(&cause);
        assert_eq!(told.kind(), ErrorKind::Unsupported);
        assert!(told.to_string().starts_with(&cause.to_string()), "{told}");
        assert!(told.to_string().contains("local_lock=flock"), "{told}");
    }
}
