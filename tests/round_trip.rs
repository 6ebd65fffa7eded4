//! What is saved is what is loaded, for everything that TOML can hold; what it cannot hold is
//! refused before anything is touched.

#![expect(clippy::unwrap_used, reason = "these run in tests only")]

mod common;

use common::{generation, names, replace, sealed, tree_snapshot};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use statusfile::{Durability, Error, Origin, StatusFile};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::fs;
use std::net::IpAddr;
use std::num::NonZeroU8;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Everything {
    numbers: Numbers,
    texts: Texts,
    sequences: Sequences,
    maps: Maps,
    variants: Vec<Variants>,
    attributes: Attributes,
    library: Library,
    tree: Tree,
    // A scalar after the tables: in the text it must come before them.
    last: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Numbers {
    i8: i8,
    i16: i16,
    i32: i32,
    i64: i64,
    i128: i128,
    u8: u8,
    u16: u16,
    u32: u32,
    u64: u64,
    u128: u128,
    single: Single,
    double: Double,
}

/// Equal if it has the same bits; TOML knows one NaN only.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Single(f32);

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Double(f64);

impl PartialEq for Single {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits() || self.0.is_nan() && other.0.is_nan()
    }
}

impl PartialEq for Double {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits() || self.0.is_nan() && other.0.is_nan()
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Texts {
    character: char,
    text: String,
    perhaps: Option<String>,
    wrapped: Wrapped,
    boxed: Box<str>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Wrapped(String);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Sequences {
    bytes: Vec<u8>,
    array: [u16; 3],
    pair: (bool, Double),
    mixed: (i64, String, Vec<bool>, Inner),
    nested: Vec<Vec<Vec<i32>>>,
    tables: Vec<Inner>,
    tuples: Pair,
    tables_of_tables: Vec<BTreeMap<String, Vec<Inner>>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Pair(String, Vec<Inner>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Inner {
    count: u32,
    text: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Maps {
    by_text: BTreeMap<String, Inner>,
    by_character: BTreeMap<char, Double>,
    by_number: BTreeMap<i64, Vec<String>>,
    by_large_number: BTreeMap<u64, bool>,
    by_flag: BTreeMap<bool, u8>,
    by_newtype: BTreeMap<Wrapped, u8>,
    by_variant: BTreeMap<Plain, BTreeMap<String, String>>,
    hashed: HashMap<String, i8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Plain {
    First,
    #[serde(rename = "the second\n")]
    Second,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Variants {
    external: External,
    perhaps: Option<External>,
    internal: Internal,
    adjacent: Adjacent,
    untagged: Untagged,
    result: Result<u8, String>,
    list: Vec<External>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum External {
    Unit,
    Newtype(Double),
    Tuple(i64, String),
    Struct { at: Option<u64>, inner: Inner },
    Nested(Box<External>),
    List(Vec<External>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
enum Internal {
    Unit,
    Newtype(Inner),
    Struct { double: Double, text: String },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", content = "c", rename_all = "kebab-case")]
enum Adjacent {
    UnitVariant,
    Newtype(String),
    Tuple(u64, Double),
    StructVariant { flag: bool },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Flag(bool),
    Number(i64),
    LargeNumber(u64),
    Double(Double),
    Text(String),
    List(Vec<Untagged>),
    Table(BTreeMap<String, Untagged>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE", deny_unknown_fields)]
struct Attributes {
    #[serde(rename = "a name = [\"with\"] everything\n")]
    renamed: u8,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    left_out_if_empty: Vec<u8>,
    #[serde(default = "seven", skip_serializing_if = "is_seven")]
    left_out_if_seven: u64,
    #[serde(skip)]
    skipped: (),
    #[serde(with = "milliseconds")]
    elsewhere: Duration,
    converted: Even,
    flat: Flat,
    flat_variant: FlatVariant,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Flat {
    id: u16,
    #[serde(flatten)]
    inner: Inner,
    #[serde(flatten)]
    rest: BTreeMap<String, Untagged>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct FlatVariant {
    id: u16,
    #[serde(flatten)]
    variant: Internal,
}

fn seven() -> u64 {
    7
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_seven(number: &u64) -> bool {
    *number == 7
}

mod milliseconds {
    use serde::{Deserialize, Deserializer, Serializer};
    use std::time::Duration;

    pub(super) fn serialize<S: Serializer>(
        value: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{} ms", value.as_millis()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        let text = String::deserialize(deserializer)?;
        let number = text.strip_suffix(" ms").and_then(|text| text.parse().ok());
        number
            .map(Duration::from_millis)
            .ok_or_else(|| serde::de::Error::custom("no duration"))
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
struct Even(u64);

impl TryFrom<u64> for Even {
    type Error = String;

    fn try_from(number: u64) -> Result<Self, String> {
        if number.is_multiple_of(2) {
            Ok(Self(number))
        } else {
            Err(format!("{number} is odd"))
        }
    }
}

impl From<Even> for u64 {
    fn from(even: Even) -> Self {
        even.0
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Library {
    duration: Duration,
    address: IpAddr,
    range: Range<u32>,
    path: PathBuf,
    never_zero: NonZeroU8,
    date: toml::value::Datetime,
    free: toml::Value,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Tree {
    name: String,
    children: Vec<Tree>,
    by_name: BTreeMap<String, Tree>,
    only: Option<Box<Tree>>,
    weight: Option<Double>,
}

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
        "#:statusfile 1",
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

fn adjacent() -> impl Strategy<Value = Adjacent> {
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

fn toml_table() -> impl Strategy<Value = toml::Table> {
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
    fn everything()(
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

fn status<T>(path: impl AsRef<Path>) -> StatusFile<T> {
    StatusFile::at(path).durability(Durability::Process)
}

fn in_cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Saves `older` and then `newer`, and expects both back: the newer one, and the older one when the
/// newer is damaged.
fn keeps<T>(older: &T, newer: &T) -> Result<(), TestCaseError>
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("status.toml");
    let file = status::<T>(&path);

    file.save(older).unwrap();
    prop_assert_eq!(&file.load().unwrap(), older);
    file.save(newer).unwrap();
    prop_assert_eq!(&file.load().unwrap(), newer);

    let newest = fs::read_to_string(generation(&path, 3))?;
    let (seal, text) = newest.split_once('\n').unwrap();
    prop_assert!(
        seal.starts_with("#:statusfile 1 version=1 bytes="),
        "{}",
        seal
    );
    prop_assert_eq!(&sealed(1, 1, text), newest.as_bytes());
    prop_assert_eq!(&toml::from_str::<T>(&newest).unwrap(), newer);
    let raw_control = |c: char| c.is_ascii_control() && c != '\n' && c != '\t';
    prop_assert!(!newest.contains(raw_control), "{}", newest);

    replace(
        &generation(&path, 3),
        &newest.as_bytes()[..newest.len() - 1],
    );
    let loaded = file.read().unwrap();
    prop_assert_eq!(&loaded.value, older);
    prop_assert_eq!(loaded.origin, Origin::Generation(2));
    Ok(())
}

proptest! {
    #![proptest_config(in_cases(200))]

    #[test]
    fn a_value_of_every_kind_is_loaded_as_it_was_saved(
        (older, newer) in (everything(), everything()),
    ) {
        keeps(&older, &newer)?;
    }

    #[test]
    fn any_table_is_loaded_as_it_was_saved((older, newer) in (toml_table(), toml_table())) {
        keeps(&older, &newer)?;
    }

    #[test]
    fn a_variant_with_fields_may_be_the_whole_status(
        (older, newer) in (adjacent(), adjacent()),
    ) {
        keeps(&older, &newer)?;
    }

    #[test]
    fn any_text_at_all_is_loaded_as_it_was_saved(
        (older, newer) in (any::<Vec<char>>(), any::<Vec<char>>()),
    ) {
        let wrap = |text: Vec<char>| BTreeMap::from([(String::new(), text.into_iter().collect())]);
        keeps::<BTreeMap<String, String>>(&wrap(older), &wrap(newer))?;
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Holds<T> {
    held: T,
}

fn holds<T>(held: T) -> Holds<T> {
    Holds { held }
}

#[test]
fn control_characters_are_written_as_every_toml_reader_knows_them() {
    let directory = tempfile::tempdir().unwrap();
    let file = status(directory.path().join("status.toml"));
    file.save(&holds("\u{1b}\u{7f}\0".to_owned())).unwrap();
    let text = fs::read_to_string(file.path()).unwrap();
    assert!(
        text.ends_with("held = \"\\u001B\\u007F\\u0000\"\n"),
        "{text}"
    );
}

#[test]
fn an_empty_struct_and_an_empty_table_are_statuses() {
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Nothing {}
    keeps(&Nothing {}, &Nothing {}).unwrap();
    keeps(&toml::Table::new(), &toml::Table::new()).unwrap();
    keeps(&holds(None::<u8>), &holds(Some(1))).unwrap();
}

#[test]
fn none_under_a_key_is_no_key() {
    let directory = tempfile::tempdir().unwrap();
    let file = status(directory.path().join("status.toml"));
    let map = BTreeMap::from([("a".to_owned(), Some(1)), ("b".to_owned(), None)]);
    file.save(&holds(map)).unwrap();
    let loaded = file.load().unwrap();
    assert_eq!(loaded, holds(BTreeMap::from([("a".to_owned(), Some(1))])));
}

/// Expects that `value` is refused, with nothing touched whether or not a status is there, and
/// returns the message.
#[track_caller]
fn refused<T: Serialize + DeserializeOwned>(value: &T) -> String {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("new/status.toml");
    let file = StatusFile::<T>::at(&path);

    let before = tree_snapshot(directory.path());
    assert!(matches!(file.save(value), Err(Error::Encode { .. })));
    assert_eq!(tree_snapshot(directory.path()), before);

    let there = status(&path);
    there.save(&holds(1)).unwrap();
    there.save(&holds(2)).unwrap();
    let before = tree_snapshot(directory.path());
    let error = file.save(value).unwrap_err();
    assert_eq!(tree_snapshot(directory.path()), before);
    assert!(!error.may_be_visible());
    assert_eq!(there.load().unwrap(), holds(2));

    assert!(
        error.to_string().starts_with(&path.display().to_string()),
        "{error}"
    );
    assert!(
        error.to_string().ends_with("nothing was written"),
        "{error}"
    );
    match error {
        Error::Encode {
            path: named,
            message,
        } if named == path => message,
        error => panic!("{error:?}"),
    }
}

#[test]
fn none_in_an_array_is_refused() {
    for message in [
        refused(&holds(vec![Some(1), None])),
        refused(&holds((1, None::<u8>))),
        refused(&holds([None::<String>])),
    ] {
        assert!(
            message.contains("`None` has no place in an array"),
            "{message}"
        );
    }
}

#[test]
fn keys_that_are_no_strings_are_refused() {
    #[derive(Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
    struct Point {
        x: u8,
    }
    for message in [
        refused(&holds(BTreeMap::from([((1, 2), 3)]))),
        refused(&holds(BTreeMap::from([(Point { x: 1 }, 3)]))),
        refused(&BTreeMap::from([(vec![1], 3)])),
        refused(&BTreeMap::from([(Some(1), 3)])),
    ] {
        assert!(message.contains("string keys"), "{message}");
    }
}

#[test]
fn what_is_no_table_at_the_top_is_refused() {
    #[derive(Serialize, Deserialize)]
    struct Tuple(u8, u8);
    #[derive(Serialize, Deserialize)]
    struct Newtype(String);
    #[derive(Serialize, Deserialize)]
    struct Unit;
    for message in [
        refused(&1_u8),
        refused(&0.5_f32),
        refused(&true),
        refused(&'c'),
        refused(&"bare".to_owned()),
        refused(&vec![holds(1)]),
        refused(&(1, 2)),
        refused(&Tuple(1, 2)),
        refused(&Newtype("bare".to_owned())),
        refused(&Unit),
        refused(&()),
        refused(&Plain::First),
        refused(&None::<Inner>),
        refused(&toml::Value::Integer(1)),
    ] {
        assert!(
            message.contains("needs a named field around it"),
            "{message}"
        );
    }
}

#[test]
fn a_unit_inside_is_refused() {
    #[derive(Serialize, Deserialize)]
    struct Unit;
    for message in [
        refused(&holds(vec![()])),
        refused(&holds(())),
        refused(&holds(Some(Unit))),
    ] {
        assert!(message.contains("nit type"), "{message}");
    }
}

#[test]
fn what_is_written_twice_under_one_name_is_refused() {
    #[derive(Serialize, Deserialize)]
    struct Twice {
        count: u8,
        #[serde(flatten)]
        rest: BTreeMap<String, u8>,
    }
    let message = refused(&Twice {
        count: 1,
        rest: BTreeMap::from([("count".to_owned(), 2)]),
    });
    assert!(message.contains("duplicate"), "{message}");
}

#[test]
fn what_its_own_deserialize_refuses_is_refused() {
    let message = refused(&holds(Even(3)));
    assert!(message.contains("could not be loaded again"), "{message}");
    assert!(message.contains("3 is odd"), "{message}");
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Nested {
    Leaf(u8),
    List(Vec<Nested>),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Chain {
    number: u8,
    next: Option<Box<Chain>>,
}

fn lists(depth: usize) -> Holds<Nested> {
    holds((0..depth).fold(Nested::Leaf(1), |inner, _| Nested::List(vec![inner])))
}

fn variants_in_variants(depth: usize) -> Holds<External> {
    holds((0..depth).fold(External::Unit, |inner, _| External::Nested(Box::new(inner))))
}

fn chain(depth: usize) -> Chain {
    let end = Chain {
        number: 0,
        next: None,
    };
    (0..depth).fold(end, |inner, _| Chain {
        number: 1,
        next: Some(Box::new(inner)),
    })
}

#[test]
fn what_is_nested_too_deep_to_be_loaded_is_refused() {
    for message in [
        refused(&lists(100)),
        refused(&variants_in_variants(100)),
        refused(&chain(100)),
    ] {
        assert!(message.contains("could not be loaded again"), "{message}");
        assert!(message.contains("recurs"), "{message}");
    }
}

#[test]
fn whatever_is_saved_is_not_nested_too_deep_to_be_loaded() {
    fn deepest<T>(nested: impl Fn(usize) -> T) -> usize
    where
        T: Serialize + DeserializeOwned + PartialEq + Debug,
    {
        let directory = tempfile::tempdir().unwrap();
        let file = status::<T>(directory.path().join("status.toml"));
        let saved = |depth: &usize| match file.save(&nested(*depth)) {
            Ok(()) => {
                assert_eq!(file.load().unwrap(), nested(*depth));
                true
            }
            Err(error) => {
                assert!(matches!(error, Error::Encode { .. }), "{error}");
                false
            }
        };
        (1..120).take_while(saved).count()
    }
    for deepest in [
        deepest(lists),
        deepest(variants_in_variants),
        deepest(chain),
    ] {
        assert!((60..119).contains(&deepest), "{deepest}");
    }
}

#[test]
fn a_refused_value_leaves_an_edit_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("status.toml");
    fs::write(&path, "held = [1]\n").unwrap();
    let before = tree_snapshot(directory.path());
    let error = StatusFile::at(&path)
        .save(&holds(vec![None::<u8>]))
        .unwrap_err();
    assert!(matches!(error, Error::Encode { .. }), "{error}");
    assert_eq!(tree_snapshot(directory.path()), before);
    assert_eq!(names(directory.path()), ["status.toml"]);
}
