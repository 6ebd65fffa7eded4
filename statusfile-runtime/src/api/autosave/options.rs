use crate::error::Error;
use std::fmt;
use std::time::Duration;

/// The pause after a first failure, unless the interval is longer.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

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

    /// How long the thread pauses after a save, of which the last so many have failed.
    pub(super) fn pause(&self, failures: u32) -> Duration {
        if failures == 0 {
            return self.interval;
        }
        let first = self.interval.max(FIRST_PAUSE);
        let pause = first.saturating_mul(2u32.saturating_pow(failures - 1));
        pause.min(LONGEST_PAUSE)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn pause(interval: Duration, failures: u32) -> Duration {
        AutosaveOptions::every(interval).pause(failures)
    }

    #[test]
    fn pauses_grow_with_the_failures() {
        let millis = |interval, failures| {
            let interval = Duration::from_millis(interval);
            pause(interval, failures).as_millis()
        };
        assert_eq!([0, 1, 2, 3].map(|n| millis(1, n)), [1, 100, 200, 400]);
        assert_eq!([0, 1, 2].map(|n| millis(300, n)), [300, 300, 600]);
        assert_eq!([10, 11, 99].map(|n| millis(1, n)), [51_200, 60_000, 60_000]);
        assert_eq!(millis(90_000, 1), 60_000);
        assert_eq!(pause(Duration::MAX, 0), Duration::MAX);
        assert_eq!(pause(Duration::MAX, u32::MAX), LONGEST_PAUSE);
    }
}
