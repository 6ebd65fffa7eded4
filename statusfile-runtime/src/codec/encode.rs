//! Values to text, and text to sealed bytes.

#[cfg(feature = "editable")]
use super::{docs::Fields, layout, source::utf8};
use crate::error::{Error, Location};
use crate::store::options::MAX_BYTES;
use crate::store::sealed::Sealed;
#[cfg(feature = "editable")]
use crate::store::sealed::text_of;
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

/// The text of a value in the layout of the file `before`.
#[cfg(feature = "editable")]
pub(crate) fn in_layout(
    fields: Fields,
    location: &Location,
    text: &str,
    before: &[u8],
) -> Result<String, Error> {
    let before = utf8(location, text_of(before))?;
    // What is no TOML has no layout; as an edit, it is refused by the commit.
    let merged = layout::merge(before, text, fields).or_else(|_| layout::merge("", text, fields));
    Ok(merged.unwrap_or_else(|_| text.to_owned()))
}

/// A text under a seal, unless it is too large for any load.
pub(crate) fn sealed(location: &Location, version: u32, text: &str) -> Result<Sealed, Error> {
    let sealed = Sealed::seal(version, text);
    let bytes = sealed.bytes().len() as u64;
    if bytes > MAX_BYTES {
        return Err(Error::Encode {
            location: location.clone(),
            message: format!("it takes {bytes} bytes, and a status has at most {MAX_BYTES}"),
        });
    }
    Ok(sealed)
}
