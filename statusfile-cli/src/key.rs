//! The place of a value in a status: a dotted key, in which a number counts the elements of an array.

use crate::outcome::Failure;
use std::fmt;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

#[derive(Debug)]
pub(crate) struct Key(Vec<String>);

impl Key {
    /// In the form of TOML; nothing at all is the key that is empty.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        if text.is_empty() {
            return Ok(Self(vec![String::new()]));
        }
        match toml_edit::Key::parse(text) {
            Ok(keys) => Ok(Self(keys.iter().map(|key| key.get().to_owned()).collect())),
            Err(error) => Err(Failure::wrong_use(format!(
                "{text:?} is not a key: {}; a key looks like server.port, 'names.\"a b\"' or 'names.\"\"'",
                error.message()
            ))),
        }
    }

    pub(crate) fn segments(&self) -> &[String] {
        &self.0
    }

    pub(crate) fn find<'a>(&self, table: &'a DeTable<'a>) -> Option<&'a DeValue<'a>> {
        let (first, rest) = self.0.split_first()?;
        let first = table.get(first.as_str()).map(Spanned::get_ref)?;
        rest.iter().try_fold(first, |value, segment| match value {
            DeValue::Table(table) => table.get(segment.as_str()).map(Spanned::get_ref),
            DeValue::Array(array) => array
                .get(segment.parse::<usize>().ok()?)
                .map(Spanned::get_ref),
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
