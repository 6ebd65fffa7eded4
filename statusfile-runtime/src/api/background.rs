//! A thread in the background, which sleeps until its time has come.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// What a thread in the background shares with those who wake it.
#[derive(Default)]
pub(super) struct Alarm<S> {
    state: Mutex<S>,
    is_over: AtomicBool,
    woken: Condvar,
}

impl<S> Alarm<S> {
    pub(super) fn new(state: S) -> Self {
        Self {
            state: Mutex::new(state),
            is_over: AtomicBool::new(false),
            woken: Condvar::new(),
        }
    }

    /// What panics with this leaves what it did until then, as it would without a lock.
    pub(super) fn lock(&self) -> MutexGuard<'_, S> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the thread ask again when its time comes.
    pub(super) fn wake(&self) {
        self.woken.notify_one();
    }

    /// Has the thread return.
    pub(super) fn end(&self) {
        // With the lock, as the thread may have asked and not be asleep yet.
        let _state = self.lock();
        self.is_over.store(true, Ordering::Relaxed);
        self.wake();
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Sleeps until the time that `due` says, by the state at that time; forever if it says none.
    /// `None`: it is over.
    pub(super) fn wait(&self, due: impl Fn(&S) -> Option<Instant>) -> Option<MutexGuard<'_, S>> {
        let mut state = self.lock();
        while !self.is_over() {
            let left = due(&state).map_or(Duration::MAX, |due| {
                due.saturating_duration_since(Instant::now())
            });
            if left.is_zero() {
                return Some(state);
            }
            let woken = self.woken.wait_timeout(state, left);
            (state, _) = woken.unwrap_or_else(PoisonError::into_inner);
        }
        None
    }
}

/// A thread that waits for an alarm. It is ended and waited for when this is dropped, unless it drops
/// this itself.
pub(super) struct Background<S> {
    alarm: Arc<Alarm<S>>,
    thread: Option<JoinHandle<()>>,
}

impl<S> Background<S> {
    pub(super) fn start(
        alarm: Arc<Alarm<S>>,
        run: impl FnOnce() + Send + 'static,
    ) -> io::Result<Self> {
        let builder = thread::Builder::new().name("statusfile".to_owned());
        let thread = Some(builder.spawn(run)?);
        Ok(Self { alarm, thread })
    }
}

impl<S> Drop for Background<S> {
    fn drop(&mut self) {
        self.alarm.end();
        let another = |thread: &JoinHandle<()>| thread.thread().id() != thread::current().id();
        if let Some(thread) = self.thread.take().filter(another) {
            // What panicked there has said so already.
            let _ = thread.join();
        }
    }
}
