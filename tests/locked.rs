//! Who holds the lock: a call that waits for it in vain says so.

#![expect(clippy::unwrap_used, reason = "these run in tests only")]

mod common;
#[path = "common/place.rs"]
mod place;

use common::{child, child_path, path_in_a_new_directory};
use place::{Worker, status, worker};
use statusfile::error::Holder;
use statusfile::{Error, StatusFile};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

/// A status that is asked for once, and when it may be waited for.
fn at(path: &Path) -> (StatusFile<Worker>, StatusFile<Worker>) {
    let patient = status(path);
    (patient.clone().lock_timeout(Duration::ZERO), patient)
}

#[track_caller]
fn holder<T>(result: Result<T, Error>) -> Holder {
    match result.err() {
        Some(Error::Locked { holder, .. }) => holder,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_autosave_and_a_lock_of_this_process_are_known_as_such() {
    let (_directory, path) = path_in_a_new_directory();
    let (file, _) = at(&path);
    let autosave = file.autosave().unwrap();
    assert_eq!(holder(file.save(&worker(1))), Holder::Autosave);
    assert_eq!(holder(file.autosave()), Holder::Autosave);
    let told = file.remove().unwrap_err().to_string();
    let expected = "locked by an autosave of this process, whose handle can save; waited 0s";
    assert_eq!(told, format!("{}: {expected}", path.display()));
    drop(autosave);

    let lock = file.lock().unwrap();
    assert_eq!(holder(file.update(|_| ())), Holder::StatusLock);
    drop(lock);
    file.save(&worker(2)).unwrap();
}

/// Whatever path leads there.
#[cfg(unix)]
#[test]
fn an_owner_is_known_by_its_place() {
    let (directory, path) = path_in_a_new_directory();
    let other = directory.path().join("other");
    std::os::unix::fs::symlink(directory.path(), &other).unwrap();
    let _lock = at(&path).0.lock().unwrap();
    let file = at(&other.join("worker.toml")).0;
    assert_eq!(holder(file.save(&worker(1))), Holder::StatusLock);
}

#[cfg(target_os = "linux")]
#[test]
fn a_save_inside_an_update_waits_for_its_own_process() {
    let (_directory, path) = path_in_a_new_directory();
    let (file, _) = at(&path);
    let inside = file.update(|_| file.save(&worker(1))).unwrap();
    assert_eq!(holder(inside), Holder::ThisProcess);
}

#[cfg(target_os = "linux")]
#[test]
fn another_process_is_named() {
    let (_directory, path) = path_in_a_new_directory();
    let mut other = child("of_a_holder", &path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(other.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "it is locked"));
    let (file, _) = at(&path);
    let error = file.save(&worker(1)).unwrap_err();
    let told = error.to_string();
    let Holder::Process {
        id, name, since, ..
    } = holder(Err::<(), _>(error))
    else {
        panic!("{told}");
    };
    assert_eq!(id, other.id());
    // The first 15 bytes of the name of this program.
    let name = name.unwrap();
    assert!(name.starts_with("locked-"), "{name}");
    let age = since.unwrap().elapsed().unwrap();
    assert!(age < Duration::from_secs(3600), "{age:?}");
    let start = format!("{}: locked by process {id} ({name}), which", path.display());
    assert!(told.starts_with(&start), "{told}");
    drop(other.stdin.take());
    assert!(other.wait().unwrap().success());
    file.save(&worker(1)).unwrap();
}

#[test]
#[ignore = "a child of the test above"]
#[expect(clippy::print_stdout, reason = "this is how its parent hears of it")]
fn of_a_holder() {
    if let Some(path) = child_path() {
        let _lock = at(&path).0.lock().unwrap();
        println!("\nit is locked");
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
    }
}

/// Who keeps a status for long is not waited for.
#[test]
fn an_autosave_waits_for_a_save_that_is_going_on_and_for_no_owner() {
    let (_directory, path) = path_in_a_new_directory();
    let (_, file) = at(&path);
    let owner = file.lock().unwrap();
    let start = Instant::now();
    assert_eq!(holder(file.autosave()), Holder::StatusLock);
    assert!(start.elapsed() < Duration::from_secs(5));

    let saving = thread::spawn(move || {
        thread::sleep(Duration::from_millis(20));
        drop(owner);
    });
    drop(file.autosave().unwrap());
    saving.join().unwrap();
}
