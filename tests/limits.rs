//! How large a status may be: what is saved, and what people put at the path.

#![expect(clippy::unwrap_used, reason = "these run in tests only")]

mod common;
#[path = "common/place.rs"]
mod place;

use common::{sealed, status_directory, tree_snapshot};
use place::{Place, status};
use serde::{Deserialize, Serialize};
use statusfile::error::DamageKind;
use statusfile::{Error, KeyedStatus, Origin, PersistentStatus, StatusFile};
use std::fmt::Debug;
use std::fs;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, PersistentStatus)]
#[status(max_bytes = 1_500, durability = "process")]
struct Journal {
    text: String,
}

/// The text of a status of so many characters.
fn journal(characters: usize) -> Journal {
    Journal {
        text: "a".repeat(characters),
    }
}

fn place() -> Place<Journal> {
    Place::of(|path| Journal::at(path))
}

#[track_caller]
fn is_refused<T: Debug>(saved: Result<T, Error>) {
    let Err(Error::Encode { field, message, .. }) = saved else {
        panic!("{saved:?}");
    };
    assert_eq!(field, "");
    let limit = "a status has at most 1500: keep less in it, or raise `max_bytes`";
    assert!(message.ends_with(limit), "{message}");
}

#[track_caller]
fn is_unsafe<T: Debug>(result: Result<T, Error>, length: u64, limit: u64) {
    let Err(Error::Unsafe { kind, .. }) = &result else {
        panic!("{result:?}");
    };
    let DamageKind::TooLarge { bytes, most, .. } = *kind else {
        panic!("{kind:?}");
    };
    assert_eq!((bytes, most), (length, limit));
    let text = result.unwrap_err().to_string();
    assert!(
        text.ends_with("`max_bytes` sets the limit, up to 256 MiB"),
        "{text}"
    );
}

#[test]
fn what_is_larger_than_declared_is_not_saved_in_any_way() {
    let place = place();
    let large = journal(1_500);
    is_refused(place.file.save(&large));
    assert!(matches!(place.file.load(), Err(Error::NotFound { .. })));
    assert!(!place.path.exists() && !status_directory(&place.path).exists());

    place.file.save(&journal(3)).unwrap();
    let before = tree_snapshot(place.directory.path());
    is_refused(place.file.save(&large));
    is_refused(place.file.clone().prove(false).save(&large));
    is_refused(place.file.update(|journal| *journal = large.clone()));
    is_refused(place.file.lock().unwrap().save(&large));
    let autosave = place.file.autosave().unwrap();
    autosave.update(|journal| *journal = large.clone());
    is_refused(autosave.flush());
    assert_eq!(place.file.load().unwrap(), journal(3));
    assert_eq!(tree_snapshot(place.directory.path()), before);
    autosave.update(|journal| *journal = Journal::default());
    autosave.close().unwrap();
}

#[test]
fn a_file_may_have_just_as_many_bytes_as_are_declared() {
    let place = place();
    place.file.save(&journal(1_000)).unwrap();
    let seal = fs::metadata(place.generation(1)).unwrap().len() - 1_000;
    let most = 1_500 - usize::try_from(seal).unwrap();
    place.file.save(&journal(most)).unwrap();
    assert_eq!(fs::metadata(place.generation(2)).unwrap().len(), 1_500);
    is_refused(place.file.save(&journal(most + 1)));
    assert_eq!(place.file.load().unwrap(), journal(most));
}

#[derive(Debug, PartialEq, Serialize, Deserialize, PersistentStatus)]
#[status(path = "{id}.toml", max_bytes = 1_500)]
struct Page {
    id: u64,
    text: String,
}

#[test]
fn the_limit_is_that_of_each_of_many_statuses() {
    let directory = tempfile::tempdir().unwrap();
    let text = "a".repeat(1_500);
    let page = Page { id: 1, text };
    is_refused(<Page as KeyedStatus>::at(directory.path().join("1.toml")).save(&page));
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn a_larger_edit_is_neither_decoded_nor_touched() {
    let place = place();
    place.file.save(&journal(3)).unwrap();
    place.edit("text = \"edited\"\n".to_owned() + &"#".repeat(1_500 - 16));
    assert_eq!(place.file.load().unwrap().text, "edited");

    // It is no TOML either, which nobody finds out.
    let edit = "<".repeat(1_501);
    place.edit(&edit);
    let before = tree_snapshot(place.directory.path());
    is_unsafe(place.file.load(), 1_501, 1_500);
    is_unsafe(place.file.load_or_default(), 1_501, 1_500);
    is_unsafe(place.file.read(), 1_501, 1_500);
    is_unsafe(place.file.update(|_| panic!("called")), 1_501, 1_500);
    assert_eq!(tree_snapshot(place.directory.path()), before);
    is_unsafe(place.file.save(&journal(4)), 1_501, 1_500);
    assert_eq!(fs::read_to_string(&place.path).unwrap(), edit);
    assert_eq!(place.file.load_last_good().unwrap(), journal(3));
}

#[test]
fn what_was_saved_under_another_limit_is_loaded_and_restored() {
    let place = place();
    let large = journal(9_000);
    let generous: StatusFile<Journal> = status(&place.path);
    generous.save(&large).unwrap();
    assert_eq!(place.file.load().unwrap(), large);
    is_refused(place.file.update(|journal| journal.text.push('a')));
    assert_eq!(
        place.file.update(|journal| journal.text.truncate(2)),
        Ok(())
    );
    assert_eq!(place.file.restore(1).unwrap(), large);

    // Whoever puts it at the path, it is what a program has saved.
    let saved = fs::read(place.generation(3)).unwrap();
    place.edit(saved);
    let loaded = place.file.read().unwrap();
    assert_eq!((loaded.value, loaded.origin), (large.clone(), Origin::Path));
    let mut altered = fs::read(&place.path).unwrap();
    *altered.last_mut().unwrap() = b' ';
    place.edit(&altered);
    is_unsafe(place.file.load(), altered.len() as u64, 1_500);
}

#[test]
fn unless_declared_an_edit_is_smaller_than_what_is_saved() {
    const MOST: usize = 16 << 20;
    let place = Place::<Journal>::new();
    let text = "text = \"edited\"\n#".to_owned();
    let text = text.clone() + &" ".repeat(MOST - text.len());
    place.edit(&text);
    assert_eq!(place.file.load().unwrap().text, "edited");
    let length = text.len() as u64 + 1;
    place.edit(text.clone() + "\n");
    is_unsafe(place.file.load(), length, length - 1);

    place.edit(sealed(2, 1, &text));
    assert_eq!(place.file.load().unwrap().text, "edited");
}
