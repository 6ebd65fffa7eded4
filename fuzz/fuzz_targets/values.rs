//! Whatever a struct can hold is refused, or loaded as it was saved.

#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use serde::{Deserialize, Serialize};
use statusfile::{Durability, Error, StatusFile};
use std::collections::BTreeMap;
use std::fs;

#[derive(Arbitrary, Debug)]
enum Source {
    Value(Box<Rich>),
    Text(String),
}

#[derive(Arbitrary, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Rich {
    signed: i64,
    unsigned: u64,
    wide: f64,
    narrow: f32,
    letter: char,
    flag: bool,
    text: String,
    optional: Option<String>,
    list: Vec<i32>,
    lists: Vec<Vec<String>>,
    pair: (u8, String),
    shape: Shape,
    shapes: Vec<Shape>,
    map: BTreeMap<String, Shape>,
    nested: Option<Box<Rich>>,
    tree: Tree,
    table: BTreeMap<String, BTreeMap<String, Vec<Leaf>>>,
}

#[derive(Arbitrary, Debug, Default, Serialize, Deserialize)]
enum Shape {
    #[default]
    Unit,
    Newtype(String),
    Tuple(i16, f64),
    Named {
        width: u16,
        #[serde(default)]
        label: Option<char>,
    },
}

#[derive(Arbitrary, Debug, Default, Serialize, Deserialize)]
struct Tree {
    #[serde(default)]
    name: String,
    #[serde(default)]
    children: Vec<Tree>,
}

#[derive(Arbitrary, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Leaf {
    bytes: Vec<u8>,
    letters: BTreeMap<char, bool>,
}

fuzz_target!(|source: Source| {
    let value = match source {
        Source::Value(value) => *value,
        Source::Text(text) => match toml::from_str(&text) {
            Ok(value) => value,
            Err(_) => return,
        },
    };
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("s.toml");
    let file = StatusFile::<Rich>::undeclared(&path).durability(Durability::Process);
    match file.save(&value) {
        Ok(()) => {
            let loaded = file.load().unwrap();
            assert_eq!(format!("{value:?}"), format!("{loaded:?}"));
        }
        Err(Error::Encode { message, .. }) => {
            assert!(!message.is_empty());
            assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
        }
        Err(error) => panic!("{error}"),
    }
});
