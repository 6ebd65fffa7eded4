//! How many cases a property is tried with.

use proptest::prelude::ProptestConfig;
use std::env;

/// As many, or `STATUSFILE_CASES` times as many. Windows, which stands for Wine, takes its time: a tenth of them there.
pub(crate) fn in_cases(cases: u32) -> ProptestConfig {
    let cases = if cfg!(windows) {
        cases.div_ceil(10)
    } else {
        cases
    };
    let times = env::var("STATUSFILE_CASES").ok();
    let times = times.and_then(|times| times.parse::<u32>().ok());
    ProptestConfig {
        cases: cases.saturating_mul(times.unwrap_or(1)),
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..ProptestConfig::default()
    }
}
