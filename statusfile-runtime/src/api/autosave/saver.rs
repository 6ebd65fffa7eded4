use super::backoff::pause;
use super::options::AutosaveOptions;
use crate::api::typed::Typed;
use crate::codec::encode::encode;
use crate::error::{Error, Location, Step};
use crate::store::backend::Backend;
use crate::trace;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A value in memory, and what it takes to save it: what the handles and the thread share.
pub(crate) struct Saver<B: Backend, T> {
    typed: Typed<B, T>,
    options: AutosaveOptions,
    /// The process that began this. A fork of it has the memory, and neither the thread nor a lock of
    /// its own.
    process: u32,
    /// Never taken for longer than a change takes, or the encoding.
    memory: Mutex<Memory<T>>,
    changed: Condvar,
    /// A thread that saves has this, so saves are one at a time. Taken before `memory`, never after it.
    guard: Mutex<B::Guard>,
}

struct Memory<T> {
    value: T,
    /// How many changes were made, and up to which of them all are saved.
    changes: u64,
    saved: u64,
    /// How many saves have failed since the last that did not.
    failures: u32,
    /// When the thread may save. `None` is never.
    due: Option<Instant>,
    is_over: bool,
}

impl<B: Backend, T> Saver<B, T> {
    /// Loads the status or the default, and keeps the lock.
    pub(crate) fn open(
        typed: Typed<B, T>,
        options: AutosaveOptions,
        process: u32,
    ) -> Result<Self, Error>
    where
        T: Serialize + DeserializeOwned + Default,
    {
        let guard = typed.lock()?;
        let memory = Memory {
            value: typed.load_or_default()?,
            changes: 0,
            saved: 0,
            failures: 0,
            due: Instant::now().checked_add(options.interval),
            is_over: false,
        };
        Ok(Self {
            typed,
            options,
            process,
            memory: Mutex::new(memory),
            changed: Condvar::new(),
            guard: Mutex::new(guard),
        })
    }

    pub(crate) fn location(&self) -> &Location {
        self.typed.backend.location()
    }

    pub(crate) fn update<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let mut memory = self.memory();
        if memory.is_saved() {
            self.changed.notify_one();
        }
        // Before the change, so that what a panic leaves of it counts, too.
        memory.changes += 1;
        change(&mut memory.value)
    }

    pub(crate) fn with<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.memory().value)
    }

    /// Fails in a fork of the process that began this.
    pub(crate) fn refuse_fork(&self) -> Result<(), Error> {
        if self.process == process::id() {
            return Ok(());
        }
        let cause = io::Error::other(
            "this process is a fork of the one that autosaves it, and shares its lock; only that \
             one can save it",
        );
        Err(Error::io(Step::Autosave, self.location().clone(), cause))
    }

    /// Has the thread return.
    pub(crate) fn end(&self) {
        self.memory().is_over = true;
        self.changed.notify_one();
    }

    /// Reports a failed save that nobody waited for.
    pub(crate) fn report(&self, error: &Error) {
        trace::not_saved(self.location(), error);
        // What panicked there has said so already, and must not end the thread.
        let _ = catch_unwind(AssertUnwindSafe(|| (self.options.on_error)(error)));
    }

    /// Waits until it is time to save. `false`: it is over.
    fn wait(&self) -> bool {
        let mut memory = self.memory();
        loop {
            if memory.is_over {
                return false;
            }
            let due = memory.due.filter(|_| !memory.is_saved());
            let left = due.map_or(Duration::MAX, |due| {
                due.saturating_duration_since(Instant::now())
            });
            if left.is_zero() {
                return true;
            }
            let waited = self.changed.wait_timeout(memory, left);
            (memory, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A change that panicked leaves what it did until then, as it would without a lock.
    fn memory(&self) -> MutexGuard<'_, Memory<T>> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<B: Backend, T: Serialize + DeserializeOwned> Saver<B, T> {
    /// What the thread does.
    pub(crate) fn run(&self) {
        while self.wait() {
            if let Err(error) = self.save() {
                self.report(&error);
            }
        }
    }

    /// When this returns, every change made before is saved; threads that wait for that share a save.
    pub(crate) fn save(&self) -> Result<(), Error> {
        // First, as a mutex that another thread had at the fork is never unlocked here.
        self.refuse_fork()?;
        let wanted = self.memory().changes;
        let mut guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        if self.memory().saved >= wanted {
            return Ok(());
        }
        let attempt = catch_unwind(AssertUnwindSafe(|| self.save_newest(&mut guard)));
        let saved = attempt.unwrap_or_else(|_| {
            Err(Error::Encode {
                location: self.location().clone(),
                message: "its `Serialize` or `Deserialize` panicked".to_owned(),
            })
        });

        let mut memory = self.memory();
        memory.failures = match saved {
            Ok(()) => 0,
            Err(_) => memory.failures.saturating_add(1),
        };
        let pause = pause(self.options.interval, memory.failures);
        memory.due = Instant::now().checked_add(pause);
        // Others have made the thread wait for what was due before.
        self.changed.notify_one();
        saved
    }

    fn save_newest(&self, guard: &mut B::Guard) -> Result<(), Error> {
        let (text, changes) = {
            let memory = self.memory();
            (encode(self.location(), &memory.value)?, memory.changes)
        };
        // Someone may have removed the status directory, and others would take a new lock then.
        if !self.typed.backend.still_keeps_out(guard)? {
            *guard = self.typed.lock()?;
        }
        self.typed.save_text(text, Some(guard))?;
        self.memory().saved = changes;
        Ok(())
    }
}

impl<T> Memory<T> {
    fn is_saved(&self) -> bool {
        self.saved == self.changes
    }
}
