//! The spans and events that a subscriber gets.

#![expect(clippy::unwrap_used, reason = "these run in tests only")]

#[path = "../../../tests/common/mod.rs"]
mod common;
#[path = "../../../tests/common/place.rs"]
mod place;

use place::{Place, status, worker};
use statusfile::AutosaveOptions;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tracing::Level;
use tracing_subscriber::fmt::format::FmtSpan;

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

/// What a subscriber gets down to `level` while `act` runs, a line each.
fn traced(level: Level, act: impl FnOnce()) -> Vec<String> {
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

fn assert_has(lines: &[String], words: &[&str]) {
    let found = lines
        .iter()
        .any(|line| words.iter().all(|word| line.contains(word)));
    assert!(found, "{words:?} in {lines:#?}");
}

#[test]
fn comments_that_a_save_cannot_keep_are_a_warning() {
    let place = Place::<BTreeMap<String, u64>>::of(|path| status(path).editable());
    place.edit("# mine\na = 1\n");
    let lost = ["WARN", "wrote the status anew", "worker.toml"];
    let saved = |number| {
        let map = BTreeMap::from([("a".to_owned(), number)]);
        let lines = traced(Level::WARN, || place.file.save(&map).unwrap());
        assert_eq!(place.file.load().unwrap(), map);
        lines
    };
    assert!(saved(2).iter().all(|line| !line.contains("anew")));
    assert_has(&saved(u64::MAX), &lost);
}

#[test]
fn a_save_and_a_load_are_a_span_each() {
    let place = Place::saved(2);
    let path = place.path.display().to_string();
    let lines = traced(Level::DEBUG, || {
        place.file.save(&worker(3)).unwrap();
    });
    assert_eq!(lines.len(), 1, "{lines:#?}");
    let save = format!("save{{path={path} ");
    let length = fs::metadata(place.generation(3)).unwrap().len();
    let bytes = format!("bytes={length}");
    assert_has(&lines, &[&save, "generation=3", &bytes, "lock_wait_ms="]);

    let lines = traced(Level::DEBUG, || {
        place.file.load().unwrap();
    });
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert_has(&lines, &["load{path=", &bytes]);
    // It does not look which one it is a copy of.
    assert!(!lines[0].contains("generation="), "{lines:#?}");

    let lines = traced(Level::DEBUG, || {
        place.file.update(|worker| worker.jobs += 1).unwrap();
    });
    assert_has(&lines, &["update{path=", "generation=4", "lock_wait_ms="]);
}

#[test]
fn as_long_as_all_is_well_there_is_no_warning() {
    let place = Place::saved(2);
    let lines = traced(Level::INFO, || {
        place.file.save(&worker(3)).unwrap();
        place.file.update(|worker| worker.jobs += 1).unwrap();
        place.file.load().unwrap();
    });
    assert_eq!(lines, [""; 0]);
}

#[test]
fn an_older_status_that_is_used_and_a_damaged_one_set_aside_are_warnings() {
    let place = Place::saved(2);
    let newest = place.generation(2);
    common::replace(&newest, b"jobs = 2\n");
    common::replace(&place.path, &[0; 80]);
    let newest = newest.display().to_string();
    let lines = traced(Level::DEBUG, || {
        place.file.load().unwrap();
    });
    let passed_over = "passed over a damaged status: does not begin with a seal";
    assert_has(
        &lines,
        &["WARN load{", "statusfile: ", passed_over, &newest],
    );
    let passed_over = "passed over a damaged status: holds zeros";
    let path = place.path.display().to_string();
    assert_has(&lines, &["WARN load{", passed_over, &path]);
    let lines = traced(Level::DEBUG, || {
        place.file.save(&worker(3)).unwrap();
    });
    for set_aside in ["2.damaged", "2.aside"] {
        assert_has(&lines, &["WARN save{", "set ", " aside", set_aside]);
    }
}

#[test]
fn more_than_half_of_what_is_allowed_is_a_warning() {
    let place = Place::<BTreeMap<String, String>>::of(|path| status(path).max_bytes(2_000));
    let saved = |bytes| {
        let map = BTreeMap::from([("a".to_owned(), "b".repeat(bytes))]);
        traced(Level::WARN, || place.file.save(&map).unwrap())
    };
    assert_eq!(saved(800), [""; 0]);
    let half = "the status takes more than half of the bytes that it may";
    assert_has(
        &saved(1_000),
        &["WARN statusfile", half, "worker.toml", "most=2000"],
    );

    let loaded = |bytes| {
        place.edit(format!("a = '{}'\n", "b".repeat(bytes)));
        traced(Level::WARN, || {
            place.file.load().unwrap();
        })
    };
    assert_eq!(loaded(900), [""; 0]);
    assert_has(
        &loaded(1_000),
        &[
            "WARN statusfile",
            half,
            "worker.toml",
            "bytes=1007",
            "most=2000",
        ],
    );
}

#[test]
fn an_edit_that_is_kept_is_a_warning() {
    let place = Place::saved(2);
    fs::remove_file(&place.path).unwrap();
    fs::write(&place.path, "jobs = 20\n").unwrap();
    let lines = traced(Level::WARN, || {
        place.file.save(&worker(3)).unwrap();
    });
    assert_eq!(lines.len(), 1, "{lines:#?}");
    let path = place.path.display().to_string();
    assert_has(
        &lines,
        &["kept an edit as a status of its own", &path, "generation=3"],
    );
}

#[test]
fn an_autosave_that_fails_is_a_warning() {
    let place = Place::saved(2);
    let at_the_end = AutosaveOptions::every(Duration::MAX);
    let path = place.path.display().to_string();
    let lines = traced(Level::WARN, || {
        let worker = place.file.autosave_with(at_the_end).unwrap();
        fs::remove_file(&place.path).unwrap();
        fs::create_dir(&place.path).unwrap();
        worker.update(|worker| worker.jobs = 3);
        drop(worker);
    });
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert_has(
        &lines,
        &["WARN", "an autosave failed: ", &path, "a directory"],
    );
}

#[cfg(unix)]
#[test]
fn another_name_of_what_is_replaced_is_a_warning() {
    let place = Place::saved(1);
    let other = place.directory.path().join("other.toml");
    fs::hard_link(&place.path, other).unwrap();
    let save = |jobs| traced(Level::WARN, || place.file.save(&worker(jobs)).unwrap());
    assert_has(&save(2), &["WARN", "worker.toml", "had another name"]);
    assert_eq!(save(3), [""; 0]);
}
