//! Where a status lives, who may use it, and what else lies there: nothing.

#![expect(clippy::unwrap_used, reason = "these run in tests only")]

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/place.rs"]
mod place;

mod declared;
mod elsewhere;
#[cfg(unix)]
mod owners;
#[cfg(unix)]
mod permissions;
mod relative;

use common::{EXCHANGES, generation, names, status_directory, tree_snapshot};
use serde::{Deserialize, Serialize};
use statusfile::error::Step;
use statusfile::{Durability, Error, PersistentStatus, StatusFile};
use std::fs;
use std::path::Path;

#[derive(Debug, Default, PartialEq, Serialize, Deserialize, PersistentStatus)]
#[status(path = "worker.toml", env = "STATUSFILE_TEST_WORKER")]
struct Worker {
    jobs: u64,
}

fn worker(jobs: u64) -> Worker {
    Worker { jobs }
}

/// Saves at `path` and loads it again.
fn works_at(path: impl AsRef<Path>) {
    let file = StatusFile::undeclared(&path);
    for jobs in 1..4 {
        file.save(&worker(jobs)).unwrap();
        assert_eq!(file.load().unwrap(), worker(jobs));
        assert_eq!(Worker::load_from(&path).unwrap(), worker(jobs));
    }
    assert_eq!(file.path(), Some(path.as_ref()));
    assert!(generation(path.as_ref(), 3).is_file());
}

#[test]
fn nothing_but_the_documented_names_is_left() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("worker.toml");
    for (keep, kept) in [
        (2, &["5.toml", "6.toml"][..]),
        (4, &["10.toml", "11.toml", "12.toml", "9.toml"]),
        (0, &["17.toml", "18.toml"]),
    ] {
        let file = StatusFile::undeclared(&path).keep(keep);
        for jobs in 0..6 {
            file.save(&worker(jobs)).unwrap();
        }
        let mut expected: Vec<_> = kept.iter().map(ToString::to_string).collect();
        // What the last save replaced, until the next one.
        expected.push("lock".to_owned());
        expected.extend(EXCHANGES.then(|| "published".to_owned()));
        assert_eq!(names(&status_directory(&path)), expected);
    }
    let beside = ["worker.toml", "worker.toml.status"];
    assert_eq!(names(directory.path()), beside);
}

/// More names than the system hands out at once.
#[test]
fn a_long_history_is_listed_whole() {
    let directory = tempfile::tempdir().unwrap();
    let file = StatusFile::undeclared(directory.path().join("worker.toml"))
        .keep(1200)
        .durability(Durability::Process);
    for jobs in 0..1250 {
        file.save(&worker(jobs)).unwrap();
    }
    let history = file.history().unwrap();
    assert_eq!(history.len(), 1200);
    assert_eq!(history[0].number, 1250);
}

#[test]
fn loads_leave_nothing_where_nothing_was_saved() {
    let directory = tempfile::tempdir().unwrap();
    let file = StatusFile::<Worker>::undeclared(directory.path().join("new/worker.toml"));
    let before = tree_snapshot(directory.path());
    assert!(
        matches!(file.load(), Err(Error::NotFound { location, .. }) if location == *file.location())
    );
    assert!(matches!(file.read(), Err(Error::NotFound { .. })));
    assert_eq!(file.load_or_default().unwrap(), Worker::default());
    assert_eq!(tree_snapshot(directory.path()), before);
}

#[test]
fn the_path_shows_the_newest_after_each_save_in_a_file_of_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("worker.toml");
    let file = StatusFile::undeclared(&path);
    for jobs in 1..6 {
        file.save(&worker(jobs)).unwrap();
        let newest = fs::read_to_string(generation(&path, jobs)).unwrap();
        assert!(newest.ends_with(&format!("\njobs = {jobs}\n")), "{newest}");
        assert_eq!(fs::read_to_string(&path).unwrap(), newest);
        let metadata = fs::symlink_metadata(&path).unwrap();
        assert!(metadata.is_file(), "{metadata:?}");
        // Whoever writes into it writes into no generation.
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::MetadataExt::nlink(&metadata), 1);
    }
}

#[cfg(unix)]
#[test]
fn a_status_may_be_moved_with_its_directory() {
    let directory = tempfile::tempdir().unwrap();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    works_at(from.join("worker.toml"));
    fs::rename(from, &to).unwrap();
    let path = to.join("worker.toml");
    assert_eq!(Worker::load_from(&path).unwrap(), worker(3));
    assert!(fs::read_to_string(&path).unwrap().ends_with("jobs = 3\n"));
    worker(9).save_to(&path).unwrap();
    assert_eq!(Worker::load_from(&path).unwrap(), worker(9));
}

#[test]
fn many_statuses_lie_side_by_side() {
    let directory = tempfile::tempdir().unwrap();
    let paths = [
        "worker.toml",
        "worker",
        "worker.toml.toml",
        "2.toml",
        "lock",
        "published",
    ]
    .map(|name| directory.path().join(name));
    for path in &paths {
        works_at(path.clone());
    }
    for path in &paths {
        assert_eq!(Worker::load_from(path).unwrap(), worker(3));
    }
}

#[cfg(unix)]
#[test]
fn awkward_names_are_names() {
    let directory = tempfile::tempdir().unwrap();
    for name in [
        "with spaces",
        " ",
        "line\nbreak.toml",
        "-rf",
        "~",
        "*",
        "a'b\"c",
        "back\\slash",
        ".hidden",
        "...",
        "no-extension",
        "ends.",
        "日本語🦀.toml",
        "e\u{301}",
        "\u{1b}[31m",
    ] {
        works_at(directory.path().join(name));
        works_at(directory.path().join("in").join(name).join("worker.toml"));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_path_need_not_be_utf_8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let directory = tempfile::tempdir().unwrap();
    let name = OsStr::from_bytes(b"worker-\xff.toml");
    works_at(directory.path().join(name));
    works_at(directory.path().join(name).with_extension("d").join(name));
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_too_long_for_its_directory_is_an_error_that_says_so() {
    const LONGEST: usize = 255 - ".status".len();
    let directory = tempfile::tempdir().unwrap();
    works_at(directory.path().join("n".repeat(LONGEST)));
    let before = tree_snapshot(directory.path());
    for length in [LONGEST + 1, 255, 256, 5000] {
        let file = StatusFile::undeclared(directory.path().join("n".repeat(length)));
        let results = [
            file.save(&worker(1)),
            file.load().map(drop),
            file.load_or_default().map(drop),
            file.update(|_| ()),
        ];
        for result in results {
            let Err(
                error @ Error::Io {
                    step: Step::Place, ..
                },
            ) = result
            else {
                panic!("{result:?}");
            };
            let said = format!("the name has {length} bytes, and may have {LONGEST} here");
            assert!(error.to_string().contains(&said), "{error}");
        }
    }
    assert_eq!(tree_snapshot(directory.path()), before);
}

/// As by a program that kept it with `fs::write`.
#[cfg(target_os = "linux")]
#[test]
fn what_lies_under_a_name_too_long_for_its_directory_is_loaded() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("n".repeat(255));
    fs::write(&path, "jobs = 3\n").unwrap();
    assert_eq!(Worker::load_from(&path).unwrap(), worker(3));
    let error = worker(4).save_to(&path).unwrap_err();
    assert!(error.to_string().contains("may have 248 here"), "{error}");
    assert_eq!(names(directory.path()), ["n".repeat(255)]);
}

#[cfg(unix)]
#[test]
fn a_directory_that_cannot_be_made_is_named_with_the_one_above() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "kept").unwrap();
    let error = worker(1).save_to(file.join("app/worker.toml")).unwrap_err();
    let (app, file) = (file.join("app"), file.display());
    let said = format!(
        "{}: cannot open or make this directory in {file}: Not a ",
        app.display()
    );
    assert!(error.to_string().starts_with(&said), "{error}");
}

#[test]
fn a_path_that_names_no_file_is_an_error_that_says_so() {
    for path in ["", "/", "..", "/tmp/..", "some/.."] {
        let file = StatusFile::undeclared(path);
        let results = [
            file.save(&worker(1)),
            file.load().map(drop),
            file.load_or_default().map(drop),
            file.update(|_| ()),
            file.lock().map(drop),
        ];
        for result in results {
            let Err(
                error @ Error::Io {
                    step: Step::Place, ..
                },
            ) = result
            else {
                panic!("{path:?}: {result:?}");
            };
            assert!(
                error.to_string().ends_with("the path names no file"),
                "{error}"
            );
        }
    }
}

#[test]
fn a_path_through_a_file_is_an_error_and_no_first_start() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "kept").unwrap();
    let status = StatusFile::<Worker>::undeclared(file.join("worker.toml"));
    assert!(status.save(&worker(1)).is_err());
    assert_eq!(fs::read_to_string(&file).unwrap(), "kept");
    assert_eq!(names(directory.path()), ["file"]);
}

#[test]
fn the_way_to_a_status_may_go_up_and_around() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("aside")).unwrap();
    let around = directory.path().join("aside/.././worker.toml");
    worker(1).save_to(&around).unwrap();
    let straight = directory.path().join("worker.toml");
    assert_eq!(Worker::load_from(straight).unwrap(), worker(1));
}

#[cfg(unix)]
#[test]
fn a_linked_directory_on_the_way_is_followed() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("real")).unwrap();
    std::os::unix::fs::symlink("real", directory.path().join("linked")).unwrap();
    works_at(directory.path().join("linked/worker.toml"));
    let real = directory.path().join("real/worker.toml");
    assert_eq!(Worker::load_from(real).unwrap(), worker(3));
}

/// Two paths that differ in case alone are two statuses, or the second is refused.
#[test]
fn no_two_spellings_share_a_status_in_silence() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app").join("worker.toml");
    let file = StatusFile::undeclared(&path);
    file.save(&worker(1)).unwrap();
    let ignores_case = directory.path().join("APP").exists();
    for (other, said) in [
        (
            directory.path().join("app").join("Worker.toml"),
            "is `worker.toml`",
        ),
        (
            directory.path().join("App").join("worker.toml"),
            "this process uses",
        ),
    ] {
        let other = StatusFile::undeclared(other);
        for _ in 0..2 {
            let saved = other.save(&worker(2));
            if ignores_case {
                let error = saved.unwrap_err().to_string();
                assert!(
                    error.contains("ignores case") && error.contains(said),
                    "{error}"
                );
            } else {
                saved.unwrap();
            }
        }
        assert_eq!(file.load().unwrap(), worker(1));
    }
}
