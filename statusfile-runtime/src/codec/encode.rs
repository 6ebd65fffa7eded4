//! Values to text, and text to sealed bytes.

use crate::error::{Error, Location};
use crate::store::options::MAX_BYTES;
use crate::store::sealed::{Label, Sealed};
use serde::Serialize;

/// `value` in TOML, for the status at `location`.
pub(crate) fn encode<T: Serialize>(location: &Location, value: &T) -> Result<String, Error> {
    toml::to_string(value).map_err(|error| Error::Encode {
        location: location.clone(),
        message: format!(
            "{error} (a TOML file is a table with string keys: a bare value or an array needs a \
             named field around it, and `None` has no place in an array)"
        ),
    })
}

/// A text under a seal, unless it is too large for any load.
pub(crate) fn sealed(location: &Location, label: Label, text: &str) -> Result<Sealed, Error> {
    let sealed = Sealed::seal(label, text);
    let bytes = sealed.bytes().len() as u64;
    if bytes > MAX_BYTES {
        return Err(Error::Encode {
            location: location.clone(),
            message: format!("it takes {bytes} bytes, and a status has at most {MAX_BYTES}"),
        });
    }
    Ok(sealed)
}
