//! What the fields of a type say of themselves, for the comments in its file.

use std::marker::PhantomData;

/// The documented fields of a type.
pub type Fields = &'static [FieldDoc];

/// A field, by its name in the file.
#[derive(Debug)]
pub struct FieldDoc {
    /// The key in the file; none for a field that is flattened into the table around it.
    pub key: Option<&'static str>,
    /// The lines of its doc comment.
    pub doc: &'static str,
    /// The fields inside it, where its type has told of them.
    pub inner: Fields,
}

/// A type with documented fields. `#[derive(StatusSection)]` writes this.
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

#[cfg(feature = "editable")]
impl FieldDoc {
    pub(crate) fn find(fields: Fields, key: &str) -> Option<&'static Self> {
        fields.iter().find_map(|field| match field.key {
            Some(name) => (name == key).then_some(field),
            None => Self::find(field.inner, key),
        })
    }

    /// The doc comment as one of TOML, with a line break at its end.
    pub(crate) fn comment(&self) -> String {
        let lines = self.doc.lines().map(|line| format!("#{line}\n"));
        lines.map(|line| line.replace('\t', "    ")).collect()
    }
}
