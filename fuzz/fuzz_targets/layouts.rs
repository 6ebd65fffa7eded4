//! Any value, in the layout of any text, is loaded as it was saved.
//!
//! The text that lies there and that of the new value are parted by a NUL, which no TOML has.

#![no_main]

use libfuzzer_sys::fuzz_target;
use statusfile::{Durability, Error, StatusFile};
use std::fs;
use toml::Table;

fuzz_target!(|texts: &str| {
    let Some((old, new)) = texts.split_once('\0') else {
        return;
    };
    let (Ok(_), Ok(new)) = (toml::from_str::<Table>(old), toml::from_str::<Table>(new)) else {
        return;
    };
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("s.toml");
    fs::write(&path, old).unwrap();
    let file = StatusFile::<Table>::undeclared(&path).editable();
    let file = file.durability(Durability::Process);
    match file.save(&new) {
        // Debug tells `-0.0` from `0.0`, and finds each NaN equal.
        Ok(()) => assert_eq!(format!("{:?}", file.load().unwrap()), format!("{new:?}")),
        Err(Error::Encode { message, .. }) => assert!(!message.is_empty()),
        // A text may look like that of a newer program.
        Err(Error::Newer { .. } | Error::Convert { .. }) => {}
        Err(error) => panic!("{error}"),
    }
});
