//! Group commit: threads that save one status at once share one commit, and its syncs.
//!
//! A thread that comes while a commit is under way joins the next one, which saves the value that came last.
//! To the others it is as if theirs had been saved just before that one, so each may say that what it
//! saved is durable, or was replaced by something newer that is. Databases do so with their logs, and
//! the term is theirs ("Implementation Techniques for Main Memory Database Systems", SIGMOD 1984).

use super::sealed::Sealed;
use crate::error::{Error, Location, Step};
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

/// The threads that save one status in one way.
#[derive(Default)]
pub(crate) struct Group {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Default)]
struct State {
    is_committing: bool,
    /// The batch that waits for the commit under way to end.
    next: Option<Arc<Batch>>,
}

/// Those whose values are saved by one commit.
struct Batch {
    newest: Mutex<Sealed>,
    outcome: OnceLock<Result<(), Error>>,
}

impl Group {
    /// Saves `new` with `commit`, or lets another thread save it or what came after it.
    pub(crate) fn save(
        &self,
        location: &Location,
        new: Sealed,
        commit: impl FnOnce(&Sealed) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut state = locked(&self.state);
        let batch = match &state.next {
            Some(batch) => {
                *locked(&batch.newest) = new;
                Arc::clone(batch)
            }
            None => Arc::clone(state.next.insert(Arc::new(Batch {
                newest: Mutex::new(new),
                outcome: OnceLock::new(),
            }))),
        };
        let goes_on = |state: &mut State| state.is_committing && batch.outcome.get().is_none();
        let woken = self.ended.wait_while(state, goes_on);
        let mut state = woken.unwrap_or_else(PoisonError::into_inner);
        if let Some(outcome) = batch.outcome.get() {
            return outcome.clone();
        }
        state.is_committing = true;
        state.next = None;
        drop(state);

        let _ending = Ending {
            group: self,
            batch: &batch,
            location,
        };
        // Nobody joins a batch once it is no longer the next.
        let newest = locked(&batch.newest).clone();
        let outcome = commit(&newest);
        batch.outcome.get_or_init(|| outcome).clone()
    }
}

/// The end of a commit, however it ends.
struct Ending<'a> {
    group: &'a Group,
    batch: &'a Arc<Batch>,
    location: &'a Location,
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        // It panicked, in code of the type that reads a person's edit.
        self.batch.outcome.get_or_init(|| {
            let cause =
                io::Error::other("the thread that saved for this one, too, panicked; try again");
            Err(Error::io(Step::Share, self.location.clone(), cause))
        });
        let mut state = locked(&self.group.state);
        state.is_committing = false;
        // To wake nobody takes a system call, too.
        if state.next.is_some() || Arc::strong_count(self.batch) > 1 {
            self.group.ended.notify_all();
        }
    }
}

/// Nothing that these protect is ever left half done.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
impl Group {
    /// How many wait for the commit under way to end.
    pub(crate) fn waiting(&self) -> usize {
        let state = locked(&self.state);
        state
            .next
            .as_ref()
            .map_or(0, |batch| Arc::strong_count(batch) - 1)
    }
}
