//! Values with the attributes that people use, those of older versions too, saved in all ways: what is loaded is
//! the same value, or the save was refused before anything was written.

#![no_main]

#[path = "../../testing/features/tests/kinds/property.rs"]
mod property;
#[path = "../../testing/features/tests/kinds/risks.rs"]
mod risks;
#[path = "../../testing/features/tests/common/spelling.rs"]
mod spelling;
#[path = "../../testing/features/tests/kinds/ways.rs"]
mod ways;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use property::{comes_back_or_is_refused, is_converted_or_left_alone};
use risks::{First, Latest, Risks};
use statusfile::PersistentStatus;
use std::path::Path;
use ways::ways;

#[derive(Arbitrary, Debug)]
struct Input {
    /// The fields that may not come back: were they all there, nearly every value would be refused.
    risks: u16,
    /// What the layout is made by.
    choices: [u8; 16],
    before: Option<First>,
    new: Latest,
}

fuzz_target!(|input: Input| {
    let Input {
        risks,
        choices,
        before,
        mut new,
    } = input;
    new.risks = safe_but(new.risks, risks);
    match before {
        Some(mut first) => {
            first.risks = safe_but(first.risks, risks);
            is_converted_or_left_alone(&first, &new);
        }
        None => {
            let file = |path: &Path| Latest::at(path);
            comes_back_or_is_refused(file, (&Latest::safe(), &new), choices.into(), &ways());
        }
    }
});

/// What comes back, but for the fields whose bits are set.
fn safe_but(risky: Risks, fields: u16) -> Risks {
    let safe = Risks::safe();
    let mut bit = 0;
    macro_rules! mixed {
        ($($name:ident),* $(,)?) => {
            Risks {
                $($name: {
                    bit += 1;
                    if fields >> (bit - 1) & 1 == 1 { risky.$name } else { safe.$name }
                },)*
            }
        };
    }
    mixed!(
        renamed, left_out, otherwise, rightly, pause, options, slots, kept_slots, kept_pairs,
        twice, unit, guess, tagged, adjacent, list, flat,
    )
}
