use super::Pace;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Rung for every change; heard once a burst of changes is over.
///
/// It takes the same little memory however often it is rung.
#[derive(Debug)]
pub(super) struct Bell {
    pace: Pace,
    state: Mutex<State>,
    stirred: Condvar,
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
    last: Instant,
}

impl Bell {
    pub(super) fn new(pace: Pace) -> Self {
        Self {
            pace,
            state: Mutex::default(),
            stirred: Condvar::new(),
        }
    }

    pub(super) fn ring(&self) {
        self.state().ring(&self.stirred);
    }

    /// Rings because changes may go unnoticed from now on.
    pub(super) fn fail(&self, failure: notify::Error) {
        let mut state = self.state();
        state.failure = Some(failure);
        state.ring(&self.stirred);
    }

    pub(super) fn take_failure(&self) -> Option<notify::Error> {
        self.state().failure.take()
    }

    pub(super) fn end(&self) {
        self.state().is_over = true;
        self.stirred.notify_one();
    }

    pub(super) fn is_over(&self) -> bool {
        self.state().is_over
    }

    /// Waits until it is time to look. `false`: it is over.
    pub(super) fn wait(&self) -> bool {
        let begun = Instant::now();
        let mut state = self.state();
        loop {
            if state.is_over {
                return false;
            }
            let due = match state.burst {
                Some(burst) => (burst.last + self.pace.quiet).min(burst.first + self.pace.longest),
                None => begun + self.pace.untold,
            };
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                state.burst = None;
                return true;
            }
            let waited = self.stirred.wait_timeout(state, left);
            (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Nothing that holds this lock can leave the state half changed.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Only the first of a burst wakes whoever waits.
    fn ring(&mut self, stirred: &Condvar) {
        let last = Instant::now();
        if self.burst.is_none() {
            stirred.notify_one();
        }
        let first = self.burst.map_or(last, |burst| burst.first);
        self.burst = Some(Burst { first, last });
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
    fn a_burst_is_heard_once_it_is_over() {
        let quiet = Duration::from_millis(20);
        let bell = Bell::new(Pace {
            quiet,
            longest: NEVER,
            untold: NEVER,
        });
        for _ in 0..3 {
            bell.ring();
        }
        let rung = Instant::now();
        assert!(bell.wait());
        assert!(rung.elapsed() >= quiet / 2);
        assert!(bell.state().burst.is_none());
    }

    #[test]
    fn one_that_never_ends_is_heard_all_the_same() {
        let quiet = Duration::from_secs(5);
        let bell = Bell::new(Pace {
            quiet,
            longest: Duration::from_millis(20),
            untold: NEVER,
        });
        let begun = Instant::now();
        let heard = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !heard.load(Ordering::Relaxed) && begun.elapsed() < quiet {
                    bell.ring();
                    thread::yield_now();
                }
            });
            bell.ring();
            assert!(bell.wait());
            assert!(begun.elapsed() < quiet);
            heard.store(true, Ordering::Relaxed);
        });
    }

    #[test]
    fn without_a_ring_it_is_time_to_look_now_and_then() {
        let bell = Bell::new(Pace {
            quiet: NEVER,
            longest: NEVER,
            untold: Duration::from_millis(1),
        });
        assert!(bell.wait());
        assert!(bell.wait());
    }

    #[test]
    fn the_end_wakes_whoever_waits() {
        let bell = Bell::new(Pace {
            quiet: NEVER,
            longest: NEVER,
            untold: NEVER,
        });
        thread::scope(|scope| {
            let waiting = scope.spawn(|| bell.wait());
            bell.ring();
            bell.end();
            assert!(!waiting.join().unwrap());
        });
        assert!(bell.is_over());
    }
}
