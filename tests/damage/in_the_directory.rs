//! What else can lie in the status directory: what is no file, what is too large, what is not ours.

use crate::common::{names, sealed, set_aside, status_directory, tree_snapshot};
use crate::{make_huge, saved_twice, worker};
use statusfile::Error;
use statusfile::error::{DamageKind, FileKind, Step};
use std::fs;

#[cfg(unix)]
use crate::common::{make_fifo, without_hanging};

#[test]
fn a_directory_where_the_newest_belongs_is_passed_over_and_left_as_it_is() {
    let place = saved_twice();
    fs::remove_file(place.newest()).unwrap();
    fs::create_dir(place.newest()).unwrap();
    let inside = place.newest().join("inside");
    fs::write(&inside, "kept").unwrap();
    fs::remove_file(&place.path).unwrap();
    let loaded = place.file.read().unwrap();
    assert_eq!(loaded.value, worker(1));
    let [damage] = <[_; 1]>::try_from(loaded.skipped).unwrap();
    assert_eq!(damage.kind, DamageKind::NotAFile(FileKind::Directory));
    for jobs in 3..=5 {
        place.file.save(&worker(jobs)).unwrap();
    }
    assert_eq!(place.kept(), ["2.toml", "4.toml", "5.toml"]);

    place.file.remove().unwrap();
    assert_eq!(fs::read_to_string(inside).unwrap(), "kept");
    assert_eq!(names(place.directory.path()), ["worker.toml.status"]);
    assert!(matches!(place.file.load(), Err(Error::NotFound { .. })));
    place.file.save(&worker(6)).unwrap();
    assert_eq!(place.file.load().unwrap(), worker(6));
}

/// Every name that a save or a removal comes across.
#[test]
fn no_directory_harms_anything_whatever_its_name() {
    for name in [
        "9.toml",
        "9.damaged",
        "9.aside",
        "published",
        "0123456789abcdef.tmp",
        "1.TOML",
    ] {
        let place = saved_twice();
        // What the save before has replaced.
        let _ = fs::remove_file(place.inside(name));
        fs::create_dir(place.inside(name)).unwrap();
        for jobs in 3..=6 {
            place.file.save(&worker(jobs)).unwrap();
            assert_eq!(place.file.load().unwrap(), worker(jobs), "{name}");
        }
        fs::remove_file(&place.path).unwrap();
        assert_eq!(place.file.load().unwrap(), worker(6), "{name}");
        place.file.remove().unwrap();
        assert_eq!(names(&status_directory(&place.path)).len(), 1, "{name}");
        let result = place.file.load();
        assert!(
            matches!(result, Err(Error::NotFound { .. })),
            "{name}: {result:?}"
        );
        place.file.save(&worker(7)).unwrap();
        assert_eq!(place.file.load().unwrap(), worker(7), "{name}");
    }
}

/// Wherever a file system ignores case, which takes the two names for one. See
/// `edge_cases::where_case_is_ignored_another_spelling_takes_the_number`.
#[test]
fn another_spelling_of_the_next_name_blocks_no_save() {
    let place = saved_twice();
    for (name, text) in [("3.TOML", "foreign"), ("PUBLISHED", "foreign")] {
        fs::write(place.inside(name), text).unwrap();
    }
    for jobs in 3..=4 {
        place.file.save(&worker(jobs)).unwrap();
    }
    let ignores_case = place.inside("LOCK").exists();
    let kept = if ignores_case {
        // `PUBLISHED` is what the save before has left, to such a one.
        ["2.aside", "3.TOML", "4.toml", "5.toml"]
    } else {
        ["3.TOML", "4.toml", "5.toml", "PUBLISHED"]
    };
    assert_eq!(place.kept(), kept);
    assert_eq!(
        fs::read_to_string(place.inside("3.TOML")).unwrap(),
        "foreign"
    );
}

#[cfg(unix)]
#[test]
fn a_fifo_where_the_newest_belongs_is_passed_over_and_nobody_waits_for_it() {
    let place = saved_twice();
    fs::remove_file(place.newest()).unwrap();
    make_fifo(&place.newest());
    let kind = without_hanging(move || place.falls_back());
    assert!(
        matches!(kind, DamageKind::NotAFile(FileKind::Special)),
        "{kind}"
    );
}

#[cfg(unix)]
#[test]
fn a_link_where_the_newest_belongs_is_not_followed() {
    let place = saved_twice();
    let elsewhere = place.directory.path().join("elsewhere.toml");
    fs::rename(place.newest(), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, place.newest()).unwrap();
    let before = tree_snapshot(&elsewhere);
    let kind = place.falls_back();
    assert!(
        matches!(kind, DamageKind::NotAFile(FileKind::Link)),
        "{kind}"
    );
    assert_eq!(tree_snapshot(&elsewhere), before);
    assert_eq!(fs::read_link(set_aside(&place.path, 2)).unwrap(), elsewhere);
}

#[test]
fn a_huge_file_where_the_newest_belongs_is_passed_over_unread() {
    let place = saved_twice();
    fs::remove_file(place.newest()).unwrap();
    let length = make_huge(&place.newest());
    match place.falls_back() {
        DamageKind::TooLarge { bytes, .. } => assert_eq!(bytes, length),
        kind => panic!("{kind}"),
    }
    assert_eq!(
        fs::metadata(set_aside(&place.path, 2)).unwrap().len(),
        length
    );
}

#[test]
fn names_that_are_not_ours_are_ignored_and_left_alone() {
    let place = saved_twice();
    let directory = status_directory(&place.path);
    let foreign = [
        "999999999999999999999999999999.toml",
        "9223372036854775808.toml",
        "007.toml",
        "0.toml",
        "+3.toml",
        "3.toml~",
        "3.toml.bak",
        "3.TOML",
        "notes.txt",
        "notes.tmp",
        "damaged",
    ];
    let text = sealed(2, 1, "jobs = 99\nlast = \"foreign\"\n");
    for name in foreign {
        fs::write(directory.join(name), &text).unwrap();
    }
    fs::create_dir(directory.join("4")).unwrap();
    let before = foreign.map(|name| tree_snapshot(&directory.join(name)));

    let loaded = place.file.read().unwrap();
    assert_eq!((loaded.value, loaded.skipped.len()), (worker(2), 0));
    for jobs in 3..6 {
        place.file.save(&worker(jobs)).unwrap();
        assert_eq!(place.file.load().unwrap(), worker(jobs));
    }

    assert_eq!(
        foreign.map(|name| tree_snapshot(&directory.join(name))),
        before
    );
    let mut expected = foreign.map(String::from).to_vec();
    // Where case is ignored, 3 is taken.
    expected.extend(["4", "5.toml", "6.toml"].map(String::from));
    expected.sort();
    assert_eq!(place.kept(), expected);
}

#[test]
fn after_the_last_number_a_save_says_which_file_is_in_its_way() {
    let place = saved_twice();
    let last = place.generation(i64::MAX.unsigned_abs());
    fs::write(&last, sealed(2, 1, "jobs = 9\nlast = \"\"\n")).unwrap();
    let result = place.file.save(&worker(3));
    let Err(
        error @ Error::Io {
            step: Step::Rename, ..
        },
    ) = result
    else {
        panic!("{result:?}");
    };
    assert!(
        error
            .to_string()
            .starts_with(&format!("{}: ", last.display())),
        "{error}"
    );
    assert_eq!(place.file.load().unwrap().jobs, 2);
    fs::remove_file(&place.path).unwrap();
    assert_eq!(place.file.load().unwrap().jobs, 9);
}
