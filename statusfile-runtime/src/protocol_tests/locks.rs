//! The lock: who has it, what becomes of one that is gone, and what it says of a status.

use super::edge_cases::hide;
use super::{DIRECTORY, PATH, directory, load, machine_with, save, status, update};
use crate::error::{DamageKind, Error, Holder, Step};
use crate::fs::simulated::{MEDIUM_ERROR, Simulated};
use crate::store::backend::Backend;
use crate::store::directory::layout::lock_text;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// ENOSYS, by its number on Linux; `ERROR_CALL_NOT_IMPLEMENTED`.
const NOT_THERE: i32 = if cfg!(windows) { 120 } else { 38 };

/// Its second name.
const ELSEWHERE: &str = "/app/precious";

fn lock() -> PathBuf {
    Path::new(DIRECTORY).join("lock")
}

fn take_all_but_the_lock(fs: &Simulated) {
    fs.take_away(PATH);
    for name in fs.names(DIRECTORY) {
        if name != "lock" {
            fs.take_away(Path::new(DIRECTORY).join(name));
        }
    }
}

/// A clean-up by pattern takes every file but `lock`, or a cleaner takes the status alone.
#[test]
fn what_is_gone_as_a_whole_is_damage_and_no_new_beginning() {
    let fs = machine_with(4);
    take_all_but_the_lock(&fs);
    for result in [load(&fs).map(drop), update(&fs)] {
        let Err(Error::Damaged { candidates, .. }) = result else {
            panic!("{result:?}");
        };
        assert_eq!(candidates.len(), 1);
        assert_eq!(candidates[0].location.path(), Some(&*lock()));
        assert_eq!(candidates[0].kind, DamageKind::Lost);
    }
    save(&fs, 5).unwrap();
    assert_eq!(load(&fs).unwrap(), 5);
    directory(&fs).remove().unwrap();
    assert!(matches!(load(&fs), Err(Error::NotFound { .. })));
}

#[test]
fn a_lock_that_lost_its_line_gets_it_again() {
    let fs = machine_with(4);
    let line = lock_text(0, true).unwrap();
    for bytes in [&b""[..], b"#", &line[..9]] {
        fs.put(lock(), bytes);
        save(&fs, 5).unwrap();
        assert_eq!(fs.bytes(lock()), line);
    }
}

#[test]
fn a_line_that_cannot_be_written_is_an_error_after_the_save() {
    for calls in [27, 28] {
        let fs = machine_with(4);
        fs.put(lock(), b"");
        fs.fail_after(calls, MEDIUM_ERROR);
        let error = save(&fs, 5).unwrap_err();
        assert!(error.may_be_visible(), "{error}");
        assert_eq!(error.path(), Some(&*lock()));
        assert_eq!(load(&fs).unwrap(), 5);
    }
}

#[track_caller]
fn holder<T>(result: Result<T, Error>) -> Holder {
    match result.err() {
        Some(Error::Locked { holder, .. }) => holder,
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_has_it_is_named() {
    let fs = machine_with(4);
    let other = fs.process();
    let held = status(&other).lock().unwrap();
    let Holder::Process { id, .. } = holder(save(&fs, 5)) else {
        panic!();
    };
    assert_eq!(usize::try_from(id), Ok(other.number()));
    drop(held);
    let held = status(&fs).lock().unwrap();
    assert_eq!(holder(update(&fs)), Holder::ThisProcess);
    drop(held);
    let owner = Backend::lock_as(&directory(&fs), Holder::Autosave, Duration::ZERO);
    assert_eq!(holder(save(&fs, 5)), Holder::Autosave);
    drop(owner);
    save(&fs, 5).unwrap();
}

#[test]
fn one_that_goes_while_it_is_waited_for_is_waited_for_no_longer() {
    let fs = machine_with(4);
    let _held = status(&fs.process()).lock().unwrap();
    let person = fs.clone();
    fs.meanwhile_before("lock lock exclusive", move || person.take_away(lock()));
    save(&fs, 5).unwrap();
    assert!(!fs.forget_fault());
    assert_eq!(load(&fs).unwrap(), 5);
}

#[test]
fn a_load_beside_a_removal_finds_no_status() {
    fn beside<T>(load: impl FnOnce(&Simulated) -> Result<T, Error>) -> Result<T, Error> {
        let fs = machine_with(4);
        hide(&fs);
        let other = fs.process();
        fs.meanwhile_before("list worker.toml.status", move || {
            directory(&other).remove().unwrap();
        });
        let loaded = load(&fs);
        assert!(!fs.forget_fault());
        loaded
    }
    assert!(matches!(beside(load), Err(Error::NotFound { .. })));
    let history = beside(|fs| directory(fs).history());
    assert!(history.unwrap().is_empty());
}

#[test]
fn a_removal_that_was_cut_short_does_not_make_it_shorter() {
    let fs = machine_with(4);
    let (dying, machine) = (fs.process(), fs.clone());
    let number = dying.number();
    fs.meanwhile_before("list worker.toml.status", move || machine.kill(number));
    directory(&dying).remove().unwrap_err();
    let length = |fs: &Simulated| fs.bytes(lock()).len() as u64;
    assert_eq!(length(&fs), 100);
    assert_eq!(load(&fs).unwrap(), 4);

    save(&fs, 5).unwrap();
    assert_eq!(Some(fs.bytes(lock())), lock_text(100, true));
    assert_eq!(length(&fs), 150);
    take_all_but_the_lock(&fs);
    assert!(matches!(load(&fs), Err(Error::Damaged { .. })));
    directory(&fs).remove().unwrap();
    assert!(matches!(load(&fs), Err(Error::NotFound { .. })));
}

/// Whoever could make that name may have made it of somebody else's file.
#[test]
fn one_that_has_another_name_is_locked_and_not_written_to() {
    for precious in [&b"precious"[..], &[b'x'; 60]] {
        let fs = machine_with(4);
        fs.put(lock(), precious);
        fs.put_second_name(lock(), ELSEWHERE);
        save(&fs, 5).unwrap();
        assert_eq!(load(&fs).unwrap(), 5);
        assert_eq!(fs.bytes(ELSEWHERE), precious);
        directory(&fs).remove().unwrap();
        assert_eq!(fs.names("/app"), ["precious"]);
        assert_eq!(fs.bytes(ELSEWHERE), precious);
    }
}

#[test]
fn one_that_is_longer_than_any_of_ours_is_not_written_to() {
    let fs = machine_with(4);
    let long = vec![b'x'; 5000];
    fs.put(lock(), &long);
    save(&fs, 5).unwrap();
    assert_eq!(fs.bytes(lock()), long);
}

#[test]
fn where_there_are_none_that_is_the_step_that_failed() {
    let fs = machine_with(4);
    fs.fail_after(3, NOT_THERE);
    let Err(Error::Io { step, .. }) = save(&fs, 5) else {
        panic!();
    };
    assert_eq!(step, Step::Lock);
    assert_eq!(load(&fs).unwrap(), 4);
}
