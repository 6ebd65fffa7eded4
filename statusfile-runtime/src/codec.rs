//! Values to text and back.

use crate::MAX_BYTES;
use crate::error::{Error, Versioned};
use crate::seal::{self, FORMAT, Seal};
use crate::snippet;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::Path;

/// The version of a struct that declares none.
const VERSION: u32 = 1;

/// `value` as a sealed text for the status at `path`.
///
/// The text is decoded once before it is let go: TOML readers limit how deep values may nest, and a
/// hand-written `Deserialize` may refuse what its `Serialize` wrote. What cannot be loaded must not
/// take the place of what can.
pub(crate) fn encode<T>(path: &Path, value: &T) -> Result<Vec<u8>, Error>
where
    T: Serialize + DeserializeOwned,
{
    let refuse = |message| Error::Encode {
        path: path.to_owned(),
        message,
    };
    let text = toml::to_string(value).map_err(|error| refuse(explain(&error)))?;
    toml::from_str::<T>(&text).map_err(|error| {
        refuse(format!(
            "what was written could not be loaded again: {}",
            error.message()
        ))
    })?;
    sealed(path, &text)
}

/// The value in `file`, which was read from `path`; its seal, if any, is known to hold or is a
/// person's business.
pub(crate) fn decode<T: DeserializeOwned>(path: &Path, file: &[u8]) -> Result<T, Error> {
    if let Some((seal, _)) = seal::split_edited(file) {
        check_version(&seal, path)?;
    }
    let text = utf8(path, seal::without_mark(file))?;
    toml::from_str(text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        snippet::decode_error(path, text, span, error.message())
    })
}

/// A person's edit at `path`, sealed as it is, comments and all, once it is known to decode.
pub(crate) fn adopt<T: DeserializeOwned>(path: &Path, file: &[u8]) -> Result<Vec<u8>, Error> {
    decode::<T>(path, file)?;
    let text = seal::split_edited(file).map_or(seal::without_mark(file), |(_, text)| text);
    sealed(path, utf8(path, text)?)
}

/// The text of `file`.
fn utf8<'a>(path: &Path, file: &'a [u8]) -> Result<&'a str, Error> {
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

fn sealed(path: &Path, text: &str) -> Result<Vec<u8>, Error> {
    let sealed = seal::seal(VERSION, text);
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

/// Refuses what a newer program wrote.
pub(crate) fn check_version(seal: &Seal, path: &Path) -> Result<(), Error> {
    let newer = |what, found, known| {
        Err(Error::Newer {
            path: path.to_owned(),
            what,
            found,
            known,
        })
    };
    if seal.format > FORMAT {
        newer(Versioned::Format, seal.format, FORMAT)
    } else if seal.version > VERSION {
        newer(Versioned::Schema, seal.version, VERSION)
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
