//! A status that is changed in memory and saved in the background: the newest is saved, sooner or
//! later or when asked, and what keeps it from being saved is reported.
//!
//! Nothing here passes or fails by the clock. Where a save in the background is waited for, it may take
//! as long as it likes.

#![expect(clippy::unwrap_used, reason = "these run in tests only")]

mod common;

use common::{
    child, child_path, names, passes, path_in_a_new_directory, status_directory, without_hanging,
};
use serde::{Deserialize, Serialize, Serializer};
use statusfile::error::Step;
use statusfile::{Autosave, AutosaveOptions, Error, PersistentStatus, StatusFile};
use std::fs;
use std::io::{BufRead, BufReader};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{self, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

/// Enough for whatever does happen.
const HANG: Duration = Duration::from_secs(120);

#[derive(Debug, Default, PartialEq, Serialize, Deserialize, PersistentStatus)]
#[status(path = "worker.toml", env = "STATUSFILE_TEST_PATH")]
struct Worker {
    jobs: u64,
    /// TOML has no `None` in an array, so two of these cannot be saved.
    slots: Vec<Option<u8>>,
}

fn at(path: &Path) -> StatusFile<Worker> {
    StatusFile::undeclared(path).lock_timeout(Duration::ZERO)
}

fn jobs(path: &Path) -> u64 {
    Worker::load_from(path).unwrap().jobs
}

fn set(worker: &Autosave<Worker>, jobs: u64) {
    worker.update(|worker| worker.jobs = jobs);
}

/// Saves only when asked.
fn when_asked(path: &Path) -> Autosave<Worker> {
    let never = AutosaveOptions::every(Duration::MAX);
    at(path).autosave_with(never).unwrap()
}

/// Saves as often as it can, and reports what fails.
fn eagerly(path: &Path) -> (Autosave<Worker>, Receiver<String>) {
    let (sender, errors) = mpsc::channel();
    let eager = AutosaveOptions::every(Duration::ZERO).on_error(move |error| {
        let _ = sender.send(error.to_string());
    });
    (at(path).autosave_with(eager).unwrap(), errors)
}

/// The next error that the callback got.
#[track_caller]
fn reported(errors: &Receiver<String>) -> String {
    errors.recv_timeout(HANG).unwrap()
}

/// Waits for a save in the background.
fn wait_for(path: &Path, jobs: u64) {
    let path = path.to_owned();
    without_hanging(move || {
        while !at(&path).load().is_ok_and(|worker| worker.jobs == jobs) {
            thread::sleep(Duration::from_millis(1));
        }
    });
}

#[test]
fn a_flush_saves_the_newest_and_a_drop_once_more() {
    let (_directory, path) = path_in_a_new_directory();
    let worker = when_asked(&path);
    for jobs in 1..=1_000 {
        set(&worker, jobs);
    }
    assert!(matches!(at(&path).load(), Err(Error::NotFound { .. })));
    worker.flush().unwrap();
    assert_eq!(jobs(&path), 1_000);

    set(&worker, 1_001);
    assert_eq!(jobs(&path), 1_000);
    drop(worker);
    assert_eq!(jobs(&path), 1_001);
    // It is unlocked, and the next one goes on from there.
    assert_eq!(when_asked(&path).with(|worker| worker.jobs), 1_001);
    let newest = at(&path).history().unwrap()[0].number;
    assert_eq!(newest, 2);
}

#[test]
fn every_change_is_saved_in_the_background_by_no_more_saves_than_changes() {
    let (_directory, path) = path_in_a_new_directory();
    let (worker, _errors) = eagerly(&path);
    let changes = 500;
    for jobs in 1..=changes {
        set(&worker, jobs);
        if jobs % 100 == 0 {
            wait_for(&path, jobs);
        }
    }
    let newest = at(&path).history().unwrap()[0].number;
    assert!((5..=changes).contains(&newest), "{newest}");
}

/// The pauses can only make this miss a mistake, never fail.
#[test]
fn nothing_is_saved_before_the_interval_is_over() {
    let (_directory, path) = path_in_a_new_directory();
    let hourly = AutosaveOptions::every(Duration::from_secs(3600));
    let worker = at(&path).autosave_with(hourly).unwrap();
    set(&worker, 1);
    thread::sleep(Duration::from_millis(50));
    assert!(matches!(at(&path).load(), Err(Error::NotFound { .. })));
    worker.flush().unwrap();
    set(&worker, 2);
    thread::sleep(Duration::from_millis(50));
    assert_eq!(jobs(&path), 1);
    worker.close().unwrap();
    assert_eq!(jobs(&path), 2);
}

#[test]
fn what_did_not_change_is_not_saved() {
    let (_directory, path) = path_in_a_new_directory();
    let (worker, _errors) = eagerly(&path);
    worker.flush().unwrap();
    worker.close().unwrap();
    assert_eq!(names(&status_directory(&path)), ["lock"]);
    assert!(matches!(at(&path).load(), Err(Error::NotFound { .. })));
}

#[test]
fn threads_lose_nothing_and_a_flush_covers_what_came_before_it() {
    let (_directory, path) = path_in_a_new_directory();
    let (worker, errors) = eagerly(&path);
    thread::scope(|scope| {
        for _ in 0..8 {
            let (worker, path) = (worker.clone(), &path);
            scope.spawn(move || {
                for _ in 0..5 {
                    let mut least = 0;
                    for _ in 0..2_000 {
                        least = worker.update(|worker| {
                            worker.jobs += 1;
                            worker.jobs
                        });
                    }
                    worker.flush().unwrap();
                    assert!(jobs(path) >= least);
                }
                worker.close().unwrap();
            });
        }
    });
    worker.close().unwrap();
    assert_eq!(jobs(&path), 80_000);
    assert!(errors.recv().is_err(), "nothing fails");
}

#[test]
fn it_ends_with_the_last_handle() {
    let (_directory, path) = path_in_a_new_directory();
    let worker = when_asked(&path);
    let another = worker.clone();
    set(&worker, 1);
    worker.close().unwrap();
    assert_eq!(jobs(&path), 1);

    set(&another, 2);
    let third = another.clone();
    drop(another);
    assert_eq!(jobs(&path), 1);
    assert!(matches!(at(&path).autosave(), Err(Error::Locked { .. })));
    drop(third);
    assert_eq!(jobs(&path), 2);
    at(&path).update(|worker| worker.jobs += 1).unwrap();
}

#[test]
fn it_is_the_only_one_who_saves() {
    let (_directory, path) = path_in_a_new_directory();
    let worker = when_asked(&path);
    set(&worker, 1);
    worker.flush().unwrap();
    let file = at(&path);
    assert!(matches!(file.autosave(), Err(Error::Locked { .. })));
    assert!(matches!(file.remove(), Err(Error::Locked { .. })));
    let saved = file.save(&Worker::default());
    assert!(matches!(saved, Err(Error::Locked { .. })));
    passes(child("of_another_process", &path));

    set(&worker, 2);
    worker.close().unwrap();
    assert_eq!(jobs(&path), 2);
}

#[test]
#[ignore = "a child of the test above"]
fn of_another_process() {
    if let Some(path) = child_path() {
        assert!(matches!(at(&path).autosave(), Err(Error::Locked { .. })));
        assert_eq!(jobs(&path), 1);
    }
}

#[test]
fn a_failed_save_is_reported_and_made_up_for() {
    let (_directory, path) = path_in_a_new_directory();
    let (worker, errors) = eagerly(&path);
    fs::create_dir(&path).unwrap();
    set(&worker, 1);
    for _ in 0..2 {
        let report = reported(&errors);
        assert!(report.contains("a directory"), "{report}");
    }
    let flushed = worker.flush();
    assert!(matches!(flushed, Err(Error::Unsafe { .. })), "{flushed:?}");

    fs::remove_dir(&path).unwrap();
    wait_for(&path, 1);
    worker.close().unwrap();
}

#[test]
fn the_last_save_is_reported_too() {
    let (_directory, path) = path_in_a_new_directory();
    let (sender, errors) = mpsc::channel();
    let options = || {
        let sender = sender.clone();
        AutosaveOptions::every(Duration::MAX).on_error(move |error| {
            sender.send(error.to_string()).unwrap();
        })
    };
    fs::create_dir(&path).unwrap();
    let worker = at(&path).autosave_with(options());
    assert!(matches!(worker, Err(Error::Unsafe { .. })));
    fs::remove_dir(&path).unwrap();

    let worker = at(&path).autosave_with(options()).unwrap();
    fs::create_dir(&path).unwrap();
    set(&worker, 1);
    drop(worker);
    assert!(errors.try_recv().unwrap().contains("a directory"));

    fs::remove_dir(&path).unwrap();
    let worker = at(&path).autosave_with(options()).unwrap();
    fs::create_dir(&path).unwrap();
    set(&worker, 1);
    assert!(matches!(worker.close(), Err(Error::Unsafe { .. })));
    assert!(errors.try_recv().is_err(), "it is returned");
}

#[test]
fn a_value_that_cannot_be_saved_is_reported_and_may_be_repaired() {
    let (_directory, path) = path_in_a_new_directory();
    let worker = when_asked(&path);
    worker.update(|worker| worker.slots = vec![None]);
    for _ in 0..2 {
        assert!(matches!(worker.flush(), Err(Error::Encode { .. })));
    }
    worker.update(|worker| worker.slots[0] = Some(7));
    worker.close().unwrap();
    assert_eq!(at(&path).load().unwrap().slots, [Some(7)]);
}

#[test]
fn an_edit_becomes_the_older_status() {
    let (_directory, path) = path_in_a_new_directory();
    let worker = when_asked(&path);
    set(&worker, 1);
    worker.flush().unwrap();
    common::replace(&path, b"jobs = 7\nslots = []\n");
    assert_eq!(jobs(&path), 7);
    set(&worker, 2);
    worker.flush().unwrap();
    assert_eq!(jobs(&path), 2);
    let older = at(&path).history().unwrap()[1].number;
    assert_eq!(at(&path).load_generation(older).unwrap().value.jobs, 7);

    common::replace(&path, b"jobs = seven\n");
    set(&worker, 3);
    assert!(matches!(at(&path).load(), Err(Error::Decode { .. })));
    // Hours of work may hang on it: the mistake is kept aside.
    worker.close().unwrap();
    assert_eq!(jobs(&path), 3);
    let newest = at(&path).history().unwrap()[0].number;
    let aside = common::aside(&path, newest - 1);
    assert_eq!(fs::read(aside).unwrap(), b"jobs = seven\n");
}

#[test]
fn a_change_that_panics_is_kept_as_far_as_it_came() {
    let (_directory, path) = path_in_a_new_directory();
    let worker = when_asked(&path);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        worker.update(|worker| {
            worker.jobs = 1;
            panic!("this is what is tested");
        });
    }));
    assert!(panicked.is_err());
    worker.flush().unwrap();
    assert_eq!(jobs(&path), 1);
    worker.update(|worker| worker.jobs += 1);
    worker.close().unwrap();
    assert_eq!(jobs(&path), 2);
}

#[test]
fn a_callback_that_panics_ends_nothing() {
    let (_directory, path) = path_in_a_new_directory();
    let (sender, errors) = mpsc::channel();
    let eager = AutosaveOptions::every(Duration::ZERO).on_error(move |error| {
        sender.send(error.to_string()).unwrap();
        panic!("this is what is tested");
    });
    let worker = at(&path).autosave_with(eager).unwrap();
    fs::create_dir(&path).unwrap();
    set(&worker, 1);
    reported(&errors);
    reported(&errors);
    fs::remove_dir(&path).unwrap();
    wait_for(&path, 1);
}

#[test]
fn a_value_that_panics_when_it_is_saved_ends_nothing() {
    #[derive(Default, Deserialize)]
    struct Fussy(u64);

    impl Serialize for Fussy {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            assert_ne!(self.0, 13, "this is what is tested");
            [("number", self.0)]
                .into_iter()
                .collect::<std::collections::BTreeMap<_, _>>()
                .serialize(serializer)
        }
    }

    #[derive(Default, Serialize, Deserialize)]
    struct Outer {
        inner: Option<Fussy>,
    }

    let (_directory, path) = path_in_a_new_directory();
    let (sender, errors) = mpsc::channel();
    let eager = AutosaveOptions::every(Duration::ZERO)
        .on_error(move |error| sender.send(error.to_string()).unwrap());
    let file = StatusFile::<Outer>::undeclared(&path);
    let outer = file.autosave_with(eager).unwrap();
    outer.update(|outer| outer.inner = Some(Fussy(13)));
    assert!(reported(&errors).contains("panicked"));
    assert!(matches!(outer.flush(), Err(Error::Encode { .. })));
    outer.update(|outer| outer.inner = None);
    outer.close().unwrap();
    assert!(file.load().unwrap().inner.is_none());
}

#[test]
fn a_removed_status_directory_is_made_again_and_locked() {
    let (_directory, path) = path_in_a_new_directory();
    let worker = when_asked(&path);
    set(&worker, 1);
    worker.flush().unwrap();
    fs::remove_dir_all(status_directory(&path)).unwrap();
    set(&worker, 2);
    worker.flush().unwrap();
    assert_eq!(jobs(&path), 2);
    assert!(matches!(at(&path).lock(), Err(Error::Locked { .. })));
}

#[cfg(unix)]
#[test]
fn a_directory_that_may_not_be_written_is_reported_and_made_up_for() {
    let (directory, _) = path_in_a_new_directory();
    // A directory that the ordinary user may write.
    let path = directory.path().join("theirs/worker.toml");
    let theirs = path.parent().unwrap();
    fs::create_dir(theirs).unwrap();
    let everyone = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    fs::set_permissions(theirs, everyone).unwrap();
    common::passes_as_ordinary_user("of_an_ordinary_user", directory.path(), &path);
}

#[cfg(unix)]
#[test]
#[ignore = "a child of the test above"]
fn of_an_ordinary_user() {
    use std::os::unix::fs::PermissionsExt;

    let Some(path) = child_path() else { return };
    let (worker, errors) = eagerly(&path);
    let permit = |mode| {
        let mode = fs::Permissions::from_mode(mode);
        fs::set_permissions(status_directory(&path), mode).unwrap();
    };
    permit(0o500);
    set(&worker, 1);
    let report = reported(&errors);
    assert!(report.contains("cannot write the temp file"), "{report}");
    let flushed = worker.flush();
    let step = match &flushed {
        Err(Error::Io { step, .. }) => *step,
        _ => panic!("{flushed:?}"),
    };
    assert_eq!(step, Step::Write);
    permit(0o700);
    wait_for(&path, 1);
    set(&worker, 2);
    worker.close().unwrap();
    assert_eq!(jobs(&path), 2);
}

#[test]
fn a_panic_saves_as_it_unwinds() {
    let (_directory, path) = path_in_a_new_directory();
    let status = child("of_a_panic", &path).output().unwrap().status;
    assert!(!status.success());
    assert_eq!(jobs(&path), 7);
}

#[test]
#[ignore = "a child of the test above"]
fn of_a_panic() {
    if let Some(path) = child_path() {
        let worker = when_asked(&path);
        set(&worker, 7);
        panic!("this is what is tested");
    }
}

#[test]
fn a_panic_in_another_thread_changes_nothing() {
    let (_directory, path) = path_in_a_new_directory();
    passes(child("of_a_panic_in_a_thread", &path));
    assert_eq!(jobs(&path), 3);
}

#[test]
#[ignore = "a child of the test above"]
fn of_a_panic_in_a_thread() {
    let Some(path) = child_path() else { return };
    let worker = when_asked(&path);
    let another = worker.clone();
    let thread = thread::spawn(move || {
        another.update(|worker| {
            worker.jobs += 1;
            panic!("this is what is tested");
        });
    });
    thread.join().unwrap_err();
    worker.update(|worker| worker.jobs += 1);
    worker.flush().unwrap();
    assert_eq!(jobs(&path), 2);
    worker.update(|worker| worker.jobs += 1);
}

#[test]
fn an_exit_keeps_what_was_flushed() {
    let (_directory, path) = path_in_a_new_directory();
    let status = child("of_an_exit", &path).output().unwrap().status;
    assert_eq!(status.code(), Some(7));
    assert_eq!(jobs(&path), 1);
    at(&path).update(|worker| worker.jobs += 1).unwrap();
}

#[test]
#[ignore = "a child of the test above"]
fn of_an_exit() {
    if let Some(path) = child_path() {
        let worker = when_asked(&path);
        set(&worker, 1);
        worker.flush().unwrap();
        set(&worker, 2);
        process::exit(7);
    }
}

#[cfg(unix)]
#[test]
fn a_fork_saves_nothing_and_leaves_the_lock_to_its_parent() {
    let (_directory, path) = path_in_a_new_directory();
    passes(child("of_a_fork", &path));
    assert_eq!(jobs(&path), 2);
}

#[cfg(unix)]
#[test]
#[ignore = "a child of the test above"]
fn of_a_fork() {
    let Some(path) = child_path() else { return };
    let worker = when_asked(&path);
    set(&worker, 1);
    worker.flush().unwrap();
    set(&worker, 2);
    match fork::fork().unwrap() {
        fork::Fork::Child => {
            // A panic must not get to the harness, of which only this thread is here.
            let passed = catch_unwind(AssertUnwindSafe(|| {
                set(&worker, 3);
                assert_eq!(worker.with(|worker| worker.jobs), 3);
                for result in [worker.flush(), worker.clone().close()] {
                    let step = match result {
                        Err(Error::Io { step, .. }) => step,
                        other => panic!("{other:?}"),
                    };
                    assert_eq!(step, Step::Autosave);
                }
                drop(worker);
            }));
            process::exit(i32::from(passed.is_err()));
        }
        fork::Fork::Parent(pid) => {
            let status = without_hanging(move || fork::waitpid(pid).unwrap());
            assert_eq!(status, 0);
        }
    }
    assert_eq!(jobs(&path), 1);
    assert!(matches!(at(&path).lock(), Err(Error::Locked { .. })));
    worker.close().unwrap();
    assert_eq!(jobs(&path), 2);
    drop(at(&path).lock().unwrap());
}

#[test]
fn a_kill_keeps_what_was_flushed() {
    let (_directory, path) = path_in_a_new_directory();
    let mut before = 0;
    for round in 0..20 {
        let mut killed = child("of_a_kill", &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(killed.stdout.take().unwrap()).lines();
        let mut flushed = lines.filter_map(|line| {
            line.unwrap()
                .strip_prefix("flushed ")
                .map(|jobs| jobs.parse::<u64>().unwrap())
        });
        let seen = flushed.by_ref().nth(round % 5).unwrap();
        killed.kill().unwrap();
        killed.wait().unwrap();
        let acknowledged = flushed.last().unwrap_or(seen);
        let found = jobs(&path);
        assert!(found >= acknowledged && acknowledged > before, "{found}");
        before = found;
    }
}

#[test]
#[ignore = "a child of the test above"]
#[expect(clippy::print_stdout, reason = "this is how its parent hears of it")]
fn of_a_kill() {
    if child_path().is_some() {
        let worker = Worker::autosave().unwrap();
        // Not forever, should nobody kill it.
        for _ in 0..10_000 {
            for _ in 0..1_000 {
                worker.update(|worker| worker.jobs += 1);
            }
            let jobs = worker.with(|worker| worker.jobs);
            worker.flush().unwrap();
            println!("\nflushed {jobs}");
        }
    }
}
