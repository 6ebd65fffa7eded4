//! Before a value is acknowledged, it is shown that it can be loaded.

use super::encode::sealed;
use super::schema::Schema;
use crate::error::{Error, Location};
use crate::store::sealed::Sealed;
use serde::de::DeserializeOwned;

/// Decoding takes several times as long as encoding, and many times the memory. What a type cannot
/// load shows in small values; for large ones, saves would pay for it every time.
const PROVEN_BYTES: usize = 64 * 1024;

/// The text of a value, sealed.
///
/// It is decoded once before it is let go, if it is no longer than [`PROVEN_BYTES`]: TOML readers limit
/// how deep values may nest, and a type's `Deserialize` may refuse what its `Serialize` wrote. What
/// cannot be loaded must not take the place of what can.
pub(crate) fn proved<T: DeserializeOwned>(
    schema: &Schema<T>,
    location: &Location,
    text: &str,
) -> Result<Sealed, Error> {
    if text.len() <= PROVEN_BYTES {
        schema.parse(text).map_err(|mistake| Error::Encode {
            location: location.clone(),
            message: format!("the encoded value does not decode: {}", mistake.message),
        })?;
    }
    sealed(location, schema.version, text)
}
