//! Every row of events, under each model of what a power cut keeps.
//!
//! With `STATUSFILE_FULL=1` the rows are one event longer than in the ordinary tests.

use super::explorer::Explorer;
use crate::fs::simulated::Crash;

fn assert_nothing_is_lost(crash: Crash, length: usize) {
    let length = length + usize::from(std::env::var_os("STATUSFILE_FULL").is_some());
    match Explorer::new(crash, |fs| fs).explore(length) {
        Ok(figures) => {
            println!("{crash:?}, rows of {length}: {figures:?}");
            assert!(figures.states > 500, "{figures:?}");
        }
        Err(loss) => panic!("{crash:?}, rows of {length}: {loss}"),
    }
}

#[test]
fn with_an_ordered_journal() {
    assert_nothing_is_lost(Crash::Prefix, 3);
}

#[test]
fn with_any_subset_of_the_unflushed_changes() {
    assert_nothing_is_lost(Crash::Subset, 2);
}

#[test]
fn with_any_subset_and_renames_in_halves() {
    assert_nothing_is_lost(Crash::Halves, 2);
}
