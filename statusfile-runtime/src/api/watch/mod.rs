//! Calls back when a status changes.
//!
//! The operating system wakes the [`Debounce`] when something happens in a directory that the
//! [`DirectoryWatcher`] has it watch. What happened does not matter: once nothing has for a moment, the
//! [`ChangeDetector`] looks whether there is another status than before. A thread of its own, the
//! [`WatchLoop`], holds the three together.

mod changes;
mod debounce;
mod directories;
mod timing;

pub(super) use notify::RecommendedWatcher;
pub(super) use timing::Timing;

use super::{OnDisk, Seen};
use crate::error::{Error, Step};
use changes::ChangeDetector;
use debounce::Debounce;
use directories::DirectoryWatcher;
use notify::Watcher;
use std::fmt;
use std::mem;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

/// A status that is watched, until this is dropped. Made by
/// [`StatusFile::watch`](crate::StatusFile::watch), which has an example.
///
/// Dropping it waits for a callback that is running, and none begins after that. So do not drop it
/// while holding a lock that the callback waits for. Dropped inside the callback itself, it does not
/// wait, and that callback is the last.
#[must_use = "nothing is watched any more once this is dropped"]
pub struct Watch {
    path: PathBuf,
    debounce: Arc<Debounce>,
    thread: Option<JoinHandle<()>>,
}

/// Watches a status with what `W` reports of changes in directories, and hands on what `decode` makes
/// of it.
pub(super) fn start<W, V>(
    directory: OnDisk,
    timing: Timing,
    decode: impl FnMut(Seen) -> Result<V, Error> + Send + 'static,
    on_change: impl FnMut(Result<V, Error>) + Send + 'static,
) -> Result<Watch, Error>
where
    W: Watcher + Send + 'static,
{
    let path = directory.layout.path.clone();
    let debounce = Arc::new(Debounce::new(timing));
    let mut directories =
        DirectoryWatcher::<W>::new(directory.layout.clone(), Arc::clone(&debounce));
    directories.watch_all()?;
    // Only now, or a change before the directories were watched would never be seen.
    let changes = ChangeDetector::new(directory);
    let watching = WatchLoop {
        debounce: Arc::clone(&debounce),
        directories,
        changes,
        failure: None,
    };
    let thread = thread::Builder::new()
        .name("statusfile".to_owned())
        .spawn(move || watching.run(decode, on_change))
        .map_err(|cause| Error::io(Step::Watch, &path, cause))?;
    Ok(Watch {
        path,
        debounce,
        thread: Some(thread),
    })
}

struct WatchLoop<W> {
    debounce: Arc<Debounce>,
    directories: DirectoryWatcher<W>,
    changes: ChangeDetector<OnDisk>,
    /// What kept the directories from being watched when last tried, so that it is said once.
    failure: Option<Error>,
}

impl<W: Watcher> WatchLoop<W> {
    fn run<V>(
        mut self,
        mut decode: impl FnMut(Seen) -> Result<V, Error>,
        mut on_change: impl FnMut(Result<V, Error>),
    ) {
        while self.debounce.wait() {
            let failure = self.new_failure().map(Err);
            let changed = self.changes.changed();
            let changed = changed.map(|found| found.and_then(&mut decode));
            for result in failure.into_iter().chain(changed) {
                if self.debounce.is_over() {
                    return;
                }
                on_change(result);
            }
        }
    }

    fn new_failure(&mut self) -> Option<Error> {
        let before = mem::replace(&mut self.failure, self.directories.watch_all().err());
        let is_new = |now: &Error| !before.is_some_and(|before| before.is_same_failure(now));
        self.failure.clone().filter(is_new)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.debounce.end();
        let another = |thread: &JoinHandle<()>| thread.thread().id() != thread::current().id();
        if let Some(thread) = self.thread.take().filter(another) {
            // A callback that panicked has said so already.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
