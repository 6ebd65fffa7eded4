//! The place of a value in a status: a dotted key, in which a number counts the elements of an array.

use crate::outcome::Failure;
use std::fmt;
use toml::{Table, Value};

#[derive(Debug)]
pub(crate) struct Key(Vec<String>);

impl Key {
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        match toml_edit::Key::parse(text) {
            Ok(keys) => Ok(Self(keys.iter().map(|key| key.get().to_owned()).collect())),
            Err(error) => Err(Failure::wrong_use(format!(
                "{text:?} is not a key: {}; a key looks like server.port or 'names.\"a b\"'",
                error.to_string().trim().replace('\n', " ")
            ))),
        }
    }

    pub(crate) fn segments(&self) -> &[String] {
        &self.0
    }

    pub(crate) fn find<'a>(&self, table: &'a Table) -> Option<&'a Value> {
        let (first, rest) = self.0.split_first()?;
        rest.iter()
            .try_fold(table.get(first)?, |value, segment| match value {
                Value::Table(table) => table.get(segment),
                Value::Array(array) => array.get(segment.parse::<usize>().ok()?),
                _ => None,
            })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&dotted(&self.0))
    }
}

/// Segments as TOML writes a key, with quotes where it takes them.
pub(crate) fn dotted(segments: &[String]) -> String {
    let quoted = segments
        .iter()
        .map(|segment| toml_edit::Key::new(segment).to_string());
    quoted.collect::<Vec<_>>().join(".")
}
