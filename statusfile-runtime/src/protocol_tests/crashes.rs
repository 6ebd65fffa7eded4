//! Every row of events, under each model of what a power loss keeps.

use super::model::Explorer;
use crate::fs::simulated::{Crash, Simulated};

fn assert_nothing_is_lost(crash: Crash, length: usize) {
    let explorer = match crash {
        Crash::Prefix => Explorer::new(crash, |fs| fs),
        Crash::Subset | Crash::Halves | Crash::Revival => {
            Explorer::new(crash, |fs| fs).without_links()
        }
    };
    assert_none_is_lost_by(explorer, crash, length);
}

/// The same where people edit a file at the path.
#[cfg(feature = "editable")]
fn assert_no_setting_is_lost(crash: Crash, length: usize) {
    let explorer = Explorer::new(crash, |fs| fs).without_links().editable();
    assert_none_is_lost_by(explorer, crash, length);
}

fn assert_none_is_lost_by(explorer: Explorer<Simulated>, crash: Crash, length: usize) {
    match explorer.explore(length) {
        Ok(figures) => {
            println!("{crash:?}, rows of {length}: {figures:?}");
            assert!(figures.states > 500, "{figures:?}");
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
    let explorer = explorer.without_links().after_saves(2);
    explorer.explore(1).unwrap();
}

#[cfg(feature = "editable")]
#[test]
fn of_settings_with_an_ordered_journal() {
    assert_no_setting_is_lost(Crash::Prefix, 2);
}

#[cfg(feature = "editable")]
#[test]
fn of_settings_with_any_subset_of_the_unsynced_changes() {
    assert_no_setting_is_lost(Crash::Subset, 2);
}

#[cfg(feature = "editable")]
#[test]
fn of_settings_with_any_subset_and_renames_in_halves() {
    assert_no_setting_is_lost(Crash::Halves, 2);
}

#[cfg(feature = "editable")]
#[test]
#[ignore = "takes minutes"]
fn longer_rows_of_settings() {
    assert_no_setting_is_lost(Crash::Prefix, 3);
    assert_no_setting_is_lost(Crash::Subset, 3);
}

#[test]
#[ignore = "takes minutes"]
fn longer_rows_with_an_ordered_journal() {
    assert_nothing_is_lost(Crash::Prefix, 4);
}

#[test]
#[ignore = "takes minutes"]
fn longer_rows_with_any_subset_of_the_unsynced_changes() {
    assert_nothing_is_lost(Crash::Subset, 3);
}

#[test]
#[ignore = "takes minutes"]
fn longer_rows_with_removed_files_under_new_names() {
    assert_nothing_is_lost(Crash::Revival, 3);
}

#[test]
#[ignore = "takes minutes"]
fn longer_rows_with_any_subset_and_renames_in_halves() {
    assert_nothing_is_lost(Crash::Halves, 3);
}
