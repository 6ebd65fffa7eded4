use crate::error::Error;
use std::fmt;
use std::time::Duration;

/// How a status is autosaved, for [`StatusFile::autosave_with`](crate::StatusFile::autosave_with).
///
/// ```
/// use statusfile::AutosaveOptions;
/// use std::time::Duration;
///
/// let often = AutosaveOptions::every(Duration::from_millis(200))
///     .on_error(|error| eprintln!("not saved yet: {error}"));
/// # drop(often);
/// ```
#[must_use = "it is for `StatusFile::autosave_with`"]
pub struct AutosaveOptions {
    pub(super) interval: Duration,
    pub(super) on_error: Box<dyn Fn(&Error) + Send + Sync>,
}

impl AutosaveOptions {
    /// At most one save in the background per `interval`. [`StatusFile::autosave`] has one second.
    ///
    /// That is how much a crash or a power loss can take back, and the time of a save. Zero is one save
    /// after the other for as long as there are changes; [`Duration::MAX`] leaves it all to
    /// [`flush`](crate::Autosave::flush) and to the end.
    ///
    /// [`StatusFile::autosave`]: crate::StatusFile::autosave
    pub fn every(interval: Duration) -> Self {
        Self {
            interval,
            on_error: Box::new(|_| {}),
        }
    }

    /// Calls `on_error` for every save that fails while nobody waits for it: each attempt in the
    /// background, and the one that the drop of the last handle makes. What
    /// [`flush`](crate::Autosave::flush) and [`close`](crate::Autosave::close) fail with, they return.
    ///
    /// It is called in the thread that saves, which goes on afterwards, even if it panics.
    pub fn on_error(mut self, on_error: impl Fn(&Error) + Send + Sync + 'static) -> Self {
        self.on_error = Box::new(on_error);
        self
    }
}

impl Default for AutosaveOptions {
    fn default() -> Self {
        Self::every(Duration::from_secs(1))
    }
}

impl fmt::Debug for AutosaveOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AutosaveOptions")
            .field("interval", &self.interval)
            .finish_non_exhaustive()
    }
}
