use super::timing::Timing;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Notified of every change; wakes the waiting thread once a burst of changes is over.
///
/// It takes the same little memory however often it is notified.
#[derive(Debug)]
pub(super) struct Debounce {
    timing: Timing,
    state: Mutex<State>,
    wakeup: Condvar,
}

#[derive(Debug, Default)]
struct State {
    burst: Option<Burst>,
    failure: Option<notify::Error>,
    is_over: bool,
}

#[derive(Clone, Copy, Debug)]
struct Burst {
    first: Instant,
    /// When it counts as over.
    due: Instant,
}

impl Debounce {
    pub(super) fn new(timing: Timing) -> Self {
        Self {
            timing,
            state: Mutex::default(),
            wakeup: Condvar::new(),
        }
    }

    pub(super) fn notify(&self) {
        let now = Instant::now();
        let mut state = self.state();
        // Only the first of a burst wakes the waiting thread.
        if state.burst.is_none() {
            self.wakeup.notify_one();
        }
        let first = state.burst.map_or(now, |burst| burst.first);
        let due = (now + self.timing.quiet).min(first + self.timing.longest);
        state.burst = Some(Burst { first, due });
    }

    /// Notifies, because changes may go unnoticed from now on.
    pub(super) fn fail(&self, failure: notify::Error) {
        self.state().failure = Some(failure);
        self.notify();
    }

    pub(super) fn take_failure(&self) -> Option<notify::Error> {
        self.state().failure.take()
    }

    pub(super) fn end(&self) {
        self.state().is_over = true;
        self.wakeup.notify_one();
    }

    pub(super) fn is_over(&self) -> bool {
        self.state().is_over
    }

    /// Waits until it is time to look. `false`: it is over.
    pub(super) fn wait(&self) -> bool {
        let look_anyway = Instant::now() + self.timing.poll_interval;
        let mut state = self.state();
        loop {
            if state.is_over {
                return false;
            }
            let due = state.burst.map_or(look_anyway, |burst| burst.due);
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                state.burst = None;
                return true;
            }
            let waited = self.wakeup.wait_timeout(state, left);
            (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Nothing that holds this lock can leave the state half changed.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;
    use std::time::Duration;

    const NEVER: Duration = Duration::from_secs(3600);

    #[test]
    fn a_burst_is_reported_once_it_is_over() {
        let quiet = Duration::from_millis(20);
        let debounce = Debounce::new(Timing {
            quiet,
            longest: NEVER,
            poll_interval: NEVER,
        });
        for _ in 0..3 {
            debounce.notify();
        }
        let notified = Instant::now();
        assert!(debounce.wait());
        assert!(notified.elapsed() >= quiet / 2);
        assert!(debounce.state().burst.is_none());
    }

    #[test]
    fn one_that_never_ends_is_reported_all_the_same() {
        let quiet = Duration::from_secs(5);
        let debounce = Debounce::new(Timing {
            quiet,
            longest: Duration::from_millis(20),
            poll_interval: NEVER,
        });
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
        let debounce = Debounce::new(Timing {
            quiet: NEVER,
            longest: NEVER,
            poll_interval: Duration::from_millis(1),
        });
        assert!(debounce.wait());
        assert!(debounce.wait());
    }

    #[test]
    fn the_end_wakes_who_waits() {
        let debounce = Debounce::new(Timing {
            quiet: NEVER,
            longest: NEVER,
            poll_interval: NEVER,
        });
        thread::scope(|scope| {
            let waiting = scope.spawn(|| debounce.wait());
            debounce.notify();
            debounce.end();
            assert!(!waiting.join().unwrap());
        });
        assert!(debounce.is_over());
    }
}
