//! What else can lie at the path: nothing, an empty file, and what is never opened or replaced.

use crate::common::tree_snapshot;
use crate::{Place, make_huge, saved_twice, worker};
use statusfile::error::DamageKind;
use statusfile::{Error, Origin};
use std::fs;

#[test]
fn an_empty_file_alone_at_the_path_is_damage_and_no_default() {
    let place = Place::new();
    fs::write(&place.path, "").unwrap();
    for result in place.loads() {
        let Err(Error::Damaged { candidates, .. }) = result else {
            panic!("{result:?}");
        };
        assert_eq!(candidates[0].location.path(), Some(&*place.path));
        assert!(matches!(candidates[0].kind, DamageKind::Empty));
    }
    place.file.save(&worker(1)).unwrap();
    assert_eq!(place.file.read().unwrap().skipped.len(), 0);
    assert_eq!(place.file.load().unwrap(), worker(1));
    place.is_published();
}

#[test]
fn an_empty_file_at_the_path_is_passed_over_for_the_newest() {
    let place = saved_twice();
    place.edit(b"");
    let loaded = place.file.read().unwrap();
    assert_eq!(
        (loaded.value, loaded.origin),
        (worker(2), Origin::Generation(2))
    );
    let [damage] = <[_; 1]>::try_from(loaded.skipped).unwrap();
    assert_eq!(damage.location.path(), Some(&*place.path));
    assert!(matches!(damage.kind, DamageKind::Empty));
    place.file.save(&worker(3)).unwrap();
    assert!(place.file.read().unwrap().skipped.is_empty());
    place.is_published();
}

#[test]
fn a_huge_file_at_the_path_is_refused_unread_and_left_alone() {
    let place = saved_twice();
    fs::remove_file(&place.path).unwrap();
    let length = make_huge(&place.path);
    let results = place
        .loads()
        .into_iter()
        .chain([place.file.save(&worker(3))]);
    for result in results {
        let Err(Error::Unsafe {
            location,
            kind: DamageKind::TooLarge { bytes, .. },
            ..
        }) = result
        else {
            panic!("{result:?}");
        };
        assert_eq!((location.path(), bytes), (Some(&*place.path), length));
    }
    assert_eq!(fs::metadata(&place.path).unwrap().len(), length);
    assert_eq!(place.kept(), ["1.toml", "2.toml"]);
}

#[cfg(unix)]
mod on_unix {
    use super::*;
    use crate::common::{make_fifo, status_directory, without_hanging};
    use statusfile::error::FileKind;
    use std::path::Path;

    /// Expects that what `put` makes at the path is refused and left alone, whether or not there is
    /// a status beside it.
    fn is_refused(kind: FileKind, put: fn(&Path)) {
        for place in [saved_twice(), Place::new()] {
            let _ = fs::remove_file(&place.path);
            put(&place.path);
            let before = tree_snapshot(&place.path);
            let kept = place.directory.path().join("worker.toml.status");
            let generations = || kept.exists().then(|| place.kept());
            let generations_before = generations().unwrap_or_default();

            let results = place
                .loads()
                .into_iter()
                .chain([place.file.save(&worker(3))]);
            for result in results {
                let Err(Error::Unsafe {
                    location,
                    kind: DamageKind::NotAFile(found),
                    ..
                }) = result
                else {
                    panic!("{result:?}");
                };
                assert_eq!((location.path(), found), (Some(&*place.path), kind));
            }
            assert_eq!(tree_snapshot(&place.path), before);
            assert_eq!(generations().unwrap_or_default(), generations_before);
        }
    }

    #[test]
    fn a_fifo_is_refused_and_nobody_waits_for_it() {
        without_hanging(|| is_refused(FileKind::Special, make_fifo));
    }

    #[test]
    fn a_socket_is_refused() {
        is_refused(FileKind::Special, |path| {
            std::os::unix::net::UnixListener::bind(path).unwrap();
        });
    }

    #[test]
    fn a_directory_is_refused() {
        is_refused(FileKind::Directory, |path| {
            fs::create_dir(path).unwrap();
            fs::write(path.join("inside"), "kept").unwrap();
        });
    }

    #[test]
    fn without_the_file_the_status_is_loaded_and_the_next_save_puts_it_back() {
        let place = saved_twice();
        fs::remove_file(&place.path).unwrap();
        let loaded = place.file.read().unwrap();
        let newest = (worker(2), Origin::Generation(2));
        assert_eq!((loaded.value, loaded.origin), newest);
        assert!(loaded.skipped.is_empty());
        place.file.save(&worker(3)).unwrap();
        assert_eq!(place.kept(), ["2.toml", "3.toml"]);
        place.is_published();
    }

    /// It is all of the status that is left, and nothing is missing to go on.
    #[test]
    fn a_whole_file_alone_is_the_status() {
        let place = saved_twice();
        fs::remove_dir_all(status_directory(&place.path)).unwrap();
        let loaded = place.file.read().unwrap();
        assert_eq!((loaded.value, loaded.origin), (worker(2), Origin::Path));
        place.file.save(&worker(3)).unwrap();
        assert_eq!(place.kept(), ["1.toml", "2.toml"]);
        assert_eq!(place.file.load_generation(1).unwrap().value, worker(2));
        place.is_published();
    }

    /// Everything with the status's ending went, and what is left must not pass for a first start.
    #[test]
    fn where_every_toml_file_was_cleaned_away_there_is_no_default() {
        let place = saved_twice();
        for gone in [&place.path, &place.newest(), &place.generation(1)] {
            fs::remove_file(gone).unwrap();
        }
        for result in place.loads() {
            let Err(Error::Damaged { candidates, .. }) = result else {
                panic!("{result:?}");
            };
            assert!(matches!(candidates[0].kind, DamageKind::Lost));
        }
        assert!(place.kept().is_empty());
    }
}
