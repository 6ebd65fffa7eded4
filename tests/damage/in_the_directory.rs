//! What else can lie in the status directory: what is no file, what is too large, what is not ours.

use crate::common::{sealed, set_aside, status_directory, tree_snapshot};
use crate::{make_huge, saved_twice, worker};
use statusfile::Error;
use statusfile::error::{DamageKind, FileKind, Step};
use std::fs;

#[cfg(unix)]
use crate::common::{make_fifo, without_hanging};

#[test]
fn a_directory_where_the_newest_belongs_is_passed_over_and_set_aside_as_it_is() {
    let place = saved_twice();
    fs::remove_file(place.newest()).unwrap();
    fs::create_dir(place.newest()).unwrap();
    fs::write(place.newest().join("inside"), "kept").unwrap();
    let kind = place.falls_back();
    assert!(
        matches!(kind, DamageKind::NotAFile(FileKind::Directory)),
        "{kind}"
    );
    let inside = set_aside(&place.path, 2).join("inside");
    assert_eq!(fs::read_to_string(inside).unwrap(), "kept");
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
    expected.extend(["4", "4.toml", "5.toml"].map(String::from));
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
