//! What is told to whoever listens.

#![expect(clippy::unwrap_used, reason = "these run in tests only")]

use serde::{Deserialize, Serialize};
use statusfile::{Autosaving, Durability, StatusFile};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tracing::Level;
use tracing_subscriber::fmt::format::FmtSpan;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Worker {
    jobs: u64,
}

struct Place {
    _directory: TempDir,
    path: PathBuf,
    file: StatusFile<Worker>,
}

fn saved_twice() -> Place {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("worker.toml");
    let file = StatusFile::at(&path).durability(Durability::Process);
    for jobs in 1..=2 {
        file.save(&Worker { jobs }).unwrap();
    }
    Place {
        _directory: directory,
        path,
        file,
    }
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is told down to `level` while `act` runs, a line each.
fn told(level: Level, act: impl FnOnce()) -> Vec<String> {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_span_events(FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, act);
    let text = lines.0.lock().unwrap().clone();
    String::from_utf8(text)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

fn generation(path: &Path, number: u64) -> PathBuf {
    path.with_file_name("worker.toml.status")
        .join(format!("{number}.toml"))
}

fn assert_tells(lines: &[String], words: &[&str]) {
    let found = lines
        .iter()
        .any(|line| words.iter().all(|word| line.contains(word)));
    assert!(found, "{words:?} in {lines:#?}");
}

#[test]
fn a_save_and_a_load_are_a_span_each() {
    let place = saved_twice();
    let path = place.path.display().to_string();
    let lines = told(Level::DEBUG, || {
        place.file.save(&Worker { jobs: 3 }).unwrap();
    });
    assert_eq!(lines.len(), 1, "{lines:#?}");
    let save = format!("save{{path={path} ");
    let length = fs::metadata(generation(&place.path, 4)).unwrap().len();
    let bytes = format!("bytes={length}");
    assert_tells(&lines, &[&save, "generation=4", &bytes, "lock_wait_ms=0"]);

    let lines = told(Level::DEBUG, || {
        place.file.load().unwrap();
    });
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert_tells(&lines, &["load{path=", "generation=4", &bytes]);

    let lines = told(Level::DEBUG, || {
        place.file.update(|worker| worker.jobs += 1).unwrap();
    });
    assert_tells(&lines, &["update{path=", "generation=5", "lock_wait_ms="]);
}

#[test]
fn as_long_as_all_is_well_there_is_no_warning() {
    let place = saved_twice();
    let lines = told(Level::INFO, || {
        place.file.save(&Worker { jobs: 3 }).unwrap();
        place.file.update(|worker| worker.jobs += 1).unwrap();
        place.file.load().unwrap();
    });
    assert_eq!(lines, [""; 0]);
}

#[test]
fn an_older_status_that_is_used_and_a_damaged_one_set_aside_are_warnings() {
    let place = saved_twice();
    let newest = generation(&place.path, 3);
    fs::remove_file(&newest).unwrap();
    fs::write(&newest, "jobs = 2\n").unwrap();
    let newest = newest.display().to_string();
    let lines = told(Level::DEBUG, || {
        place.file.load().unwrap();
    });
    let passed_over = "passed over a damaged status: does not begin with a seal";
    assert_tells(
        &lines,
        &["WARN load{", "statusfile: ", passed_over, &newest],
    );
    let lines = told(Level::DEBUG, || {
        place.file.save(&Worker { jobs: 3 }).unwrap();
    });
    assert_tells(
        &lines,
        &["WARN save{", "set a damaged status aside", "3.damaged"],
    );
}

#[test]
fn an_edit_that_is_kept_is_a_warning() {
    let place = saved_twice();
    fs::remove_file(&place.path).unwrap();
    fs::write(&place.path, "jobs = 20\n").unwrap();
    let lines = told(Level::WARN, || {
        place.file.save(&Worker { jobs: 3 }).unwrap();
    });
    assert_eq!(lines.len(), 1, "{lines:#?}");
    let path = place.path.display().to_string();
    assert_tells(
        &lines,
        &["kept an edit as a status of its own", &path, "generation=4"],
    );
}

#[test]
fn an_autosave_that_fails_is_a_warning() {
    let place = saved_twice();
    let at_the_end = Autosaving::every(Duration::MAX);
    let path = place.path.display().to_string();
    let lines = told(Level::WARN, || {
        let worker = place.file.autosave_with(at_the_end).unwrap();
        fs::remove_file(&place.path).unwrap();
        fs::create_dir(&place.path).unwrap();
        worker.update(|worker| worker.jobs = 3);
        drop(worker);
    });
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert_tells(
        &lines,
        &["WARN", "an autosave failed: ", &path, "a directory"],
    );
}
