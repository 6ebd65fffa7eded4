//! What is saved is shown to load as the value that it was, before it takes the place of anything.

use super::compare::{Change, difference};
use super::encode::{Encoded, encode, refused, sealed};
use super::mistake::Mistake;
use super::schema::Schema;
use crate::error::{Error, Location};
use crate::store::limits::Limits;
use crate::store::saved::Saved;
use crate::store::sealed::Sealed;
use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::de::DeTable;

/// A value of no more levels than this has a text that the reader takes, however it is laid out: it takes
/// 79 levels at the least, and a variant with fields is two of them.
const ALWAYS_READ: usize = 39;

impl<T: Serialize + DeserializeOwned> Schema<T> {
    /// A value, sealed.
    ///
    /// Its text is decoded first, and what comes out is encoded once more. Were that another text, a load
    /// would give another value than was saved, or none: a `Deserialize` need not fit its `Serialize`, and
    /// a reader has limits. What cannot be loaded must not take the place of what can.
    pub(crate) fn proved(
        &self,
        location: &Location,
        new: &Encoded,
        saved: Saved,
        limits: Limits,
    ) -> Result<Sealed, Error> {
        let text = new.to_write();
        // This takes a moment, and the proof of what is too large long.
        let sealed = sealed(location, self.label(saved), text, limits)?;
        if self.prove {
            self.prove(location, new)?;
        } else if new.levels > ALWAYS_READ {
            let parsed = DeTable::parse(text);
            parsed.map_err(|error| not_loaded(location, text, error.into()))?;
        }
        Ok(sealed)
    }

    fn prove(&self, location: &Location, new: &Encoded) -> Result<(), Error> {
        let text = new.to_write();
        let value = self.parse(text);
        let value = value.map_err(|mistake| not_loaded(location, text, mistake))?;
        let lost = self.key.as_ref().and_then(|key| key.lost(&value));
        if let Some((field, message)) = lost {
            return Err(refused(location, field.to_owned(), message));
        }
        let again = encode(location, &value)?;
        if let Some(lost) = new.left_out.symmetric_difference(&again.left_out).next() {
            let message = "`None` as the value of a map goes with its key, and in a `Some` it is \
                 loaded as `None`: leave the entry out, use `statusfile::with::options` for the \
                 map, or an enum in place of the outer option";
            return Err(refused(location, lost.path.clone(), message.to_owned()));
        }
        // Most texts are the same to the letter, and need no second look.
        let changed = (new.text != again.text).then(|| difference(&new.text, &again.text, true));
        match changed.flatten() {
            None => Ok(()),
            Some((path, change)) => Err(refused(location, path.shown(), told(change).to_owned())),
        }
    }
}

fn told(change: Change) -> &'static str {
    match change {
        Change::Gone => {
            "it is written, and not there any more once it is loaded: its `Deserialize` passes over \
             it; write `#[serde(skip)]` if that is meant"
        }
        Change::New => {
            "it is left out, and comes back as another value when it is loaded: write \
             `#[serde(default)]` for what `skip_serializing_if` leaves out, or save it always"
        }
        Change::Other => {
            "it is loaded as another value than was saved: an untagged enum takes the first variant \
             that fits, and a `serialize_with` must fit its `deserialize_with`"
        }
    }
}

/// Why a text does not decode, and what to write instead.
fn not_loaded(location: &Location, text: &str, mistake: Mistake) -> Error {
    let Mistake {
        span,
        field,
        mut message,
    } = mistake;
    if message == "duplicate key" {
        let key = text.get(span).unwrap_or_default();
        message = format!("duplicate key `{key}`");
    }
    let advice = advice(&message);
    let message = format!("the encoded value does not decode: {message}: {advice}");
    refused(location, field, message)
}

fn advice(message: &str) -> &'static str {
    if message.starts_with("missing field") {
        "what is left out of the file must have a default: write `#[serde(default)]` beside \
         `skip_serializing_if`, and beside `with` for an option"
    } else if message.starts_with("invalid type: string") {
        "in a tagged or untagged enum, and with `flatten`, the keys of a map are strings: write \
         `#[serde(with = \"statusfile::with::pairs\")]` for a map with other keys"
    } else if message.starts_with("duplicate") {
        "two fields have this name in the file, as with `flatten`: rename one"
    } else if message.contains("recurs") {
        "it is nested too deep for the reader: keep what is linked in a list, each naming the next \
         by its index"
    } else {
        "its `Deserialize` refuses what its `Serialize` wrote"
    }
}
