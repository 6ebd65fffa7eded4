use super::options::AutosaveOptions;
use crate::api::background::Alarm;
use crate::api::typed::Typed;
use crate::error::{Error, Holder, Location, Step};
use crate::store::backend::Backend;
use crate::trace;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// A value in memory, and what it takes to save it: what the handles and the thread share.
pub(crate) struct Saver<B: Backend, T> {
    typed: Typed<B, T>,
    options: AutosaveOptions,
    /// The process that began this. A fork of it has the memory, and neither the thread nor a lock of
    /// its own.
    process: u32,
    /// Never taken for longer than a change takes, or the encoding.
    pub(super) memory: Arc<Alarm<Memory<T>>>,
    /// A thread that saves has this, so saves are one at a time. Taken before `memory`, never after it.
    guard: Mutex<B::Guard>,
    /// The one thing that takes bounds on `T`.
    save_newest: fn(&Self, &mut B::Guard) -> Result<(), Error>,
}

pub(crate) struct Memory<T> {
    value: T,
    /// How many changes were made, and up to which of them all are saved.
    changes: u64,
    saved: u64,
    /// How many saves have failed since the last that did not.
    failures: u32,
    /// When the thread may save. `None` is never.
    due: Option<Instant>,
}

impl<B: Backend, T: Serialize + DeserializeOwned + Default> Saver<B, T> {
    /// Loads the status or the default, and keeps the lock.
    pub(crate) fn open(
        typed: Typed<B, T>,
        options: AutosaveOptions,
        process: u32,
    ) -> Result<Self, Error> {
        let guard = typed.lock_for_good(Holder::Autosave)?;
        let memory = Memory {
            value: typed.load_or_default()?,
            changes: 0,
            saved: 0,
            failures: 0,
            due: Instant::now().checked_add(options.interval),
        };
        Ok(Self {
            typed,
            options,
            process,
            memory: Arc::new(Alarm::new(memory)),
            guard: Mutex::new(guard),
            save_newest: Self::save_newest,
        })
    }

    fn save_newest(&self, guard: &mut B::Guard) -> Result<(), Error> {
        let memory = self.memory.lock();
        let new = self.typed.schema.encode(self.location(), &memory.value)?;
        let changes = memory.changes;
        drop(memory);
        self.typed.keep(guard)?;
        self.typed.save_encoded(new, Some(guard))?;
        self.memory.lock().saved = changes;
        Ok(())
    }
}

impl<B: Backend, T> Saver<B, T> {
    pub(crate) fn location(&self) -> &Location {
        self.typed.backend.location()
    }

    pub(crate) fn update<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let mut memory = self.memory.lock();
        if memory.saved == memory.changes {
            self.memory.wake();
        }
        // Before the change, so that what a panic leaves of it counts, too.
        memory.changes += 1;
        change(&mut memory.value)
    }

    pub(crate) fn with<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.memory.lock().value)
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

    /// Reports a failed save that nobody waited for.
    pub(crate) fn report(&self, error: &Error) {
        trace::not_saved(self.location(), error);
        // What panicked there has said so already, and must not end the thread.
        let _ = catch_unwind(AssertUnwindSafe(|| (self.options.on_error)(error)));
    }

    /// What the thread does.
    pub(crate) fn run(&self) {
        let due = |memory: &Memory<T>| memory.due.filter(|_| memory.saved < memory.changes);
        while self.memory.wait(due).is_some() {
            if let Err(error) = self.save() {
                self.report(&error);
            }
        }
    }

    /// When this returns, every change made before is saved; threads that wait for that share a save.
    pub(crate) fn save(&self) -> Result<(), Error> {
        // First, as a mutex that another thread had at the fork is never unlocked here.
        self.refuse_fork()?;
        let wanted = self.memory.lock().changes;
        let mut guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        if self.memory.lock().saved >= wanted {
            return Ok(());
        }
        let attempt = catch_unwind(AssertUnwindSafe(|| (self.save_newest)(self, &mut guard)));
        let saved = attempt.unwrap_or_else(|_| {
            Err(Error::Encode {
                location: self.location().clone(),
                field: String::new(),
                message: "its `Serialize` or `Deserialize` panicked".to_owned(),
            })
        });

        let mut memory = self.memory.lock();
        let failures = memory.failures.saturating_add(1);
        memory.failures = saved.as_ref().map_or(failures, |()| 0);
        memory.due = Instant::now().checked_add(self.options.pause(memory.failures));
        // Others have made the thread wait for what was due before.
        self.memory.wake();
        saved
    }
}
