//! A status whose type is not known: what is read of it, and what a change keeps.

#![expect(clippy::unwrap_used, reason = "these run in tests only")]

mod common;
#[path = "common/place.rs"]
mod place;

use common::{names, replace, sealed, status_directory, tree_snapshot};
use place::{Place, worker};
use statusfile::untyped::UntypedFile;
use statusfile::{Error, Origin};
use std::fs;
use std::path::Path;

impl Place {
    fn untyped(&self) -> UntypedFile {
        UntypedFile::at(&self.path)
    }
}

/// Puts generation 1 and its copy there as a program of this version would.
fn of_version(version: u32) -> Place {
    let place = Place::saved(1);
    let bytes = sealed(2, version, "jobs = 1\n");
    for copy in [&place.generation(1), &place.path] {
        replace(copy, &bytes);
    }
    place
}

#[test]
fn the_text_comes_with_where_it_is_from() {
    let place = Place::saved(2);
    let before = tree_snapshot(place.directory.path());
    let status = place.untyped().read().unwrap();
    assert_eq!(status.text, "jobs = 2\n");
    assert_eq!(status.version, 1);
    assert_eq!(status.origin, Origin::Path);
    assert_eq!(status.location.path(), Some(&*place.path));
    let length = fs::metadata(&place.path).unwrap().len();
    assert_eq!(status.bytes, length);
    let seal = status.seal.unwrap();
    assert_eq!((seal.format, seal.version, seal.bytes), (2, 1, 9));
    assert!(seal.holds && Some(seal.saved) == status.saved_at);
    assert_eq!(status.type_name, None);
    assert!(status.saved_at.is_some() && status.skipped.is_empty());
    assert_eq!(
        place.untyped().read_generation(1).unwrap().text,
        "jobs = 1\n"
    );
    assert_eq!(place.untyped().history().unwrap().len(), 2);
    assert_eq!(tree_snapshot(place.directory.path()), before);
}

#[test]
fn damage_is_passed_over_and_reported() {
    let place = Place::saved(2);
    for (damaged, jobs, skipped) in [
        (&place.generation(2), 2, 0),
        (&place.path, 1, 2),
        (&place.generation(1), 0, 3),
    ] {
        replace(damaged, b"");
        let status = match place.untyped().read() {
            Ok(status) => status,
            Err(Error::Damaged { candidates, .. }) => {
                assert_eq!((jobs, candidates.len()), (0, skipped));
                break;
            }
            Err(error) => panic!("{error}"),
        };
        assert_eq!(status.text, format!("jobs = {jobs}\n"));
        let places = status.skipped.iter().map(|damage| damage.location.path());
        let all =
            [Some(&*place.path), Some(&*place.generation(2))].map(|it| it.map(Path::to_owned));
        assert!(
            places
                .map(|it| it.map(Path::to_owned))
                .eq(all.into_iter().take(skipped))
        );
    }
}

#[test]
fn a_change_keeps_the_version_whatever_it_is() {
    let place = of_version(7);
    let seen = place.untyped().read().unwrap();
    assert_eq!(seen.version, 7);
    let saved = place.untyped().replace(&seen, "jobs = 2\n").unwrap();
    assert_eq!((saved.version, saved.origin), (7, Origin::Generation(2)));
    let error = place.file.load().unwrap_err();
    assert!(matches!(error, Error::Newer { found: 7, .. }), "{error}");
    let restored = place.untyped().restore(&saved, 1).unwrap();
    assert_eq!(
        (restored.version, restored.text.as_str()),
        (7, "jobs = 1\n")
    );
}

#[test]
fn a_newer_format_is_refused() {
    let place = Place::saved(1);
    replace(&place.path, &sealed(3, 1, "jobs = 1\n"));
    let error = place.untyped().read().unwrap_err();
    assert!(matches!(error, Error::Newer { found: 3, .. }), "{error}");
    fs::rename(&place.path, place.generation(2)).unwrap();
    let error = place.untyped().read().unwrap_err();
    assert!(matches!(error, Error::Newer { found: 3, .. }), "{error}");
}

#[test]
fn nothing_that_was_kept_is_removed_before_there_are_ten() {
    let place = Place::saved(2);
    for jobs in 3..=20 {
        let seen = place.untyped().read().unwrap();
        place
            .untyped()
            .replace(&seen, &format!("jobs = {jobs}\n"))
            .unwrap();
        let kept = place.untyped().history().unwrap();
        assert_eq!(kept.len(), (usize::try_from(jobs).unwrap()).min(10));
    }
    place.file.save(&worker(21)).unwrap();
    assert_eq!(place.untyped().history().unwrap().len(), 2);
}

#[test]
fn where_more_are_kept_more_stay() {
    let place = Place::new();
    let typed = place.file.clone().keep(12);
    for jobs in 1..=14 {
        typed.save(&worker(jobs)).unwrap();
    }
    let seen = place.untyped().read().unwrap();
    place.untyped().replace(&seen, "jobs = 0\n").unwrap();
    assert_eq!(place.untyped().history().unwrap().len(), 12);
}

#[test]
fn a_save_in_between_is_not_overwritten() {
    let place = Place::saved(2);
    let seen = place.untyped().read().unwrap();
    place.file.save(&worker(3)).unwrap();
    let before = tree_snapshot(&status_directory(&place.path));
    let error = place.untyped().replace(&seen, "jobs = 0\n").unwrap_err();
    assert!(matches!(error, Error::Changed { .. }), "{error}");
    let error = place.untyped().restore(&seen, 2).unwrap_err();
    assert!(matches!(error, Error::Changed { .. }), "{error}");
    assert_eq!(place.file.load().unwrap().jobs, 3);
    assert_eq!(tree_snapshot(&status_directory(&place.path)), before);
}

#[test]
fn what_is_no_toml_is_refused_with_its_place() {
    let place = Place::saved(2);
    let seen = place.untyped().read().unwrap();
    let error = place
        .untyped()
        .replace(&seen, "jobs = 3\nname = x\n")
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::Decode {
                line: 2,
                column: 8,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(place.file.load().unwrap().jobs, 2);
}

#[test]
fn a_seal_that_stands_in_the_text_is_left_out() {
    let place = Place::saved(2);
    let seen = place.untyped().read().unwrap();
    let text = fs::read_to_string(seen.location.path().unwrap()).unwrap();
    let saved = place
        .untyped()
        .replace(&seen, &text.replace("= 2", "= 5"))
        .unwrap();
    assert_eq!(saved.text, "jobs = 5\n");
}

#[test]
fn an_edit_is_read_and_kept_as_the_older_status() {
    let place = Place::saved(2);
    place.edit("jobs = 60 # mine\n");
    let seen = place.untyped().read().unwrap();
    assert_eq!((seen.origin, seen.version), (Origin::Edit, 1));
    assert!(seen.seal.is_none());
    let saved = place.untyped().replace(&seen, "jobs = 61\n").unwrap();
    assert_eq!(saved.origin, Origin::Generation(4));
    let kept = place.untyped().read_generation(3).unwrap();
    assert_eq!(kept.text, "jobs = 60 # mine\n");
    assert_eq!(place.file.load().unwrap().jobs, 61);
}

#[test]
fn an_edit_without_a_seal_has_the_version_of_the_newest() {
    let place = of_version(7);
    place.edit("jobs = 2\n");
    let seen = place.untyped().read().unwrap();
    assert_eq!(seen.version, 7);
    assert_eq!(
        place
            .untyped()
            .replace(&seen, "jobs = 3\n")
            .unwrap()
            .version,
        7
    );
    assert_eq!(place.untyped().read_generation(2).unwrap().version, 7);
}

#[test]
fn an_edit_of_another_version_keeps_it() {
    let place = of_version(3);
    let edit = String::from_utf8(sealed(2, 2, "jobs = 9\n")).unwrap();
    place.edit(edit.replace("= 9", "= 10"));
    let seen = place.untyped().read().unwrap();
    assert_eq!(seen.version, 2);
    assert!(!seen.seal.unwrap().holds);
    place.untyped().restore(&seen, 1).unwrap();
    assert_eq!(place.untyped().read_generation(2).unwrap().version, 2);
    assert_eq!(place.untyped().read().unwrap().version, 3);
}

#[test]
fn an_edit_where_nothing_was_saved_yet_can_be_changed() {
    let place = Place::new();
    fs::write(&place.path, "jobs = 1\n").unwrap();
    let seen = place.untyped().read().unwrap();
    place.untyped().replace(&seen, "jobs = 2\n").unwrap();
    assert_eq!(place.file.load().unwrap().jobs, 2);
    assert_eq!(place.file.load_generation(1).unwrap().value.jobs, 1);
}

#[test]
fn an_edit_with_a_mistake_is_repaired_but_never_passed_over() {
    let place = Place::saved(2);
    place.edit("jobs = x\n");
    let seen = place.untyped().read().unwrap();
    let error = seen.check().unwrap_err();
    assert!(matches!(
        error,
        Error::Decode {
            line: 1,
            column: 8,
            ..
        }
    ));
    let error = place.untyped().restore(&seen, 2).unwrap_err();
    assert!(matches!(error, Error::Decode { .. }), "{error}");
    assert_eq!(fs::read_to_string(&place.path).unwrap(), "jobs = x\n");
    place.untyped().replace(&seen, "jobs = 7\n").unwrap();
    assert_eq!(place.file.load().unwrap().jobs, 7);
}

#[test]
fn the_file_at_the_path_is_a_copy_of_what_a_change_makes() {
    let place = Place::saved(2);
    let seen = place.untyped().read().unwrap();
    assert_eq!(seen.origin, Origin::Path);
    let saved = place.untyped().replace(&seen, "jobs = 3\n").unwrap();
    assert!(fs::symlink_metadata(&place.path).unwrap().is_file());
    let copy = fs::read(&place.path).unwrap();
    assert_eq!(copy, fs::read(place.generation(3)).unwrap());
    assert_eq!(
        (saved.text.as_str(), saved.origin),
        ("jobs = 3\n", Origin::Generation(3))
    );
    let error = place.untyped().replace(&seen, "jobs = 4\n").unwrap_err();
    assert!(matches!(error, Error::Changed { .. }), "{error}");
}

#[test]
fn where_there_is_nothing_there_is_nothing_to_read() {
    let place = Place::new();
    let error = place.untyped().read().unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error}");
    assert!(place.untyped().history().unwrap().is_empty());
    assert_eq!(names(place.directory.path()), [""; 0]);
}

#[cfg(unix)]
mod on_unix {
    use super::*;
    use common::mode;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn permissions_are_those_that_are_there() {
        for declared in [0o600, 0o640, 0o664] {
            let place = Place::new();
            let typed = place.file.clone().mode(declared);
            typed.save(&worker(1)).unwrap();
            for without_lock in [false, true] {
                if without_lock {
                    fs::remove_file(place.inside("lock")).unwrap();
                }
                let seen = place.untyped().read().unwrap();
                let saved = place.untyped().replace(&seen, "jobs = 2\n").unwrap();
                assert_eq!(
                    mode(saved.location.path().unwrap()),
                    declared & 0o444,
                    "{declared:o}"
                );
            }
        }
    }

    #[test]
    fn what_someone_left_open_opens_nothing_else() {
        let place = Place::saved(2);
        let torn = place.generation(2);
        replace(&torn, b"torn");
        fs::remove_file(&place.path).unwrap();
        fs::set_permissions(&torn, fs::Permissions::from_mode(0o644)).unwrap();
        let seen = place.untyped().read().unwrap();
        let saved = place.untyped().replace(&seen, "jobs = 3\n").unwrap();
        assert_eq!(mode(saved.location.path().unwrap()), 0o400);
    }

    /// Whoever reaches a status through a link reaches that status, and makes no other one.
    #[test]
    fn a_link_to_a_status_is_that_status_and_stays() {
        let place = Place::saved(2);
        let link = place.directory.path().join("mine.toml");
        symlink("worker.toml", &link).unwrap();
        let linked = UntypedFile::at(&link);
        let seen = linked.read().unwrap();
        assert_eq!(seen.location.path(), Some(&*place.path));
        linked.replace(&seen, "jobs = 3\n").unwrap();
        assert_eq!(place.file.load().unwrap().jobs, 3);
        linked.restore(&linked.read().unwrap(), 2).unwrap();
        assert_eq!(place.file.load().unwrap().jobs, 2);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        let beside = ["mine.toml", "worker.toml", "worker.toml.status"];
        assert_eq!(names(place.directory.path()), beside);
    }

    #[test]
    fn what_a_link_leads_to_keeps_its_permissions() {
        let place = Place::new();
        let target = place.directory.path().join("dotfile");
        fs::write(&target, "jobs = 1\n").unwrap();
        fs::set_permissions(&target, fs::Permissions::from_mode(0o644)).unwrap();
        symlink("dotfile", &place.path).unwrap();
        let seen = place.untyped().read().unwrap();
        place.untyped().replace(&seen, "jobs = 3\n").unwrap();
        assert!(fs::symlink_metadata(&place.path).unwrap().is_symlink());
        let text = fs::read_to_string(&target).unwrap();
        assert!(text.ends_with("\njobs = 3\n"), "{text}");
        assert_eq!(mode(&target), 0o644);
    }
}
