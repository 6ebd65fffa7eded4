use crate::api::background::Alarm;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Notified of every change; wakes the waiting thread once a burst of changes is over.
///
/// It takes the same little memory however often it is notified.
#[derive(Clone)]
pub(crate) struct Debounce {
    /// Changes that follow each other faster than this are one burst.
    pub(super) quiet: Duration,
    /// It is reported after this long all the same.
    pub(super) longest: Duration,
    /// How often to look where nothing seems to happen: network mounts do not report changes that
    /// other hosts make, and nothing reports that a directory further up is renamed.
    pub(super) poll_interval: Duration,
    pub(super) alarm: Arc<Alarm<Notified>>,
}

#[derive(Default)]
pub(super) struct Notified {
    burst: Option<Burst>,
    failure: Option<notify::Error>,
}

#[derive(Clone, Copy)]
struct Burst {
    first: Instant,
    /// When it counts as over.
    due: Instant,
}

impl Default for Debounce {
    fn default() -> Self {
        Self {
            quiet: Duration::from_millis(100),
            longest: Duration::from_secs(1),
            poll_interval: Duration::from_secs(30),
            alarm: Arc::default(),
        }
    }
}

impl Debounce {
    pub(super) fn notify(&self) {
        let now = Instant::now();
        let mut state = self.alarm.lock();
        // Only the first of a burst wakes the waiting thread.
        if state.burst.is_none() {
            self.alarm.wake();
        }
        let first = state.burst.map_or(now, |burst| burst.first);
        let due = (now + self.quiet).min(first + self.longest);
        state.burst = Some(Burst { first, due });
    }

    /// Notifies, because changes may go unnoticed from now on.
    pub(super) fn fail(&self, failure: notify::Error) {
        self.alarm.lock().failure = Some(failure);
        self.notify();
    }

    pub(super) fn take_failure(&self) -> Option<notify::Error> {
        self.alarm.lock().failure.take()
    }

    /// Waits until it is time to look. `false`: it is over.
    pub(super) fn wait(&self) -> bool {
        let look_anyway = Instant::now() + self.poll_interval;
        let due = |state: &Notified| Some(state.burst.map_or(look_anyway, |burst| burst.due));
        let state = self.alarm.wait(due);
        state.map(|mut state| state.burst = None).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    const NEVER: Duration = Duration::from_secs(3600);

    #[test]
    fn a_burst_is_reported_once_it_is_over() {
        let quiet = Duration::from_millis(20);
        let debounce = Debounce {
            quiet,
            longest: NEVER,
            poll_interval: NEVER,
            ..Debounce::default()
        };
        for _ in 0..3 {
            debounce.notify();
        }
        let notified = Instant::now();
        assert!(debounce.wait());
        assert!(notified.elapsed() >= quiet / 2);
        assert!(debounce.alarm.lock().burst.is_none());
    }

    #[test]
    fn one_that_never_ends_is_reported_all_the_same() {
        let quiet = Duration::from_secs(5);
        let debounce = Debounce {
            quiet,
            longest: Duration::from_millis(20),
            poll_interval: NEVER,
            ..Debounce::default()
        };
        let begun = Instant::now();
        let heard = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !heard.load(Ordering::Relaxed) && begun.elapsed() < quiet {
                    debounce.notify();
                    thread::yield_now();
                }
            });
            debounce.notify();
            assert!(debounce.wait());
            assert!(begun.elapsed() < quiet);
            heard.store(true, Ordering::Relaxed);
        });
    }

    #[test]
    fn without_a_change_it_is_time_to_look_now_and_then() {
        let debounce = Debounce {
            quiet: NEVER,
            longest: NEVER,
            poll_interval: Duration::from_millis(1),
            ..Debounce::default()
        };
        assert!(debounce.wait());
        assert!(debounce.wait());
    }

    #[test]
    fn the_end_wakes_who_waits() {
        let debounce = Debounce {
            quiet: NEVER,
            longest: NEVER,
            poll_interval: NEVER,
            ..Debounce::default()
        };
        thread::scope(|scope| {
            let waiting = scope.spawn(|| debounce.wait());
            debounce.notify();
            debounce.alarm.end();
            assert!(!waiting.join().unwrap());
        });
        assert!(debounce.alarm.is_over());
    }
}
