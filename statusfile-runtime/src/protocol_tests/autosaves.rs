//! The save of an autosave, with a crash of its process, a power loss and a failure at each of its
//! calls.

use super::failures::ERRORS;
use super::{PATH, Worker, listing, load, machine_with, status};
use crate::api::{AutosaveOptions, Saver};
use crate::error::Error;
use crate::fs::simulated::{Crash, Simulated};
use crate::store::directory::Directory;
use crate::store::options::Publish;
use std::process;
use std::sync::Arc;

/// An autosave that has nothing to save yet, and no thread.
fn open(fs: &Simulated) -> Result<Saver<Directory<Simulated>, Worker>, Error> {
    Saver::open(status(fs), AutosaveOptions::default(), process::id())
}

fn set(saver: &Saver<Directory<Simulated>, Worker>, jobs: u64) {
    saver.update(|worker| worker.jobs = jobs);
}

/// Lets `strike` meet each call of a save of 9, after one of 5, until no call is left to meet.
fn meet_each_call(
    strike: impl Fn(&Simulated, &Arc<Saver<Directory<Simulated>, Worker>>, usize),
    check: impl Fn(&Simulated, &Saver<Directory<Simulated>, Worker>, Result<(), Error>, &str),
) {
    for calls in 0.. {
        let fs = machine_with(4);
        let saver = Arc::new(open(&fs).unwrap());
        set(&saver, 5);
        saver.save().unwrap();
        set(&saver, 9);
        strike(&fs, &saver, calls);
        let result = saver.save();
        if fs.forget_fault() {
            assert!(calls > 10, "{calls}");
            return;
        }
        check(&fs, &saver, result, &format!("after {calls} calls"));
    }
}

#[test]
fn killed_at_each_call_leave_what_was_acknowledged_or_the_newest() {
    meet_each_call(
        |fs, _, calls| fs.kill_after(calls),
        |fs, _, result, case| {
            assert!(matches!(load(&fs.process()), Ok(5 | 9)), "{case}");
            for crash in [Crash::Prefix, Crash::Subset, Crash::Halves] {
                for medium in fs.medium().after_power_cut(crash) {
                    let jobs = load(&Simulated::with(medium)).unwrap();
                    assert!(jobs == 9 || jobs == 5, "{case}, {crash:?}: {jobs}");
                    assert!(jobs == 9 || result.is_err(), "{case}, {crash:?}: {jobs}");
                }
            }
            // The lock of the dead is free.
            let next = open(&fs.process()).unwrap();
            next.update(|worker| worker.jobs += 10);
            next.save().unwrap();
            assert!(matches!(load(&fs.process()), Ok(15 | 19)), "{case}");
        },
    );
}

#[test]
fn failing_at_each_call_are_made_up_for_by_the_next() {
    for error in ERRORS {
        for fail in [Simulated::fail_after, Simulated::fail_from_then_on] {
            meet_each_call(
                |fs, _, calls| fail(fs, calls, error),
                |fs, saver, result, case| {
                    let case = format!("error {error} {case}");
                    match (load(fs), &result) {
                        (Ok(9), Ok(())) | (Ok(5), Err(_)) => {}
                        (Ok(9), Err(error)) if error.may_be_visible() => {}
                        other => panic!("{case}: {other:?}"),
                    }
                    saver.save().unwrap();
                    assert_eq!(load(fs).unwrap(), 9, "{case}");
                    for medium in fs.medium().after_power_cut(Crash::Halves) {
                        assert_eq!(load(&Simulated::with(medium)).unwrap(), 9, "{case}");
                    }
                    assert!(fs.is_locked(), "{case}");

                    set(saver, 10);
                    saver.save().unwrap();
                    assert_eq!(load(fs).unwrap(), 10, "{case}");
                    assert!(listing(fs).temps.is_empty(), "{case}");
                    assert!(listing(fs).generations.len() <= 3, "{case}");
                },
            );
        }
    }
}

#[test]
fn what_changes_during_a_save_is_left_to_the_next() {
    meet_each_call(
        |fs, saver, calls| {
            let saver = Arc::clone(saver);
            fs.meanwhile_after(calls, move || set(&saver, 10));
        },
        |fs, saver, result, case| {
            result.unwrap();
            assert_eq!(load(fs).unwrap(), 9, "{case}");
            saver.save().unwrap();
            assert_eq!(load(fs).unwrap(), 10, "{case}");
        },
    );
}

/// The lock, which settles it elsewhere, is never free.
#[test]
fn a_load_that_they_always_overtake_comes_to_its_end() {
    fn overtake(fs: &Simulated, saver: &Arc<Saver<Directory<Simulated>, Worker>>, round: u64) {
        // Before the newest is read, and that in between asks for the lock from the fifth time on.
        let calls = [4, 5, 5, 5].get(usize::try_from(round).unwrap());
        let (reader, owner) = (fs.clone(), Arc::clone(saver));
        fs.meanwhile_after(calls.copied().unwrap_or(10), move || {
            for _ in 0..2 {
                owner.update(|worker| worker.jobs += 1);
                owner.save().unwrap();
            }
            if round < 8 {
                overtake(&reader, &owner, round + 1);
            }
        });
    }
    let fs = machine_with(4);
    fs.take_away(PATH);
    let mut unpublished = status(&fs.process());
    unpublished.backend.options.publish = Publish::Never;
    let saver = Saver::open(unpublished, AutosaveOptions::default(), process::id());
    let saver = Arc::new(saver.unwrap());
    overtake(&fs, &saver, 0);
    assert_eq!(load(&fs).unwrap(), 22);
    assert!(!fs.forget_fault());
}

#[test]
fn nothing_is_saved_twice() {
    let fs = machine_with(4);
    let saver = open(&fs).unwrap();
    fs.take_calls();
    saver.save().unwrap();
    assert_eq!(fs.take_calls(), [""; 0]);
    set(&saver, 9);
    saver.save().unwrap();
    fs.take_calls();
    saver.save().unwrap();
    assert_eq!(fs.take_calls(), [""; 0]);
}
