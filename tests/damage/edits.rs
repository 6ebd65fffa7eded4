//! What a person makes of the file at the path is an edit: loaded, kept by the next save, and an error where it has
//! a mistake.

use crate::cases::in_cases;
use crate::common::{aside, damage, replace, sealed, tree_snapshot};
use crate::contents::like_a_seal;
use crate::set_aside::came_out;
use crate::{Place, saved_twice, worker};
use proptest::collection::vec;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use statusfile::{Error, Origin, StatusFile};
use std::fs;
use std::path::Path;

/// What a file holds below its seal.
fn text(path: &Path) -> String {
    let file = fs::read_to_string(path).unwrap();
    file.split_once('\n').unwrap().1.to_owned()
}

/// Expects that `edit` is loaded, and that the next save keeps it as `kept`, under a seal.
fn is_adopted(edit: &str, kept: &str) {
    for (place, older) in [(Place::new(), 1_u64), (saved_twice(), 3)] {
        place.edit(edit.as_bytes());
        let loaded = place.file.read().unwrap();
        assert_eq!((&loaded.value, loaded.origin), (&worker(50), Origin::Edit));
        assert!(loaded.skipped.is_empty());
        let modified = fs::metadata(&place.path).unwrap().modified().unwrap();
        assert_eq!(loaded.saved_at, Some(modified));

        place.file.update(|worker| worker.jobs += 1).unwrap();
        let loaded = place.file.read().unwrap();
        assert_eq!((loaded.value.jobs, loaded.origin), (51, Origin::Path));
        place.is_published();
        // What it beat stays for one save more.
        let numbers = older.saturating_sub(1).max(1)..=older + 1;
        let names: Vec<_> = numbers.map(|number| format!("{number}.toml")).collect();
        assert_eq!(place.kept(), names);
        let edit = place.file.load_generation(older).unwrap();
        assert_eq!(edit.value, worker(50));
        assert_eq!(text(&place.generation(older)), kept);

        fs::remove_file(&place.path).unwrap();
        assert_eq!(place.file.load().unwrap().jobs, 51);
        replace(&place.generation(older + 1), b"");
        assert_eq!(place.file.load().unwrap(), worker(50));
    }
}

#[test]
fn an_edit_wins_and_is_kept_byte_for_byte() {
    let edit = "# why: see the ticket\n\njobs   = 50 # so many\nlast = 'job 50'";
    is_adopted(edit, edit);
}

#[test]
fn an_edit_with_line_ends_of_windows_is_kept_byte_for_byte() {
    let edit = "# why\r\njobs = 50\r\nlast = 'job 50'\r\n";
    is_adopted(edit, edit);
}

#[test]
fn an_edit_with_a_byte_order_mark_is_kept_without_it() {
    let edit = "jobs = 50\nlast = 'job 50'\n";
    is_adopted(&format!("\u{feff}{edit}"), edit);
}

#[test]
fn an_edit_below_a_seal_gets_a_new_one() {
    let edit = "jobs = 50\nlast = 'job 50'\n# more\n";
    for old in ["", "jobs = 3\nlast = 'job 3'\n"] {
        let seal = String::from_utf8(sealed(2, 1, old)).unwrap();
        is_adopted(&format!("{}\n{edit}", seal.lines().next().unwrap()), edit);
    }
}

#[test]
fn the_older_generation_put_at_the_path_is_the_status_and_kept_with_what_it_beat() {
    let place = saved_twice();
    let older = fs::read(place.generation(1)).unwrap();
    place.edit(&older);
    let loaded = place.file.read().unwrap();
    assert_eq!((loaded.value, loaded.origin), (worker(1), Origin::Path));
    place.file.save(&worker(3)).unwrap();
    assert_eq!(place.kept(), ["2.toml", "3.toml", "4.toml"]);
    assert_eq!(fs::read(place.generation(3)).unwrap(), older);
    assert_eq!(place.file.load().unwrap(), worker(3));
    place.file.save(&worker(4)).unwrap();
    assert_eq!(place.kept(), ["4.toml", "5.toml"]);
}

#[test]
fn a_copy_of_the_newest_put_at_the_path_is_not_kept_again() {
    let place = saved_twice();
    let newest = fs::read(place.newest()).unwrap();
    place.edit(&newest);
    assert_eq!(place.file.read().unwrap().origin, Origin::Path);
    place.file.save(&worker(3)).unwrap();
    assert_eq!(place.kept(), ["2.toml", "3.toml"]);
    place.is_published();
}

#[test]
fn an_edit_wins_where_every_generation_is_damaged() {
    let place = saved_twice();
    replace(&place.generation(1), b"");
    replace(&place.newest(), b"");
    place.edit(b"jobs = 50\nlast = 'job 50'\n");
    assert_eq!(place.file.load().unwrap(), worker(50));
    place.file.save(&worker(51)).unwrap();
    assert_eq!(place.kept(), came_out(&["2.damaged", "3.toml", "4.toml"]));
    replace(&place.generation(4), b"");
    damage(&place.path, b"");
    assert_eq!(place.file.load().unwrap(), worker(50));
}

/// Expects the same error from everything that loads, with the file and the generations left alone; and that a save
/// goes on, and keeps the file aside.
fn is_a_decode_error(edit: &[u8], at: (usize, usize), message: &str, snippet: &str) {
    let place = saved_twice();
    place.edit(edit);
    let before = tree_snapshot(&place.path);
    for result in place.loads() {
        let Err(error @ Error::Decode { .. }) = result else {
            panic!("{result:?}");
        };
        let text = error.to_string();
        let head = format!("{}:{}:{}: {message}", place.path.display(), at.0, at.1);
        assert!(text.starts_with(&head) && text.ends_with(snippet), "{text}");
        let Error::Decode {
            location,
            line,
            column,
            snippet: shown,
            ..
        } = error
        else {
            unreachable!()
        };
        assert_eq!(
            (location.path(), line, column),
            (Some(&*place.path), at.0, at.1)
        );
        assert_eq!(shown, snippet);
    }
    assert_eq!(tree_snapshot(&place.path), before);
    assert_eq!(place.kept(), ["1.toml", "2.toml"]);

    place.file.save(&worker(3)).unwrap();
    assert_eq!(place.file.load().unwrap(), worker(3));
    assert_eq!(place.kept(), ["2.aside", "2.toml", "3.toml"]);
    assert_eq!(fs::read(aside(&place.path, 2)).unwrap(), edit);
    place.is_published();
    for jobs in 4..7 {
        place.file.save(&worker(jobs)).unwrap();
    }
    assert_eq!(fs::read(aside(&place.path, 2)).unwrap(), edit);
}

#[test]
fn an_edit_of_the_wrong_type_is_an_error_at_its_line_and_stays() {
    is_a_decode_error(
        "# é\njobs = \"many\"\nlast = ''\n".as_bytes(),
        (2, 8),
        "invalid type: string \"many\", expected u64",
        "  |\n2 | jobs = \"many\"\n  |        ^^^^^^",
    );
}

#[test]
fn a_byte_order_mark_does_not_move_the_place_of_a_mistake() {
    is_a_decode_error(
        "\u{feff}jobs = \"many\"\r\n".as_bytes(),
        (1, 8),
        "invalid type",
        "  |\n1 | jobs = \"many\"\n  |        ^^^^^^",
    );
}

#[test]
fn an_edit_that_is_no_toml_is_an_error_at_its_line_and_stays() {
    is_a_decode_error(
        b"jobs = 5\nlast = 'half\n",
        (2, 13),
        "invalid literal string",
        "  |\n2 | last = 'half\n  |             ^",
    );
}

#[test]
fn an_edit_in_which_a_key_stands_twice_is_an_error_and_stays() {
    is_a_decode_error(
        b"jobs = 5\nlast = ''\njobs = 6\n",
        (3, 1),
        "duplicate key",
        "  |\n3 | jobs = 6\n  | ^^^^",
    );
}

#[test]
fn an_edit_that_is_not_utf_8_is_an_error_at_its_line_and_stays() {
    is_a_decode_error(
        b"jobs = 5\nlast = '\xc3\xa9\xe9'\n",
        (2, 10),
        "not UTF-8",
        "  |\n2 | last = 'é\u{fffd}'\n  |          ^",
    );
}

#[test]
fn another_struct_at_the_path_is_an_error_that_names_the_file_and_nothing_is_lost() {
    #[derive(Debug, Default, Serialize, Deserialize)]
    struct Settings {
        last: u16,
    }
    let place = saved_twice();
    // A second type at one path would be told before it came to that.
    let copy = place.directory.path().join("copy.toml");
    fs::copy(&place.path, &copy).unwrap();
    let before = tree_snapshot(place.directory.path());
    let other = StatusFile::<Settings>::undeclared(&copy);
    let results = [other.load().map(drop), other.load_or_default().map(drop)];
    for result in results {
        let Err(error @ Error::Decode { .. }) = result else {
            panic!("{result:?}");
        };
        let head = format!("{}:3:8: invalid type: string \"job 2\"", copy.display());
        assert!(error.to_string().starts_with(&head), "{error}");
    }
    assert_eq!(tree_snapshot(place.directory.path()), before);
    let text = fs::read(&copy).unwrap();
    let updated = other.update(|_| panic!("this is not called"));
    assert!(matches!(updated, Err(Error::Decode { .. })), "{updated:?}");
    assert_eq!(fs::read(&copy).unwrap(), text);
    assert_eq!(place.file.load().unwrap(), worker(2));
}

proptest! {
    #![proptest_config(in_cases(300))]

    #[test]
    fn any_bytes_at_the_path_are_an_edit_or_an_error_and_stay(
        bytes in prop_oneof![vec(any::<u8>(), 1..100), like_a_seal()],
    ) {
        // Neither can be what a person wrote.
        prop_assume!(!bytes.windows(8).any(|run| run == [0; 8]));
        prop_assume!(!bytes.starts_with(b"#:") || bytes.contains(&b'\n'));
        let place = saved_twice();
        place.edit(&bytes);
        match place.file.read() {
            Ok(loaded) if loaded.origin == Origin::Edit => {}
            // It ends within a line, before its seal says.
            Ok(loaded) => {
                prop_assert!(!bytes.ends_with(b"\n"));
                prop_assert_eq!(loaded.skipped[0].location.path(), Some(&*place.path));
            }
            Err(
                Error::Decode { location, .. }
                | Error::Newer { location, .. }
                | Error::Convert { location, .. },
            ) => {
                prop_assert_eq!(location.path(), Some(&*place.path));
            }
            Err(error) => panic!("{error}"),
        }
        prop_assert_eq!(fs::read(&place.path).unwrap(), bytes);
    }
}
