//! What people and the disk do to the file at the path between two calls of a save.

use super::edge_cases::{generation, hide, kept, save_hidden};
use super::{DIRECTORY, PATH, Worker, listing, load, machine_with, save, status, unsealed, update};
use crate::fs::simulated::{MEDIUM_ERROR, Medium, Simulated};
use crate::fs::{FileSystem, Platform};
use crate::store::options::Publish;
use std::path::Path;

const EDIT: &[u8] = b"jobs = 60 # mine\n";
const LATER: &[u8] = b"jobs = 70 # mine\n";

/// The calls that change what lies at the path.
const EXCHANGE: &str = "exchange published and worker.toml";
const ADD: &str = "rename published to worker.toml, new";
const TAKE_OUT: &str = "rename worker.toml to published, new";

pub(super) fn edit_before(fs: &Simulated, call: &'static str, edit: &'static [u8]) {
    let person = fs.process();
    fs.meanwhile_before(call, move || person.put(PATH, edit));
}

/// Two people, or one who is quick.
fn edit_twice(fs: &Simulated, call: &'static str, next: &'static str) {
    let person = fs.process();
    fs.meanwhile_before(call, move || {
        person.put(PATH, EDIT);
        edit_before(&person, next, LATER);
    });
}

/// Lets the disk fail at each of these calls, one after the other.
fn fail_at(fs: &Simulated, calls: &'static [&'static str]) {
    if let [call, calls @ ..] = calls {
        let disk = fs.process();
        fs.meanwhile_before(call, move || {
            disk.fail_after(0, MEDIUM_ERROR);
            fail_at(&disk, calls);
        });
    }
}

pub(super) fn is_at_the_path(fs: &Simulated) -> bool {
    fs.medium().find(Path::new(PATH)).is_ok()
}

pub(super) fn set_aside(fs: &Simulated) -> Vec<Vec<u8>> {
    let aside = listing(fs).aside.into_iter();
    let aside = aside.map(|number| fs.bytes(format!("{DIRECTORY}/{number}.aside")));
    aside.collect()
}

pub(super) fn is_kept(fs: &Simulated, text: &[u8]) -> bool {
    let mut kept = listing(fs).generations.into_iter();
    kept.any(|number| unsealed(&fs.bytes(generation(number))) == text)
}

#[test]
fn of_two_edits_during_a_save_the_later_wins_and_the_other_is_set_aside() {
    let fs = machine_with(4);
    edit_twice(&fs, EXCHANGE, EXCHANGE);
    save(&fs, 5).unwrap();
    assert!(!fs.forget_fault());
    assert_eq!(load(&fs).unwrap(), 70);
    save(&fs, 6).unwrap();
    assert_eq!(load(&fs).unwrap(), 6);
    assert!(is_kept(&fs, LATER));
    assert_eq!(set_aside(&fs), [EDIT]);
}

/// Whoever removes the file has seen the new status there, so nothing goes back to the path.
#[test]
fn an_edit_that_a_save_cannot_give_back_is_set_aside() {
    let fs = machine_with(4);
    let person = fs.process();
    fs.meanwhile_before(EXCHANGE, move || {
        person.put(PATH, EDIT);
        let other = person.process();
        person.meanwhile_before(EXCHANGE, move || hide(&other));
    });
    save(&fs, 5).unwrap();
    assert!(!fs.forget_fault());
    assert!(!is_at_the_path(&fs));
    assert_eq!(load(&fs).unwrap(), 5);
    save(&fs, 6).unwrap();
    assert_eq!(load(&fs).unwrap(), 6);
    assert_eq!(set_aside(&fs), [EDIT]);
}

#[test]
fn an_edit_that_does_not_go_back_at_once_goes_back_with_the_save() {
    let fs = machine_with(4);
    let person = fs.process();
    fs.meanwhile_before(EXCHANGE, move || {
        person.put(PATH, EDIT);
        fail_at(&person, &[EXCHANGE]);
    });
    let error = save(&fs, 5).unwrap_err();
    assert!(!fs.forget_fault());
    assert!(!error.may_be_visible(), "{error}");
    assert_eq!(fs.bytes(PATH), EDIT);
    assert_eq!(kept(&fs), ["3.toml", "4.toml"]);
    assert_eq!(load(&fs).unwrap(), 60);
}

/// Lets a person edit before this call of a save, which leaves the edit at the path, for an update to go on from.
fn assert_edit_before_wins(fs: &Simulated, call: &'static str) {
    edit_before(fs, call, EDIT);
    save(fs, 5).unwrap();
    assert!(!fs.forget_fault());
    assert_eq!(load(fs).unwrap(), 60);
    assert_eq!(kept(fs), ["4.toml", "5.toml"]);
    update(fs).unwrap();
    assert_eq!(load(fs).unwrap(), 61);
    assert!(is_kept(fs, EDIT));
}

#[test]
fn what_comes_to_an_empty_path_during_a_save_wins() {
    let fs = machine_with(4);
    hide(&fs);
    assert_edit_before_wins(&fs, ADD);
    assert!(set_aside(&fs).is_empty());
}

#[test]
fn what_comes_to_the_path_before_it_is_replaced_wins() {
    let fs = Simulated::with(machine_with(4).medium().without_exchange());
    assert_edit_before_wins(&fs, EXCHANGE);
}

/// As its readers have it open, it is moved out of the way first.
#[test]
fn what_comes_to_the_path_while_it_is_free_wins() {
    let fs = Simulated::with(machine_with(4).medium().in_use());
    assert_edit_before_wins(&fs, ADD);
}

#[test]
fn what_makes_way_goes_back_if_its_place_cannot_be_taken() {
    let fs = Simulated::with(machine_with(4).medium().in_use());
    let before = fs.bytes(PATH);
    fail_at(&fs, &[ADD]);
    save(&fs, 5).unwrap_err();
    assert!(!fs.forget_fault());
    assert_eq!(fs.bytes(PATH), before);
    assert_eq!(kept(&fs), ["3.toml", "4.toml"]);
    save(&fs, 5).unwrap();
    assert_eq!(load(&fs).unwrap(), 5);
}

/// And no generation holds it.
#[test]
fn what_makes_way_is_kept_though_it_cannot_go_back() {
    let fs = Simulated::with(machine_with(4).medium().in_use());
    let damaged = b"jobs = \"many\"\n";
    fs.put(PATH, damaged);
    let person = fs.process();
    fs.meanwhile_before(ADD, move || {
        person.put(PATH, EDIT);
        person.fail_after(0, MEDIUM_ERROR);
    });
    save(&fs, 5).unwrap_err();
    assert!(!fs.forget_fault());
    assert_eq!(load(&fs).unwrap(), 60);
    assert_eq!(set_aside(&fs), [damaged]);
}

#[test]
fn what_cannot_make_way_is_why_a_save_fails() {
    let fs = Simulated::with(machine_with(4).medium().in_use().divided());
    let error = save(&fs, 5).unwrap_err();
    assert!(!error.may_be_visible(), "{error}");
    assert!(error.to_string().contains("permission denied"), "{error}");
    assert_eq!(load(&fs).unwrap(), 4);
}

/// Nothing comes out then, and no generation is to hold it.
#[test]
fn what_no_load_can_use_is_set_aside_though_it_cannot_be_exchanged() {
    for medium in [Medium::without_exchange, Medium::in_use] {
        assert_is_set_aside_on(medium);
    }
}

fn assert_is_set_aside_on(medium: fn(Medium) -> Medium) {
    let torn = machine_with(4).bytes(PATH).split_last().unwrap().1.to_vec();
    for text in [b"jobs = \"many\"\n".to_vec(), torn] {
        let machine = || {
            let fs = Simulated::with(medium(machine_with(4).medium()));
            fs.put(PATH, &text);
            fs
        };
        let copies = |fs: &Simulated| {
            let aside = set_aside(fs).into_iter();
            aside.filter(|aside| *aside == text).count()
        };
        let fs = machine();
        save(&fs, 5).unwrap();
        assert_eq!(copies(&fs), 1);
        assert_eq!(load(&fs).unwrap(), 5);
        // Once only, however often a save fails.
        for calls in 0.. {
            let fs = machine();
            fs.fail_after(calls, MEDIUM_ERROR);
            let saved = save(&fs, 5);
            if fs.forget_fault() {
                assert!(calls > 20, "{calls}");
                saved.unwrap();
                break;
            }
            let is_there = fs.bytes(PATH) == text;
            assert_eq!(copies(&fs), usize::from(!is_there), "{calls}: {saved:?}");
        }
    }
}

#[test]
fn what_comes_to_the_path_before_it_is_taken_out_goes_back() {
    let fs = machine_with(4);
    edit_before(&fs, TAKE_OUT, EDIT);
    save_hidden(&fs, 5).unwrap();
    assert!(!fs.forget_fault());
    assert_eq!(fs.bytes(PATH), EDIT);
    assert_eq!(load(&fs).unwrap(), 60);
    save_hidden(&fs, 6).unwrap();
    assert!(!is_at_the_path(&fs));
    assert_eq!(load(&fs).unwrap(), 6);
    assert!(is_kept(&fs, EDIT));
}

#[test]
fn what_was_taken_out_does_not_go_back_over_what_came_since() {
    let fs = machine_with(4);
    edit_twice(&fs, TAKE_OUT, ADD);
    save_hidden(&fs, 5).unwrap();
    assert!(!fs.forget_fault());
    assert_eq!(fs.bytes(PATH), LATER);
    save_hidden(&fs, 6).unwrap();
    assert_eq!(load(&fs).unwrap(), 6);
    assert!(is_kept(&fs, LATER));
    assert_eq!(set_aside(&fs), [EDIT]);
}

#[test]
fn what_is_removed_before_it_is_taken_out_is_in_nobodys_way() {
    let fs = machine_with(4);
    let person = fs.process();
    fs.meanwhile_before(TAKE_OUT, move || hide(&person));
    save_hidden(&fs, 5).unwrap();
    assert!(!fs.forget_fault());
    assert!(!is_at_the_path(&fs));
    assert_eq!(load(&fs).unwrap(), 5);
    assert_eq!(kept(&fs), ["4.toml", "5.toml"]);
}

/// The edit that it replaced is in no generation any more, and nobody wants it at the path.
#[test]
fn a_save_that_is_taken_back_keeps_an_edit_though_a_person_removed_the_file() {
    let fs = machine_with(4);
    fs.put(PATH, EDIT);
    let person = fs.process();
    fs.meanwhile_before("sync 6.toml", move || {
        hide(&person);
        person.fail_after(0, MEDIUM_ERROR);
    });
    let error = save(&fs, 5).unwrap_err();
    assert!(!error.may_be_visible(), "{error}");
    assert!(!is_at_the_path(&fs));
    assert_eq!(load(&fs).unwrap(), 4);
    assert_eq!(kept(&fs), ["3.toml", "4.toml"]);
    save(&fs, 6).unwrap();
    assert_eq!(load(&fs).unwrap(), 6);
    assert_eq!(set_aside(&fs), [EDIT]);
}

#[test]
fn a_save_that_is_taken_back_leaves_what_a_person_put_in_the_place_of_its_copy() {
    let fs = machine_with(4);
    hide(&fs);
    let person = fs.process();
    fs.meanwhile_before("sync 5.toml", move || {
        person.put(PATH, EDIT);
        person.fail_after(0, MEDIUM_ERROR);
    });
    let error = save(&fs, 5).unwrap_err();
    assert!(!error.may_be_visible(), "{error}");
    assert_eq!(fs.bytes(PATH), EDIT);
    assert_eq!(kept(&fs), ["3.toml", "4.toml"]);
    assert!(!fs.names(DIRECTORY).contains(&"published".to_owned()));
    assert_eq!(load(&fs).unwrap(), 60);
}

#[test]
fn a_disk_that_fails_once_is_asked_again_what_came_out_from_the_path() {
    let fs = machine_with(4);
    fs.put(PATH, EDIT);
    fail_at(&fs, &["read published"]);
    save(&fs, 5).unwrap();
    assert!(!fs.forget_fault());
    assert_eq!(load(&fs).unwrap(), 5);
    assert!(is_kept(&fs, EDIT));
}

/// It was damage before the exchange, and is the same damage after it.
#[test]
fn what_the_disk_does_not_give_back_is_replaced_and_set_aside() {
    let fs = machine_with(4);
    fs.put(PATH, EDIT);
    fail_at(
        &fs,
        &[
            "read worker.toml",
            "read worker.toml",
            "read published",
            "read published",
        ],
    );
    save(&fs, 5).unwrap();
    assert!(!fs.forget_fault());
    assert_eq!(load(&fs).unwrap(), 5);
    assert_eq!(kept(&fs), ["4.aside", "4.toml", "5.toml"]);
    assert_eq!(set_aside(&fs), [EDIT]);
}

/// A machine on which 42 was saved before 43, and nothing at the path but one of the two without its last digit.
pub(super) fn machine_with_a_copy_cut_short(number: u64) -> Simulated {
    let fs = Simulated::new();
    save(&fs, 42).unwrap();
    save(&fs, 43).unwrap();
    let whole = fs.bytes(generation(number));
    fs.put(PATH, &whole[..whole.len() - 2]);
    fs
}

#[test]
fn the_beginning_of_any_generation_at_the_path_is_no_edit() {
    for (number, damaged, jobs) in [(2, None, 43), (1, None, 43), (1, Some(2), 42)] {
        let fs = machine_with_a_copy_cut_short(number);
        let cut = fs.bytes(PATH);
        if let Some(damaged) = damaged {
            fs.put(generation(damaged), b"torn");
        }
        assert_eq!(load(&fs).unwrap(), jobs);
        save(&fs, 44).unwrap();
        assert_eq!(load(&fs).unwrap(), 44);
        assert_eq!(set_aside(&fs), [&*cut]);
    }
}

/// Nothing tells that there was more.
#[test]
fn a_text_that_may_be_cut_short_is_an_edit_where_no_generation_is() {
    let fs = Simulated::new();
    fs.put(PATH, &machine_with_a_copy_cut_short(2).bytes(PATH));
    assert_eq!(load(&fs).unwrap(), 4);
}

#[test]
fn a_load_that_misses_a_generation_it_compares_with_looks_again() {
    for number in [1, 2] {
        let fs = machine_with_a_copy_cut_short(number);
        let writer = fs.process();
        fs.meanwhile_before("read 1.toml", move || save(&writer, 44).unwrap());
        assert_eq!(load(&fs).unwrap(), 44);
        assert!(!fs.forget_fault());
        assert_eq!(kept(&fs), ["2.aside", "2.toml", "3.toml"]);
    }
}

/// Which the next copy is to have as well, and the one after it.
#[test]
fn a_copy_with_attributes_is_never_one_that_nobody_has_touched() {
    let is_plain = |fs: &Simulated| {
        let open = fs.open_directory(Path::new("/app")).unwrap();
        let stamp = fs.stamp_of(&open, Path::new("worker.toml")).unwrap();
        fs.is_plain(&stamp.unwrap())
    };
    let fs = machine_with(3);
    assert!(is_plain(&fs));
    fs.put(PATH, b"jobs = 50\n");
    save(&fs, 4).unwrap();
    assert!(is_plain(&fs));
    fs.give_attributes();
    fs.put(PATH, b"jobs = 51\n");
    save(&fs, 5).unwrap();
    assert!(!is_plain(&fs));
}

#[test]
fn a_file_of_two_names_is_replaced_at_the_path_alone() {
    for publish in [Publish::Copy, Publish::Link] {
        let fs = machine_with(1);
        let mut status = status(&fs);
        status.backend.options.publish = publish;
        status.save(&Worker { jobs: 2 }, None).unwrap();
        fs.put_second_name(PATH, "/app/other.toml");
        status.save(&Worker { jobs: 3 }, None).unwrap();
        assert!(fs.bytes("/app/other.toml").ends_with(b"jobs = 2\n"));
        assert!(fs.bytes(PATH).ends_with(b"jobs = 3\n"));
    }
}
