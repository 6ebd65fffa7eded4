//! Texts whose type is not known: any version is taken as it stands.

use super::schema::FIRST_VERSION;
use super::source::Source;
use crate::error::{Error, Location, Problem};
use crate::store::backend::{Edit, Gate};
use crate::store::reader::Reader;
use crate::store::sealed::Sealed;
use toml::de::DeTable;

/// Who reads the texts of all types and versions.
const ANY: Reader = Reader {
    rust_name: || "any type",
    type_name: None,
    formerly: &[],
    previous: None,
    version: u32::MAX,
};

/// Lets any version replace any other.
pub(crate) struct AnyVersion {
    /// Whether what takes the place of an edit that is no TOML was made from it.
    pub(crate) repairs_edit: bool,
}

impl Gate for AnyVersion {
    fn reader(&self) -> Reader {
        ANY
    }

    fn adopt(&self, edit: &Edit<'_>) -> Result<Option<Sealed>, Error> {
        let source = match parsed(edit.location, edit.bytes, edit.newest) {
            Err(Error::Decode { .. }) if self.repairs_edit => return Ok(None),
            parsed => parsed?,
        };
        source.under_a_seal(None, edit.saved).map(Some)
    }
}

/// The text of a file without its seal. A newer format is refused.
pub(crate) fn text<'a>(location: &'a Location, file: &'a [u8]) -> Result<&'a str, Error> {
    Source::new(location, file, &ANY, None, FIRST_VERSION).map(|source| source.text)
}

/// The same, if it is TOML.
pub(crate) fn checked<'a>(location: &'a Location, file: &'a [u8]) -> Result<&'a str, Error> {
    parsed(location, file, None).map(|source| source.text)
}

/// A file that holds TOML. Without a seal it is like `newest`.
fn parsed<'a>(
    location: &'a Location,
    file: &'a [u8],
    newest: Option<&'a Sealed>,
) -> Result<Source<'a>, Error> {
    let source = Source::new(location, file, &ANY, newest, FIRST_VERSION)?;
    // Its numbers may be larger than those of any one type.
    match DeTable::parse(source.text) {
        Ok(_) => Ok(source),
        Err(error) => Err(source.explain(error.into())),
    }
}

/// What is wrong with the text of a file, if anything is.
pub(crate) fn problem(location: &Location, file: &[u8]) -> Option<Problem> {
    match checked(location, file) {
        Err(Error::Newer { found, known, .. }) => Some(Problem::Newer { found, known }),
        Err(Error::Decode {
            line,
            column,
            message,
            ..
        }) => Some(Problem::NotToml {
            line,
            column,
            message,
        }),
        _ => None,
    }
}
