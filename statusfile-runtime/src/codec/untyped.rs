//! Texts whose type is not known: any version is taken as it stands.

use super::source::Source;
use crate::error::{Error, Location, Problem};
use crate::store::backend::Gate;
use crate::store::saved::Saved;
use crate::store::sealed::Sealed;
use toml::de::DeTable;

/// Lets any version replace any other.
pub(crate) struct AnyVersion<'a> {
    /// That of an edit without a seal, and its type.
    pub(crate) version: u32,
    pub(crate) type_name: Option<&'a str>,
    /// Whether what takes the place of an edit that is no TOML was made from it.
    pub(crate) repairs_edit: bool,
}

impl Gate for AnyVersion<'_> {
    fn name(&self) -> &'static str {
        "any version"
    }

    fn newest_known(&self) -> u32 {
        u32::MAX
    }

    fn adopt(
        &self,
        edit: &[u8],
        location: &Location,
        saved: Saved,
    ) -> Result<Option<Sealed>, Error> {
        let source = match parsed(location, edit, self.version) {
            Err(Error::Decode { .. }) if self.repairs_edit => return Ok(None),
            parsed => parsed?,
        };
        source.sealed(self.type_name, saved).map(Some)
    }
}

/// The text of a file without its seal. A newer format is refused.
pub(crate) fn text<'a>(location: &'a Location, file: &'a [u8]) -> Result<&'a str, Error> {
    Source::new(location, file, u32::MAX, 0).map(|source| source.text)
}

/// The same, if it is TOML.
pub(crate) fn checked<'a>(location: &'a Location, file: &'a [u8]) -> Result<&'a str, Error> {
    parsed(location, file, 0).map(|source| source.text)
}

/// A file that holds TOML. Without a seal it is taken for one of the version `unsealed`.
fn parsed<'a>(location: &'a Location, file: &'a [u8], unsealed: u32) -> Result<Source<'a>, Error> {
    let source = Source::new(location, file, u32::MAX, unsealed)?;
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
