//! What else can lie at the path: nothing, an empty file, and what is never opened or replaced.

use crate::common::tree_snapshot;
use crate::{Place, is_our_link, make_huge, saved_twice, worker};
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
    assert!(is_our_link(&place.path));
}

#[test]
fn an_empty_file_at_the_path_is_passed_over_for_the_newest() {
    let place = saved_twice();
    place.edit(b"");
    let loaded = place.file.read().unwrap();
    assert_eq!(
        (loaded.value, loaded.origin),
        (worker(2), Origin::Generation(3))
    );
    let [damage] = <[_; 1]>::try_from(loaded.skipped).unwrap();
    assert_eq!(damage.location.path(), Some(&*place.path));
    assert!(matches!(damage.kind, DamageKind::Empty));
    place.file.save(&worker(3)).unwrap();
    assert!(place.file.read().unwrap().skipped.is_empty());
    assert!(is_our_link(&place.path));
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
    assert_eq!(place.kept(), ["2.toml", "3.toml"]);
}

#[cfg(unix)]
mod on_unix {
    use super::*;
    use crate::common::{make_fifo, status_directory, without_hanging};
    use statusfile::error::FileKind;
    use std::os::unix::fs::symlink;
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
    fn a_link_to_a_file_is_refused() {
        is_refused(FileKind::Link, |path| {
            let elsewhere = path.with_file_name("elsewhere.toml");
            fs::write(&elsewhere, "jobs = 9\nlast = ''\n").unwrap();
            symlink("elsewhere.toml", path).unwrap();
        });
    }

    #[test]
    fn a_link_to_nothing_is_refused() {
        is_refused(FileKind::Link, |path| {
            symlink("nowhere.toml", path).unwrap();
        });
    }

    #[test]
    fn a_link_to_itself_is_refused() {
        is_refused(FileKind::Link, |path| symlink("worker.toml", path).unwrap());
    }

    #[test]
    fn our_own_link_without_its_directory_is_damage_and_no_default() {
        let place = saved_twice();
        fs::remove_dir_all(status_directory(&place.path)).unwrap();
        for result in place.loads() {
            let Err(Error::Damaged {
                location,
                candidates,
                ..
            }) = result
            else {
                panic!("{result:?}");
            };
            assert_eq!(location.path(), Some(&*place.path));
            assert_eq!(candidates[0].location, location);
            assert!(matches!(candidates[0].kind, DamageKind::Dangling));
        }
        place.file.save(&worker(3)).unwrap();
        assert_eq!(place.file.load().unwrap(), worker(3));
        assert_eq!(place.kept(), ["1.toml", "2.toml"]);
    }

    #[test]
    fn without_the_link_the_status_is_loaded_and_the_next_save_puts_it_back() {
        let place = saved_twice();
        fs::remove_file(&place.path).unwrap();
        fs::remove_file(place.inside("current")).unwrap();
        assert_eq!(place.file.load().unwrap(), worker(2));
        place.file.save(&worker(3)).unwrap();
        let newest = fs::read_to_string(place.generation(4)).unwrap();
        assert_eq!(fs::read_to_string(&place.path).unwrap(), newest);
    }
}
