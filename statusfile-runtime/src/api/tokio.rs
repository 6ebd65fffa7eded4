//! Saving and loading from async code, on tokio.
//!
//! What may wait for the disk runs in tokio's threads for that. Waiting for the lock is done by asking
//! now and then, so that a caller who stops waiting has nothing that must be given back.

use super::OnDisk;
use super::status_file::StatusFile;
use crate::error::{Error, Location, Step};
use crate::fs::{FIRST_PAUSE, pauses};
use crate::store::backend::Backend;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io;
use std::panic::resume_unwind;
use std::time::{Duration, Instant};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

impl<T: Serialize + DeserializeOwned + 'static> StatusFile<T> {
    /// Like [`save`](Self::save), without blocking the runtime. Only with the feature `tokio`.
    ///
    /// The value is encoded by the call itself, before the first await, which takes no more than
    /// processor time. So the future borrows nothing, and saves what the value was then.
    ///
    /// ```
    /// # use serde::{Deserialize, Serialize};
    /// # use statusfile::StatusFile;
    /// # #[derive(Serialize, Deserialize, Default)]
    /// # struct Worker { jobs_done: u64 }
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), statusfile::Error> {
    /// # let directory = std::env::temp_dir().join(format!("statusfile-doc-save-async-{}", std::process::id()));
    /// let file = StatusFile::<Worker>::undeclared(directory.join("worker.toml"));
    /// file.save_async(&Worker { jobs_done: 7 }).await?;
    /// assert_eq!(file.load_async().await?.jobs_done, 7);
    /// # std::fs::remove_dir_all(directory).unwrap();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancellation
    ///
    /// A future that is dropped while it waits for the lock has saved nothing, and nothing is locked
    /// once a last attempt has ended. One that is dropped later saves all the same, in a thread: whole
    /// or, should that fail, not at all. The next save waits for it, so an older value never takes
    /// the place of a newer one.
    ///
    /// # Errors
    ///
    /// Those of [`save`](Self::save), and [`Error::Io`] at [`Step::Task`] if the runtime shuts down
    /// before the save has begun.
    ///
    /// # Panics
    ///
    /// The future, outside of a tokio runtime, or one whose timers are not enabled.
    pub fn save_async(&self, value: &T) -> impl Future<Output = Result<(), Error>> + Send + use<T> {
        let (typed, new) = (self.typed(), self.schema.encode(self.location(), value));
        async move {
            let (typed, new) = (typed?, new?);
            let guard = lock(&typed.backend).await?;
            let location = typed.backend.location().clone();
            blocking(location, move || typed.save_encoded(new, Some(&guard))).await
        }
    }

    /// Like [`load`](Self::load), without blocking the runtime. Only with the feature `tokio`.
    ///
    /// # Errors
    ///
    /// Those of [`load`](Self::load), and [`Error::Io`] at [`Step::Task`] if the runtime shuts down
    /// before the load has begun.
    ///
    /// # Panics
    ///
    /// The future, outside of a tokio runtime.
    pub fn load_async(&self) -> impl Future<Output = Result<T, Error>> + Send + use<T>
    where
        T: Send,
    {
        let file = self.clone();
        async move { blocking(file.location().clone(), move || file.load()).await }
    }

    /// Like [`update`](Self::update), without blocking the runtime. Only with the feature `tokio`.
    ///
    /// `change` runs in a thread where it may block, once the lock is taken.
    ///
    /// ```
    /// # use serde::{Deserialize, Serialize};
    /// # use statusfile::StatusFile;
    /// # #[derive(Serialize, Deserialize, Default)]
    /// # struct Tickets { next: u64 }
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), statusfile::Error> {
    /// # let directory = std::env::temp_dir().join(format!("statusfile-doc-update-async-{}", std::process::id()));
    /// let tickets = StatusFile::<Tickets>::undeclared(directory.join("tickets.toml"));
    /// let mine = tickets
    ///     .update_async(|tickets| {
    ///         tickets.next += 1;
    ///         tickets.next
    ///     })
    ///     .await?;
    /// assert_eq!(mine, 1);
    /// # std::fs::remove_dir_all(directory).unwrap();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancellation
    ///
    /// As with [`save_async`](Self::save_async): `change` has not run and never will, or it is saved
    /// all the same, whole.
    ///
    /// # Errors
    ///
    /// Those of [`update`](Self::update), and [`Error::Io`] at [`Step::Task`] if the runtime shuts
    /// down before `change` has begun.
    ///
    /// # Panics
    ///
    /// The future, if `change` does, outside of a tokio runtime, or in one whose timers are not
    /// enabled.
    pub fn update_async<R, C>(
        &self,
        mut change: C,
    ) -> impl Future<Output = Result<R, Error>> + Send + use<T, R, C>
    where
        T: Default,
        R: Send + 'static,
        C: FnMut(&mut T) -> R + Send + 'static,
    {
        let typed = self.typed();
        async move {
            let typed = typed?;
            let guard = lock(&typed.backend).await?;
            blocking(typed.backend.location().clone(), move || {
                let initial = |_| Ok(T::default());
                typed.try_update(Some(&guard), initial, |value| Ok(change(value)))
            })
            .await
        }
    }
}

/// Takes the lock. Each attempt ends by itself, and a lock that nobody waits for any more is dropped.
async fn lock(directory: &OnDisk) -> Result<<OnDisk as Backend>::Guard, Error> {
    let start = Instant::now();
    let mut pauses = pauses(FIRST_PAUSE, directory.patience());
    loop {
        let (attempt, location) = (directory.clone(), directory.location().clone());
        if let Some(held) = blocking(location, move || attempt.lock_at_once()).await? {
            return Ok(held);
        }
        match pauses.next() {
            Some(pause) => sleep(pause).await,
            None => break,
        }
    }
    let (attempt, location) = (directory.clone(), directory.location().clone());
    let last = blocking(location, move || attempt.lock(Duration::ZERO)).await;
    last.map_err(|error| match error {
        Error::Locked {
            location, holder, ..
        } => Error::Locked {
            location,
            waited: start.elapsed(),
            holder,
        },
        other => other,
    })
}

/// Runs `call` where it may block. It runs to its end, whether or not anyone waits for it.
async fn blocking<R: Send + 'static>(
    location: Location,
    call: impl FnOnce() -> Result<R, Error> + Send + 'static,
) -> Result<R, Error> {
    match spawn_blocking(call).await {
        Ok(result) => result,
        Err(failed) if failed.is_panic() => resume_unwind(failed.into_panic()),
        Err(_) => {
            let cause = io::Error::other("the runtime is shutting down");
            Err(Error::io(Step::Task, location, cause))
        }
    }
}
