//! Threads that save one status at once share commits, if they save it in the same way.

#![expect(clippy::unwrap_used, reason = "these run in tests only")]

mod common;

use common::{child, child_path, passes, path_in_a_new_directory};
use serde::{Deserialize, Serialize};
use statusfile::{Error, Origin, PersistentStatus, StatusFile};
use std::thread;
use std::time::Duration;

const THREADS: u64 = 32;
const SAVES: u64 = 20;

#[derive(Debug, PartialEq, Serialize, Deserialize, PersistentStatus)]
#[status(path = "tick.toml", env = "STATUSFILE_TEST_PATH")]
struct Tick {
    thread: u64,
    save: u64,
}

fn newest(file: &StatusFile<Tick>) -> u64 {
    let newest = file.history().unwrap()[0].number;
    let loaded = file.read().unwrap();
    assert_eq!(loaded.origin, Origin::Path);
    assert_eq!(loaded.value, file.load_generation(newest).unwrap().value);
    newest
}

#[test]
fn no_thread_finds_what_it_had_replaced() {
    let (_directory, path) = path_in_a_new_directory();
    let file = StatusFile::<Tick>::undeclared(&path);
    let tick = |thread| {
        for save in 0..SAVES {
            file.save(&Tick { thread, save }).unwrap();
            let loaded = file.load().unwrap();
            assert!(loaded.thread != thread || loaded.save == save, "{loaded:?}");
        }
    };
    thread::scope(|scope| {
        for thread in 0..THREADS {
            scope.spawn(move || tick(thread));
        }
    });
    assert_eq!(file.load().unwrap().save, SAVES - 1);
    let commits = newest(&file);
    assert!(commits < THREADS * SAVES, "{commits} commits");
}

/// How many commits it takes `saves` to save, each in a thread of its own, all of them at once.
fn commits(saves: &[fn() -> Result<(), Error>]) -> u64 {
    let file = Tick::status_file().unwrap();
    let first = Tick { thread: 0, save: 0 };
    first.save().unwrap();
    let before = newest(&file);
    let held = file.lock().unwrap();
    thread::scope(|scope| {
        for save in saves {
            scope.spawn(|| save().unwrap());
        }
        // By then they wait for the lock, or for the one of them that does.
        thread::sleep(Duration::from_millis(300));
        drop(held);
    });
    newest(&file) - before
}

fn tick() -> Result<(), Error> {
    Tick { thread: 1, save: 1 }.save()
}

fn keeping_more() -> Result<(), Error> {
    let file = Tick::status_file()?.keep(3);
    file.save(&Tick { thread: 2, save: 2 })
}

/// They find their status by a variable, which is that of a whole process.
#[test]
fn each_save_of_a_type_makes_a_handle_and_shares_its_commits_all_the_same() {
    let (_directory, path) = path_in_a_new_directory();
    passes(child("saves_of_one_type", &path));
}

#[test]
#[ignore = "run by the test above with its variable"]
fn saves_of_one_type() {
    if child_path().is_some() {
        let commits = commits(&[tick as fn() -> _; 8]);
        assert!(commits < 8, "{commits} commits");
    }
}

#[test]
fn saves_in_different_ways_share_nothing() {
    let (_directory, path) = path_in_a_new_directory();
    passes(child("saves_in_two_ways", &path));
}

/// The pause can only make this miss a mistake, never fail.
#[test]
#[ignore = "run by the test above with its variable"]
fn saves_in_two_ways() {
    if child_path().is_some() {
        // The first commit of each, and one for all that came in the meantime.
        let commits = commits(&[tick, tick, tick, keeping_more, keeping_more, keeping_more]);
        assert!(commits >= 4, "{commits} commits");
    }
}

/// They would take each other's numbers if they did not wait for each other.
#[test]
fn threads_that_share_a_lock_save_one_after_the_other() {
    let (_directory, path) = path_in_a_new_directory();
    let lock = Tick::at(&path).lock().unwrap();
    thread::scope(|scope| {
        for thread in 0..4 {
            let lock = &lock;
            scope.spawn(move || {
                for save in 0..SAVES {
                    lock.save(&Tick { thread, save }).unwrap();
                }
            });
        }
    });
    assert_eq!(newest(&Tick::at(&path)), 4 * SAVES);
}
