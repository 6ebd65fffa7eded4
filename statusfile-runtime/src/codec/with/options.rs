//! A list or a map of options.
//!
//! TOML has no `None`: there is no place for it in an array, and as the value of a map it would be left out
//! together with its key. So each option is written as a list of one or of none, and the entries of a
//! map as lists of their key and their value, if they have one.
//!
//! ```
//! # use serde::{Deserialize, Serialize};
//! # use statusfile::StatusFile;
//! use std::collections::BTreeMap;
//!
//! #[derive(Debug, PartialEq, Serialize, Deserialize)]
//! struct Slots {
//!     #[serde(with = "statusfile::with::options")]
//!     jobs: Vec<Option<u32>>,
//!     #[serde(with = "statusfile::with::options")]
//!     owners: BTreeMap<String, Option<u32>>,
//! }
//!
//! # fn main() -> Result<(), statusfile::Error> {
//! # let directory = std::env::temp_dir().join(format!("statusfile-doc-options-{}", std::process::id()));
//! let file = StatusFile::<Slots>::undeclared(directory.join("slots.toml"));
//! let slots = Slots {
//!     jobs: vec![Some(7), None], // jobs = [[7], []]
//!     owners: [("a".to_owned(), None), ("b".to_owned(), Some(1))].into(), // owners = [["a"], ["b", 1]]
//! };
//! file.save(&slots)?;
//! assert_eq!(file.load()?, slots);
//! # std::fs::remove_dir_all(directory).unwrap();
//! # Ok(())
//! # }
//! ```

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeSeq, Serializer};
use std::fmt;
use std::marker::PhantomData;

/// Writes any list or map of options that can be walked through.
///
/// # Errors
///
/// Those of the keys and values.
pub fn serialize<'a, C, S>(options: &'a C, serializer: S) -> Result<S::Ok, S::Error>
where
    &'a C: IntoIterator<Item: Written>,
    S: Serializer,
{
    serializer.collect_seq(options.into_iter().map(AsList))
}

/// Reads any list or map of options that can be made from its elements.
///
/// # Errors
///
/// What is no list of such lists, and the errors of the keys and values.
pub fn deserialize<'de, C, D>(deserializer: D) -> Result<C, D::Error>
where
    C: IntoIterator<Item: Read<'de>> + FromIterator<C::Item>,
    D: Deserializer<'de>,
{
    let lists = Vec::<FromList<C::Item>>::deserialize(deserializer)?;
    Ok(lists.into_iter().map(|FromList(item)| item).collect())
}

/// An option, or an entry of a map whose value is one. There is nothing to call, and no more of them.
pub trait Written {
    #[doc(hidden)]
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

/// The same, to be read.
pub trait Read<'de>: Sized {
    #[doc(hidden)]
    const EXPECTED: &'static str;

    #[doc(hidden)]
    fn read<A: SeqAccess<'de>>(list: A) -> Result<Self, A::Error>;
}

impl<T: Serialize> Written for &Option<T> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<K: Serialize, V: Serialize> Written for (&K, &Option<V>) {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (key, value) = self;
        let mut list = serializer.serialize_seq(Some(1 + usize::from(value.is_some())))?;
        list.serialize_element(key)?;
        if let Some(value) = value {
            list.serialize_element(value)?;
        }
        list.end()
    }
}

impl<'de, T: Deserialize<'de>> Read<'de> for Option<T> {
    const EXPECTED: &'static str = "a list of one value or of none";

    fn read<A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        list.next_element()
    }
}

impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> Read<'de> for (K, Option<V>) {
    const EXPECTED: &'static str = "a list of a key and perhaps a value";

    fn read<A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        let key = list.next_element()?;
        let key = key.ok_or_else(|| A::Error::invalid_length(0, &Self::EXPECTED))?;
        Ok((key, list.next_element()?))
    }
}

struct AsList<T>(T);

impl<T: Written> Serialize for AsList<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

struct FromList<T>(T);

impl<'de, T: Read<'de>> Deserialize<'de> for FromList<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListOf(PhantomData))
    }
}

struct ListOf<T>(PhantomData<T>);

impl<'de, T: Read<'de>> Visitor<'de> for ListOf<T> {
    type Value = FromList<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<FromList<T>, A::Error> {
        T::read(list).map(FromList)
    }
}
