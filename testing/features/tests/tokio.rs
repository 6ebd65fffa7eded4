//! From async code: nothing blocks the runtime, and a future that is dropped at any await leaves the
//! status whole and unlocked.
//!
//! What goes on in tokio's threads after a future is dropped is waited for by shutting the runtime
//! down.

#![expect(clippy::unwrap_used, reason = "these run in tests only")]

use serde::{Deserialize, Serialize};
use statusfile::error::Step;
use statusfile::{Error, PersistentStatus, StatusFile};
use std::cell::Cell;
use std::fs;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Poll;
use std::thread;
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

#[derive(Debug, Default, PartialEq, Serialize, Deserialize, PersistentStatus)]
#[status(path = "worker.toml")]
struct Worker {
    jobs: u64,
}

fn worker(jobs: u64) -> Worker {
    Worker { jobs }
}

/// A directory, and the path of a status in it with 5 jobs.
fn saved() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("worker.toml");
    at(&path).save(&worker(4)).unwrap();
    at(&path).save(&worker(5)).unwrap();
    (directory, path)
}

fn at(path: &Path) -> StatusFile<Worker> {
    StatusFile::undeclared(path)
}

fn one_thread() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

fn some_threads() -> Runtime {
    Builder::new_multi_thread().enable_time().build().unwrap()
}

/// The names in the status directory, sorted.
fn names(path: &Path) -> Vec<String> {
    let directory = path.with_file_name("worker.toml.status");
    let names = fs::read_dir(directory).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

/// Nothing is locked, nothing is left over, and the next save works.
#[track_caller]
fn assert_at_rest(path: &Path, case: &str) {
    let expected = if cfg!(unix) { 4 } else { 3 };
    assert_eq!(names(path).len(), expected, "{case}: {:?}", names(path));
    let at_once = at(path).lock_timeout(Duration::ZERO);
    at_once.save(&worker(20)).unwrap();
    assert_eq!(at(path).load().unwrap(), worker(20), "{case}");
}

#[test]
fn a_save_a_load_and_an_update_work() {
    for runtime in [one_thread(), some_threads()] {
        let (_directory, path) = saved();
        runtime.block_on(async {
            let file = at(&path);
            assert_eq!(file.load_async().await.unwrap(), worker(5));
            file.save_async(&worker(6)).await.unwrap();
            let update = file.update_async(|worker| {
                worker.jobs += 1;
                worker.jobs
            });
            assert_eq!(update.await.unwrap(), 7);
            assert_eq!(file.load().unwrap(), worker(7));

            let none = at(&path.with_file_name("none.toml"));
            let loaded = none.load_async().await;
            assert!(matches!(loaded, Err(Error::NotFound { .. })));
        });
        drop(runtime);
        assert_at_rest(&path, "all of them");
    }
}

#[test]
fn of_a_type_that_says_where_it_is_kept() {
    // In a directory of this process: nobody else looks there, and nothing is there.
    let directory = tempfile::tempdir().unwrap();
    std::env::set_current_dir(directory.path()).unwrap();
    one_thread().block_on(async {
        worker(6).save_async().await.unwrap();
        Worker::update_async(|worker| worker.jobs += 1)
            .await
            .unwrap();
        assert_eq!(Worker::load_async().await.unwrap(), worker(7));
    });
    assert_at_rest(&directory.path().join("worker.toml"), "all of them");
}

/// What cannot be shared by threads can be saved from any, and the future goes where it likes.
#[test]
fn futures_can_be_sent_and_borrow_nothing() {
    #[derive(Default, Serialize, Deserialize)]
    struct Counter {
        count: Cell<u64>,
    }

    let (_directory, path) = saved();
    let runtime = some_threads();
    let file = StatusFile::<Counter>::undeclared(path.with_file_name("counter.toml"));
    let saving = {
        let counter = Counter::default();
        counter.count.set(3);
        let saving = file.save_async(&counter);
        counter.count.set(4);
        saving
    };
    runtime.block_on(runtime.spawn(saving)).unwrap().unwrap();
    let updating = file.update_async(|counter| counter.count.set(counter.count.get() + 1));
    runtime.block_on(runtime.spawn(updating)).unwrap().unwrap();
    let loading = file.load_async();
    let loaded = runtime.block_on(runtime.spawn(loading)).unwrap();
    assert_eq!(loaded.unwrap().count.get(), 4);
}

#[test]
fn the_runtime_goes_on_while_someone_else_has_the_lock() {
    let (_directory, path) = saved();
    let runtime = one_thread();
    let lock = at(&path).lock().unwrap();
    runtime.block_on(async {
        let ticks = Arc::new(AtomicU64::new(0));
        let ticking = tokio::spawn({
            let ticks = Arc::clone(&ticks);
            async move {
                loop {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    ticks.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        let saving = tokio::spawn(at(&path).save_async(&worker(6)));
        // Were the only thread blocked, nothing would ever tick.
        while ticks.load(Ordering::Relaxed) < 20 {
            tokio::task::yield_now().await;
        }
        assert!(!saving.is_finished());
        assert_eq!(at(&path).load_async().await.unwrap(), worker(5));
        drop(lock);
        saving.await.unwrap().unwrap();
        assert_eq!(at(&path).load_async().await.unwrap(), worker(6));
        ticking.abort();
    });
}

#[test]
fn no_update_of_many_tasks_is_lost() {
    let (_directory, path) = saved();
    let runtime = some_threads();
    let file = at(&path).lock_timeout(Duration::from_secs(120));
    let tasks: Vec<_> = (0..40)
        .map(|_| runtime.spawn(file.update_async(|worker| worker.jobs += 1)))
        .collect();
    for task in tasks {
        runtime.block_on(task).unwrap().unwrap();
    }
    assert_eq!(at(&path).load().unwrap(), worker(45));
}

#[test]
fn the_lock_timeout_counts() {
    let (_directory, path) = saved();
    let _lock = at(&path).lock().unwrap();
    let runtime = one_thread();
    for timeout in [Duration::ZERO, Duration::from_millis(20)] {
        let file = at(&path).lock_timeout(timeout);
        let saved = runtime.block_on(file.save_async(&worker(6)));
        let updated = runtime.block_on(file.update_async(|worker| worker.jobs += 1));
        for result in [saved, updated] {
            match result {
                Err(Error::Locked { waited, .. }) => assert!(waited >= timeout, "{waited:?}"),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn a_value_that_cannot_be_saved_is_an_error_of_the_future() {
    let directory = tempfile::tempdir().unwrap();
    let file = StatusFile::<Vec<u8>>::undeclared(directory.path().join("list.toml"));
    let saved = one_thread().block_on(file.save_async(&vec![1]));
    assert!(matches!(saved, Err(Error::Encode { .. })), "{saved:?}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

/// Polls `future` so many times, or until it is ready, each time it asks to be.
async fn polled<F: Future>(future: F, times: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    for _ in 0..times {
        // `future` wakes this task, which then polls it again.
        let mut is_first = true;
        let polled = poll_fn(|context| {
            if std::mem::take(&mut is_first) {
                match future.as_mut().poll(context) {
                    Poll::Ready(output) => Poll::Ready(Some(output)),
                    Poll::Pending => Poll::Pending,
                }
            } else {
                Poll::Ready(None)
            }
        });
        if let Some(output) = polled.await {
            return Some(output);
        }
    }
    None
}

/// Drops what `start` makes after each number of polls, until it is ready, in a runtime that is shut
/// down after that. `start` is given the status that lies in `place`. What its threads have done before they are
/// asked takes no poll, so this is done until it took `least`.
fn dropped_after_each_poll<F, R>(
    place: impl Fn() -> (TempDir, PathBuf),
    start: impl Fn(StatusFile<Worker>) -> F,
    check: impl Fn(&Path, Option<R>, &str),
    least: usize,
) where
    F: Future<Output = Result<R, Error>>,
{
    let once = || {
        (0..1_000).find(|&polls| {
            let (_directory, path) = place();
            let runtime = one_thread();
            let output = runtime.block_on(polled(start(at(&path)), polls));
            // Waits for what has begun in its threads.
            drop(runtime);
            let is_ready = output.is_some();
            check(&path, output.map(Result::unwrap), &format!("{polls} polls"));
            is_ready
        })
    };
    let most = (0..100)
        .map(|_| once().unwrap())
        .find(|&polls| polls >= least);
    assert!(most.is_some());
}

#[test]
fn a_save_may_be_dropped_at_any_await() {
    dropped_after_each_poll(
        saved,
        |file| file.save_async(&worker(6)),
        |path, output, case| {
            let found = at(path).load().unwrap().jobs;
            assert!(found == 6 || found == 5 && output.is_none(), "{case}");
            assert_at_rest(path, case);
        },
        // The lock, the commit, and ready.
        3,
    );
}

#[test]
fn an_update_may_be_dropped_at_any_await() {
    dropped_after_each_poll(
        saved,
        |file| file.update_async(|worker| worker.jobs += 1),
        |path, output, case| {
            let found = at(path).load().unwrap().jobs;
            assert!(found == 6 || found == 5 && output.is_none(), "{case}");
            assert_at_rest(path, case);
        },
        3,
    );
}

#[test]
fn a_load_may_be_dropped_at_any_await() {
    dropped_after_each_poll(
        saved,
        |file| file.load_async(),
        |path, output, case| {
            assert!(output.is_none_or(|found| found == worker(5)), "{case}");
            assert_at_rest(path, case);
        },
        2,
    );
}

#[test]
fn one_that_waits_for_the_lock_may_be_dropped_there() {
    for polls in 0..10 {
        let (_directory, path) = saved();
        let lock = at(&path).lock().unwrap();
        let runtime = one_thread();
        let output = runtime.block_on(polled(at(&path).save_async(&worker(6)), polls));
        assert!(output.is_none());
        // Another waits as well, and comes to its turn.
        let saving = runtime.spawn(at(&path).save_async(&worker(7)));
        drop(lock);
        runtime.block_on(saving).unwrap().unwrap();
        drop(runtime);
        assert_eq!(at(&path).load().unwrap(), worker(7));
        assert_at_rest(&path, &format!("{polls} polls"));
    }
}

/// Blocks while it is decoded, which a save does before it writes, until it may go on.
#[derive(Serialize, Deserialize)]
#[serde(from = "Worker")]
struct Slow {
    jobs: u64,
}

static SLOW_HAS_BEGUN: AtomicBool = AtomicBool::new(false);
static SLOW_MAY_END: AtomicBool = AtomicBool::new(false);

impl From<Worker> for Slow {
    fn from(Worker { jobs }: Worker) -> Self {
        if jobs == 6 {
            SLOW_HAS_BEGUN.store(true, Ordering::Relaxed);
            while !SLOW_MAY_END.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(1));
            }
        }
        Self { jobs }
    }
}

#[test]
fn what_was_dropped_never_lands_after_a_later_save() {
    let directory = tempfile::tempdir().unwrap();
    let file = StatusFile::<Slow>::undeclared(directory.path().join("worker.toml"));
    let file = file.lock_timeout(Duration::from_secs(120));
    file.save(&Slow { jobs: 5 }).unwrap();
    let runtime = some_threads();
    runtime.block_on(async {
        let dropped = tokio::spawn(file.save_async(&Slow { jobs: 6 }));
        while !SLOW_HAS_BEGUN.load(Ordering::Relaxed) {
            tokio::task::yield_now().await;
        }
        dropped.abort();
        assert!(dropped.await.unwrap_err().is_cancelled());

        let later = tokio::spawn(file.save_async(&Slow { jobs: 7 }));
        // Time to overtake, if it could.
        tokio::time::sleep(Duration::from_millis(50)).await;
        let has_overtaken = later.is_finished();
        SLOW_MAY_END.store(true, Ordering::Relaxed);
        assert!(!has_overtaken);
        later.await.unwrap().unwrap();
    });
    drop(runtime);
    assert_eq!(file.load().unwrap().jobs, 7);
    assert_eq!(file.history().unwrap().len(), 2);
    assert_eq!(file.history().unwrap()[0].number, 3);
    let at_once = file.lock_timeout(Duration::ZERO);
    at_once.save(&Slow { jobs: 8 }).unwrap();
}

#[test]
fn a_panic_in_an_update_is_one_of_its_future() {
    let (_directory, path) = saved();
    let runtime = one_thread();
    let updating = at(&path).update_async(|worker| {
        worker.jobs = 6;
        panic!("this is what is tested");
    });
    let updated = catch_unwind(AssertUnwindSafe(|| runtime.block_on(updating)));
    let message = updated.map(|_: Result<(), _>| ()).unwrap_err();
    assert_eq!(message.downcast_ref(), Some(&"this is what is tested"));
    assert_eq!(at(&path).load().unwrap(), worker(5));
    assert_at_rest(&path, "a panic");
}

#[test]
fn a_runtime_that_has_shut_down_is_an_error() {
    let (_directory, path) = saved();
    let runtime = one_thread();
    let handle = runtime.handle().clone();
    drop(runtime);
    let file = at(&path);
    let results = [
        handle.block_on(file.load_async()).map(drop),
        handle.block_on(file.save_async(&worker(6))),
        handle.block_on(file.update_async(|worker| worker.jobs += 1)),
    ];
    for result in results {
        match result {
            Err(
                error @ Error::Io {
                    step: Step::Task, ..
                },
            ) => assert_eq!(
                error.to_string(),
                format!(
                    "{}: cannot run on tokio's blocking threads: \
                     the runtime is shutting down",
                    path.display()
                )
            ),
            other => panic!("{other:?}"),
        }
    }
    assert_at_rest(&path, "none of them");
}
