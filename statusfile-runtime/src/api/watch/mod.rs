//! Calls back when a status changes.
//!
//! The operating system wakes the [`Debounce`] when something happens in a directory that the
//! [`DirectoryWatcher`] has it watch. What happened does not matter: once nothing has for a moment, the
//! [`ChangeDetector`] looks whether there is another status than before. A thread of its own holds the
//! three together.

mod changes;
mod debounce;
mod directories;

pub(super) use debounce::Debounce;
pub(super) use notify::RecommendedWatcher;

use super::background::Background;
use super::{OnDisk, Seen};
use crate::error::{At, Error, Step};
use changes::ChangeDetector;
use debounce::Notified;
use directories::DirectoryWatcher;
use notify::Watcher;
use std::fmt;
use std::mem;
use std::path::PathBuf;
use std::sync::Arc;

/// A status that is watched, until this is dropped. Made by
/// [`StatusFile::watch`](crate::StatusFile::watch), which has an example.
///
/// Dropping it waits for a callback that is running, and none begins after that. So do not drop it
/// while holding a lock that the callback waits for. Dropped inside the callback itself, it does not
/// wait, and that callback is the last.
#[must_use = "nothing is watched any more once this is dropped"]
pub struct Watch {
    path: PathBuf,
    _thread: Background<Notified>,
}

/// Watches a status with what `W` reports of changes in directories.
pub(super) fn start<W: Watcher + Send + 'static>(
    directory: OnDisk,
    debounce: Debounce,
    on_change: impl FnMut(Result<Seen, Error>) + Send + 'static,
) -> Result<Watch, Error> {
    let path = directory.layout.path.clone();
    let mut directories = DirectoryWatcher::<W>::new(directory.layout.clone());
    directories.watch_all(&debounce)?;
    // Only now, or a change before the directories were watched would never be seen.
    let changes = ChangeDetector::new(directory);
    let alarm = Arc::clone(&debounce.alarm);
    let thread = Background::start(alarm, move || {
        run(&debounce, directories, changes, on_change);
    });
    Ok(Watch {
        _thread: thread.at(Step::Watch, &path)?,
        path,
    })
}

/// What the thread does.
fn run<W: Watcher>(
    debounce: &Debounce,
    mut directories: DirectoryWatcher<W>,
    mut changes: ChangeDetector<OnDisk>,
    mut on_change: impl FnMut(Result<Seen, Error>),
) {
    // What keeps the directories from being watched is said once.
    let mut failure: Option<Error> = None;
    while debounce.wait() {
        let before = mem::replace(&mut failure, directories.watch_all(debounce).err());
        let is_new = |now: &Error| !before.is_some_and(|before| before.is_same_failure(now));
        let failed = failure.clone().filter(is_new).map(Err);
        for result in failed.into_iter().chain(changes.changed()) {
            if debounce.alarm.is_over() {
                return;
            }
            on_change(result);
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
