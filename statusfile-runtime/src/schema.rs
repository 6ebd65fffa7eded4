//! What a type is in the eyes of its file: which version, what came before it, and what fills in.

use crate::codec::Source;
use crate::error::Error;
use crate::fill;
use crate::persistent::PersistentStatus;
use crate::section::{Fields, StatusSection};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;

/// The version of a type that declares none.
pub(crate) const FIRST_VERSION: u32 = 1;

/// How a type reads its files, old ones among them.
pub struct Schema<T> {
    pub(crate) version: u32,
    previous: Option<Previous<T>>,
    default: Option<fn() -> Option<String>>,
    /// What its fields say of themselves.
    pub(crate) fields: Fields,
    pub(crate) editable: bool,
    /// A text of any version is taken as it stands.
    pub(crate) any_version: bool,
    /// What takes the place of an edit that does not decode was made from it.
    pub(crate) mends_edit: bool,
}

/// Reads a file of an older version than the given one, and converts what is in it to that one.
type Previous<T> = fn(&Source<'_>, u32) -> Result<T, Error>;

impl<T> Schema<T> {
    /// A type of this version, of which no older one is known.
    #[must_use]
    pub const fn new(version: u32) -> Self {
        Self {
            version,
            previous: None,
            default: None,
            fields: &[],
            editable: false,
            any_version: false,
            mends_edit: false,
        }
    }

    /// A text without a type, of this version unless its seal says another one.
    pub(crate) const fn untyped(version: u32) -> Self {
        let mut schema = Self::new(version);
        schema.any_version = true;
        schema
    }

    pub(crate) const fn mending_an_edit(mut self) -> Self {
        self.mends_edit = true;
        self
    }

    /// The newest version that it reads.
    pub(crate) const fn newest_known(&self) -> u32 {
        if self.any_version {
            u32::MAX
        } else {
            self.version
        }
    }

    /// Files of an older version are read as a `P` and converted.
    #[must_use]
    pub const fn previous<P: PersistentStatus>(mut self) -> Self
    where
        T: Succeed<P>,
    {
        self.previous = Some(convert::<P, T>);
        self
    }

    /// What a file lacks comes from the default.
    #[must_use]
    pub const fn filled_in(mut self) -> Self
    where
        T: Default + Serialize,
    {
        self.default = Some(|| toml::to_string(&T::default()).ok());
        self
    }

    /// People edit the file; its fields explain themselves in comments.
    #[must_use]
    pub const fn editable(mut self) -> Self
    where
        T: StatusSection + Editable,
    {
        self.fields = T::FIELDS;
        self.editable = true;
        self
    }

    /// The value in a file of this version or an older one.
    pub(crate) fn decode(&self, source: &Source<'_>) -> Result<T, Error>
    where
        T: DeserializeOwned,
    {
        if self.any_version || source.version == self.version {
            return self
                .parse(source.text)
                .map_err(|error| source.explain(&error));
        }
        match self.previous {
            Some(previous) => previous(source, self.version),
            None => Err(source.unknown_version()),
        }
    }

    pub(crate) fn parse(&self, text: &str) -> Result<T, toml::de::Error>
    where
        T: DeserializeOwned,
    {
        match self.default.and_then(|default| default()) {
            Some(default) => fill::parse(text, &default),
            None => toml::from_str(text),
        }
    }
}

fn convert<P: PersistentStatus, T: Succeed<P>>(
    source: &Source<'_>,
    version: u32,
) -> Result<T, Error> {
    let schema = P::schema();
    let previous = schema.decode(source)?;
    T::succeed(previous).map_err(|message| Error::Convert {
        path: source.path.to_owned(),
        found: schema.version,
        known: version,
        message,
    })
}

impl<T> Clone for Schema<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Schema<T> {}

impl<T> fmt::Debug for Schema<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schema")
            .field("version", &self.version)
            .finish_non_exhaustive()
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
impl<P, T> Succeed<P> for T
where
    T: TryFrom<P>,
    T::Error: fmt::Display,
{
    fn succeed(previous: P) -> Result<Self, String> {
        T::try_from(previous).map_err(|error| error.to_string())
    }
}
