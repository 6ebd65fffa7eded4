//! A declared type at a path that is known only at run time.

use crate::common::sealed;
use crate::place::Place;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use statusfile::{KeyedStatus, PersistentStatus, StatusFile};
use std::fmt::Debug;
use std::fs;

/// The first release counted in seconds.
#[derive(Serialize, Deserialize, PersistentStatus)]
struct LimitV1 {
    timeout: u64,
}

/// It counts in milliseconds. To convert one twice is to be wrong by a thousand.
#[derive(Debug, PartialEq, Serialize, Deserialize, PersistentStatus)]
#[status(version = 2, previous = LimitV1, keep = 5, durability = "process")]
struct Limit {
    timeout: u64,
}

#[derive(Serialize, Deserialize, PersistentStatus)]
struct KeyedLimitV1 {
    host: String,
    timeout: u64,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, PersistentStatus)]
#[status(file = "{host}.toml", version = 2, previous = KeyedLimitV1, keep = 5, durability = "process")]
struct KeyedLimit {
    host: String,
    timeout: u64,
}

impl From<LimitV1> for Limit {
    fn from(LimitV1 { timeout }: LimitV1) -> Self {
        Self {
            timeout: timeout * 1000,
        }
    }
}

impl From<KeyedLimitV1> for KeyedLimit {
    fn from(KeyedLimitV1 { host, timeout }: KeyedLimitV1) -> Self {
        Self {
            host,
            timeout: timeout * 1000,
        }
    }
}

fn keyed(timeout: u64) -> KeyedLimit {
    let host = "a".to_owned();
    KeyedLimit { host, timeout }
}

/// Expects all that is declared: `seconds` is a file of version 1, and `limit` what it becomes.
fn is_kept_as_declared<T>(file: &StatusFile<T>, seconds: &str, limit: &T)
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let path = file.path().unwrap();
    fs::write(path, sealed(2, 1, seconds)).unwrap();
    assert_eq!(&file.load().unwrap(), limit);
    for _ in 0..8 {
        let loaded = file.load().unwrap();
        file.save(&loaded).unwrap();
        assert_eq!(&file.load().unwrap(), limit, "converted once more");
    }
    let text = fs::read_to_string(path).unwrap();
    assert!(
        text.starts_with("#:statusfile 2 type=statusfile/"),
        "{text}"
    );
    assert!(text.contains("Limit version=2 saved="), "{text}");
    assert_eq!(file.history().unwrap().len(), 5);
}

#[test]
fn a_type_is_kept_as_declared_wherever_it_lies() {
    let place = Place::of(|path| Limit::at(path));
    is_kept_as_declared(&place.file, "timeout = 5\n", &Limit { timeout: 5000 });
    let loaded = Limit::load_from(&place.path).unwrap();
    loaded.save_to(&place.path).unwrap();
    assert_eq!(place.file.load().unwrap(), loaded);
}

#[test]
fn one_of_many_is_kept_as_declared_wherever_it_lies() {
    let place = Place::of(|path| KeyedLimit::at(path));
    is_kept_as_declared(&place.file, "host = \"a\"\ntimeout = 5\n", &keyed(5000));
}

#[cfg(unix)]
mod without_a_home {
    use super::*;
    use crate::common::{
        child_path, is_root, open_to_everyone, passes_without_a_home, path_in_a_new_directory,
    };
    use statusfile::Error;
    use statusfile::error::Step;

    fn has_no_place<T>(file: Result<StatusFile<T>, Error>) {
        let error = file.map(drop).unwrap_err();
        let step = match &error {
            Error::Io { step, .. } => *step,
            _ => panic!("{error}"),
        };
        assert_eq!(step, Step::Place);
    }

    /// Only root can become a user of whom the system knows nothing.
    #[test]
    fn a_path_is_all_that_it_takes() {
        let (directory, path) = path_in_a_new_directory();
        if is_root() {
            open_to_everyone(directory.path());
            let name = "elsewhere::without_a_home::saves_and_loads";
            passes_without_a_home(name, &path);
        }
    }

    #[test]
    #[ignore = "run by the test above as a user without a home"]
    fn saves_and_loads() {
        let Some(path) = child_path() else { return };
        has_no_place(Limit::status_file());
        has_no_place(KeyedLimit::status_file("a"));

        let limit = Limit { timeout: 1 };
        limit.save_to(&path).unwrap();
        assert_eq!(Limit::load_from(&path).unwrap(), limit);
        assert_eq!(Limit::at(&path).load().unwrap(), limit);

        let path = path.with_file_name("keyed.toml");
        KeyedLimit::at(&path).save(&keyed(1)).unwrap();
        assert_eq!(KeyedLimit::at(&path).load().unwrap(), keyed(1));
    }
}
