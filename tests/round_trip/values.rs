//! Values of every kind that serde and TOML have between them.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::num::NonZeroU8;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Everything {
    pub(crate) numbers: Numbers,
    pub(crate) texts: Texts,
    pub(crate) sequences: Sequences,
    pub(crate) maps: Maps,
    pub(crate) variants: Vec<Variants>,
    pub(crate) attributes: Attributes,
    pub(crate) library: Library,
    pub(crate) tree: Tree,
    // A scalar after the tables: in the text it must come before them.
    pub(crate) last: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Numbers {
    pub(crate) i8: i8,
    pub(crate) i16: i16,
    pub(crate) i32: i32,
    pub(crate) i64: i64,
    pub(crate) i128: i128,
    pub(crate) u8: u8,
    pub(crate) u16: u16,
    pub(crate) u32: u32,
    pub(crate) u64: u64,
    pub(crate) u128: u128,
    pub(crate) single: Single,
    pub(crate) double: Double,
}

/// Equal if it has the same bits; TOML knows one NaN only.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Single(pub(crate) f32);

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Double(pub(crate) f64);

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
pub(crate) struct Texts {
    pub(crate) character: char,
    pub(crate) text: String,
    pub(crate) perhaps: Option<String>,
    pub(crate) wrapped: Wrapped,
    pub(crate) boxed: Box<str>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Wrapped(pub(crate) String);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sequences {
    pub(crate) bytes: Vec<u8>,
    pub(crate) array: [u16; 3],
    pub(crate) pair: (bool, Double),
    pub(crate) mixed: (i64, String, Vec<bool>, Inner),
    pub(crate) nested: Vec<Vec<Vec<i32>>>,
    pub(crate) tables: Vec<Inner>,
    pub(crate) tuples: Pair,
    pub(crate) tables_of_tables: Vec<BTreeMap<String, Vec<Inner>>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pair(pub(crate) String, pub(crate) Vec<Inner>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Inner {
    pub(crate) count: u32,
    pub(crate) text: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Maps {
    pub(crate) by_text: BTreeMap<String, Inner>,
    pub(crate) by_character: BTreeMap<char, Double>,
    pub(crate) by_number: BTreeMap<i64, Vec<String>>,
    pub(crate) by_large_number: BTreeMap<u64, bool>,
    pub(crate) by_flag: BTreeMap<bool, u8>,
    pub(crate) by_newtype: BTreeMap<Wrapped, u8>,
    pub(crate) by_variant: BTreeMap<Plain, BTreeMap<String, String>>,
    pub(crate) hashed: HashMap<String, i8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Plain {
    First,
    #[serde(rename = "the second\n")]
    Second,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Variants {
    pub(crate) external: External,
    pub(crate) perhaps: Option<External>,
    pub(crate) internal: Internal,
    pub(crate) adjacent: Adjacent,
    pub(crate) untagged: Untagged,
    pub(crate) result: Result<u8, String>,
    pub(crate) list: Vec<External>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum External {
    Unit,
    Newtype(Double),
    Tuple(i64, String),
    Struct { at: Option<u64>, inner: Inner },
    Nested(Box<External>),
    List(Vec<External>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub(crate) enum Internal {
    Unit,
    Newtype(Inner),
    Struct { double: Double, text: String },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", content = "c", rename_all = "kebab-case")]
pub(crate) enum Adjacent {
    UnitVariant,
    Newtype(String),
    Tuple(u64, Double),
    StructVariant { flag: bool },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Untagged {
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
pub(crate) struct Attributes {
    #[serde(rename = "a name = [\"with\"] everything\n")]
    pub(crate) renamed: u8,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) left_out_if_empty: Vec<u8>,
    #[serde(default = "seven", skip_serializing_if = "is_seven")]
    pub(crate) left_out_if_seven: u64,
    #[serde(skip)]
    pub(crate) skipped: (),
    #[serde(with = "milliseconds")]
    pub(crate) elsewhere: Duration,
    pub(crate) converted: Even,
    pub(crate) flat: Flat,
    pub(crate) flat_variant: FlatVariant,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Flat {
    pub(crate) id: u16,
    #[serde(flatten)]
    pub(crate) inner: Inner,
    #[serde(flatten)]
    pub(crate) rest: BTreeMap<String, Untagged>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct FlatVariant {
    pub(crate) id: u16,
    #[serde(flatten)]
    pub(crate) variant: Internal,
}

pub(crate) fn seven() -> u64 {
    7
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
pub(crate) fn is_seven(number: &u64) -> bool {
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
pub(crate) struct Even(pub(crate) u64);

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
pub(crate) struct Library {
    pub(crate) duration: Duration,
    pub(crate) address: IpAddr,
    pub(crate) range: Range<u32>,
    pub(crate) path: PathBuf,
    pub(crate) never_zero: NonZeroU8,
    pub(crate) date: toml::value::Datetime,
    pub(crate) free: toml::Value,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tree {
    pub(crate) name: String,
    pub(crate) children: Vec<Tree>,
    pub(crate) by_name: BTreeMap<String, Tree>,
    pub(crate) only: Option<Box<Tree>>,
    pub(crate) weight: Option<Double>,
}
