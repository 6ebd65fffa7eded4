//! What TOML cannot hold, or could not give back.

use crate::common::{names, tree_snapshot};
use crate::place::status;
use crate::values::{Even, External, Inner, Plain};
use crate::{Holds, holds};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use statusfile::{Error, StatusFile};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs;

/// Expects that `value` is refused, with nothing touched whether or not a status is there, and
/// returns the message.
#[track_caller]
fn refused<T: Serialize + DeserializeOwned>(value: &T) -> String {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("new").join("status.toml");
    let file = StatusFile::<T>::undeclared(&path);

    let before = tree_snapshot(directory.path());
    assert!(matches!(file.save(value), Err(Error::Encode { .. })));
    assert_eq!(tree_snapshot(directory.path()), before);

    // Of another type, and so saved at another path.
    let old = directory.path().join("old");
    let there = status(old.join("status.toml"));
    there.save(&holds(1)).unwrap();
    there.save(&holds(2)).unwrap();
    fs::rename(old, directory.path().join("new")).unwrap();
    let before = tree_snapshot(directory.path());
    let error = file.save(value).unwrap_err();
    assert_eq!(tree_snapshot(directory.path()), before);
    assert!(!error.may_be_visible());

    assert!(
        error.to_string().starts_with(&path.display().to_string()),
        "{error}"
    );
    assert!(
        error.to_string().ends_with("nothing was written"),
        "{error}"
    );
    match error {
        Error::Encode {
            location, message, ..
        } if location.path() == Some(&*path) => message,
        error => panic!("{error:?}"),
    }
}

#[test]
fn none_in_an_array_is_refused() {
    for message in [
        refused(&holds(vec![Some(1), None])),
        refused(&holds((1, None::<u8>))),
        refused(&holds([None::<String>])),
    ] {
        assert!(
            message.contains("`None` has no place in an array"),
            "{message}"
        );
    }
}

#[test]
fn keys_that_are_no_strings_are_refused() {
    #[derive(Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
    struct Point {
        x: u8,
    }
    for message in [
        refused(&holds(BTreeMap::from([((1, 2), 3)]))),
        refused(&holds(BTreeMap::from([(Point { x: 1 }, 3)]))),
        refused(&BTreeMap::from([(vec![1], 3)])),
        refused(&BTreeMap::from([(Some(1), 3)])),
    ] {
        assert!(
            message.contains("a key of a TOML table is a string"),
            "{message}"
        );
    }
}

#[test]
fn what_is_no_table_at_the_top_is_refused() {
    #[derive(Serialize, Deserialize)]
    struct Tuple(u8, u8);
    #[derive(Serialize, Deserialize)]
    struct Newtype(String);
    #[derive(Serialize, Deserialize)]
    struct Unit;
    for message in [
        refused(&1_u8),
        refused(&0.5_f32),
        refused(&true),
        refused(&'c'),
        refused(&"bare".to_owned()),
        refused(&vec![holds(1)]),
        refused(&(1, 2)),
        refused(&Tuple(1, 2)),
        refused(&Newtype("bare".to_owned())),
        refused(&Unit),
        refused(&()),
        refused(&Plain::First),
        refused(&None::<Inner>),
        refused(&toml::Value::Integer(1)),
    ] {
        assert!(
            message.contains("needs a named field around it"),
            "{message}"
        );
    }
}

#[test]
fn a_unit_inside_is_refused() {
    #[derive(Serialize, Deserialize)]
    struct Unit;
    for message in [
        refused(&holds(vec![()])),
        refused(&holds(())),
        refused(&holds(Some(Unit))),
    ] {
        assert!(message.contains("no form in TOML"), "{message}");
    }
}

#[test]
fn what_is_written_twice_under_one_name_is_refused() {
    #[derive(Serialize, Deserialize)]
    struct Twice {
        count: u8,
        #[serde(flatten)]
        rest: BTreeMap<String, u8>,
    }
    let message = refused(&Twice {
        count: 1,
        rest: BTreeMap::from([("count".to_owned(), 2)]),
    });
    assert!(message.contains("duplicate"), "{message}");
}

#[test]
fn what_its_own_deserialize_refuses_is_refused() {
    let message = refused(&holds(Even(3)));
    assert!(
        message.contains("the encoded value does not decode"),
        "{message}"
    );
    assert!(message.contains("3 is odd"), "{message}");
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Nested {
    Leaf(u8),
    List(Vec<Nested>),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Chain {
    number: u8,
    next: Option<Box<Chain>>,
}

fn lists(depth: usize) -> Holds<Nested> {
    holds((0..depth).fold(Nested::Leaf(1), |inner, _| Nested::List(vec![inner])))
}

fn variants_in_variants(depth: usize) -> Holds<External> {
    holds((0..depth).fold(External::Unit, |inner, _| External::Nested(Box::new(inner))))
}

fn chain(depth: usize) -> Chain {
    let end = Chain {
        number: 0,
        next: None,
    };
    (0..depth).fold(end, |inner, _| Chain {
        number: 1,
        next: Some(Box::new(inner)),
    })
}

#[test]
fn what_is_nested_too_deep_to_be_loaded_is_refused() {
    for message in [
        refused(&lists(100)),
        refused(&variants_in_variants(100)),
        refused(&chain(100)),
    ] {
        assert!(message.contains("too deep"), "{message}");
    }
}

#[test]
fn whatever_is_saved_is_not_nested_too_deep_to_be_loaded() {
    fn deepest<T>(nested: impl Fn(usize) -> T) -> usize
    where
        T: Serialize + DeserializeOwned + PartialEq + Debug,
    {
        let directory = tempfile::tempdir().unwrap();
        let file = status::<T>(directory.path().join("status.toml"));
        let saved = |depth: &usize| match file.save(&nested(*depth)) {
            Ok(()) => {
                assert_eq!(file.load().unwrap(), nested(*depth));
                true
            }
            Err(error) => {
                assert!(matches!(error, Error::Encode { .. }), "{error}");
                false
            }
        };
        (1..120).take_while(saved).count()
    }
    for deepest in [
        deepest(lists),
        deepest(variants_in_variants),
        deepest(chain),
    ] {
        assert!((60..119).contains(&deepest), "{deepest}");
    }
}

#[test]
fn a_refused_value_leaves_an_edit_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("status.toml");
    fs::write(&path, "held = [1]\n").unwrap();
    let before = tree_snapshot(directory.path());
    let error = StatusFile::undeclared(&path)
        .save(&holds(vec![None::<u8>]))
        .unwrap_err();
    assert!(matches!(error, Error::Encode { .. }), "{error}");
    assert_eq!(tree_snapshot(directory.path()), before);
    assert_eq!(names(directory.path()), ["status.toml"]);
}
