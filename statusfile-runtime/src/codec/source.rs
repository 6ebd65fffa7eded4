//! The text of a file, and errors that show where in it a mistake is.

use super::defaults::Mistake;
use super::snippet;
use crate::error::{Error, Location};
use crate::store::sealed::{Head, text_of, without_mark};

/// The text of a file, and the version that wrote it.
pub(crate) struct Source<'a> {
    pub(crate) location: &'a Location,
    /// With the seal, if there is one, as the comment that it is.
    pub(crate) text: &'a str,
    pub(crate) version: u32,
    /// The version that this program knows.
    known: u32,
}

impl<'a> Source<'a> {
    /// A file without a seal is taken for one of the version `unsealed`.
    pub(crate) fn new(
        location: &'a Location,
        file: &'a [u8],
        known: u32,
        unsealed: u32,
    ) -> Result<Self, Error> {
        let versions = Head::parse(file).map(|head| head.versions);
        if let Some(versions) = versions {
            versions.refuse_newer(location.clone(), known)?;
        }
        Ok(Self {
            location,
            text: utf8(location, without_mark(file))?,
            version: versions.map_or(unsealed, |versions| versions.version),
            known,
        })
    }

    /// Only on request, as no load needs it.
    pub(super) fn without_seal(&self) -> &'a str {
        let begins = self.text.len() - text_of(self.text.as_bytes()).len();
        self.text.get(begins..).unwrap_or_default()
    }

    /// The mistake, at its place in the text. What is said of the whole text stands after its seal.
    pub(super) fn explain(&self, mistake: Mistake) -> Error {
        let begins = self.text.len() - self.without_seal().len();
        let span = if mistake.span.start < begins {
            begins..begins
        } else {
            mistake.span
        };
        snippet::decode_error(self.location, self.text, span, mistake.message)
    }

    pub(crate) fn unknown_version(&self) -> Error {
        Error::Convert {
            location: self.location.clone(),
            found: self.version,
            known: self.known,
            message: "no type of that version is declared as `previous`".to_owned(),
        }
    }
}

/// The text of `file`.
pub(crate) fn utf8<'a>(location: &Location, file: &'a [u8]) -> Result<&'a str, Error> {
    std::str::from_utf8(file).map_err(|error| {
        let valid = error.valid_up_to();
        let text = String::from_utf8_lossy(file);
        snippet::decode_error(location, &text, valid..valid + 1, "not UTF-8".to_owned())
    })
}
