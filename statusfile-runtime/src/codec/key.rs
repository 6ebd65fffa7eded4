//! Which of the many statuses of a type one is.

use super::checked::{Checked, Notes};
use super::compare::difference;
use crate::error::{At, Error, Location, Step};
use serde::Serialize;
use std::fmt::{self, Display, Write};
use std::io::{self, ErrorKind};
use std::sync::Arc;
use toml::ser::{self, ValueSerializer};

/// What a value is written with that is no whole file.
pub(crate) type ToText<'n, 'd> = Checked<'n, ValueSerializer<'d>>;

/// One field's value, in its two forms.
#[derive(Debug)]
pub struct Value {
    /// For the path.
    text: Option<String>,
    /// In the file, or why it has no form there.
    written: Result<String, String>,
}

/// `Display`, with an error that says what to add where it is missing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a path",
    label = "lacks `std::fmt::Display`",
    note = "a `{{placeholder}}` is filled with the text that `Display` gives: implement it for `{Self}`, or take another field"
)]
pub trait KeyField: Display {}

#[diagnostic::do_not_recommend]
impl<T: Display + ?Sized> KeyField for T {}

/// `Serialize`, with an error that says what to add where it is missing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a key",
    label = "lacks `serde::Serialize`",
    note = "two keys may have one `Display`, and the file then says which of them it is of: add `#[derive(serde::Serialize)]` to `{Self}`, or `#[serde(serialize_with = \"...\")]` to the field"
)]
pub trait KeyForm: Serialize {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> KeyForm for T {}

impl Value {
    /// The text of `value`, unless its `Display` fails, and its form in the file.
    pub fn new<T: KeyField + KeyForm + ?Sized>(value: &T) -> Self {
        Self::with(value, |value, to| value.serialize(to))
    }

    /// The same for a field that `write` writes into the file.
    pub fn with<T: KeyField + ?Sized>(
        value: &T,
        write: impl for<'n, 'd> FnOnce(&T, ToText<'n, 'd>) -> Result<&'d mut String, ser::Error>,
    ) -> Self {
        let mut text = String::new();
        Self {
            text: write!(text, "{value}").is_ok().then_some(text),
            written: written(|to| write(value, to)),
        }
    }

    /// What stands in the path, if there is anything.
    pub(crate) fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }
}

/// The form that `write` gives a value in a file.
fn written(
    write: impl for<'n, 'd> FnOnce(ToText<'n, 'd>) -> Result<&'d mut String, ser::Error>,
) -> Result<String, String> {
    let (notes, mut text) = (Notes::default(), String::new());
    let done = write(Checked::new(ValueSerializer::new(&mut text), &notes)).map(drop);
    done.map_err(|error| error.to_string()).map(|()| text)
}

/// What tells a status apart, and where that puts it.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) location: Location,
    parts: Vec<KeyPart>,
}

/// One field of a key.
#[derive(Clone, Debug)]
struct KeyPart {
    field: &'static str,
    /// Its text in the path, which may be that of others, too.
    text: String,
    /// Its form in the file.
    written: String,
}

impl Key {
    /// That of the status at `location`, one value for each field.
    pub(crate) fn new(
        location: Location,
        fields: impl Iterator<Item = &'static str>,
        values: &[Value],
    ) -> Result<Self, Error> {
        let parts = fields.zip(values).map(|(field, value)| {
            let written = value.written.clone().map_err(|why| {
                let wrong = format!("`{field}` has no form in the file: {why}");
                io::Error::new(ErrorKind::InvalidInput, wrong)
            });
            Ok(KeyPart {
                field,
                text: value.text.clone().unwrap_or_default(),
                written: written.at(Step::Place, location.clone())?,
            })
        });
        let parts = parts.collect::<Result<_, Error>>()?;
        Ok(Self { location, parts })
    }

    /// The first field that is not the same in `other`.
    fn differs(&self, other: &Self) -> Option<&'static str> {
        let mut pairs = self.parts.iter().zip(&other.parts);
        let (part, _) = pairs.find(|(one, other)| !one.is_same(other))?;
        Some(part.field)
    }

    /// `found` is the key of a status that lies where this one belongs, or is to be saved there.
    fn misplaced(&self, found: &Self) -> Error {
        Error::Misplaced {
            location: self.location.clone(),
            belongs: found.location.clone(),
            found: found.to_string(),
            asked: Some(self.to_string()),
        }
    }
}

impl KeyPart {
    /// A set has its elements in any order.
    fn is_same(&self, other: &Self) -> bool {
        let table = |part: &Self| format!("key = {}", part.written);
        self.text == other.text
            && (self.written == other.written
                || difference(&table(self), &table(other), true).is_none())
    }
}

impl Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = self.parts.iter();
        let parts: Vec<_> = parts
            .map(|part| format!("{} = {}", part.field, part.written))
            .collect();
        f.write_str(&parts.join(", "))
    }
}

/// The only key that the values of a status may have.
pub(crate) struct OneKey<T> {
    asked: Arc<Key>,
    of: fn(&T) -> Result<Key, Error>,
}

impl<T> OneKey<T> {
    /// `of` says which key a value has.
    pub(crate) fn new(asked: Key, of: fn(&T) -> Result<Key, Error>) -> Self {
        let asked = Arc::new(asked);
        Self { asked, of }
    }

    pub(super) fn asked(&self) -> &Key {
        &self.asked
    }

    /// Refuses a value of another key.
    pub(super) fn check(&self, value: &T) -> Result<(), Error> {
        let found = (self.of)(value)?;
        match self.asked.differs(&found) {
            None => Ok(()),
            Some(_) => Err(self.asked.misplaced(&found)),
        }
    }

    /// The field and the reason why a value of this key has another one, or none, in `loaded`.
    pub(super) fn lost(&self, loaded: &T) -> Option<(&'static str, String)> {
        let becomes = match (self.of)(loaded) {
            Ok(found) => {
                let field = self.asked.differs(&found)?;
                (field, format!("`{found}`"))
            }
            Err(error) => ("", format!("none ({error})")),
        };
        let (field, becomes) = becomes;
        let asked = &*self.asked;
        let message = format!(
            "with the key `{asked}` it is loaded with another key, {becomes}, so no load would find \
             it: write all of the key into the file, without `#[serde(skip)]`, `skip_serializing` or \
             a `serialize_with` that drops some of it"
        );
        Some((field, message))
    }
}

impl<T> Clone for OneKey<T> {
    fn clone(&self) -> Self {
        let asked = Arc::clone(&self.asked);
        Self { asked, of: self.of }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    struct Mute;

    impl Display for Mute {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            Err(fmt::Error)
        }
    }

    fn key(values: &[Value]) -> Result<Key, Error> {
        Key::new(
            Location::from("/s.toml"),
            ["id", "name"].into_iter(),
            values,
        )
    }

    fn named(name: &str, write: impl Serialize) -> Key {
        let name = Value::with(name, |_, to| write.serialize(to));
        key(&[Value::new(&1), name]).unwrap()
    }

    #[test]
    fn a_display_that_fails_gives_no_text() {
        let value = Value::with(&Mute, |_, to| 1.serialize(to));
        assert_eq!(value.text(), None);
    }

    #[test]
    fn keys_are_told_apart_by_their_texts_and_by_what_is_written() {
        let one = named("a", "a");
        assert_eq!(one.to_string(), "id = 1, name = \"a\"");
        assert_eq!(one.differs(&named("a", "a")), None);
        assert_eq!(one.differs(&named("b", "a")), Some("name"));
        assert_eq!(one.differs(&named("a", "b")), Some("name"));
        assert_eq!(one.differs(&named("a", 1)), Some("name"));
        let [not_a_number, negative] = [f64::NAN, -f64::NAN].map(|number| named("a", number));
        assert_eq!(not_a_number.differs(&negative), None);
    }

    #[test]
    fn a_set_has_no_order() {
        let set = |elements: [u8; 3]| named("a", BTreeMap::from([("set", elements)]));
        assert_eq!(set([1, 2, 3]).differs(&set([3, 1, 2])), None);
        assert_eq!(set([1, 2, 3]).differs(&set([3, 1, 1])), Some("name"));
    }

    #[test]
    fn what_has_no_form_is_an_error_with_its_field() {
        let values = [Value::new(&1), Value::with("a", |_, to| ().serialize(to))];
        let error = key(&values).unwrap_err().to_string();
        let expected =
            "/s.toml: cannot determine the path of the status: `name` has no form in the file: ";
        assert!(error.starts_with(expected), "{error}");
    }
}
