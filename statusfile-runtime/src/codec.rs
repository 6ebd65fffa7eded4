//! Values to text and back.

use crate::MAX_BYTES;
use crate::error::{Error, Versioned};
#[cfg(feature = "editable")]
use crate::layout_kept;
use crate::schema::Schema;
use crate::seal::{self, FORMAT, Stamp};
use crate::snippet;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::Path;

/// Decoding takes several times as long as encoding, and many times the memory. What a type cannot
/// load shows in small values; for large ones, saves would pay for it every time.
const PROVEN_BYTES: usize = 64 * 1024;

/// `value` in TOML, for the status at `path`.
pub(crate) fn text<T: Serialize>(path: &Path, value: &T) -> Result<String, Error> {
    toml::to_string(value).map_err(|error| Error::Encode {
        path: path.to_owned(),
        message: explain(&error),
    })
}

/// The text of a value in the layout of the file `before`.
#[cfg(feature = "editable")]
pub(crate) fn in_layout<T>(
    schema: &Schema<T>,
    path: &Path,
    text: &str,
    before: &[u8],
) -> Result<String, Error> {
    let before = utf8(path, text_of(before))?;
    // What is no TOML has no layout; as an edit, it is refused by the commit.
    let merged = layout_kept::merge(before, text, schema.fields)
        .or_else(|_| layout_kept::merge("", text, schema.fields));
    Ok(merged.unwrap_or_else(|_| text.to_owned()))
}

/// The text of a value, sealed.
///
/// It is decoded once before it is let go, if it is no longer than [`PROVEN_BYTES`]: TOML readers limit
/// how deep values may nest, and a type's `Deserialize` may refuse what its `Serialize` wrote. What
/// cannot be loaded must not take the place of what can.
pub(crate) fn verified<T>(schema: &Schema<T>, path: &Path, text: &str) -> Result<Vec<u8>, Error>
where
    T: DeserializeOwned,
{
    if text.len() <= PROVEN_BYTES {
        schema.parse(text).map_err(|error| Error::Encode {
            path: path.to_owned(),
            message: format!(
                "what was written could not be loaded again: {}",
                error.message()
            ),
        })?;
    }
    sealed(path, schema.version, text)
}

/// The value in `file`, which was read from `path`; its seal, if any, is known to hold or is a
/// person's business.
pub(crate) fn decode<T>(schema: &Schema<T>, path: &Path, file: &[u8]) -> Result<T, Error>
where
    T: DeserializeOwned,
{
    Source::new(schema, path, file).and_then(|source| schema.decode(&source))
}

/// A person's edit at `path`, sealed as it is, comments and all, once it is known to decode.
pub(crate) fn adopt<T>(schema: &Schema<T>, path: &Path, file: &[u8]) -> Result<Vec<u8>, Error>
where
    T: DeserializeOwned,
{
    let source = Source::new(schema, path, file)?;
    schema.decode(&source)?;
    sealed(path, source.version, utf8(path, text_of(file))?)
}

/// A file without its seal, if it has one.
pub(crate) fn text_of(file: &[u8]) -> &[u8] {
    seal::split_edited(file).map_or(seal::without_mark(file), |(_, text)| text)
}

/// The text of a file, and the version that wrote it.
pub(crate) struct Source<'a> {
    pub(crate) path: &'a Path,
    pub(crate) text: &'a str,
    pub(crate) version: u32,
    /// The version that this program knows.
    known: u32,
}

impl<'a> Source<'a> {
    /// A file without a seal is taken for one of the version that this program knows.
    fn new<T>(schema: &Schema<T>, path: &'a Path, file: &'a [u8]) -> Result<Self, Error> {
        let known = schema.newest_known();
        let version = match seal::split_edited(file) {
            Some((stamp, _)) => {
                check_version(stamp, path, known)?;
                stamp.version
            }
            None => schema.version,
        };
        Ok(Self {
            path,
            text: utf8(path, seal::without_mark(file))?,
            version,
            known,
        })
    }

    pub(crate) fn explain(&self, error: &toml::de::Error) -> Error {
        let span = error.span().unwrap_or(0..0);
        snippet::decode_error(self.path, self.text, span, error.message())
    }

    pub(crate) fn unknown_version(&self) -> Error {
        Error::Convert {
            path: self.path.to_owned(),
            found: self.version,
            known: self.known,
            message: "no type of that version is declared as `previous`".to_owned(),
        }
    }
}

/// The text of `file`.
pub(crate) fn utf8<'a>(path: &Path, file: &'a [u8]) -> Result<&'a str, Error> {
    std::str::from_utf8(file).map_err(|error| {
        let valid = error.valid_up_to();
        let text = String::from_utf8_lossy(file);
        snippet::decode_error(
            path,
            &text,
            valid..valid + 1,
            "this is not UTF-8, which TOML is",
        )
    })
}

pub(crate) fn sealed(path: &Path, version: u32, text: &str) -> Result<Vec<u8>, Error> {
    let sealed = seal::seal(version, text);
    if sealed.len() as u64 > MAX_BYTES {
        return Err(Error::Encode {
            path: path.to_owned(),
            message: format!(
                "it takes {} bytes, and a status has at most {MAX_BYTES}",
                sealed.len()
            ),
        });
    }
    Ok(sealed)
}

/// Refuses what a newer program wrote than one that knows the version `known`.
pub(crate) fn check_version(stamp: Stamp, path: &Path, known: u32) -> Result<(), Error> {
    let newer = |what, found, known| {
        Err(Error::Newer {
            path: path.to_owned(),
            what,
            found,
            known,
        })
    };
    if stamp.format > FORMAT {
        newer(Versioned::Format, stamp.format, FORMAT)
    } else if stamp.version > known {
        newer(Versioned::Schema, stamp.version, known)
    } else {
        Ok(())
    }
}

/// What toml says, and what to do about it.
fn explain(error: &toml::ser::Error) -> String {
    format!(
        "{error} (a TOML file is a table with string keys: a bare value or an array needs a named \
         field around it, and `None` has no place in an array)"
    )
}
