//! A type that was renamed or moved goes on with what it was before.

#![expect(clippy::unwrap_used, reason = "these run in tests only")]

mod common;

use common::{child, child_path, names, passes, sealed_by};
use serde::{Deserialize, Serialize};
use statusfile::{Error, Origin, PersistentStatus, StatusFile};
use std::fs;
use std::path::Path;
use std::process::Command;

/// What the program was before.
mod before {
    use super::{Deserialize, PersistentStatus, Serialize};

    #[derive(Serialize, Deserialize, PersistentStatus)]
    pub(super) struct Worker {
        pub(super) jobs: u64,
    }
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize, PersistentStatus)]
#[status(formerly = "Worker", formerly = "old-app/OldWorker")]
struct Checkpoint {
    jobs: u64,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize, PersistentStatus)]
#[status(path = "new/worker.toml", env = "STATUSFILE_TEST_WORKER")]
#[status(formerly = "old/worker.toml", formerly = "Moved")]
struct Moved {
    jobs: u64,
}

/// The test `name` in a process whose statuses lie in `directory`.
fn in_directory(name: &str, directory: &Path) -> Command {
    let mut command = child(name, directory);
    command
        .current_dir(directory)
        .env_remove("STATE_DIRECTORY")
        .env("HOME", directory)
        .env("XDG_STATE_HOME", directory);
    command
}

fn jobs(jobs: u64) -> Checkpoint {
    Checkpoint { jobs }
}

fn file() -> StatusFile<Checkpoint> {
    Checkpoint::status_file().unwrap()
}

fn is_not_found<T: std::fmt::Debug>(loaded: &Result<T, Error>) {
    assert!(matches!(loaded, Err(Error::NotFound { .. })), "{loaded:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_type_was_called_before_is_what_it_begins_with() {
    let directory = tempfile::tempdir().unwrap();
    passes(in_directory("renamed", directory.path()));
    assert_eq!(names(directory.path()), ["statusfile"]);
}

#[test]
#[ignore = "run by the test above in a directory of its own"]
fn renamed() {
    let Some(directory) = child_path() else {
        return;
    };
    is_not_found(&Checkpoint::load());
    before::Worker { jobs: 3 }.save().unwrap();
    let old = directory.join("statusfile/worker.toml");
    let text = fs::read(&old).unwrap();

    let read = file().read().unwrap();
    assert_eq!((read.value, read.origin), (jobs(3), Origin::FormerPlace));
    assert_eq!(Checkpoint::load_or_default().unwrap(), jobs(3));
    assert_eq!(Checkpoint::load_last_good().unwrap(), jobs(3));
    let lock = file().lock().unwrap();
    assert_eq!(lock.load().unwrap(), jobs(3));
    drop(lock);
    let autosave = Checkpoint::autosave().unwrap();
    assert_eq!(autosave.with(|checkpoint| checkpoint.jobs), 3);
    autosave.close().unwrap();
    Checkpoint::update(|checkpoint| checkpoint.jobs += 1).unwrap();

    // The old place is as it was, and nobody looks at it any more.
    assert_eq!(fs::read(&old).unwrap(), text);
    before::Worker { jobs: 9 }.save().unwrap();
    assert_eq!(Checkpoint::load().unwrap(), jobs(4));
    assert_eq!(file().read().unwrap().origin, Origin::Path);

    file().remove().unwrap();
    is_not_found(&Checkpoint::load());
    is_not_found(&before::Worker::load().map(drop));
    assert_eq!(names(&directory.join("statusfile")), [""; 0]);
}

#[cfg(target_os = "linux")]
#[test]
fn the_package_may_have_had_another_name_too() {
    let directory = tempfile::tempdir().unwrap();
    passes(in_directory("package", directory.path()));
}

#[test]
#[ignore = "run by the test above in a directory of its own"]
fn package() {
    let Some(directory) = child_path() else {
        return;
    };
    let old = directory.join("old-app");
    fs::create_dir(&old).unwrap();
    let old = old.join("old-worker.toml");
    fs::write(&old, sealed_by("old-app/OldWorker", "jobs = 3\n")).unwrap();
    assert_eq!(Checkpoint::load().unwrap(), jobs(3));

    // The file may have been moved by hand.
    let new = Checkpoint::status_path().unwrap();
    fs::create_dir(new.parent().unwrap()).unwrap();
    fs::rename(&old, &new).unwrap();
    assert_eq!(Checkpoint::load().unwrap(), jobs(3));
    Checkpoint::update(|checkpoint| checkpoint.jobs += 1).unwrap();
    let text = fs::read_to_string(&new).unwrap();
    assert!(
        text.starts_with("#:statusfile 2 type=statusfile/Checkpoint "),
        "{text}"
    );
    file().remove().unwrap();

    // What somebody else has put at the old place is theirs.
    let foreign = sealed_by("mailer/Worker", "jobs = 3\n");
    fs::write(&old, &foreign).unwrap();
    let refused = Checkpoint::load_or_default();
    let Err(Error::Foreign { location, .. }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(location.path(), Some(&*old));
    file().remove().unwrap();
    assert_eq!(fs::read(&old).unwrap(), foreign);
    // A damaged one is no beginning, and of this type as far as anybody knows.
    fs::write(&old, [0; 100]).unwrap();
    let refused = Checkpoint::load_or_default();
    assert!(matches!(refused, Err(Error::Damaged { .. })), "{refused:?}");
    file().remove().unwrap();
    is_not_found(&Checkpoint::load());
}

#[cfg(target_os = "linux")]
#[test]
fn a_path_may_have_been_another_or_none() {
    let directory = tempfile::tempdir().unwrap();
    passes(in_directory("moved", directory.path()));
    let elsewhere = directory.path().join("elsewhere.toml");
    let mut with_variable = in_directory("told", directory.path());
    with_variable.env("STATUSFILE_TEST_WORKER", elsewhere);
    passes(with_variable);
}

#[test]
#[ignore = "run by the test above in a directory of its own"]
fn moved() {
    let Some(directory) = child_path() else {
        return;
    };
    let default = directory.join("statusfile/moved.toml");
    fs::create_dir(default.parent().unwrap()).unwrap();
    fs::write(&default, "jobs = 1\n").unwrap();
    assert_eq!(Moved::load().unwrap(), Moved { jobs: 1 });

    let old = Moved::at("old/worker.toml");
    old.save(&Moved { jobs: 2 }).unwrap();
    assert_eq!(Moved::load().unwrap(), Moved { jobs: 2 });
    // A status at a path of its own has no other.
    is_not_found(&Moved::load_from("new/other.toml"));
}

#[test]
#[ignore = "run by the test above in a directory of its own"]
fn told() {
    if child_path().is_some() {
        assert_eq!(
            Moved::load_from("old/worker.toml").unwrap(),
            Moved { jobs: 2 }
        );
        is_not_found(&Moved::load());
    }
}
