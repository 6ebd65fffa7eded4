//! What a newer program saved is neither loaded nor replaced.

use crate::common::{damage, replace, sealed, tree_snapshot};
use crate::{Place, saved_twice, worker};
use statusfile::Error;
use statusfile::error::Versioned;
use std::fs;
use std::path::Path;

/// Expects that `bytes` at `path` is refused by everything, and that nothing is changed.
fn is_newer(place: &Place, path: &Path, bytes: &[u8], what: Versioned) {
    replace(path, bytes);
    let (before, kept) = (tree_snapshot(path), place.kept());
    let newest = if what == Versioned::Schema { 1 } else { 2 };
    let results = place
        .loads()
        .into_iter()
        .chain([place.file.save(&worker(3))]);
    for result in results {
        let Err(Error::Newer {
            location,
            what: newer,
            found,
            known,
            ..
        }) = result
        else {
            panic!("{result:?}");
        };
        assert_eq!(
            (location.path(), newer, found, known),
            (Some(path), what, newest + 1, newest)
        );
    }
    assert_eq!(tree_snapshot(path), before);
    assert_eq!(place.kept(), kept);
}

const FROM_THE_FUTURE: &str = "jobs = 9\nlast = 'job 9'\nfuel = 3\n";

#[test]
fn what_a_newer_program_saved_is_refused() {
    for (format, version, what) in [(2, 2, Versioned::Schema), (3, 1, Versioned::Format)] {
        let place = saved_twice();
        fs::remove_file(&place.path).unwrap();
        let newer = sealed(format, version, FROM_THE_FUTURE);
        is_newer(&place, &place.generation(3), &newer, what);
    }
}

/// As where somebody restored an older status, or the newer program was killed half way.
#[test]
fn behind_a_whole_file_at_the_path_what_a_newer_program_saved_is_kept_for_one_save_more() {
    let place = saved_twice();
    let newer = place.generation(3);
    fs::write(&newer, sealed(2, 2, FROM_THE_FUTURE)).unwrap();
    let before = tree_snapshot(&newer);
    assert_eq!(place.file.load().unwrap(), worker(2));
    place.file.save(&worker(3)).unwrap();
    assert_eq!(place.kept(), ["3.toml", "4.toml", "5.toml"]);
    assert_eq!(tree_snapshot(&newer), before);
    assert_eq!(place.file.load_generation(4).unwrap().value, worker(2));
}

#[test]
fn what_a_newer_program_saved_is_refused_at_the_path_too() {
    for (format, version, what) in [(2, 2, Versioned::Schema), (3, 1, Versioned::Format)] {
        for place in [saved_twice(), saved_twice()] {
            let newer = sealed(format, version, FROM_THE_FUTURE);
            is_newer(&place, &place.path, &newer, what);
        }
    }
}

#[test]
fn what_a_newer_program_saved_is_refused_behind_a_damaged_file() {
    let place = saved_twice();
    fs::remove_file(&place.path).unwrap();
    fs::write(place.generation(4), b"").unwrap();
    let newer = sealed(2, 2, FROM_THE_FUTURE);
    is_newer(&place, &place.generation(3), &newer, Versioned::Schema);

    let place = saved_twice();
    damage(&place.path, b"");
    is_newer(&place, &place.generation(3), &newer, Versioned::Schema);
}

#[test]
fn an_edit_does_not_get_past_a_newer_program() {
    let place = saved_twice();
    let newer = place.generation(3);
    fs::write(&newer, sealed(2, 2, FROM_THE_FUTURE)).unwrap();
    place.edit(b"jobs = 50\nlast = 'job 50'\n");
    let before = tree_snapshot(&newer);
    let result = place.file.save(&worker(3));
    assert!(matches!(result, Err(Error::Newer { .. })), "{result:?}");
    assert_eq!(tree_snapshot(&newer), before);
}

#[test]
fn what_a_newer_program_saved_is_refused_however_an_editor_saved_it() {
    let newer = String::from_utf8(sealed(2, 2, FROM_THE_FUTURE)).unwrap();
    for edit in [format!("\u{feff}{newer}"), newer.replace('\n', "\r\n")] {
        let place = saved_twice();
        is_newer(&place, &place.path, edit.as_bytes(), Versioned::Schema);
    }
}
