//! How values of these types are made up: mostly such as come back.

use crate::risks::*;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use std::fmt::Debug;

/// Mostly the first.
fn seldom<T: Clone + Debug>(
    safe: impl Strategy<Value = T> + 'static,
    risky: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = T> {
    prop_oneof![14 => safe, 1 => risky]
}

fn name() -> impl Strategy<Value = String> {
    let names = [
        "",
        "a",
        "b",
        "kind",
        "otherwise",
        "left_out",
        "pause",
        "renamed",
        "rightly",
        "a.b",
        "t",
        "é\n",
    ];
    prop::sample::select(names.to_vec()).prop_map(str::to_owned)
}

/// No name of a field.
fn own_name() -> impl Strategy<Value = String> {
    name().prop_map(|name| name + "+")
}

fn number() -> impl Strategy<Value = Guess> {
    let numbers = vec![0.0, -0.0, 1.0, 1.5, f64::NAN, f64::NEG_INFINITY];
    prop::sample::select(numbers).prop_map(|number| Guess::Number(Real(number)))
}

fn guess() -> impl Strategy<Value = Guess> {
    let safe = prop_oneof![
        any::<u8>().prop_map(|a| Guess::Narrow { a }),
        number(),
        name().prop_map(Guess::Text),
    ];
    let risky = prop_oneof![
        any::<(u8, u8)>().prop_map(|(a, b)| Guess::Wide { a, b }),
        any::<i64>().prop_map(Guess::Count),
        Just(Guess::Nothing),
    ];
    let one = seldom(safe, risky);
    one.prop_recursive(2, 6, 3, |guess| vec(guess, 0..3).prop_map(Guess::List))
}

fn tagged() -> impl Strategy<Value = Tagged> {
    let safe = prop_oneof![
        Just(Tagged::Alone),
        btree_map(own_name(), any::<u8>(), 0..3).prop_map(Tagged::ByName),
        (any::<Option<u8>>(), guess()).prop_map(|(at, guess)| Tagged::Fields {
            at,
            within: Box::new(guess),
        }),
    ];
    let risky = prop_oneof![
        btree_map(name(), any::<u8>(), 0..3).prop_map(Tagged::ByName),
        btree_map(any::<u8>(), any::<u8>(), 0..3).prop_map(Tagged::ByNumber),
    ];
    seldom(safe, risky)
}

fn adjacent() -> impl Strategy<Value = Adjacent> {
    prop_oneof![
        4 => Just(Adjacent::Nothing),
        4 => any::<u8>().prop_map(|number| Adjacent::Perhaps(Some(number))),
        4 => any::<(u8, u8)>().prop_map(|(one, two)| Adjacent::Both(one, Some(two))),
        1 => Just(Adjacent::Perhaps(None)),
        1 => any::<u8>().prop_map(|number| Adjacent::Both(number, None)),
        1 => btree_map(any::<i8>(), any::<u8>(), 0..3).prop_map(Adjacent::Numbers),
    ]
}

prop_compose! {
    pub(crate) fn risks()(
        renamed in any::<u8>(),
        left_out in seldom(vec(any::<u8>(), 1..3), Just(Vec::new())),
        otherwise in seldom(1..9_u64, Just(0)),
        rightly in vec(any::<u32>().prop_map(|bits| Real(f64::from(bits))), 0..2),
        pause in seldom(any::<u64>().prop_map(Some), Just(None)),
        options in seldom(
            btree_map(name(), any::<u8>().prop_map(Some), 0..3),
            btree_map(name(), any::<Option<u8>>(), 0..3),
        ),
        slots in seldom(vec(any::<u8>().prop_map(Some), 0..3), vec(any::<Option<u8>>(), 0..3)),
        kept in (vec(any::<Option<u8>>(), 0..3), btree_map(any::<(u8, bool)>(), name(), 0..3)),
        twice in seldom(any::<Option<bool>>().prop_map(|inner| inner.map(Some)), Just(Some(None))),
        unit in seldom(Just(None), Just(Some(()))),
        (guess, tagged, adjacent) in (guess(), tagged(), prop::option::of(adjacent())),
        list in vec(tagged(), 0..3),
        flat in seldom(btree_map(own_name(), guess(), 0..3), btree_map(name(), guess(), 0..3)),
    ) -> Risks {
        let (kept_slots, kept_pairs) = kept;
        let mut flat = flat;
        // No text tells such a key from the field of its name, if that is left out: the guide says so.
        flat.retain(|name, _| match name.as_str() {
            "left_out" => !left_out.is_empty(),
            "otherwise" => otherwise != 0,
            "rightly" => !rightly.is_empty(),
            "pause" => pause.is_some(),
            _ => true,
        });
        Risks {
            renamed, left_out, otherwise, rightly, pause, options, slots, kept_slots, kept_pairs, twice,
            unit, guess, tagged, adjacent, list, flat,
        }
    }
}

prop_compose! {
    pub(crate) fn latest()(
        name in name(),
        limits in btree_map(name(), any::<u16>(), 0..3),
        risks in risks(),
    ) -> Latest {
        Latest { name, limits, risks }
    }
}

prop_compose! {
    pub(crate) fn first()(
        name in name(),
        limits in vec(any::<u16>(), 0..3),
        risks in risks(),
    ) -> First {
        First { name, limits, risks }
    }
}
