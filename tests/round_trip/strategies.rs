//! How such values are made up: often at the edges of what there is.

#![allow(dead_code, reason = "no test binary uses all of it")]

use crate::values::*;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::num::NonZeroU8;
use std::ops::Range;
use std::time::Duration;

fn text() -> impl Strategy<Value = String> {
    let awkward = prop::sample::select(vec![
        "",
        " ",
        "\n",
        "\r",
        "\r\n",
        "\n\n",
        "\t",
        "\0",
        "\u{1b}",
        "\u{7f}",
        "\u{80}",
        "\u{85}",
        "'",
        "''",
        "'''",
        "\"",
        "\"\"",
        "\"\"\"",
        "\\",
        "\\n",
        "\\u0041",
        "\u{feff}",
        "\u{2028}",
        "\u{202e}",
        "#",
        "=",
        ".",
        ",",
        "[",
        "]]",
        "{",
        "}",
        "é",
        "e\u{301}",
        "日本",
        "🦀",
        "\u{10ffff}",
        "\u{e000}",
        "nan",
        "inf",
        "true",
        "0x1",
        "1979-05-27",
        "$",
        "#:statusfile 2",
    ]);
    let plain = any::<char>().prop_map(String::from);
    vec(
        prop_oneof![3 => awkward.prop_map(String::from), 1 => plain],
        0..6,
    )
    .prop_map(|parts| parts.concat())
}

fn double() -> impl Strategy<Value = Double> {
    let special = prop::sample::select(vec![
        0.0,
        -0.0,
        1.0,
        1e16,
        1e-7,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MAX,
        f64::MIN_POSITIVE,
        5e-324,
    ]);
    prop_oneof![special, any::<u64>().prop_map(f64::from_bits)].prop_map(Double)
}

fn single() -> impl Strategy<Value = Single> {
    let special = prop::sample::select(vec![
        -0.0,
        0.1,
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::MAX,
        1e-45,
    ]);
    prop_oneof![special, any::<u32>().prop_map(f32::from_bits)].prop_map(Single)
}

prop_compose! {
    fn numbers()(
        small in any::<(i8, i16, u8, u16)>(),
        (i32, u32) in any::<(i32, u32)>(),
        i64 in prop_oneof![Just(i64::MIN), Just(i64::MAX), any::<i64>()],
        u64 in prop_oneof![Just(u64::MAX), Just(1 << 63), any::<u64>()],
        i128 in prop_oneof![Just(i128::MIN), any::<i128>()],
        u128 in prop_oneof![Just(u128::MAX), any::<u128>()],
        single in single(),
        double in double(),
    ) -> Numbers {
        let (i8, i16, u8, u16) = small;
        Numbers { i8, i16, i32, i64, i128, u8, u16, u32, u64, u128, single, double }
    }
}

prop_compose! {
    fn texts()(
        character in prop_oneof![any::<char>(), prop::char::range('\0', '\u{9f}')],
        text in text(),
        perhaps in prop::option::of(text()),
        wrapped in text().prop_map(Wrapped),
        boxed in text(),
    ) -> Texts {
        Texts { character, text, perhaps, wrapped, boxed: boxed.into() }
    }
}

prop_compose! {
    fn inner()(count in any::<u32>(), text in prop::option::of(text())) -> Inner {
        Inner { count, text }
    }
}

prop_compose! {
    fn sequences()(
        bytes in vec(any::<u8>(), 0..20),
        array in any::<[u16; 3]>(),
        pair in (any::<bool>(), double()),
        mixed in (any::<i64>(), text(), vec(any::<bool>(), 0..3), inner()),
        nested in vec(vec(vec(any::<i32>(), 0..3), 0..3), 0..3),
        tables in vec(inner(), 0..3),
        tuples in (text(), vec(inner(), 0..2)).prop_map(|(text, inner)| Pair(text, inner)),
        tables_of_tables in vec(btree_map(text(), vec(inner(), 0..3), 0..3), 0..3),
    ) -> Sequences {
        Sequences { bytes, array, pair, mixed, nested, tables, tuples, tables_of_tables }
    }
}

fn plain() -> impl Strategy<Value = Plain> {
    prop_oneof![Just(Plain::First), Just(Plain::Second)]
}

prop_compose! {
    fn maps()(
        by_text in btree_map(text(), inner(), 0..4),
        by_character in btree_map(any::<char>(), double(), 0..3),
        by_number in btree_map(any::<i64>(), vec(text(), 0..3), 0..3),
        by_large_number in btree_map(any::<u64>(), any::<bool>(), 0..3),
        by_flag in btree_map(any::<bool>(), any::<u8>(), 0..3),
        by_newtype in btree_map(text().prop_map(Wrapped), any::<u8>(), 0..3),
        by_variant in btree_map(plain(), btree_map(text(), text(), 0..3), 0..3),
        hashed in prop::collection::hash_map(text(), any::<i8>(), 0..4),
    ) -> Maps {
        Maps {
            by_text, by_character, by_number, by_large_number, by_flag, by_newtype, by_variant, hashed,
        }
    }
}

fn external() -> impl Strategy<Value = External> {
    let leaf = prop_oneof![
        Just(External::Unit),
        double().prop_map(External::Newtype),
        (any::<i64>(), text()).prop_map(|(number, text)| External::Tuple(number, text)),
        (any::<Option<u64>>(), inner()).prop_map(|(at, inner)| External::Struct { at, inner }),
    ];
    leaf.prop_recursive(3, 8, 3, |external| {
        prop_oneof![
            external
                .clone()
                .prop_map(|it| External::Nested(Box::new(it))),
            vec(external, 0..3).prop_map(External::List),
        ]
    })
}

fn internal() -> impl Strategy<Value = Internal> {
    prop_oneof![
        Just(Internal::Unit),
        inner().prop_map(Internal::Newtype),
        (double(), text()).prop_map(|(double, text)| Internal::Struct { double, text }),
    ]
}

pub(crate) fn adjacent() -> impl Strategy<Value = Adjacent> {
    prop_oneof![
        Just(Adjacent::UnitVariant),
        text().prop_map(Adjacent::Newtype),
        (any::<u64>(), double()).prop_map(|(number, double)| Adjacent::Tuple(number, double)),
        any::<bool>().prop_map(|flag| Adjacent::StructVariant { flag }),
    ]
}

fn untagged() -> impl Strategy<Value = Untagged> {
    let beyond_i64 = 1 + i64::MAX.unsigned_abs()..;
    let leaf = prop_oneof![
        any::<bool>().prop_map(Untagged::Flag),
        any::<i64>().prop_map(Untagged::Number),
        beyond_i64.prop_map(Untagged::LargeNumber),
        double().prop_map(Untagged::Double),
        text().prop_map(Untagged::Text),
    ];
    leaf.prop_recursive(3, 8, 3, |untagged| {
        prop_oneof![
            vec(untagged.clone(), 0..3).prop_map(Untagged::List),
            btree_map(text(), untagged, 0..3).prop_map(Untagged::Table),
        ]
    })
}

prop_compose! {
    fn variants()(
        external in external(),
        perhaps in prop::option::of(external()),
        internal in internal(),
        adjacent in adjacent(),
        untagged in untagged(),
        result in prop::result::maybe_ok(any::<u8>(), text()),
        list in vec(external(), 0..3),
    ) -> Variants {
        Variants { external, perhaps, internal, adjacent, untagged, result, list }
    }
}

prop_compose! {
    fn attributes()(
        renamed in any::<u8>(),
        left_out_if_empty in vec(any::<u8>(), 0..3),
        left_out_if_seven in 6_u64..9,
        elsewhere in any::<u64>().prop_map(Duration::from_millis),
        converted in any::<u64>().prop_map(|number| Even(number & !1)),
        id in any::<u16>(),
        inner in inner(),
        variant in internal(),
        rest in btree_map(text().prop_map(|text| text + "+"), untagged(), 0..4),
    ) -> Attributes {
        let flat = Flat { id, inner, rest };
        let flat_variant = FlatVariant { id, variant };
        Attributes {
            renamed, left_out_if_empty, left_out_if_seven, skipped: (), elsewhere, converted, flat,
            flat_variant,
        }
    }
}

fn date() -> impl Strategy<Value = toml::value::Datetime> {
    let dates = [
        "1979-05-27T07:32:00Z",
        "1979-05-27T00:32:00.999999-07:00",
        "1979-05-27T07:32:00",
        "1979-05-27",
        "07:32:00.5",
        "2024-02-29",
    ];
    prop::sample::select(dates.to_vec()).prop_map(|date| date.parse().unwrap())
}

fn toml_value() -> impl Strategy<Value = toml::Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(toml::Value::Boolean),
        any::<i64>().prop_map(toml::Value::Integer),
        double()
            .prop_filter("a table compares NaN as unequal", |double| !double
                .0
                .is_nan())
            .prop_map(|double| toml::Value::Float(double.0)),
        text().prop_map(toml::Value::String),
        date().prop_map(toml::Value::Datetime),
    ];
    leaf.prop_recursive(4, 16, 4, |value| {
        prop_oneof![
            vec(value.clone(), 0..4).prop_map(toml::Value::Array),
            btree_map(text(), value, 0..4)
                .prop_map(|table| toml::Value::Table(table.into_iter().collect())),
        ]
    })
}

pub(crate) fn toml_table() -> impl Strategy<Value = toml::Table> {
    btree_map(text(), toml_value(), 0..6).prop_map(|table| table.into_iter().collect())
}

prop_compose! {
    fn library()(
        duration in any::<(u64, u32)>(),
        address in any::<IpAddr>(),
        range in any::<Range<u32>>(),
        path in text(),
        never_zero in any::<NonZeroU8>(),
        date in date(),
        free in toml_value(),
    ) -> Library {
        Library {
            duration: Duration::new(duration.0, duration.1 % 1_000_000_000),
            address,
            range,
            path: path.into(),
            never_zero,
            date,
            free,
        }
    }
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = (text(), prop::option::of(double())).prop_map(|(name, weight)| Tree {
        name,
        children: Vec::new(),
        by_name: BTreeMap::new(),
        only: None,
        weight,
    });
    leaf.prop_recursive(4, 12, 3, |tree| {
        let nodes = (
            vec(tree.clone(), 0..3),
            btree_map(text(), tree.clone(), 0..3),
            prop::option::of(tree.clone()),
        );
        (tree, nodes).prop_map(|(root, (children, by_name, only))| Tree {
            children,
            by_name,
            only: only.map(Box::new),
            ..root
        })
    })
}

prop_compose! {
    pub(crate) fn everything()(
        numbers in numbers(),
        texts in texts(),
        sequences in sequences(),
        maps in maps(),
        variants in vec(variants(), 0..3),
        attributes in attributes(),
        library in library(),
        tree in tree(),
        last in any::<bool>(),
    ) -> Everything {
        Everything { numbers, texts, sequences, maps, variants, attributes, library, tree, last }
    }
}
