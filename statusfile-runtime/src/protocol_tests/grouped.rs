//! Threads that save one status at once.

use super::{PATH, WORKER, Worker, directory, listing, load, machine_with, save, status};
use crate::codec::encode::encode;
use crate::error::{Error, Location, Step};
use crate::fs::Platform;
use crate::fs::simulated::{Crash, MEDIUM_ERROR, Simulated};
use crate::store::backend::Gate;
use crate::store::backend::{Backend, Over};
use crate::store::group::Group;
use crate::store::limits::Limits;
use crate::store::places::Place;
use crate::store::saved::Saved;
use crate::store::sealed::Sealed;
use std::ops::RangeInclusive;
use std::panic;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::UNIX_EPOCH;

/// What is saved one after the other, then by the first of the threads, then by the others.
const BEFORE: u64 = 4;
const FIRST: u64 = 5;
const OTHERS: RangeInclusive<u64> = 6..=9;

fn encoded(jobs: u64) -> Sealed {
    let location = Location::from(PATH);
    let new = encode(&location, &Worker { jobs }).unwrap();
    WORKER
        .proved(&location, &new, Saved::at(UNIX_EPOCH), Limits::DEFAULT)
        .unwrap()
}

/// Threads that save with the usual options on this machine, and the place that they are found by.
fn group(fs: &Simulated) -> (Arc<Place>, Arc<Group>) {
    let above = fs.open_directory(Path::new("/app")).unwrap();
    let place = Place::of(fs.directory_id(&above).unwrap(), "worker.toml".into());
    let group = place.group((directory(fs).options, WORKER.reader(), WORKER.key()));
    (place, group)
}

fn commit(fs: &Simulated, new: &Sealed) -> Result<(), Error> {
    directory(fs)
        .commit(new, Over::Anything, &WORKER, None)
        .map(drop)
}

/// Lets others save while the first does, so that they share the commit after it; in between there
/// is a `strike`. Returns what the others got.
fn save_together<R: Send>(
    fs: &Simulated,
    group: &Group,
    save: impl Fn(u64) -> R + Sync,
    strike: impl FnOnce(),
) -> Vec<thread::Result<R>> {
    thread::scope(|scope| {
        let mut others = Vec::new();
        let first = group.save(&Location::from(PATH), encoded(FIRST), |status| {
            for (waiting, jobs) in OTHERS.enumerate() {
                let save = &save;
                others.push(scope.spawn(move || save(jobs)));
                while group.waiting() == waiting {
                    thread::yield_now();
                }
            }
            let saved = commit(fs, status);
            strike();
            saved
        });
        first.unwrap();
        others
            .into_iter()
            .map(thread::ScopedJoinHandle::join)
            .collect()
    })
}

/// The same with the usual save. The others share one outcome, and so this returns one.
fn saved_together(fs: &Simulated, strike: impl FnOnce()) -> Result<(), Error> {
    let (_place, group) = group(fs);
    let save = |jobs| status(fs).save_shared(&Worker { jobs });
    let outcomes = save_together(fs, &group, save, strike);
    let mut outcomes: Vec<_> = outcomes.into_iter().map(Result::unwrap).collect();
    let told: Vec<_> = outcomes
        .iter()
        .map(|outcome| format!("{outcome:?}"))
        .collect();
    assert!(told.iter().all(|outcome| *outcome == told[0]), "{told:?}");
    outcomes.remove(0)
}

#[test]
fn what_came_last_is_saved_for_all() {
    let fs = machine_with(BEFORE);
    let newest = listing(&fs).generations[0];
    saved_together(&fs, || ()).unwrap();
    assert_eq!(load(&fs).unwrap(), *OTHERS.end());
    assert_eq!(listing(&fs).generations, [newest + 2, newest + 1]);
}

#[test]
fn a_crash_loses_nothing_that_any_of_them_acknowledged() {
    for calls in 0.. {
        let fs = machine_with(BEFORE);
        let outcome = saved_together(&fs, || fs.kill_after(calls));
        let allowed = match outcome {
            Ok(()) => &[*OTHERS.end()][..],
            Err(_) => &[FIRST, *OTHERS.end()],
        };
        for medium in fs.medium().after_power_cut(Crash::Subset) {
            let loaded = load(&Simulated::with(medium)).unwrap();
            assert!(allowed.contains(&loaded), "{loaded}, killed after {calls}");
        }
        if fs.forget_fault() {
            break;
        }
    }
}

#[test]
fn a_failure_is_told_to_all_of_them() {
    for calls in 0.. {
        let fs = machine_with(BEFORE);
        let outcome = saved_together(&fs, || fs.fail_after(calls, MEDIUM_ERROR));
        if fs.forget_fault() {
            break;
        }
        let expected = match &outcome {
            Err(error) if !error.may_be_visible() => FIRST,
            _ => *OTHERS.end(),
        };
        assert_eq!(load(&fs).unwrap(), expected, "{outcome:?}");
        save(&fs, 10).unwrap();
        assert!(listing(&fs).temps.is_empty());
        assert!(!fs.is_locked());
    }
}

/// Each is saved in the layout of the one before.
#[cfg(feature = "editable")]
#[test]
fn what_people_edit_is_saved_by_each_thread_itself() {
    let fs = machine_with(BEFORE);
    let newest = listing(&fs).generations[0];
    let group = Group::default();
    let settings = super::settings(&fs);
    let save = |jobs| settings.save_shared(&Worker { jobs });
    thread::scope(|scope| {
        let commit = group.save(&Location::from(PATH), encoded(FIRST), |status| {
            scope.spawn(|| save(FIRST).unwrap()).join().unwrap();
            commit(&fs, status)
        });
        commit.unwrap();
    });
    assert_eq!(listing(&fs).generations[0], newest + 2);
}

#[test]
fn a_panic_is_an_error_for_the_others() {
    let fs = machine_with(BEFORE);
    let group = Group::default();
    let save = |jobs| {
        group.save(&Location::from(PATH), encoded(jobs), |_| {
            panic::resume_unwind(Box::new("in code of the type"))
        })
    };
    let outcomes = save_together(&fs, &group, save, || ());
    let (panicked, told): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_err);
    assert_eq!(panicked.len(), 1);
    for outcome in told {
        let Ok(Err(Error::Io { step, cause, .. })) = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(step, Step::Share);
        assert!(cause.to_string().contains("panicked"), "{cause}");
    }
    let settle = |sealed: &Sealed| commit(&fs, sealed);
    group
        .save(&Location::from(PATH), encoded(10), settle)
        .unwrap();
    assert_eq!(load(&fs).unwrap(), 10);
}
