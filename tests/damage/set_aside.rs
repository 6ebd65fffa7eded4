//! What a save does with the damaged files that it finds.

use crate::common::{replace, set_aside};
use crate::{saved_twice, worker};
use statusfile::Error;
use statusfile::error::DamageKind;
use std::fs;

#[test]
fn a_save_where_both_are_damaged_is_kept_twice_beside_the_newest_of_them() {
    let place = saved_twice();
    replace(&place.generation(2), b"older");
    replace(&place.newest(), b"newest");
    place.is_lost();
    place.file.save(&worker(3)).unwrap();
    assert_eq!(place.kept(), ["3.damaged", "4.toml", "5.toml"]);
    assert_eq!(fs::read(set_aside(&place.path, 3)).unwrap(), b"newest");
    for damaged in [5, 4] {
        assert_eq!(place.file.load().unwrap(), worker(3));
        replace(&place.generation(damaged), b"");
    }
    assert!(matches!(place.file.load(), Err(Error::Damaged { .. })));
}

#[test]
fn one_damaged_file_at_most_is_set_aside_and_later_saves_leave_it_alone() {
    let place = saved_twice();
    place.falls_back_from(b"first");
    for jobs in 4..7 {
        place.file.save(&worker(jobs)).unwrap();
    }
    assert_eq!(place.kept(), ["3.damaged", "6.toml", "7.toml"]);
    assert_eq!(fs::read(set_aside(&place.path, 3)).unwrap(), b"first");

    replace(&place.generation(7), b"second");
    assert_eq!(place.file.load().unwrap(), worker(5));
    place.file.save(&worker(7)).unwrap();
    assert_eq!(place.kept(), ["6.toml", "7.damaged", "8.toml"]);
    assert_eq!(fs::read(set_aside(&place.path, 7)).unwrap(), b"second");
}

#[test]
fn a_file_set_aside_shows_that_there_was_a_status() {
    let place = saved_twice();
    place.falls_back_from(b"first");
    for number in [2, 4] {
        fs::remove_file(place.generation(number)).unwrap();
    }
    let _ = fs::remove_file(&place.path);
    for result in place.loads() {
        let Err(Error::Damaged { candidates, .. }) = result else {
            panic!("{result:?}");
        };
        let [damage] = <[_; 1]>::try_from(candidates).unwrap();
        assert_eq!(damage.location.path(), Some(&*set_aside(&place.path, 3)));
        assert!(matches!(damage.kind, DamageKind::SetAside));
    }
    place.file.save(&worker(9)).unwrap();
    assert_eq!(place.file.load().unwrap(), worker(9));
}
