//! What is kept, what comes back, what is taken away, and what people edit.

use super::{
    DIRECTORY, PATH, Worker, directory, load, machine_with, save, settings, status, unsealed,
};
use crate::error::DamageKind;
use crate::error::{Error, Step};
use crate::fs::simulated::{Crash, Simulated};
use crate::store::backend::Backend;
use crate::store::snapshot::Origin;
use std::path::{Path, PathBuf};

const DOTFILES: &str = "/app/dotfiles.toml";

/// EXDEV: source and target of a rename lie on two file systems.
const CROSSES_DEVICES: i32 = 18;

fn generation(generation: u64) -> PathBuf {
    Path::new(DIRECTORY).join(format!("{generation}.toml"))
}

fn save_settings(fs: &Simulated, jobs: u64) -> Result<(), Error> {
    settings(fs).save(&Worker { jobs }, None)
}

fn text(fs: &Simulated, path: &str) -> String {
    String::from_utf8(fs.bytes(path)).unwrap()
}

#[test]
fn history_tells_of_good_and_damaged() {
    let fs = machine_with(2);
    fs.put(generation(4), b"torn");
    fs.put_sparse(generation(5), 1 << 40);
    fs.put_link(generation(6), "elsewhere");
    let history = directory(&fs).history().unwrap();
    let told: Vec<_> = history
        .iter()
        .map(|kept| (kept.number, kept.bytes, kept.version.is_ok()))
        .collect();
    let whole = Some(fs.bytes(generation(3)).len() as u64);
    assert_eq!(
        told,
        [
            (6, None, false),
            (5, Some(1 << 40), false),
            (4, Some(4), false),
            (3, whole, true),
            (2, whole, true)
        ]
    );
    assert!(directory(&Simulated::new()).history().unwrap().is_empty());
}

#[test]
fn history_passes_over_what_a_save_has_just_retired() {
    let fs = machine_with(4);
    let person = fs.process();
    fs.meanwhile_after(3, move || save(&person, 5).unwrap());
    let history = directory(&fs).history().unwrap();
    assert_eq!(history.len(), 1);
    assert_eq!(history[0].number, 5);
}

#[test]
fn what_is_not_kept_damaged_or_unreadable_is_not_restored() {
    let fs = machine_with(4);
    let Err(Error::Io {
        step,
        location,
        cause,
    }) = status(&fs).restore(3)
    else {
        panic!();
    };
    assert_eq!((step, location), (Step::Read, generation(3).into()));
    assert!(cause.to_string().contains("5, 4"), "{cause}");
    fs.put(generation(4), b"torn");
    let error = status(&fs).restore(4).unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
    assert_eq!(load(&fs).unwrap(), 4);
}

#[test]
fn what_is_restored_is_the_same_to_the_letter() {
    let fs = machine_with(4);
    let older = fs.bytes(generation(4));
    assert_eq!(status(&fs).restore(4).unwrap().jobs, 3);
    assert_eq!(unsealed(&fs.bytes(generation(6))), unsealed(&older));
    let loaded = status(&fs).read_generation(5).unwrap();
    assert_eq!(
        (loaded.value.jobs, loaded.origin),
        (4, Origin::Generation(5))
    );
}

#[test]
fn removing_nothing_makes_nothing() {
    let fs = Simulated::new();
    directory(&fs).remove().unwrap();
    assert_eq!(fs.names("/app"), [""; 0]);
}

/// Otherwise a power loss could take it back, and leave any of those before it.
#[test]
fn a_status_that_a_dead_writer_left_visible_is_durable_before_others_go() {
    // Once it had renamed its file, and once it had synced that as well.
    for calls in [14, 15] {
        let fs = machine_with(4);
        let dying = fs.process();
        dying.kill_after(calls);
        save(&dying, 5).unwrap_err();
        assert_eq!(load(&fs).unwrap(), 5);
        remove_killed_everywhere(&fs);
    }
}

/// After a power loss, too, a load finds one of the last two statuses or none.
fn remove_killed_everywhere(fs: &Simulated) {
    for calls in 0.. {
        let fs = Simulated::with(fs.medium());
        fs.kill_after(calls);
        let removed = directory(&fs).remove();
        for medium in fs.medium().after_power_cut(Crash::Subset) {
            match load(&Simulated::with(medium)) {
                Ok(jobs) => assert!(jobs >= 4, "{jobs}, killed after {calls} calls"),
                Err(error) => assert!(matches!(error, Error::NotFound { .. }), "{error}"),
            }
        }
        if removed.is_ok() {
            break;
        }
    }
}

#[test]
fn what_others_keep_beside_a_status_stays_when_it_goes() {
    let fs = machine_with(4);
    let notes = Path::new(DIRECTORY).join("notes");
    fs.put(&notes, b"mine");
    fs.put(generation(5), b"torn");
    save(&fs, 5).unwrap();
    assert!(fs.names(DIRECTORY).contains(&"5.damaged".into()));
    directory(&fs).remove().unwrap();
    assert_eq!(fs.names(DIRECTORY), ["notes"]);
    assert!(matches!(load(&fs), Err(Error::NotFound { .. })));
}

#[test]
fn settings_are_copied_to_the_path_and_the_copy_is_no_edit() {
    let fs = Simulated::new();
    save_settings(&fs, 1).unwrap();
    save_settings(&fs, 2).unwrap();
    assert_eq!(fs.bytes(PATH), fs.bytes(generation(3)));
    let loaded = settings(&fs).read().unwrap();
    assert_eq!(
        (loaded.value.jobs, loaded.origin),
        (2, Origin::Generation(3))
    );
    fs.put(PATH, b"jobs = 20 # mine\n");
    let loaded = settings(&fs).read().unwrap();
    assert_eq!((loaded.value.jobs, loaded.origin), (20, Origin::Edit));
    let good = settings(&fs).read_last_good().unwrap();
    assert_eq!((good.value.jobs, good.origin), (2, Origin::Generation(3)));
}

/// What is left is the moment between the last look at the file and its replacement.
#[test]
fn an_edit_made_while_settings_are_saved_is_kept_or_wins() {
    let mut lost_before = Vec::new();
    for calls in 0.. {
        let fs = Simulated::new();
        save_settings(&fs, 1).unwrap();
        fs.take_calls();
        let person = fs.process();
        fs.meanwhile_after(calls, move || person.put(PATH, b"jobs = 60 # mine\n"));
        save_settings(&fs, 2).unwrap();
        if fs.forget_fault() {
            break;
        }
        let made = fs.take_calls();
        let older = settings(&fs).backend.history().unwrap()[1].number;
        let older = status(&fs).read_generation(older).unwrap();
        if settings(&fs).load().unwrap().jobs != 60 && older.value.jobs != 60 {
            let made: Vec<_> = made
                .into_iter()
                .filter(|call| !call.starts_with("close "))
                .collect();
            lost_before.push(made[calls].clone());
        }
    }
    assert_eq!(lost_before, ["rename 5.tmp to worker.toml"]);
}

#[test]
fn an_empty_file_that_people_edit_is_written_again() {
    let fs = Simulated::new();
    save_settings(&fs, 1).unwrap();
    fs.put(PATH, b"");
    let loaded = settings(&fs).read().unwrap();
    assert!(matches!(loaded.skipped[0].kind, DamageKind::Empty));
    save_settings(&fs, 2).unwrap();
    assert_eq!(fs.bytes(PATH), fs.bytes(generation(3)));
}

#[test]
fn a_link_to_the_dotfiles_is_followed_and_stays() {
    let fs = Simulated::new();
    fs.put(DOTFILES, b"jobs = 1 # mine\n");
    fs.put_link(PATH, DOTFILES);
    assert_eq!(settings(&fs).load().unwrap().jobs, 1);
    save_settings(&fs, 2).unwrap();
    assert!(text(&fs, DOTFILES).ends_with("\njobs = 2 # mine\n"));
    assert_eq!(settings(&fs).load().unwrap().jobs, 2);
    assert!(matches!(load(&fs), Err(Error::Unsafe { .. })));
    let error = settings(&fs).backend.remove().unwrap_err();
    assert!(matches!(error, Error::Unsafe { .. }), "{error}");
}

#[test]
fn dotfiles_on_another_file_system_are_replaced_from_beside_them() {
    let fs = Simulated::new();
    fs.put(DOTFILES, b"jobs = 1 # mine\n");
    fs.put_link(PATH, DOTFILES);
    save_settings(&fs, 2).unwrap();
    fs.take_calls();
    save_settings(&fs, 3).unwrap();
    let calls = fs.take_calls().into_iter();
    let mut calls = calls.filter(|call| !call.starts_with("close "));
    let rename = calls
        .position(|call| call.ends_with(" to dotfiles.toml"))
        .unwrap();
    fs.fail_after(rename, CROSSES_DEVICES);
    save_settings(&fs, 4).unwrap();
    assert!(text(&fs, DOTFILES).ends_with("\njobs = 4 # mine\n"));
    assert_eq!(fs.names("/app").len(), 3);
    assert!(super::listing(&fs).temps.is_empty());
}

#[test]
fn a_link_that_leads_nowhere_is_an_error() {
    let fs = machine_with(4);
    fs.put_link(PATH, DOTFILES);
    for result in [
        save_settings(&fs, 5),
        settings(&fs).load().map(drop),
        settings(&fs).backend.remove(),
    ] {
        assert!(matches!(result, Err(Error::Io { .. })), "{result:?}");
    }
}
