//! What a type is to its files: which version, what came before it, and what fills in.

use super::defaults;
use super::docs::{Fields, StatusSection};
use super::encode::{Encoded, encode};
use super::key::{Key, OneKey};
use super::mistake::Mistake;
use super::source::Source;
use crate::error::{Error, Location};
use crate::store::backend::{Edit, Gate};
use crate::store::reader::Reader;
use crate::store::saved::Saved;
use crate::store::sealed::{Label, Sealed};
use crate::store::snapshot::Document;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::any;
use std::fmt;

/// The version of a type that declares none.
pub(crate) const FIRST_VERSION: u32 = 1;

/// How a type reads its files, old ones among them.
#[must_use]
pub struct Schema<T> {
    /// Whose files it reads, and up to which version.
    pub(crate) reader: Reader,
    previous: Previous<T>,
    default: fn() -> Option<String>,
    /// What its fields say of themselves.
    pub(crate) fields: Fields,
    pub(crate) editable: bool,
    /// Whether a value is shown to load as it was before it is saved.
    pub(crate) prove: bool,
    /// Of many statuses, the one that this is.
    pub(super) key: Option<OneKey<T>>,
}

/// Reads a file of an older version than the given one, and converts what is in it to that one.
type Previous<T> = fn(&Source<'_>, u32) -> Result<T, Error>;

impl<T> Schema<T> {
    /// A type of this version, of which no older one is known.
    pub const fn new(version: u32) -> Self {
        Self {
            reader: Reader {
                rust_name: any::type_name::<T>,
                type_name: None,
                formerly: &[],
                previous: None,
                version,
            },
            previous: |source, _| {
                let message = "no type of that version is declared as `previous`".to_owned();
                Err(source.not_converted(source.version, source.known, message))
            },
            default: || None,
            fields: &[],
            editable: false,
            prove: true,
            key: None,
        }
    }

    /// What its files say of whose they are: the package and the name of the type.
    pub const fn named(mut self, type_name: Option<&'static str>) -> Self {
        self.reader.type_name = type_name;
        self
    }

    /// What its files said of that before it had its name.
    pub const fn formerly(mut self, names: &'static [&'static str]) -> Self {
        self.reader.formerly = names;
        self
    }

    /// Files of an older version are read as a `P` and converted.
    pub const fn previous<P: Described>(mut self) -> Self
    where
        T: Succeed<P>,
    {
        self.previous = |source, version| {
            let previous = P::described();
            T::succeed(previous.decode(source)?)
                .map_err(|message| source.not_converted(previous.version(), version, message))
        };
        self.reader.previous = Some(|| P::described().reader);
        self
    }

    /// What a file lacks comes from the default.
    pub const fn filled_in(mut self) -> Self
    where
        T: Default + Serialize,
    {
        self.default = || toml::to_string(&T::default()).ok();
        self
    }

    /// Nothing is shown before it is saved.
    pub const fn unproved(mut self) -> Self {
        self.prove = false;
        self
    }

    fn version(&self) -> u32 {
        self.reader.version
    }

    pub(crate) fn one_key(&self) -> Option<&Key> {
        self.key.as_ref().map(OneKey::asked)
    }

    /// Only values of this key are saved and loaded.
    pub(crate) fn of_key(mut self, key: OneKey<T>) -> Self {
        self.key = Some(key);
        self
    }

    /// People edit the file; its fields explain themselves in comments.
    pub const fn editable(mut self) -> Self
    where
        T: StatusSection + Editable,
    {
        self.fields = T::FIELDS;
        self.editable = true;
        self
    }
}

impl<T: DeserializeOwned> Schema<T> {
    /// The value in the file at `location`; its seal, if any, is known to hold or is a person's
    /// business.
    ///
    /// Without a seal it is like `newest`, the newest good generation.
    pub(crate) fn decode_file(
        &self,
        location: &Location,
        file: &Document,
        newest: Option<&Sealed>,
    ) -> Result<T, Error> {
        let reader = &self.reader;
        let source = match file {
            Document::Sealed(sealed) => Source::sealed(location, sealed, reader),
            Document::Edit(bytes) => Source::new(location, bytes, reader, newest, self.version()),
        };
        let value = self.decode(&source?)?;
        self.check_key(&value)?;
        Ok(value)
    }

    fn check_key(&self, value: &T) -> Result<(), Error> {
        self.key.as_ref().map_or(Ok(()), |key| key.check(value))
    }

    /// `value` in TOML, unless it is of another status.
    pub(crate) fn encode(&self, location: &Location, value: &T) -> Result<Encoded, Error>
    where
        T: Serialize,
    {
        self.check_key(value)?;
        encode(location, value)
    }

    /// The value in a file of this version or an older one.
    fn decode(&self, source: &Source<'_>) -> Result<T, Error> {
        if source.version == self.version() {
            let parsed = self.parse(source.text);
            return parsed.map_err(|mistake| source.explain(mistake));
        }
        (self.previous)(source, self.version())
    }

    /// What a seal says of a status of this type.
    pub(super) fn label(&self, saved: Saved) -> Label {
        Label {
            type_name: self.reader.type_name.map(str::to_owned),
            version: self.version(),
            saved,
        }
    }

    pub(super) fn parse(&self, text: &str) -> Result<T, Mistake> {
        defaults::parse(text, self.default)
    }
}

impl<T: DeserializeOwned> Gate for Schema<T> {
    fn reader(&self) -> Reader {
        self.reader
    }

    fn key(&self) -> Option<String> {
        self.one_key().map(Key::to_string)
    }

    /// What no longer decodes may be replaced: its key is not known, and it is kept.
    fn may_replace(&self, old: &Sealed, location: &Location) -> Result<(), Error> {
        if self.key.is_none() {
            return Ok(());
        }
        let source = Source::sealed(location, old, &self.reader);
        match source.and_then(|source| self.decode(&source)) {
            Ok(value) => self.check_key(&value),
            Err(_) => Ok(()),
        }
    }

    /// An edit is kept as it is, comments and all, once it is known to decode.
    fn adopt(&self, edit: &Edit<'_>) -> Result<Option<Sealed>, Error> {
        let (reader, first) = (&self.reader, self.version());
        let source = Source::new(edit.location, edit.bytes, reader, edit.newest, first)?;
        self.check_key(&self.decode(&source)?)?;
        source
            .under_a_seal(self.reader.type_name, edit.saved)
            .map(Some)
    }
}

/// A type that says how its files are read.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say where its status is kept",
    label = "does not implement `PersistentStatus`",
    note = "add `#[derive(serde::Serialize, serde::Deserialize, statusfile::PersistentStatus)]` to `{Self}`"
)]
pub trait Described: DeserializeOwned {
    /// How its files are read.
    fn described() -> Schema<Self>;
}

impl<T> Clone for Schema<T> {
    fn clone(&self) -> Self {
        Self {
            key: self.key.clone(),
            ..*self
        }
    }
}

impl<T> fmt::Debug for Schema<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Schema").field(&self.version()).finish()
    }
}

/// Every type, if the feature `editable` is on.
#[diagnostic::on_unimplemented(
    message = "`editable` takes the feature `editable` of `statusfile`",
    label = "this feature is not on",
    note = "write `statusfile = {{ version = \"0.1\", features = [\"editable\"] }}` in `Cargo.toml`"
)]
pub trait Editable {}

#[cfg(feature = "editable")]
impl<T> Editable for T {}

/// A conversion from the version before, with an error that says what to write where there is none.
#[diagnostic::on_unimplemented(
    message = "`{P}` cannot become `{Self}`",
    label = "no conversion from `{P}`",
    note = "write `impl From<{P}> for {Self}`, or `impl TryFrom<{P}> for {Self}` with an error that implements `Display`"
)]
pub trait Succeed<P>: Sized {
    /// The value that `previous` stands for today, or why there is none.
    ///
    /// # Errors
    ///
    /// What the conversion says.
    fn succeed(previous: P) -> Result<Self, String>;
}

#[diagnostic::do_not_recommend]
impl<P, T: TryFrom<P, Error: fmt::Display>> Succeed<P> for T {
    fn succeed(previous: P) -> Result<Self, String> {
        T::try_from(previous).map_err(|error| error.to_string())
    }
}
