//! What is saved is what is loaded, for everything that TOML can hold; what it cannot hold is
//! refused before anything is touched.

#![expect(clippy::unwrap_used, reason = "these run in tests only")]

#[path = "../common/cases.rs"]
mod cases;
#[path = "../common/mod.rs"]
mod common;
#[path = "../common/place.rs"]
mod place;

mod proof;
mod refused;
mod strategies;
mod values;

use cases::in_cases;
use common::{damage, generation, replace, sealed_at};
use place::status;
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use statusfile::Origin;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs;
use strategies::{adjacent, everything, toml_table};

/// Saves `older` and then `newer`, and expects both back: the newer one, and the older one when the
/// newer is damaged.
fn keeps<T>(older: &T, newer: &T) -> Result<(), TestCaseError>
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("status.toml");
    let file = status::<T>(&path);

    file.save(older).unwrap();
    prop_assert_eq!(&file.load().unwrap(), older);
    file.save(newer).unwrap();
    prop_assert_eq!(&file.load().unwrap(), newer);

    let newest = fs::read_to_string(generation(&path, 2))?;
    prop_assert_eq!(&fs::read_to_string(&path)?, &newest);
    let (seal, text) = newest.split_once('\n').unwrap();
    let saved = seal
        .split("saved=")
        .nth(1)
        .and_then(|rest| rest.split(' ').next());
    prop_assert_eq!(&sealed_at(saved.unwrap(), 2, 1, text), newest.as_bytes());
    prop_assert_eq!(&toml::from_str::<T>(&newest).unwrap(), newer);
    let raw_control = |c: char| c.is_ascii_control() && c != '\n' && c != '\t';
    prop_assert!(!newest.contains(raw_control), "{}", newest);

    let cut_short = &newest.as_bytes()[..newest.len() - 1];
    damage(&path, cut_short);
    let loaded = file.read().unwrap();
    prop_assert_eq!(&loaded.value, newer);
    prop_assert_eq!(loaded.origin, Origin::Generation(2));
    replace(&generation(&path, 2), cut_short);
    let loaded = file.read().unwrap();
    prop_assert_eq!(&loaded.value, older);
    prop_assert_eq!(loaded.origin, Origin::Generation(1));
    Ok(())
}

proptest! {
    #![proptest_config(in_cases(200))]

    #[test]
    fn a_value_of_every_kind_is_loaded_as_it_was_saved(
        (older, newer) in (everything(), everything()),
    ) {
        keeps(&older, &newer)?;
    }

    #[test]
    fn any_table_is_loaded_as_it_was_saved((older, newer) in (toml_table(), toml_table())) {
        keeps(&older, &newer)?;
    }

    #[test]
    fn a_variant_with_fields_may_be_the_whole_status(
        (older, newer) in (adjacent(), adjacent()),
    ) {
        keeps(&older, &newer)?;
    }

    #[test]
    fn any_text_at_all_is_loaded_as_it_was_saved(
        (older, newer) in (any::<Vec<char>>(), any::<Vec<char>>()),
    ) {
        let wrap = |text: Vec<char>| BTreeMap::from([(String::new(), text.into_iter().collect())]);
        keeps::<BTreeMap<String, String>>(&wrap(older), &wrap(newer))?;
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Holds<T> {
    held: T,
}

fn holds<T>(held: T) -> Holds<T> {
    Holds { held }
}

#[test]
fn control_characters_are_written_as_every_toml_reader_knows_them() {
    let directory = tempfile::tempdir().unwrap();
    let file = status(directory.path().join("status.toml"));
    file.save(&holds("\u{1b}\u{7f}\0".to_owned())).unwrap();
    let text = fs::read_to_string(file.path().unwrap()).unwrap();
    assert!(
        text.ends_with("held = \"\\u001B\\u007F\\u0000\"\n"),
        "{text}"
    );
}

#[test]
fn an_empty_struct_and_an_empty_table_are_statuses() {
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Nothing {}
    keeps(&Nothing {}, &Nothing {}).unwrap();
    keeps(&toml::Table::new(), &toml::Table::new()).unwrap();
    keeps(&holds(None::<u8>), &holds(Some(1))).unwrap();
}
