//! Who has a status for long, or has seen one, and finds that the lock or the status is gone.

use super::mutants::{Weakened, Weakness};
use super::{
    DIRECTORY, PATH, Worker, directory, load, machine_with, save, status, status_on, update,
};
use crate::api::{AutosaveOptions, Saver};
use crate::error::{Change, Error, Holder};
use crate::fs::FileSystem;
use crate::fs::simulated::Simulated;
use crate::store::backend::Backend;
use crate::store::directory::Directory;
use std::path::Path;
use std::process;

type Owner<F> = Saver<Directory<F>, Worker>;

/// An autosave that has saved 5, and is to save 9.
fn owner<F: FileSystem>(fs: F) -> Owner<F> {
    let saver = Saver::open(status_on(fs), AutosaveOptions::default(), process::id()).unwrap();
    saver.update(|worker| worker.jobs = 5);
    saver.save().unwrap();
    saver.update(|worker| worker.jobs = 9);
    saver
}

#[track_caller]
fn assert_changed<T>(result: Result<T, Error>, expected: Change) {
    match result.err() {
        Some(Error::Changed { how, .. }) => assert_eq!(how, expected),
        other => panic!("{other:?}"),
    }
}

fn take_lock_away(fs: &Simulated) {
    fs.take_away(Path::new(DIRECTORY).join("lock"));
}

/// Moves everything elsewhere, where no process of the machine can see it.
fn move_away(fs: &Simulated) {
    take_status_away(fs);
    fs.take_away("/app");
}

fn take_status_away(fs: &Simulated) {
    for name in fs.names(DIRECTORY) {
        fs.take_away(Path::new(DIRECTORY).join(name));
    }
    fs.take_away(DIRECTORY);
    fs.take_away(PATH);
}

#[test]
fn a_lock_that_was_taken_away_is_taken_again() {
    let fs = machine_with(4);
    let owner = owner(fs.clone());
    take_lock_away(&fs);
    owner.save().unwrap();
    assert_eq!(load(&fs).unwrap(), 9);
    let other = fs.process();
    assert!(matches!(save(&other, 7), Err(Error::Locked { .. })));
    take_lock_away(&fs);
    let held = status(&other).lock().unwrap();
    owner.update(|worker| worker.jobs = 10);
    assert!(matches!(owner.save(), Err(Error::Locked { .. })));
    drop(held);
    owner.save().unwrap();
    assert_eq!(load(&fs).unwrap(), 10);
}

/// Who has begun a status need not say so again, nor sync more than any other.
#[test]
fn only_the_first_save_of_an_owner_is_a_first_save() {
    let fs = Simulated::new();
    let owner = owner(fs.clone());
    fs.take_calls();
    owner.save().unwrap();
    let calls = fs.take_calls();
    assert!(calls.contains(&"sync 2.toml".to_owned()), "{calls:?}");
    let is_of_a_first = |call: &String| {
        let sync = call.strip_prefix("sync ").unwrap_or_default();
        call == "write lock" || sync == "published" || sync.contains(".tmp")
    };
    assert!(!calls.iter().any(is_of_a_first), "{calls:?}");
}

/// What another has saved while an owner was without its lock is what is saved in the end.
fn is_overwritten<F: FileSystem>(see: impl Fn(Simulated) -> F) -> bool {
    let fs = machine_with(4);
    let owner = owner(see(fs.clone()));
    take_lock_away(&fs);
    save(&fs.process(), 7).unwrap();
    for _ in 0..2 {
        if owner.save().is_ok() {
            return true;
        }
        assert_changed(owner.save(), Change::WhileUnlocked);
        assert_eq!(load(&fs).unwrap(), 7);
    }
    // It has it no more.
    save(&fs.process(), 8).unwrap();
    false
}

#[test]
fn what_was_saved_while_the_lock_was_lost_is_not_overwritten() {
    assert!(!is_overwritten(|fs| fs));
}

#[test]
fn a_lost_lock_that_is_not_seen_is_found() {
    assert!(is_overwritten(|fs| Weakened::new(
        fs,
        Weakness::LostLockNotSeen
    )));
}

/// Between the look at what is there and the lock.
#[test]
fn what_is_saved_before_the_lock_is_taken_again_is_not_overwritten() {
    let fs = machine_with(4);
    let owner = owner(fs.clone());
    take_lock_away(&fs);
    let other = fs.process();
    fs.meanwhile_before("open or create lock 0600", move || save(&other, 7).unwrap());
    assert_changed(owner.save(), Change::WhileUnlocked);
    assert!(!fs.forget_fault());
    assert_eq!(load(&fs).unwrap(), 7);
}

#[test]
fn an_owner_that_has_seen_no_status_does_not_replace_the_first() {
    let fs = machine_with(1);
    directory(&fs).remove().unwrap();
    let lock = status(&fs);
    let mut held = lock.lock_for_good(Holder::StatusLock).unwrap();
    let held = &mut held;
    take_lock_away(&fs);
    lock.keep(held).unwrap();
    take_lock_away(&fs);
    save(&fs.process(), 7).unwrap();
    assert_changed(lock.keep(held), Change::WhileUnlocked);
}

/// What is no status is refused where it is loaded or saved.
#[test]
fn an_owner_that_could_not_see_the_status_compares_nothing() {
    let fs = machine_with(4);
    fs.take_away(PATH);
    fs.put_directory(PATH);
    let lock = status(&fs);
    let mut held = lock.lock_for_good(Holder::StatusLock).unwrap();
    take_lock_away(&fs);
    let kept = lock.keep(&mut held);
    assert!(matches!(kept, Err(Error::Unsafe { .. })), "{kept:?}");
    fs.take_away(PATH);
    save(&fs.process(), 7).unwrap();
    lock.keep(&mut held).unwrap();
    lock.save(&Worker { jobs: 8 }, Some(&held)).unwrap();
    assert_eq!(load(&fs).unwrap(), 8);
}

#[test]
fn a_status_that_is_moved_from_under_its_owner_is_not_begun_again() {
    let fs = machine_with(4);
    let owner = owner(fs.clone());
    move_away(&fs);
    for _ in 0..2 {
        assert_changed(owner.save(), Change::Gone);
        assert_eq!(fs.names("/app"), [""; 0]);
    }
    // Another instance begins there.
    fs.put_directory("/app");
    assert_changed(owner.save(), Change::Gone);
    assert_eq!(fs.names("/app"), [""; 0]);
    save(&fs.process(), 1).unwrap();
    assert_changed(owner.save(), Change::WhileUnlocked);
    assert_eq!(load(&fs.process()).unwrap(), 1);
}

/// By a person, as no removal takes place while it is locked.
#[test]
fn a_status_that_is_taken_from_its_owner_is_not_begun_again() {
    let fs = machine_with(4);
    let owner = owner(fs.clone());
    take_status_away(&fs);
    assert_changed(owner.save(), Change::Gone);
    assert_eq!(fs.names("/app"), [""; 0]);
}

/// As after its file system was unmounted: the path is there, and leads to another directory.
#[test]
fn who_has_saved_a_status_begins_none_where_it_was_moved_away() {
    for is_there in [false, true] {
        let fs = machine_with(4);
        move_away(&fs);
        if is_there {
            fs.put_directory("/app");
        }
        for result in [
            save(&fs, 5),
            update(&fs),
            load(&fs).map(drop),
            status(&fs).load_or_default().map(drop),
            status(&fs).lock_for_good(Holder::Autosave).map(drop),
        ] {
            assert_changed(result, Change::Gone);
        }
        assert_eq!(fs.names("/app"), [""; 0]);
        // Another process has seen none.
        assert!(matches!(load(&fs.process()), Err(Error::NotFound { .. })));

        directory(&fs).remove().unwrap();
        save(&fs, 6).unwrap();
        assert_eq!(load(&fs).unwrap(), 6);
    }
}

/// What another process has begun there is a status, and this one goes on from it.
#[test]
fn who_finds_another_status_in_the_place_of_one_that_was_moved_away_has_found_one() {
    let fs = machine_with(4);
    move_away(&fs);
    fs.put_directory("/app");
    let other = fs.process();
    let held = status(&other).lock().unwrap();
    assert_changed(load(&fs), Change::Gone);
    drop(held);
    // Only its lock is there, and what has the name of a generation and is none.
    for made in [DIRECTORY, "/app/worker.toml.status/7.toml"] {
        fs.put_directory(made);
        assert_changed(save(&fs, 5), Change::Gone);
        assert_changed(update(&fs), Change::Gone);
    }
    save(&other, 6).unwrap();
    update(&fs).unwrap();
    assert_eq!(load(&fs).unwrap(), 7);
}

#[test]
fn a_removal_by_this_process_or_by_another_is_followed_by_a_new_beginning() {
    let fs = machine_with(4);
    for remover in [fs.clone(), fs.process()] {
        directory(&remover).remove().unwrap();
        assert!(matches!(load(&fs), Err(Error::NotFound { .. })));
        save(&fs, 1).unwrap();
        update(&fs).unwrap();
        assert_eq!(load(&fs).unwrap(), 2);
    }
}
