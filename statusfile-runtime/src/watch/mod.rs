//! Calls back when a status changes.
//!
//! The operating system rings the [`Bell`] when something happens in a directory that the
//! [`Sentry`] has it watch. What happened does not matter: once the bell has been quiet for a
//! moment, [`Seen`] looks whether there is another status than before. A thread of its own holds
//! the three together.

mod bell;
mod seen;
mod sentry;

use crate::error::{Error, Step};
use crate::fs::Disk;
use crate::schema::Schema;
use crate::store::Store;
use bell::Bell;
use notify::Watcher;
use seen::Seen;
use sentry::Sentry;
use serde::de::DeserializeOwned;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A status that is watched, until this is dropped. Made by
/// [`StatusFile::watch`](crate::StatusFile::watch), which has an example.
///
/// Dropping it waits for a callback that is running, and none begins after that. So do not drop it
/// while holding a lock that the callback waits for. Dropped inside the callback itself, it does not
/// wait, and that callback is the last.
#[must_use = "nothing is watched any more once this is dropped"]
pub struct Watch {
    path: PathBuf,
    bell: Arc<Bell>,
    thread: Option<JoinHandle<()>>,
}

/// How soon a change is reported.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// Changes that follow each other faster than this are one.
    pub(crate) quiet: Duration,
    /// They are reported after this long all the same.
    pub(crate) longest: Duration,
    /// How often to look where nothing seems to happen: network mounts tell of no changes that
    /// others make, and nobody tells when a directory further up is renamed.
    pub(crate) untold: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            quiet: Duration::from_millis(100),
            longest: Duration::from_secs(1),
            untold: Duration::from_secs(30),
        }
    }
}

/// Watches a status with what `W` tells of changes in directories.
pub(crate) fn start<W, T>(
    store: Store<Disk>,
    schema: Schema<T>,
    pace: Pace,
    on_change: impl FnMut(Result<T, Error>) + Send + 'static,
) -> Result<Watch, Error>
where
    W: Watcher + Send + 'static,
    T: DeserializeOwned + 'static,
{
    let path = store.layout.path().to_owned();
    let bell = Arc::new(Bell::new(pace));
    let mut sentry = Sentry::<W>::new(store.layout.clone(), Arc::clone(&bell));
    sentry.stand()?;
    // Only now, or a change before the sentry stood would never be seen.
    let seen = Seen::new(store);
    let rounds = Rounds {
        bell: Arc::clone(&bell),
        sentry,
        seen,
        schema,
        trouble: None,
    };
    let thread = thread::Builder::new()
        .name("statusfile".to_owned())
        .spawn(move || rounds.go(on_change))
        .map_err(|cause| Error::io(Step::Watch, &path, cause))?;
    Ok(Watch {
        path,
        bell,
        thread: Some(thread),
    })
}

struct Rounds<W, T> {
    bell: Arc<Bell>,
    sentry: Sentry<W>,
    seen: Seen<Disk>,
    schema: Schema<T>,
    /// What the sentry reported last, so that it is said once.
    trouble: Option<String>,
}

impl<W: Watcher, T: DeserializeOwned> Rounds<W, T> {
    fn go(mut self, mut on_change: impl FnMut(Result<T, Error>)) {
        while self.bell.wait() {
            let trouble = self.new_trouble().map(Err);
            for result in trouble.into_iter().chain(self.seen.news(&self.schema)) {
                if self.bell.is_over() {
                    return;
                }
                on_change(result);
            }
        }
    }

    fn new_trouble(&mut self) -> Option<Error> {
        let trouble = self.sentry.stand().err();
        let told = trouble.as_ref().map(Error::to_string);
        let is_new = told != self.trouble;
        self.trouble = told;
        trouble.filter(|_| is_new)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.bell.end();
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
