//! Threads that save through one handle at once.

#![expect(clippy::unwrap_used, reason = "these run in tests only")]

use serde::{Deserialize, Serialize};
use statusfile::{Origin, StatusFile};
use std::thread;

const THREADS: u64 = 32;
const SAVES: u64 = 20;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Tick {
    thread: u64,
    save: u64,
}

#[test]
fn no_thread_finds_what_it_had_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let file = StatusFile::<Tick>::at(directory.path().join("tick.toml"));
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
    let loaded = file.read().unwrap();
    assert_eq!(loaded.value.save, SAVES - 1);
    let Origin::Generation(commits) = loaded.origin else {
        panic!("{loaded:?}");
    };
    assert!(commits < THREADS * SAVES, "{commits} commits");
}
