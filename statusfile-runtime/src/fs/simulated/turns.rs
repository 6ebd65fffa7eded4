//! Lets the calls of several processes happen one at a time, in an order that a test chooses.

use crate::fs::Lock;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Where processes, each on a thread of its own, wait for their turns.
#[derive(Default)]
pub(crate) struct Turns {
    state: Mutex<State>,
    /// Nobody runs any more, perhaps.
    rest: Condvar,
}

#[derive(Default)]
struct State {
    /// The processes that are about to make a call, and the lock that it waits for, if any.
    waiting: BTreeMap<usize, Option<(usize, Lock)>>,
    running: BTreeSet<usize>,
    killed: BTreeSet<usize>,
    /// Wakes one process, and none of the others for nothing.
    turns: BTreeMap<usize, Arc<Condvar>>,
}

impl Turns {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that `process` has begun, before its thread has.
    pub(crate) fn begin(&self, process: usize) {
        let mut state = self.state();
        state.running.insert(process);
        state.turns.insert(process, Arc::default());
    }

    /// Says that `process` makes no more calls.
    pub(crate) fn end(&self, process: usize) {
        self.state().running.remove(&process);
        self.rest.notify_one();
    }

    /// Waits for the turn of `process`, which is about to make a call.
    pub(super) fn wait(&self, process: usize, wants: Option<(usize, Lock)>) {
        let mut state = self.state();
        if state.killed.contains(&process) {
            return;
        }
        state.running.remove(&process);
        state.waiting.insert(process, wants);
        self.rest.notify_one();
        let turn = Arc::clone(&state.turns[&process]);
        while !state.running.contains(&process) {
            state = turn.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits until no process runs, and tells which wait for their turns, and for which locks.
    pub(crate) fn waiting(&self) -> BTreeMap<usize, Option<(usize, Lock)>> {
        let mut state = self.state();
        while !state.running.is_empty() {
            let rested = self.rest.wait(state);
            state = rested.unwrap_or_else(PoisonError::into_inner);
        }
        state.waiting.clone()
    }

    /// Lets `process` make its call, and run on to the next.
    pub(crate) fn grant(&self, process: usize) {
        let mut state = self.state();
        state.waiting.remove(&process);
        state.running.insert(process);
        state.turns[&process].notify_one();
    }

    /// Lets `process`, which is dead, run on to its end without another turn.
    pub(crate) fn release(&self, process: usize) {
        self.state().killed.insert(process);
        self.grant(process);
    }
}
