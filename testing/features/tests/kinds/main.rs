//! Values of all kinds, saved in all ways: what is loaded is the same value, or the save was refused before
//! anything was written. The fuzz target of this name goes on where this ends.

#![expect(clippy::unwrap_used, reason = "these run in tests only")]

#[path = "../../../../tests/common/cases.rs"]
mod cases;
#[path = "../../../../tests/common/mod.rs"]
mod common;
mod property;
mod risks;
mod risky;
#[path = "../common/spelling.rs"]
mod spelling;
#[path = "../../../../tests/round_trip/strategies.rs"]
mod strategies;
#[path = "../../../../tests/round_trip/values.rs"]
mod values;
mod ways;

use cases::in_cases;
use common::{child, child_path, passes};
use property::{comes_back_or_is_refused, is_converted_or_left_alone};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use risks::{Latest, Risks};
use risky::{first, latest, risks};
use serde::{Deserialize, Serialize};
use statusfile::{Durability, Error, KeyedStatus, PersistentStatus, StatusFile};
use std::fmt;
use std::path::Path;
use strategies::everything;
use ways::{Kept, Way, ways};

/// Any value, in a status that has a default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Held<T> {
    held: Option<T>,
}

impl<T> Held<T> {
    fn of(value: T) -> Self {
        Self { held: Some(value) }
    }
}

impl<T> Default for Held<T> {
    fn default() -> Self {
        Self { held: None }
    }
}

/// Of a type that declares nothing.
fn undeclared<T>(path: &Path) -> StatusFile<T> {
    StatusFile::undeclared(path).durability(Durability::Process)
}

/// With those that the fuzz targets have not.
fn all_ways<T: Kept + Sync>() -> Vec<Way<T>> {
    let mut all = ways();
    all.push(("save_async", |file, value| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        runtime.unwrap().block_on(file.save_async(value))
    }));
    all
}

proptest! {
    #![proptest_config(in_cases(8))]

    #[test]
    fn a_value_of_every_kind_comes_back_in_every_way(
        (old, new) in (everything(), everything()),
        choices in vec(any::<u8>(), 0..120),
    ) {
        let (old, new) = (Held::of(old), Held::of(new));
        comes_back_or_is_refused(undeclared, (&old, &new), choices, &all_ways());
    }
}

proptest! {
    #![proptest_config(in_cases(60))]

    #[test]
    fn a_risky_value_comes_back_or_is_refused_in_every_way(
        new in latest(),
        choices in vec(any::<u8>(), 0..120),
    ) {
        let file = |path: &Path| Latest::at(path);
        comes_back_or_is_refused(file, (&Latest::safe(), &new), choices, &all_ways());
    }

    #[test]
    fn what_an_older_version_saved_is_converted_or_left_alone(
        (first, new) in (first(), latest()),
    ) {
        is_converted_or_left_alone(&first, &new);
    }
}

/// Ten of them have one text in a path.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Ten(u8);

impl fmt::Display for Ten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x", self.0 / 10)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, PersistentStatus)]
#[status(
    path = "{name}/{ten}.toml",
    env = "STATUSFILE_TEST_PATH",
    durability = "process"
)]
struct Keyed {
    name: String,
    ten: Ten,
    risks: Risks,
}

fn keyed() -> impl Strategy<Value = Keyed> {
    let names = [
        "",
        ".",
        "a",
        "a-1x",
        "a/b",
        "..",
        "é",
        "\0",
        "lock",
        "a.toml.status",
    ];
    let name = prop::sample::select(names.to_vec()).prop_map(str::to_owned);
    (name, (0..40_u8).prop_map(Ten), risks()).prop_map(|(name, ten, risks)| Keyed {
        name,
        ten,
        risks,
    })
}

/// Saves `new`, after all of `before` were.
fn is_kept_under_its_key(before: &[Keyed], new: &Keyed) {
    let key = new.key();
    let is_there = |one: &Keyed| assert_eq!(&<Keyed as KeyedStatus>::load(one.key()).unwrap(), one);
    match new.save() {
        Ok(()) => is_there(new),
        Err(Error::Encode { .. } | Error::Io { .. }) => {}
        Err(Error::Misplaced { .. }) => {
            let loaded = <Keyed as KeyedStatus>::load(key);
            assert!(matches!(loaded, Err(Error::Misplaced { .. })), "{loaded:?}");
        }
        Err(error) => panic!("{error}"),
    }
    for one in before.iter().filter(|one| one.key() != key) {
        is_there(one);
    }
}

#[test]
fn a_keyed_value_comes_back_under_its_key_alone_or_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    passes(child("keyed_values_in_a_directory", directory.path()));
}

#[test]
#[ignore = "needs a process of its own: a_keyed_value_comes_back_under_its_key_alone_or_is_refused"]
fn keyed_values_in_a_directory() {
    if child_path().is_none() {
        return;
    }
    let mut runner = TestRunner::new(in_cases(60));
    let sequences = vec(keyed(), 1..5);
    let result = runner.run(&sequences, |values| {
        let mut kept: Vec<Keyed> = Vec::new();
        for value in &values {
            is_kept_under_its_key(&kept, value);
            if <Keyed as KeyedStatus>::load(value.key()).is_ok_and(|loaded| loaded == *value) {
                kept.retain(|one| one.key() != value.key());
                kept.push(value.clone());
            }
        }
        for value in &values {
            if let Ok(file) = <Keyed as KeyedStatus>::status_file(value.key()) {
                file.remove().unwrap();
            }
        }
        Ok(())
    });
    result.unwrap();
}
