//! A relative path is taken from the working directory as it was at first.

use crate::common::{child, child_path, names, passes, resolved};
use crate::{Worker, worker};
use serde::{Deserialize, Serialize};
use statusfile::{PersistentStatus, StatusFile};
use std::env;
use std::fs;
use std::path::PathBuf;

#[test]
fn a_relative_path_stays_when_the_working_directory_changes() {
    let directory = tempfile::tempdir().unwrap();
    passes(child(
        "relative::a_file_at_a_relative_path",
        directory.path(),
    ));
    passes(child(
        "relative::a_type_with_a_relative_path",
        directory.path(),
    ));
    passes(child(
        "relative::a_relative_path_in_the_environment",
        directory.path(),
    ));
}

/// Makes two directories in the one that the child is about.
fn two_directories(name: &str) -> Option<(PathBuf, PathBuf)> {
    let root = child_path()?.join(name);
    let (first, second) = (root.join("first"), root.join("second"));
    fs::create_dir_all(&first).unwrap();
    fs::create_dir_all(&second).unwrap();
    Some((resolved(&first), resolved(&second)))
}

#[test]
#[ignore = "changes the working directory; run in a process of its own"]
fn a_file_at_a_relative_path() {
    let Some((first, second)) = two_directories("file") else {
        return;
    };
    env::set_current_dir(&first).unwrap();
    let file = StatusFile::undeclared("worker.toml");
    let nested = StatusFile::undeclared("./in/worker.toml");
    env::set_current_dir(&second).unwrap();

    for (file, path) in [(file, "worker.toml"), (nested, "in/worker.toml")] {
        assert_eq!(file.path(), Some(&*first.join(path)));
        file.save(&worker(1)).unwrap();
        assert_eq!(file.update(|worker| worker.jobs).unwrap(), 1);
        assert_eq!(file.load().unwrap(), worker(1));
        assert_eq!(Worker::load_from(first.join(path)).unwrap(), worker(1));
    }
    assert_eq!(names(&second), [""; 0]);

    worker(2).save_to("worker.toml").unwrap();
    assert_eq!(
        Worker::load_from(second.join("worker.toml")).unwrap(),
        worker(2)
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_relative_path_without_a_working_directory_is_an_error_that_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let name = "relative::a_file_at_a_relative_path_to_nowhere";
    passes(child(name, directory.path()));
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "changes the working directory; run in a process of its own"]
fn a_file_at_a_relative_path_to_nowhere() {
    let Some(path) = child_path() else { return };
    env::set_current_dir(&path).unwrap();
    fs::remove_dir(&path).unwrap();
    let error = StatusFile::undeclared("worker.toml")
        .save(&worker(1))
        .unwrap_err();
    let text = error.to_string();
    assert!(text.contains("No such file or directory"), "{text}");
}

#[test]
#[ignore = "changes the working directory; run in a process of its own"]
fn a_type_with_a_relative_path() {
    #[derive(Serialize, Deserialize, PersistentStatus)]
    #[status(path = "in/other.toml")]
    struct Other {}

    let Some((first, second)) = two_directories("type") else {
        return;
    };
    env::set_current_dir(&first).unwrap();
    worker(1).save().unwrap();
    env::set_current_dir(&second).unwrap();

    assert_eq!(Worker::load().unwrap(), worker(1));
    worker(2).save().unwrap();
    Worker::update(|worker| worker.jobs += 1).unwrap();
    assert_eq!(Worker::load_or_default().unwrap(), worker(3));
    assert_eq!(Worker::status_path().unwrap(), first.join("worker.toml"));
    assert_eq!(Other::status_path().unwrap(), first.join("in/other.toml"));
    assert_eq!(names(&second), [""; 0]);
}

#[test]
#[ignore = "changes the working directory; run in a process of its own"]
fn a_relative_path_in_the_environment() {
    const INSIDE: &str = "STATUSFILE_TEST_INSIDE";
    let Some((first, second)) = two_directories("environment") else {
        return;
    };
    if env::var_os(INSIDE).is_none() {
        let mut command = child(
            "relative::a_relative_path_in_the_environment",
            &child_path().unwrap(),
        );
        command
            .env(INSIDE, "1")
            .env("STATUSFILE_TEST_WORKER", "from-env.toml");
        return passes(command);
    }
    env::set_current_dir(&first).unwrap();
    worker(1).save().unwrap();
    env::set_current_dir(&second).unwrap();
    assert_eq!(Worker::load().unwrap(), worker(1));
    assert_eq!(Worker::status_path().unwrap(), first.join("from-env.toml"));
}
