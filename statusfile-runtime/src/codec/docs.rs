//! What the fields of a type say of themselves, for the comments in its file.

use std::marker::PhantomData;

/// The documented fields of a type.
pub type Fields = &'static [FieldDoc];

/// A field, by its name in the file.
#[derive(Clone, Copy, Debug, Default)]
pub struct FieldDoc {
    /// The key in the file; none for a field that is flattened into the table around it.
    pub key: Option<&'static str>,
    /// The lines of its doc comment.
    pub doc: &'static str,
    /// The fields inside it, where its type documents them.
    pub inner: Fields,
}

/// A struct whose doc comments become comments of the file that it is kept in.
///
/// Derive it for the structs inside a status that is `editable`; the status itself has it already. The
/// trait has nothing to call and nothing to write by hand. A struct inside that does not derive it is
/// kept all the same, without comments on its fields.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use statusfile::{PersistentStatus, StatusSection};
///
/// #[derive(Serialize, Deserialize, Default, PersistentStatus)]
/// #[status(dir = "config", editable)]
/// struct Settings {
///     /// Where to listen.
///     port: u16,
///     /// How much is too much.
///     limits: Limits,
/// }
///
/// #[derive(Serialize, Deserialize, Default, StatusSection)]
/// struct Limits {
///     /// In megabytes.
///     memory: u64,
/// }
/// ```
///
/// Its first save writes:
///
/// ```toml
/// # Where to listen.
/// port = 0
///
/// # How much is too much.
/// [limits]
/// # In megabytes.
/// memory = 0
/// ```
pub trait StatusSection {
    /// The fields, in the order of their declaration.
    #[doc(hidden)]
    const FIELDS: Fields;
}

impl<T: StatusSection> StatusSection for Option<T> {
    const FIELDS: Fields = T::FIELDS;
}

impl<T: StatusSection> StatusSection for Box<T> {
    const FIELDS: Fields = T::FIELDS;
}

impl<T: StatusSection> StatusSection for Vec<T> {
    const FIELDS: Fields = T::FIELDS;
}

/// The fields of any type: `FieldsOf::<T>::FIELDS` is the constant of this type if `T` is a section,
/// and the one of [`NoSection`] if not, as what a type has itself goes before what a trait gives it.
#[derive(Debug)]
pub struct FieldsOf<T>(PhantomData<T>);

impl<T: StatusSection> FieldsOf<T> {
    /// What the section says.
    pub const FIELDS: Fields = T::FIELDS;
}

/// What any other type says: nothing.
pub trait NoSection {
    /// No fields.
    const FIELDS: Fields = &[];
}

impl<T> NoSection for FieldsOf<T> {}
