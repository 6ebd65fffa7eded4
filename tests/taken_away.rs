//! A lock, a directory or a file system is taken away under a program that goes on: it overwrites nothing, begins
//! nothing in another place, and says so.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "these run in tests only")]

mod common;
#[path = "common/place.rs"]
mod place;

use common::{
    child, child_path, open_to_everyone, passes, passes_as_ordinary_user, path_in_a_new_directory,
    status_directory,
};
use place::{Worker, status, worker};
use statusfile::error::Change;
use statusfile::{Autosave, AutosaveOptions, Error, StatusFile};
use std::fs;
use std::path::Path;
use std::time::Duration;

/// Runs the test `name` as this user and as an ordinary one, each with a directory in which nothing is yet.
#[track_caller]
fn passes_for_everyone(name: &str) {
    let run: [fn(&str, &Path, &Path); 2] = [
        |name, _, path| passes(child(name, path)),
        passes_as_ordinary_user,
    ];
    for run in run {
        let (directory, _) = path_in_a_new_directory();
        let theirs = directory.path().join("theirs");
        fs::create_dir(&theirs).unwrap();
        open_to_everyone(&theirs);
        run(name, directory.path(), &theirs.join("app/worker.toml"));
    }
}

fn at(path: &Path) -> StatusFile<Worker> {
    status(path)
}

/// Saves only when asked.
fn autosave(path: &Path) -> Autosave<Worker> {
    let never = AutosaveOptions::every(Duration::MAX);
    at(path).autosave_with(never).unwrap()
}

fn flush(worker: &Autosave<Worker>, jobs: u64) -> Result<(), Error> {
    worker.update(|worker| worker.jobs = jobs);
    worker.flush()
}

#[track_caller]
fn assert_changed<T>(result: Result<T, Error>, expected: Change) {
    match result.err() {
        Some(Error::Changed { how, .. }) => assert_eq!(how, expected),
        other => panic!("{other:?}"),
    }
}

/// Another process autosaves 30, and comes to its end.
fn begin_another_instance(path: &Path) {
    passes(child("another_instance", path));
}

#[test]
#[ignore = "a child of those below"]
fn another_instance() {
    if let Some(path) = child_path() {
        let another = autosave(&path);
        flush(&another, 30).unwrap();
        another.close().unwrap();
    }
}

#[test]
fn a_lock_that_is_removed_under_its_owners() {
    passes_for_everyone("a_removed_lock");
}

#[test]
#[ignore = "a child of the test above"]
fn a_removed_lock() {
    let Some(path) = child_path() else { return };
    let lock = status_directory(&path).join("lock");
    let first = autosave(&path);
    flush(&first, 10).unwrap();
    fs::remove_file(&lock).unwrap();
    // A cleaner alone does no harm.
    flush(&first, 11).unwrap();
    fs::remove_file(&lock).unwrap();
    begin_another_instance(&path);
    assert_changed(flush(&first, 40), Change::WhileUnlocked);
    let told = first.close().unwrap_err().to_string();
    assert!(told.contains("nothing was written"), "{told}");
    assert_eq!(at(&path).load().unwrap(), worker(30));

    let first = at(&path).lock().unwrap();
    first.save(&worker(31)).unwrap();
    fs::remove_file(&lock).unwrap();
    first.save(&worker(32)).unwrap();
    fs::remove_file(&lock).unwrap();
    begin_another_instance(&path);
    assert_changed(first.save(&worker(33)), Change::WhileUnlocked);
    assert_eq!(at(&path).load().unwrap(), worker(30));
    drop(first);
    at(&path).save(&worker(34)).unwrap();
}

#[test]
fn a_directory_that_is_moved_from_under_its_owners() {
    passes_for_everyone("a_moved_directory");
}

#[test]
#[ignore = "a child of the test above"]
fn a_moved_directory() {
    let Some(path) = child_path() else { return };
    let app = path.parent().unwrap();
    let old = app.with_file_name("app.old");
    let first = autosave(&path);
    flush(&first, 1).unwrap();
    fs::rename(app, &old).unwrap();
    assert_changed(flush(&first, 2), Change::Gone);
    assert_changed(at(&path).save(&worker(3)), Change::Gone);
    assert!(!app.exists());
    begin_another_instance(&path);
    assert_changed(flush(&first, 4), Change::WhileUnlocked);
    assert_changed(first.close(), Change::WhileUnlocked);
    assert_eq!(at(&path).load().unwrap(), worker(30));
    assert_eq!(at(&old.join("worker.toml")).load().unwrap(), worker(1));

    fs::rename(app, app.with_file_name("app.new")).unwrap();
    fs::rename(&old, app).unwrap();
    let lock = at(&path).lock().unwrap();
    fs::rename(app, &old).unwrap();
    assert_changed(lock.load_or_default(), Change::Gone);
    assert_changed(lock.save(&worker(5)), Change::Gone);
    assert!(!app.exists());
    fs::rename(&old, app).unwrap();
    lock.save(&worker(6)).unwrap();
    assert_eq!(at(&path).load().unwrap(), worker(6));
}
