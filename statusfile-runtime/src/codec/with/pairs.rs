//! A map whose keys are no strings, as a list of pairs.
//!
//! The keys of a TOML table are strings. Those of a map may be numbers too, which are written as strings,
//! but in an enum with a tag or without, and with `#[serde(flatten)]`, they are not read as numbers again.
//! Tuples, structs and options are no keys at all.
//!
//! ```
//! # use serde::{Deserialize, Serialize};
//! # use statusfile::StatusFile;
//! use std::collections::BTreeMap;
//!
//! #[derive(Serialize, Deserialize)]
//! struct Board {
//!     #[serde(with = "statusfile::with::pairs")]
//!     stones: BTreeMap<(u8, u8), String>,
//! }
//!
//! # fn main() -> Result<(), statusfile::Error> {
//! # let directory = std::env::temp_dir().join(format!("statusfile-doc-pairs-{}", std::process::id()));
//! let file = StatusFile::<Board>::undeclared(directory.join("board.toml"));
//! file.save(&Board { stones: [((3, 4), "black".to_owned())].into() })?; // stones = [[[3, 4], "black"]]
//! assert_eq!(file.load()?.stones[&(3, 4)], "black");
//! # std::fs::remove_dir_all(directory).unwrap();
//! # Ok(())
//! # }
//! ```

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes any map that can be walked through.
///
/// # Errors
///
/// Those of the keys and values.
pub fn serialize<'a, M, K, V, S>(map: &'a M, serializer: S) -> Result<S::Ok, S::Error>
where
    &'a M: IntoIterator<Item = (&'a K, &'a V)>,
    K: Serialize + 'a,
    V: Serialize + 'a,
    S: Serializer,
{
    serializer.collect_seq(map)
}

/// Reads any map that can be made from its entries.
///
/// # Errors
///
/// What is no list of pairs, and the errors of the keys and values.
pub fn deserialize<'de, M, K, V, D>(deserializer: D) -> Result<M, D::Error>
where
    M: IntoIterator<Item = (K, V)> + FromIterator<(K, V)>,
    K: Deserialize<'de>,
    V: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Vec::deserialize(deserializer).map(M::from_iter)
}
