//! What a save does with the damaged files that it finds.

use crate::common::{EXCHANGES, aside, damage, replace, set_aside};
use crate::{saved_twice, worker};
use statusfile::Error;
use statusfile::error::DamageKind;
use std::fs;

/// These, with what the save before has replaced, where that came out and no generation holds it.
pub(crate) fn came_out(others: &[&'static str]) -> Vec<&'static str> {
    [&["2.aside"][..usize::from(EXCHANGES)], others].concat()
}

#[test]
fn a_save_where_both_are_damaged_keeps_the_newest_of_them_and_puts_a_copy_at_the_path() {
    let place = saved_twice();
    replace(&place.generation(1), b"older");
    replace(&place.newest(), b"newest");
    fs::remove_file(&place.path).unwrap();
    place.is_lost();
    place.file.save(&worker(3)).unwrap();
    assert_eq!(place.kept(), came_out(&["2.damaged", "3.toml"]));
    if EXCHANGES {
        let older = fs::read_to_string(aside(&place.path, 2)).unwrap();
        assert!(older.contains("\njobs = 1\n"), "{older}");
    }
    assert_eq!(fs::read(set_aside(&place.path, 2)).unwrap(), b"newest");
    place.is_published();
    for damaged in [place.generation(3), place.path.clone()] {
        assert_eq!(place.file.load().unwrap(), worker(3));
        replace(&damaged, b"");
    }
    assert!(matches!(place.file.load(), Err(Error::Damaged { .. })));
}

/// The file at the path is then the only copy of the status, and no save may put that at risk.
#[test]
fn behind_a_whole_file_at_the_path_damaged_generations_are_set_aside_and_its_text_becomes_one() {
    let place = saved_twice();
    let text = fs::read(&place.path).unwrap();
    replace(&place.generation(1), b"older");
    replace(&place.newest(), b"newest");
    assert_eq!(place.file.load().unwrap(), worker(2));
    place.file.save(&worker(3)).unwrap();
    assert_eq!(place.kept(), came_out(&["2.damaged", "3.toml", "4.toml"]));
    assert_eq!(fs::read(place.generation(3)).unwrap(), text);
    assert_eq!(place.file.load_generation(4).unwrap().value, worker(3));
}

#[test]
fn one_damaged_file_at_most_is_set_aside_and_later_saves_leave_it_alone() {
    let place = saved_twice();
    place.falls_back_from(b"first");
    for jobs in 4..7 {
        place.file.save(&worker(jobs)).unwrap();
    }
    assert_eq!(place.kept(), ["2.damaged", "5.toml", "6.toml"]);
    assert_eq!(fs::read(set_aside(&place.path, 2)).unwrap(), b"first");

    replace(&place.generation(6), b"second");
    fs::remove_file(&place.path).unwrap();
    assert_eq!(place.file.load().unwrap(), worker(5));
    place.file.save(&worker(7)).unwrap();
    assert_eq!(place.kept(), ["5.toml", "6.damaged", "7.toml"]);
    assert_eq!(fs::read(set_aside(&place.path, 6)).unwrap(), b"second");
}

#[test]
fn of_what_lay_damaged_at_the_path_ten_stay() {
    let place = saved_twice();
    for jobs in 3..15 {
        damage(&place.path, format!("#:statusfile {jobs}").as_bytes());
        place.file.save(&worker(jobs)).unwrap();
    }
    let mut expected: Vec<_> = (4..14).map(|number| format!("{number}.aside")).collect();
    expected.extend(["13.toml", "14.toml"].map(String::from));
    expected.sort();
    assert_eq!(place.kept(), expected);
    assert_eq!(
        fs::read(aside(&place.path, 13)).unwrap(),
        b"#:statusfile 14"
    );
}

#[test]
fn a_file_set_aside_shows_that_there_was_a_status() {
    let place = saved_twice();
    place.falls_back_from(b"first");
    for number in [1, 3] {
        fs::remove_file(place.generation(number)).unwrap();
    }
    fs::remove_file(&place.path).unwrap();
    for result in place.loads() {
        let Err(Error::Damaged { candidates, .. }) = result else {
            panic!("{result:?}");
        };
        let [damage] = <[_; 1]>::try_from(candidates).unwrap();
        assert_eq!(damage.location.path(), Some(&*set_aside(&place.path, 2)));
        assert!(matches!(damage.kind, DamageKind::SetAside));
    }
    place.file.save(&worker(9)).unwrap();
    assert_eq!(place.file.load().unwrap(), worker(9));
}
