//! Types whose attributes let values through that do not come back, and a chain of their versions.
//!
//! Two values that are written alike are one to the file, and nobody can tell which it was. So none of these
//! is made.

use arbitrary::Arbitrary;
use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;
use std::collections::BTreeMap;

#[derive(Arbitrary, Clone, Debug, PartialEq, Serialize, Deserialize, PersistentStatus)]
#[status(version = 3, previous = Second, default, durability = "process")]
pub(crate) struct Latest {
    pub(crate) name: String,
    pub(crate) limits: BTreeMap<String, u16>,
    pub(crate) risks: Risks,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, PersistentStatus)]
#[status(version = 2, previous = First, durability = "process")]
pub(crate) struct Second {
    pub(crate) name: String,
    pub(crate) limits: BTreeMap<String, u16>,
    pub(crate) risks: Risks,
}

#[derive(Arbitrary, Clone, Debug, PartialEq, Serialize, Deserialize, PersistentStatus)]
#[status(durability = "process")]
pub(crate) struct First {
    pub(crate) name: String,
    pub(crate) limits: Vec<u16>,
    pub(crate) risks: Risks,
}

impl Default for Latest {
    fn default() -> Self {
        Self {
            name: "by default".to_owned(),
            limits: BTreeMap::from([("0".to_owned(), 5)]),
            risks: Risks::safe(),
        }
    }
}

impl Latest {
    /// What comes back.
    pub(crate) fn safe() -> Self {
        Self {
            name: "old".to_owned(),
            limits: BTreeMap::from([("a.b".to_owned(), 1)]),
            risks: Risks::safe(),
        }
    }
}

impl TryFrom<First> for Second {
    type Error = String;

    fn try_from(first: First) -> Result<Self, String> {
        let First {
            name,
            limits,
            risks,
        } = first;
        if name.is_empty() {
            return Err("it needs a name".to_owned());
        }
        let limits = limits.into_iter().enumerate();
        let limits = limits.map(|(index, limit)| (index.to_string(), limit));
        Ok(Self {
            name,
            limits: limits.collect(),
            risks,
        })
    }
}

impl From<Second> for Latest {
    fn from(second: Second) -> Self {
        let Second {
            name,
            limits,
            risks,
        } = second;
        Self {
            name,
            limits,
            risks,
        }
    }
}

#[derive(Arbitrary, Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Risks {
    #[serde(rename = "re named", alias = "renamed")]
    pub(crate) renamed: u8,
    /// Without a default.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) left_out: Vec<u8>,
    /// With another default than what is left out.
    #[serde(default = "seven", skip_serializing_if = "is_zero")]
    pub(crate) otherwise: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) rightly: Vec<Real>,
    #[serde(with = "in_seconds", skip_serializing_if = "Option::is_none")]
    pub(crate) pause: Option<u64>,
    pub(crate) options: BTreeMap<String, Option<u8>>,
    pub(crate) slots: Vec<Option<u8>>,
    #[serde(with = "statusfile::with::options")]
    pub(crate) kept_slots: Vec<Option<u8>>,
    #[serde(with = "statusfile::with::pairs")]
    pub(crate) kept_pairs: BTreeMap<(u8, bool), String>,
    pub(crate) twice: Option<Perhaps>,
    pub(crate) unit: Option<()>,
    pub(crate) guess: Guess,
    pub(crate) tagged: Tagged,
    pub(crate) adjacent: Option<Adjacent>,
    pub(crate) list: Vec<Tagged>,
    #[serde(flatten)]
    pub(crate) flat: BTreeMap<String, Guess>,
}

pub(crate) type Perhaps = Option<bool>;

/// Equal if it has the same bits; TOML knows one NaN only.
#[derive(Arbitrary, Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Real(pub(crate) f64);

impl PartialEq for Real {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits() || self.0.is_nan() && other.0.is_nan()
    }
}

/// The first that fits is taken.
#[derive(Arbitrary, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Guess {
    Narrow { a: u8 },
    Wide { a: u8, b: u8 },
    Number(Real),
    Count(i64),
    Text(String),
    List(Vec<Guess>),
    Nothing,
}

#[derive(Arbitrary, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum Tagged {
    Alone,
    ByName(BTreeMap<String, u8>),
    ByNumber(BTreeMap<u8, u8>),
    Fields { at: Option<u8>, within: Box<Guess> },
}

#[derive(Arbitrary, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", content = "c")]
pub(crate) enum Adjacent {
    Nothing,
    Perhaps(Option<u8>),
    Both(u8, Option<u8>),
    Numbers(BTreeMap<i8, u8>),
}

fn seven() -> u64 {
    7
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

mod in_seconds {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "serde passes it so")]
    pub(super) fn serialize<S: Serializer>(pause: &Option<u64>, to: S) -> Result<S::Ok, S::Error> {
        pause.map(|pause| format!("{pause} s")).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
        let text = String::deserialize(from)?;
        let number = text.strip_suffix(" s").and_then(|text| text.parse().ok());
        number
            .map(Some)
            .ok_or_else(|| serde::de::Error::custom("no time"))
    }
}

impl Risks {
    /// What comes back.
    pub(crate) fn safe() -> Self {
        Self {
            renamed: 1,
            left_out: vec![1],
            otherwise: 1,
            rightly: Vec::new(),
            pause: Some(5),
            options: BTreeMap::from([("a".to_owned(), Some(1))]),
            slots: Vec::new(),
            kept_slots: vec![None],
            kept_pairs: BTreeMap::new(),
            twice: None,
            unit: None,
            guess: Guess::Narrow { a: 1 },
            tagged: Tagged::Alone,
            adjacent: None,
            list: Vec::new(),
            flat: BTreeMap::new(),
        }
    }
}
