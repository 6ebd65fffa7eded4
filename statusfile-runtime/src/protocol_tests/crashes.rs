//! Every row of events, under each model of what a power cut keeps.
//!
//! In the ordinary tests the rows are two events long; with `STATUSFILE_FULL=1`, three.

use super::explorer::Explorer;
use crate::fs::simulated::Crash;

fn assert_nothing_is_lost(crash: Crash) {
    let length = if std::env::var_os("STATUSFILE_FULL").is_some() {
        3
    } else {
        2
    };
    match Explorer::new(crash, |fs| fs).explore(length) {
        Ok(figures) => {
            println!("{crash:?}, rows of {length}: {figures:?}");
            assert!(figures.states > 100, "{figures:?}");
        }
        Err(loss) => panic!("lost: {loss}"),
    }
}

#[test]
fn with_an_ordered_journal() {
    assert_nothing_is_lost(Crash::Prefix);
}

#[test]
fn with_any_subset_of_the_unflushed_changes() {
    assert_nothing_is_lost(Crash::Subset);
}

#[test]
fn with_any_subset_and_renames_in_halves() {
    assert_nothing_is_lost(Crash::Halves);
}
