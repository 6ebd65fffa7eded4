//! What is kept, what comes back, and what is taken away.

#![expect(clippy::unwrap_used, reason = "these run in tests only")]

mod common;
#[path = "common/place.rs"]
mod place;

use common::{names, replace, status_directory};
use place::{Place, status, worker};
use statusfile::error::{DamageKind, Step};
use statusfile::{Error, Origin};
use std::fs;
use std::io::ErrorKind;
use std::thread;

/// Four are kept. `jobs = n` is generation `n`.
fn saved(jobs: u64) -> Place {
    Place::of(|path| status(path).keep(4)).and_saved(jobs)
}

#[test]
fn history_lists_every_status_that_is_kept() {
    let place = saved(6);
    replace(&place.generation(4), b"torn");
    let history = place.file.history().unwrap();
    let numbers: Vec<u64> = history.iter().map(|kept| kept.number).collect();
    assert_eq!(numbers, [6, 5, 4, 3]);
    assert_eq!(history[0].location.path(), Some(&*place.generation(6)));
    assert_eq!(history[0].version.as_ref().ok(), Some(&1));
    let length = fs::metadata(place.generation(6)).unwrap().len();
    assert_eq!(history[0].bytes, Some(length));
    assert!(history[0].saved_at.is_some());
    assert!(matches!(history[2].version, Err(DamageKind::Unsealed)));
    assert_eq!(history[2].bytes, Some(4));
}

/// By which tools that look at size and time see every save.
#[test]
fn every_save_has_a_time_of_its_own_which_is_that_of_its_file() {
    let place = Place::of(|path| status(path).keep(50));
    for jobs in 1..=40 {
        place.file.save(&worker(jobs)).unwrap();
    }
    let history = place.file.history().unwrap();
    for kept in &history {
        let file = fs::metadata(kept.location.path().unwrap()).unwrap();
        assert_eq!(file.modified().ok(), kept.saved_at);
    }
    let file = fs::metadata(&place.path).unwrap();
    assert_eq!(file.modified().ok(), history[0].saved_at);
    let mut times: Vec<_> = history.iter().filter_map(|kept| kept.saved_at).collect();
    times.dedup();
    assert_eq!(times.len(), 40);
    assert!(times.is_sorted_by(|newer, older| newer > older));
}

#[test]
fn before_the_first_save_there_is_no_history_and_nothing_to_remove() {
    let place = saved(0);
    assert!(place.file.history().unwrap().is_empty());
    place.file.remove().unwrap();
    assert_eq!(names(place.directory.path()), [""; 0]);
}

#[test]
fn what_is_restored_is_the_newest_again_and_what_was_stays() {
    let place = saved(6);
    assert_eq!(place.file.restore(3).unwrap(), worker(3));
    let loaded = place.file.read().unwrap();
    assert_eq!((loaded.value.jobs, loaded.origin), (3, Origin::Path));
    assert_eq!(place.file.load_generation(6).unwrap().value.jobs, 6);
    assert_eq!(place.file.history().unwrap().len(), 4);
    for copy in [&place.generation(7), &place.path] {
        assert!(fs::read(copy).unwrap().ends_with(b"\njobs = 3\n"));
    }
}

#[test]
fn an_edit_is_kept_when_something_older_is_restored_over_it() {
    let place = saved(6);
    place.edit("jobs = 60\n");
    assert_eq!(place.file.restore(3).unwrap().jobs, 3);
    assert_eq!(place.file.load().unwrap().jobs, 3);
    assert_eq!(place.file.load_generation(7).unwrap().value.jobs, 60);
}

#[test]
fn what_is_not_kept_or_damaged_is_not_restored() {
    let place = saved(6);
    let error = place.file.restore(2).unwrap_err();
    assert!(
        error.to_string().contains("there are 6, 5, 4, 3"),
        "{error}"
    );
    assert!(
        matches!(&error, Error::Io { step: Step::Read, cause, .. } if cause.kind() == ErrorKind::NotFound),
        "{error}"
    );
    replace(&place.generation(4), b"torn");
    let error = place.file.restore(4).unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
    assert_eq!(place.file.load().unwrap().jobs, 6);
}

#[test]
fn nothing_is_left_of_what_is_removed() {
    let place = saved(6);
    replace(&place.generation(6), b"torn");
    fs::write(&place.path, [0; 80]).unwrap();
    place.file.save(&worker(7)).unwrap();
    for left in ["6.damaged", "6.aside", "published"] {
        let path = place.inside(left);
        assert!(path.exists() == (left != "published"), "{left}");
    }
    place.file.save(&worker(8)).unwrap();
    assert_eq!(place.inside("published").exists(), common::EXCHANGES);
    place.file.remove().unwrap();
    assert_eq!(names(place.directory.path()), [""; 0]);
    assert!(matches!(place.file.load(), Err(Error::NotFound { .. })));
    place.file.save(&worker(1)).unwrap();
    assert_eq!(place.file.load().unwrap().jobs, 1);
}

#[test]
fn an_edit_is_removed_and_what_is_not_ours_stays() {
    let place = saved(2);
    place.edit("jobs = 60\n");
    let notes = place.inside("notes.txt");
    fs::write(&notes, "mine").unwrap();
    place.file.remove().unwrap();
    assert_eq!(names(place.directory.path()), ["worker.toml.status"]);
    assert_eq!(names(&status_directory(&place.path)), ["notes.txt"]);
}

#[test]
fn while_the_lock_is_held_nothing_is_removed() {
    let place = saved(2);
    let held = place.file.lock().unwrap();
    let impatient = place.file.clone().lock_timeout(std::time::Duration::ZERO);
    assert!(matches!(impatient.remove(), Err(Error::Locked { .. })));
    assert_eq!(place.file.load().unwrap().jobs, 2);
    drop(held);
    impatient.remove().unwrap();
}

#[cfg(unix)]
#[test]
fn what_is_neither_ours_nor_a_file_is_not_removed() {
    let place = saved(2);
    let before = names(&status_directory(&place.path));
    fs::remove_file(&place.path).unwrap();
    common::make_fifo(&place.path);
    assert!(matches!(place.file.remove(), Err(Error::Unsafe { .. })));
    assert_eq!(names(&status_directory(&place.path)), before);

    // Where a link leads, there is no status.
    fs::remove_file(&place.path).unwrap();
    std::os::unix::fs::symlink("elsewhere", &place.path).unwrap();
    place.file.remove().unwrap();
    assert_eq!(names(&status_directory(&place.path)), before);
    assert!(fs::symlink_metadata(&place.path).unwrap().is_symlink());
}

#[test]
fn saves_and_removals_at_once_all_succeed() {
    let place = saved(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..100 {
                    place.file.update(|worker| worker.jobs += 1).unwrap();
                    place.file.save(&worker(1_000)).unwrap();
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..100 {
                place.file.remove().unwrap();
            }
        });
    });
    place.file.remove().unwrap();
    assert_eq!(names(place.directory.path()), [""; 0]);
}
