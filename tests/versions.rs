//! What older and newer programs wrote, and what files lack.

#![expect(clippy::unwrap_used, reason = "these run in tests only")]

mod common;

use common::{generation, names, path_in_a_new_directory, replace, sealed, status_directory};
use serde::{Deserialize, Serialize};
use statusfile::error::Versioned;
use statusfile::{Error, PersistentStatus};
use std::fs;
use std::path::Path;

/// What the first release kept.
#[derive(Serialize, Deserialize, PersistentStatus)]
struct WorkerV1 {
    jobs: i64,
}

/// The second release, in which the type had the name that it has.
mod second {
    use super::{Deserialize, PersistentStatus, Serialize, WorkerV1};

    #[derive(Serialize, Deserialize, PersistentStatus)]
    #[status(version = 2, previous = WorkerV1)]
    pub(super) struct Worker {
        pub(super) jobs_done: i64,
        #[serde(default)]
        pub(super) host: String,
    }
}

use second::Worker as WorkerV2;

#[derive(Debug, Default, PartialEq, Serialize, Deserialize, PersistentStatus)]
#[status(version = 5, previous = WorkerV2)]
struct Worker {
    jobs_done: u64,
    host: Option<String>,
}

impl From<WorkerV1> for WorkerV2 {
    fn from(previous: WorkerV1) -> Self {
        Self {
            jobs_done: previous.jobs,
            host: String::new(),
        }
    }
}

impl TryFrom<WorkerV2> for Worker {
    type Error = String;

    fn try_from(previous: WorkerV2) -> Result<Self, String> {
        let jobs_done = previous.jobs_done;
        Ok(Self {
            jobs_done: jobs_done
                .try_into()
                .map_err(|_| format!("{jobs_done} jobs are fewer than none"))?,
            host: Some(previous.host).filter(|host| !host.is_empty()),
        })
    }
}

/// The file of a generation, which the first version wrote.
fn of_version_1(path: &Path, number: u64) -> String {
    let file = fs::read_to_string(generation(path, number)).unwrap();
    let seal = "#:statusfile 2 type=statusfile/WorkerV1 version=1 ";
    assert!(file.starts_with(seal), "{file}");
    file
}

fn jobs(path: &Path) -> u64 {
    Worker::load_from(path).unwrap().jobs_done
}

#[test]
fn every_version_is_read_by_the_type_that_wrote_it() {
    let (_directory, path) = path_in_a_new_directory();
    WorkerV1 { jobs: 3 }.save_to(&path).unwrap();
    let worker = Worker::load_from(&path).unwrap();
    let expected = Worker {
        jobs_done: 3,
        host: None,
    };
    assert_eq!(worker, expected);

    let host = "a".to_owned();
    let v2 = WorkerV2 { jobs_done: 4, host };
    v2.save_to(&path).unwrap();
    let worker = Worker::load_from(&path).unwrap();
    assert_eq!((worker.jobs_done, worker.host.as_deref()), (4, Some("a")));
}

#[test]
fn the_first_save_of_a_new_version_keeps_the_old_status_as_it_was() {
    let (_directory, path) = path_in_a_new_directory();
    WorkerV1 { jobs: 3 }.save_to(&path).unwrap();
    let file = Worker::at(&path);
    file.update(|worker| worker.jobs_done += 1).unwrap();

    let text = fs::read_to_string(generation(&path, 2)).unwrap();
    assert!(
        text.starts_with("#:statusfile 2 type=statusfile/Worker version=5 "),
        "{text}"
    );
    let older = of_version_1(&path, 1);
    assert!(older.ends_with("\njobs = 3\n"), "{older}");
    assert_eq!(file.restore(1).unwrap().jobs_done, 3);
}

#[test]
fn an_edit_of_an_old_file_that_kept_its_seal_is_of_its_version() {
    let (_directory, path) = path_in_a_new_directory();
    WorkerV1 { jobs: 3 }.save_to(&path).unwrap();
    let text = fs::read_to_string(&path).unwrap().replace('3', "30");
    replace(&path, text.as_bytes());
    assert_eq!(jobs(&path), 30);
    let file = Worker::at(&path);
    file.update(|worker| worker.jobs_done += 1).unwrap();
    assert_eq!(jobs(&path), 31);
    assert_eq!(file.load_generation(2).unwrap().value.jobs_done, 30);
}

#[test]
fn an_edit_without_a_seal_has_the_version_that_was_saved_last() {
    let (_directory, path) = path_in_a_new_directory();
    WorkerV1 { jobs: 3 }.save_to(&path).unwrap();
    replace(&path, b"jobs = 30\n");
    assert_eq!(jobs(&path), 30);
    let file = Worker::at(&path);
    file.update(|worker| worker.jobs_done += 1).unwrap();
    of_version_1(&path, 2);

    replace(&path, b"jobs_done = 40\n");
    assert_eq!(jobs(&path), 40);
    let refused = WorkerV2::load_from(&path);
    assert!(matches!(refused, Err(Error::Newer { found: 5, .. })));
}

/// Read as one of today's, it would be wrong in silence where both types have a field of that name.
#[test]
fn a_comment_above_the_seal_hides_no_version() {
    let (_directory, path) = path_in_a_new_directory();
    WorkerV1 { jobs: 3 }.save_to(&path).unwrap();
    let text = fs::read_to_string(&path).unwrap().replace('3', "30");
    replace(&path, format!("# mine\n\n{text}").as_bytes());
    assert_eq!(jobs(&path), 30);
    let file = Worker::at(&path);
    file.update(|worker| worker.jobs_done += 1).unwrap();
    let older = of_version_1(&path, 2);
    assert!(older.ends_with("\n# mine\n\njobs = 30\n"), "{older}");

    let newer = fs::read_to_string(generation(&path, 3)).unwrap();
    replace(&path, format!("# mine\n{newer}").as_bytes());
    for refused in [
        WorkerV2::load_from(&path).map(drop),
        WorkerV2::at(&path).save(&WorkerV2 {
            jobs_done: 1,
            host: String::new(),
        }),
    ] {
        assert!(
            matches!(refused, Err(Error::Newer { found: 5, .. })),
            "{refused:?}"
        );
    }
}

#[test]
fn without_a_seal_it_is_of_the_current_version() {
    let (_directory, path) = path_in_a_new_directory();
    fs::write(&path, "jobs_done = 7\n").unwrap();
    assert_eq!(jobs(&path), 7);
    replace(&path, b"jobs = 7\n");
    assert!(matches!(
        Worker::load_from(&path),
        Err(Error::Decode { .. })
    ));
}

#[test]
fn a_conversion_that_fails_names_both_versions_and_changes_nothing() {
    let (_directory, path) = path_in_a_new_directory();
    WorkerV1 { jobs: -3 }.save_to(&path).unwrap();
    let file = Worker::at(&path);
    for result in [file.load().map(drop), file.update(|_| ())] {
        let error = result.unwrap_err();
        let Error::Convert { found, known, .. } = error else {
            panic!("{error}");
        };
        assert_eq!((found, known), (2, 5));
        let text = error.to_string();
        assert!(
            text.ends_with(
                "worker.toml: version 2 cannot become version 5: -3 jobs are fewer than none"
            ),
            "{text}"
        );
    }
    assert_eq!(WorkerV1::load_from(&path).unwrap().jobs, -3);
}

#[test]
fn a_version_that_no_type_wrote_is_an_error() {
    let (_directory, path) = path_in_a_new_directory();
    for version in [3, 4] {
        fs::write(&path, sealed(2, version, "jobs_done = 1\n")).unwrap();
        let error = Worker::load_from(&path).unwrap_err();
        let text = error.to_string();
        assert!(
            matches!(error, Error::Convert { found, known: 5, .. } if found == version),
            "{text}"
        );
        assert!(text.contains("declared as `previous`"), "{text}");
    }
}

#[test]
fn an_older_program_refuses_the_file_and_leaves_it() {
    let (_directory, path) = path_in_a_new_directory();
    let worker = Worker {
        jobs_done: 9,
        host: None,
    };
    worker.save_to(&path).unwrap();
    let kept = || names(&status_directory(&path)).join(" ");
    let before = kept();
    let file = WorkerV2::at(&path);
    let host = String::new();
    let v2 = WorkerV2 { jobs_done: 1, host };
    for result in [
        file.load().map(drop),
        file.save(&v2),
        file.restore(1).map(drop),
    ] {
        let Err(Error::Newer {
            what: Versioned::Schema,
            found: 5,
            known: 2,
            ..
        }) = result
        else {
            panic!("{result:?}");
        };
    }
    assert_eq!(kept(), before);
    assert_eq!(Worker::load_from(&path).unwrap(), worker);
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Limits {
    memory: u64,
    files: u64,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, PersistentStatus)]
#[status(default)]
struct Settings {
    port: u16,
    limits: Limits,
    hosts: Vec<String>,
    proxy: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            port: 80,
            limits: Limits {
                memory: 1024,
                files: 100,
            },
            hosts: vec!["localhost".into()],
            proxy: Some("none".into()),
        }
    }
}

#[test]
fn what_a_file_lacks_comes_from_the_default_and_what_it_has_stays() {
    let (_directory, path) = path_in_a_new_directory();
    fs::write(&path, "hosts = []\n[limits]\nfiles = 5\n").unwrap();
    let settings = Settings::load_from(&path).unwrap();
    let expected = Settings {
        port: 80,
        limits: Limits {
            memory: 1024,
            files: 5,
        },
        hosts: vec![],
        proxy: None,
    };
    assert_eq!(settings, expected);
}

#[test]
fn what_was_saved_is_not_filled_in() {
    let (_directory, path) = path_in_a_new_directory();
    let settings = Settings {
        proxy: None,
        hosts: vec![],
        ..Settings::default()
    };
    settings.save_to(&path).unwrap();
    assert_eq!(Settings::load_from(&path).unwrap(), settings);
}
