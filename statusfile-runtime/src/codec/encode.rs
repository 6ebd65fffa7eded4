//! Values to text, and text to sealed bytes.

use super::checked::{Checked, LeftOut, Notes};
use crate::error::{Error, Location};
use crate::store::limits::Limits;
use crate::store::sealed::{Label, Sealed};
use serde::Serialize;
use std::collections::BTreeSet;
use toml::ser::{Buffer, Serializer};

/// A value in TOML, and what its text does not tell.
#[derive(Debug)]
pub(crate) struct Encoded {
    pub(super) text: String,
    /// The same in the layout that people gave the file.
    pub(super) laid_out: Option<String>,
    /// The paths of what [`Notes::left_out`] means.
    pub(super) left_out: BTreeSet<LeftOut>,
    /// No more levels than this are in each other.
    pub(super) levels: usize,
}

impl Encoded {
    /// What the file will hold.
    pub(super) fn to_write(&self) -> &str {
        self.laid_out.as_deref().unwrap_or(&self.text)
    }
}

/// `value` in TOML, for the status at `location`.
pub(crate) fn encode<T: Serialize>(location: &Location, value: &T) -> Result<Encoded, Error> {
    let (notes, mut text) = (Notes::default(), Buffer::new());
    let written = value.serialize(Checked::new(Serializer::new(&mut text), &notes));
    if let Err(error) = written {
        let path = notes.path();
        let whole = " (a TOML file is a table: this needs a named field around it)";
        let hint = if path.len() == 0 { whole } else { "" };
        return Err(refused(location, path.shown(), format!("{error}{hint}")));
    }
    Ok(Encoded {
        text: text.to_string(),
        laid_out: None,
        levels: notes.deepest(),
        left_out: notes.left_out(),
    })
}

/// What TOML cannot hold, or could not give back.
pub(super) fn refused(location: &Location, field: String, message: String) -> Error {
    Error::Encode {
        location: location.clone(),
        field,
        message,
    }
}

/// A text under a seal, unless it is larger than these limits allow.
pub(crate) fn sealed(
    location: &Location,
    label: Label,
    text: &str,
    limits: Limits,
) -> Result<Sealed, Error> {
    let sealed = Sealed::seal(label, text);
    let admitted = limits.admit(location, sealed.bytes().len() as u64);
    admitted.map_err(|message| refused(location, String::new(), message))?;
    Ok(sealed)
}
