//! How many cases a property is tried with.

use proptest::prelude::ProptestConfig;

pub(crate) fn in_cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}
