use super::options::{Autosaving, OnError};
use super::pace::pause;
use crate::codec;
use crate::error::{Error, Step};
use crate::fs::FileSystem;
use crate::lock::Held;
use crate::schema::Schema;
use crate::store::Store;
use crate::trace::{self, Operation};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A value in memory, and what it takes to save it: what the handles and the thread share.
pub(crate) struct Saver<F: FileSystem, T> {
    store: Store<F>,
    schema: Schema<T>,
    interval: Duration,
    on_error: Option<OnError>,
    /// The process that began this. A fork of it has the memory, and neither the thread nor a lock of
    /// its own.
    process: u32,
    /// Never taken for longer than a change takes, or the encoding.
    memory: Mutex<Memory<T>>,
    changed: Condvar,
    /// Whoever saves has this, so saves are one at a time. Taken before `memory`, never after it.
    held: Mutex<Held<F>>,
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

impl<F: FileSystem, T> Saver<F, T> {
    /// Loads the status or the default, and keeps the lock.
    pub(crate) fn open(
        store: Store<F>,
        schema: Schema<T>,
        options: Autosaving,
        process: u32,
    ) -> Result<Self, Error>
    where
        T: DeserializeOwned + Default,
    {
        let held = store.lock()?;
        let memory = Memory {
            value: store.load_or_default(&schema)?,
            changes: 0,
            saved: 0,
            failures: 0,
            due: Instant::now().checked_add(options.interval),
            is_over: false,
        };
        Ok(Self {
            store,
            schema,
            interval: options.interval,
            on_error: options.on_error,
            process,
            memory: Mutex::new(memory),
            changed: Condvar::new(),
            held: Mutex::new(held),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        self.store.layout.path()
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

    pub(crate) fn is_forked(&self) -> bool {
        self.process != process::id()
    }

    pub(crate) fn forked(&self) -> Error {
        let cause = "this process is a fork of the one that autosaves it, and shares its lock; \
                     only that one can save it";
        Error::io(Step::Autosave, self.path(), io::Error::other(cause))
    }

    /// Tells the thread to return.
    pub(crate) fn end(&self) {
        self.memory().is_over = true;
        self.changed.notify_one();
    }

    /// Tells of a failed save that nobody waited for.
    pub(crate) fn report(&self, error: &Error) {
        trace::not_saved(self.path(), error);
        if let Some(on_error) = &self.on_error {
            // What panicked there has said so already, and must not end the thread.
            let _ = catch_unwind(AssertUnwindSafe(|| on_error(error)));
        }
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

    fn held(&self) -> MutexGuard<'_, Held<F>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F: FileSystem, T: Serialize + DeserializeOwned> Saver<F, T> {
    /// What the thread does.
    pub(crate) fn run(&self) {
        while self.wait() {
            if let Err(error) = self.save() {
                self.report(&error);
            }
        }
    }

    /// When this returns, every change made before is saved; many who wait for that share a save.
    pub(crate) fn save(&self) -> Result<(), Error> {
        let wanted = self.memory().changes;
        let mut held = self.held();
        if self.memory().saved >= wanted {
            return Ok(());
        }
        let attempt = catch_unwind(AssertUnwindSafe(|| self.save_newest(&mut held)));
        let saved = attempt.unwrap_or_else(|_| {
            Err(Error::Encode {
                path: self.path().to_owned(),
                message: "its `Serialize` or `Deserialize` panicked".to_owned(),
            })
        });

        let mut memory = self.memory();
        match saved {
            Ok(changes) => {
                memory.saved = changes;
                memory.failures = 0;
            }
            Err(_) => memory.failures = memory.failures.saturating_add(1),
        }
        let pause = pause(self.interval, memory.failures);
        memory.due = Instant::now().checked_add(pause);
        // Others have made the thread wait for what was due before.
        self.changed.notify_one();
        saved.map(drop)
    }

    /// Returns how many changes are in what was saved.
    fn save_newest(&self, held: &mut Held<F>) -> Result<u64, Error> {
        let _span = trace::enter(Operation::Save, self.path());
        let (text, changes) = {
            let memory = self.memory();
            (codec::text(self.path(), &memory.value)?, memory.changes)
        };
        // Someone may have removed the status directory, and others would take a new lock then.
        if !self.store.is_named(held)? {
            *held = self.store.lock()?;
        }
        self.store.save_text(&self.schema, &text, Some(held))?;
        Ok(changes)
    }
}

impl<T> Memory<T> {
    fn is_saved(&self) -> bool {
        self.saved == self.changes
    }
}
