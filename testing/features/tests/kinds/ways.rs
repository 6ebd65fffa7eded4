//! The ways to save a value, and what must be true after each.

use crate::spelling::{Choices, write_table};
use serde::Serialize;
use serde::de::DeserializeOwned;
use statusfile::{Error, StatusFile};
use std::fmt::Debug;
use std::fs;
use toml::Table;

/// What a type needs to be saved in every way.
pub(crate) trait Kept:
    Serialize + DeserializeOwned + Default + Clone + PartialEq + Debug + Send + 'static
{
}

impl<T> Kept for T where
    T: Serialize + DeserializeOwned + Default + Clone + PartialEq + Debug + Send + 'static
{
}

/// A way to save a value, and its name.
pub(crate) type Way<T> = (&'static str, fn(&StatusFile<T>, &T) -> Result<(), Error>);

pub(crate) fn ways<T: Kept>() -> Vec<Way<T>> {
    vec![
        ("save", |file, value| file.save(value)),
        ("update", |file, value| {
            file.update(|held| held.clone_from(value))
        }),
        ("lock", |file, value| file.lock()?.save(value)),
        ("autosave", |file, value| {
            let autosave = file.autosave()?;
            autosave.update(|held| held.clone_from(value));
            autosave.flush()
        }),
        ("restore", |file, value| {
            let before = file.load()?;
            file.save(value)?;
            let number = file.history()?[0].number;
            file.save(&before)?;
            file.restore(number).map(drop)
        }),
    ]
}

/// `value` as a person may write it, if a table of any type can hold it.
pub(crate) fn spelled<T: Serialize>(value: &T, choices: &mut Choices) -> Option<String> {
    let table = toml::from_str::<Table>(&toml::to_string(value).ok()?).ok()?;
    let mut text = String::new();
    write_table(&table, "", &mut text, choices);
    Some(text)
}

/// Saves `new` over `old` in each of these ways, in the layout that a save gave the file and in that of
/// `edit`, which is `old`: it is loaded then, or was refused each time, and nothing has changed.
pub(crate) fn is_kept_or_refused<T: Kept>(
    file: &StatusFile<T>,
    (old, new): (&T, &T),
    edit: Option<&str>,
    ways: &[Way<T>],
) {
    let mut outcomes = Vec::new();
    for &(name, way) in ways {
        for file in [file.clone(), file.clone().editable()] {
            for edit in [None, edit] {
                file.save(old).unwrap();
                if let Some(text) = edit {
                    replace(&file, text);
                }
                assert_eq!(&file.load().unwrap(), old, "{edit:?}");
                let before = numbers(&file);
                let saved = way(&file, new);
                let context = || format!("{name}, {file:?}, over {edit:?}");
                match &saved {
                    Ok(()) => {
                        assert_eq!(&file.load().unwrap(), new, "{}", context());
                        assert_eq!(&file.load_last_good().unwrap(), new, "{}", context());
                    }
                    Err(Error::Encode { message, .. }) => {
                        assert!(!message.is_empty());
                        assert_eq!(&file.load().unwrap(), old, "{}", context());
                        assert_eq!(numbers(&file), before, "{}", context());
                    }
                    Err(error) => panic!("{}: {error}", context()),
                }
                outcomes.push((context(), saved.is_ok()));
            }
        }
    }
    let (_, first) = outcomes[0];
    for (context, outcome) in outcomes {
        assert_eq!(outcome, first, "{context}");
    }
}

/// Puts a person's text at the path.
pub(crate) fn replace<T>(file: &StatusFile<T>, text: &str) {
    let path = file.path().unwrap();
    let _ = fs::remove_file(path);
    fs::write(path, text).unwrap();
}

fn numbers<T: Kept>(file: &StatusFile<T>) -> Vec<u64> {
    let history = file.history().unwrap().into_iter();
    history.map(|generation| generation.number).collect()
}
