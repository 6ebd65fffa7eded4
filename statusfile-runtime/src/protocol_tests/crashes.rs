//! Every row of events, under each model of what a power loss keeps.

use super::model::Explorer;
use super::{DIRECTORY, PATH, load, machine_with, save};
use crate::fs::simulated::{Crash, Medium, Simulated};
use crate::store::options::Publish;
use std::env;
use std::path::Path;

fn assert_nothing_is_lost(crash: Crash, length: usize) {
    assert_none_is_lost_by(Explorer::new(crash, |fs| fs), crash, length);
}

/// The same where saves put something else at the path than a copy.
fn assert_nothing_is_lost_publishing(publish: Publish, crash: Crash, length: usize) {
    let explorer = Explorer::new(crash, |fs| fs).publishing(publish);
    assert_none_is_lost_by(explorer, crash, length);
}

fn assert_nothing_is_lost_on(limit: fn(Medium) -> Medium, crash: Crash, length: usize) {
    let explorer = Explorer::new(crash, |fs| fs).on(limit);
    assert_none_is_lost_by(explorer, crash, length);
}

fn assert_none_is_lost_by(explorer: Explorer<Simulated>, crash: Crash, length: usize) {
    // The machine is the same everywhere, and Windows stands for Wine, which takes its time.
    let (length, least) = if cfg!(windows) {
        (1, 40)
    } else {
        (length, 500)
    };
    match explorer.explore(length) {
        Ok(figures) => {
            println!("{crash:?}, rows of {length}: {figures:?}");
            assert!(figures.states > least, "{figures:?}");
        }
        Err(loss) => panic!("{crash:?}, rows of {length}: {loss}"),
    }
}

#[test]
fn with_an_ordered_journal() {
    assert_nothing_is_lost(Crash::Prefix, 2);
}

#[test]
fn with_any_subset_of_the_unsynced_changes() {
    assert_nothing_is_lost(Crash::Subset, 2);
}

#[test]
fn with_any_subset_and_renames_in_halves() {
    assert_nothing_is_lost(Crash::Halves, 2);
}

#[test]
fn with_removed_files_under_new_names() {
    // The first save that may come upon a removed status is the third.
    let explorer = Explorer::new(Crash::Revival, |fs| fs);
    let explorer = explorer.after_saves(2);
    explorer.explore(1).unwrap();
}

#[test]
fn without_a_file_at_the_path() {
    assert_nothing_is_lost_publishing(Publish::Never, Crash::Prefix, 2);
    assert_nothing_is_lost_publishing(Publish::Never, Crash::Halves, 2);
}

#[test]
fn with_a_link_at_the_path() {
    assert_nothing_is_lost_publishing(Publish::Link, Crash::Prefix, 2);
    assert_nothing_is_lost_publishing(Publish::Link, Crash::Halves, 2);
}

#[test]
fn without_exchange() {
    assert_nothing_is_lost_on(Medium::without_exchange, Crash::Prefix, 2);
    assert_nothing_is_lost_on(Medium::without_exchange, Crash::Subset, 2);
}

#[test]
fn while_others_have_open_what_is_replaced() {
    assert_nothing_is_lost_on(Medium::in_use, Crash::Prefix, 2);
    assert_nothing_is_lost_on(Medium::in_use, Crash::Subset, 2);
}

#[test]
fn with_a_status_directory_that_is_a_mount() {
    assert_nothing_is_lost_on(Medium::divided, Crash::Prefix, 2);
    assert_nothing_is_lost_on(Medium::divided, Crash::Subset, 2);
    let both = |medium: Medium| medium.divided().without_exchange();
    assert_nothing_is_lost_on(both, Crash::Prefix, 2);
}

/// How long the rows are that are walked, normally and at full length.
fn longest(normally: usize, full: usize) -> usize {
    match env::var_os("STATUSFILE_FULL") {
        Some(_) => full,
        None => normally,
    }
}

#[test]
#[ignore = "takes minutes"]
fn longer_rows_with_an_ordered_journal() {
    assert_nothing_is_lost(Crash::Prefix, longest(3, 4));
}

#[test]
#[ignore = "takes minutes"]
fn longer_rows_with_any_subset_of_the_unsynced_changes() {
    assert_nothing_is_lost(Crash::Subset, 3);
}

#[test]
#[ignore = "takes minutes"]
fn longer_rows_with_removed_files_under_new_names() {
    assert_nothing_is_lost(Crash::Revival, longest(2, 3));
}

#[test]
#[ignore = "takes minutes"]
fn longer_rows_with_any_subset_and_renames_in_halves() {
    assert_nothing_is_lost(Crash::Halves, longest(2, 3));
}

/// What a person writes while a save runs.
const EDIT: &[u8] = b"jobs = 60\n# edit\n";

/// The name of the file in which the edit is kept, if a load does not find it.
fn keeps_edit(fs: &Simulated, case: &str) -> Option<String> {
    let own = Path::new(DIRECTORY);
    let is_edit = |name: &String| fs.bytes(own.join(name)).ends_with(EDIT);
    match load(fs) {
        Ok(60) => None,
        Ok(4..=6) => {
            let kept = fs.names(own).into_iter().find(is_edit);
            Some(kept.unwrap_or_else(|| panic!("{case}: the edit is lost")))
        }
        other => panic!("{case}: {other:?}"),
    }
}

/// A person edits between any two calls of a save, which is killed at any later call or comes to its end. A
/// file that a person puts at the path is there for good; into which one an editor writes, a power loss may tell.
/// It may not take one half of the exchange alone, as a file system without a journal does.
#[test]
fn with_an_edit_during_a_save_that_is_killed() {
    for in_place in [false, true] {
        for edited_after in 0.. {
            for killed_after in 0.. {
                let fs = machine_with(4);
                let person = fs.process();
                fs.meanwhile_after(edited_after, move || {
                    if in_place {
                        person.write_in_place(PATH, EDIT);
                    } else {
                        person.put(PATH, EDIT);
                    }
                    person.kill_after(killed_after);
                });
                let saved = save(&fs, 5);
                let is_complete = fs.forget_fault();
                if is_complete && killed_after == 0 {
                    break;
                }
                let case =
                    format!("{in_place}: edited after {edited_after}, killed after {killed_after}");
                assert!(saved.is_ok() || !is_complete, "{case}: {saved:?}");
                let mut disks = vec![fs.medium()];
                if !in_place {
                    disks.extend(fs.medium().after_power_cut(Crash::Subset));
                }
                for disk in disks {
                    let fs = Simulated::with(disk);
                    // As a generation it has its time, like any status.
                    let kept = keeps_edit(&fs, &case);
                    save(&fs, 6).unwrap();
                    if kept.is_none_or(|name| matches!(&*name, "published" | "4.aside")) {
                        keeps_edit(&fs, &case);
                    }
                }
                if is_complete {
                    break;
                }
            }
            let fs = machine_with(4);
            fs.meanwhile_after(edited_after, || {});
            save(&fs, 5).unwrap();
            if fs.forget_fault() {
                assert!(edited_after > 25, "{edited_after}");
                break;
            }
        }
    }
}
