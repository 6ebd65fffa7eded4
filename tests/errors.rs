//! What a program can do with an error: ask it, compare it, hand it on.

#![expect(clippy::unwrap_used, reason = "these run in tests only")]

mod common;
#[path = "common/place.rs"]
mod place;

use common::sealed;
use place::{Place, Worker, status, worker};
use serde::{Deserialize, Serialize};
use statusfile::untyped::UntypedFile;
use statusfile::{Error, StatusFile};
use std::fs;
use std::io::{self, ErrorKind};
use std::time::Duration;

#[derive(Debug, Serialize, Deserialize)]
struct Settings {
    name: String,
    server: Server,
    mirrors: Vec<Server>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Server {
    host: String,
    limits: Limits,
}

#[derive(Debug, Serialize, Deserialize)]
struct Limits {
    memory: u64,
}

/// Expects that a file of this text lacks a field, as `message` says, in the given line of the text.
#[track_caller]
fn lacks(text: &str, line: usize, message: &str) {
    let place = Place::<Settings>::new();
    for (file, seal) in [
        (sealed(2, 1, text), 1),
        (text.as_bytes().to_vec(), 0),
        // Someone has edited the text below its seal.
        (sealed(2, 1, &format!("#{text}")), 1),
    ] {
        let file = String::from_utf8(file).unwrap().replacen("\n#", "\n", 1);
        place.edit(file);
        let error = place.file.load().unwrap_err();
        let Error::Decode {
            line: found,
            message: said,
            snippet,
            ..
        } = &error
        else {
            panic!("{error}");
        };
        assert_eq!((*found, said.as_str()), (line + seal, message), "{error}");
        assert!(!snippet.contains("#:statusfile"), "{error}");
    }
}

#[test]
fn a_field_that_is_missing_is_named_with_its_table_and_not_shown_in_the_seal() {
    let limits = "limits = { memory = 1 }\n";
    lacks(
        &format!("mirrors = []\n[server]\nhost = \"a\"\n{limits}"),
        1,
        "missing field `name` at the top of the file",
    );
    lacks(
        &format!("name = \"a\"\nmirrors = []\n[server]\n{limits}"),
        3,
        "missing field `host` in `server`",
    );
    lacks(
        "name = \"a\"\nmirrors = []\n[server]\nhost = \"a\"\n[server.limits]\n",
        5,
        "missing field `memory` in `server.limits`",
    );
}

#[test]
fn an_error_names_its_path() {
    let place = Place::<Worker>::new();
    let error = place.file.load().unwrap_err();
    assert_eq!(error.path(), Some(&*place.path));
    assert_eq!(error.location(), place.file.location());
    assert!(error.to_string().starts_with(place.path.to_str().unwrap()));
    assert!(error.io_error().is_none());
}

/// A status that can never be saved, as a file is in its way.
fn below_a_file(place: &Place) -> StatusFile<Worker> {
    fs::write(&place.path, "").unwrap();
    status(place.path.join("worker.toml"))
}

#[test]
fn what_the_operating_system_said_can_be_asked_for() {
    let place = Place::new();
    let error = below_a_file(&place).save(&Worker::default()).unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error}");
    let cause = error.io_error().unwrap();
    assert!(cause.raw_os_error().is_some(), "{cause:?}");
    assert!(error.to_string().ends_with(&cause.to_string()), "{error}");
}

#[test]
fn errors_can_be_cloned_and_compared() {
    let place = Place::new();
    let not_found = place.file.load().unwrap_err();
    let (other, below) = (Place::<Worker>::new(), below_a_file(&place));
    let not_found_elsewhere = other.file.load().unwrap_err();
    let refused = below.save(&Worker::default()).unwrap_err();
    let all = [not_found, not_found_elsewhere, refused];
    for (at, error) in all.iter().enumerate() {
        assert_eq!(error, &error.clone());
        assert_eq!(error.to_string(), error.clone().to_string());
        assert!(all.iter().skip(at + 1).all(|other| other != error));
    }
    assert_eq!(below.save(&Worker::default()).unwrap_err(), all[2]);
}

/// Expects an `io::Error` of this kind, with the error itself inside.
#[track_caller]
fn becomes(error: &Error, kind: ErrorKind) {
    let io = io::Error::from(error.clone());
    assert_eq!(io.kind(), kind, "{error}");
    assert_eq!(io.to_string(), error.to_string());
    let inner = io.into_inner().unwrap();
    assert_eq!(inner.downcast_ref::<Error>(), Some(error));
}

#[test]
fn an_error_is_an_io_error_of_the_kind_that_comes_closest() {
    let place = Place::saved(1);
    let missing = Place::<Worker>::new();
    becomes(&missing.file.load().unwrap_err(), ErrorKind::NotFound);

    let held = place.file.lock().unwrap();
    let impatient = place.file.clone().lock_timeout(Duration::ZERO);
    let locked = impatient.save(&Worker::default()).unwrap_err();
    becomes(&locked, ErrorKind::WouldBlock);
    drop(held);

    let refused = below_a_file(&missing).save(&Worker::default()).unwrap_err();
    becomes(&refused, refused.io_error().unwrap().kind());

    place.edit("jobs = \"many\"\n");
    becomes(&place.file.load().unwrap_err(), ErrorKind::InvalidData);
    fs::remove_file(&place.path).unwrap();
    fs::create_dir(&place.path).unwrap();
    becomes(&place.file.load().unwrap_err(), ErrorKind::Other);
}

#[test]
fn no_file_and_no_path_writes_to_a_terminal_through_an_error() {
    #[derive(Debug, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Strict {}
    let place = Place::<Strict>::new();
    place.edit("\"\\u001b[2J\\nroot: all is well\" = 1\n");
    let error = place.file.load().unwrap_err().to_string();
    let is_obeyed = |c: char| c.is_control() && c != '\n';
    assert!(
        !error.contains(is_obeyed) && !error.contains("\nroot"),
        "{error:?}"
    );
    assert!(error.contains("\\u{1b}[2J"), "{error}");

    let odd = place.directory.path().join("\u{1b}[2J\nworker.toml");
    let error = StatusFile::<Worker>::undeclared(odd).load().unwrap_err();
    let error = error.to_string();
    assert!(!error.contains(char::is_control), "{error:?}");
}

#[test]
fn a_file_in_another_format_says_which_it_looks_like() {
    let place = Place::<Worker>::new();
    let said = |file: &[u8]| {
        place.edit(file);
        place.file.load().unwrap_err().to_string()
    };
    assert!(said(b"\n{ \"jobs\": 1 }\n").contains("looks like JSON"));
    assert!(!said(b"jobs = {\n").contains("JSON"));
    assert!(said(b"\xff\xfej\0=\x001\0").contains("UTF-16"));
    assert!(said(b"jobs = \xff\n").contains("not UTF-8"));
}

#[test]
fn what_a_tool_saved_that_the_type_refuses_does_not_keep_a_program_from_starting() {
    let place = Place::<Worker>::of(|path| status(path).keep(4));
    for jobs in [1, 2] {
        place.file.save(&worker(jobs)).unwrap();
    }
    let tool = UntypedFile::at(&place.path);
    for text in ["jobs = \"two\"\n", "jobs = \"three\"\n"] {
        tool.replace(&tool.read().unwrap(), text).unwrap();
    }
    assert!(matches!(place.file.load(), Err(Error::Decode { .. })));
    assert_eq!(place.file.load_last_good().unwrap(), worker(2));
    tool.replace(&tool.read().unwrap(), "jobs = 3\n").unwrap();
    assert_eq!(place.file.load_last_good().unwrap(), worker(3));
}

#[test]
fn numbers_beyond_those_of_other_tools_are_toml() {
    let place = Place::<Worker>::new();
    for jobs in [u64::MAX, 7] {
        place.file.save(&worker(jobs)).unwrap();
    }
    let tool = UntypedFile::at(&place.path);
    assert_eq!(tool.verify().unwrap(), []);
    let number = place.file.history().unwrap()[1].number;
    let restored = tool.restore(&tool.read().unwrap(), number).unwrap();
    restored.check().unwrap();
    assert_eq!(place.file.load().unwrap(), worker(u64::MAX));
}
