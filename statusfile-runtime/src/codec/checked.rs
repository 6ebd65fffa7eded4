//! A serializer around that of a format, which sees what the format passes over in silence.

use super::path::FieldPath;
use serde::ser::{
    Error as _, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fmt::Display;

/// How many values may lie in each other, an option around a value and a newtype among them.
///
/// The reader takes 79 tables with headers in each other: this is that, each an option or an element of an
/// array. What is deeper is refused before it ends the stack, of which this takes less than half in a
/// thread of 2 MiB.
const MOST_LEVELS: usize = 160;

const NONE_IN_AN_ARRAY: &str = "`None` has no place in an array: leave it out, or write \
     `#[serde(with = \"statusfile::with::options\")]` for the list";
const NONE_IN_A_VARIANT: &str = "a variant that holds `None` has no form in TOML: give the variant a \
     field with a name, or make `None` a variant of its own";
const UNIT: &str = "`()`, a unit struct or a null has no form in TOML: leave it out with \
     `#[serde(skip)]`, or write a value for it";
const KEY: &str = "a key of a TOML table is a string: write \
     `#[serde(with = \"statusfile::with::pairs\")]` for a map with other keys";
const TOO_DEEP: &str = "it is nested too deep for any reader: keep what is linked in a list, each \
     naming the next by its index";

/// What is known of a value once it has been written, or where it could not be.
#[derive(Debug, Default)]
pub(super) struct Notes {
    path: RefCell<FieldPath>,
    levels: Cell<usize>,
    deepest: Cell<usize>,
    left_out: RefCell<BTreeSet<LeftOut>>,
}

/// A `None` that leaves no trace in the text.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LeftOut {
    pub(super) path: String,
    /// As an entry, it would be taken for one that lies in none.
    in_some: bool,
}

impl Notes {
    /// Where the writing stopped, if it failed.
    pub(super) fn path(self) -> FieldPath {
        self.path.into_inner()
    }

    /// How many values lay in each other.
    pub(super) fn deepest(&self) -> usize {
        self.deepest.get()
    }

    /// Each `None` that leaves no trace in the text, and may be one that was there: as the value of a map,
    /// which goes with its key, and in a `Some`.
    pub(super) fn left_out(self) -> BTreeSet<LeftOut> {
        self.left_out.into_inner()
    }

    fn back_to(&self, len: usize) {
        self.path.borrow_mut().back_to(len);
    }

    fn key(&self, key: &str) -> usize {
        let mut path = self.path.borrow_mut();
        path.key(key);
        path.len()
    }

    fn index(&self, index: usize) -> usize {
        let mut path = self.path.borrow_mut();
        path.index(index);
        path.len()
    }

    fn leave_out(&self, in_some: bool) {
        let path = self.path.borrow().as_str().to_owned();
        self.left_out.borrow_mut().insert(LeftOut { path, in_some });
    }
}

/// What a value is to what it lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Whole,
    Field,
    /// Of a map, or of a struct that others are flattened into: serde does not tell these apart.
    Entry,
    Key,
    Element,
    Variant,
}

/// Hands everything on to `inner`, and writes down what it would pass over.
#[derive(Debug)]
pub struct Checked<'n, S> {
    inner: S,
    notes: &'n Notes,
    role: Role,
    /// Whether it lies in a `Some`.
    in_some: bool,
}

impl<'n, S: Serializer> Checked<'n, S> {
    pub(super) fn new(inner: S, notes: &'n Notes) -> Self {
        Self {
            inner,
            notes,
            role: Role::Whole,
            in_some: false,
        }
    }

    /// The path of a key ends in it.
    fn name(&self, key: impl Display) {
        if self.role == Role::Key {
            self.notes.key(&key.to_string());
        }
    }

    fn no_key(&self) -> Result<(), S::Error> {
        if self.role == Role::Key {
            return Err(S::Error::custom(KEY));
        }
        Ok(())
    }

    /// What is written in the place of this very value.
    fn around<'a, T: ?Sized>(&self, value: &'a T, in_some: bool) -> Part<'a, T>
    where
        'n: 'a,
    {
        Part {
            value,
            notes: self.notes,
            start: self.notes.path.borrow().len(),
            role: self.role,
            in_some,
        }
    }
}

/// A value on its way to the format, which asks for it with a serializer of its own choice, and for some
/// values twice.
struct Part<'a, T: ?Sized> {
    value: &'a T,
    notes: &'a Notes,
    /// The length of its path.
    start: usize,
    role: Role,
    in_some: bool,
}

impl<T: Serialize + ?Sized> Serialize for Part<'_, T> {
    fn serialize<S: Serializer>(&self, inner: S) -> Result<S::Ok, S::Error> {
        let notes = self.notes;
        notes.back_to(self.start);
        let above = notes.levels.get();
        if above == MOST_LEVELS {
            return Err(S::Error::custom(TOO_DEEP));
        }
        notes.levels.set(above + 1);
        notes.deepest.set(notes.deepest.get().max(above + 1));
        let done = self.value.serialize(Checked {
            inner,
            notes,
            role: self.role,
            in_some: self.in_some,
        });
        notes.levels.set(above);
        done
    }
}

macro_rules! keys {
    ($($method:ident: $type:ty),* $(,)?) => { $(
        fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
            self.name(value);
            self.inner.$method(value)
        }
    )* };
}

macro_rules! no_keys {
    ($($method:ident: $type:ty),* $(,)?) => { $(
        fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
            self.no_key()?;
            self.inner.$method(value)
        }
    )* };
}

impl<'n, S: Serializer> Serializer for Checked<'n, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Parts<'n, S::SerializeSeq>;
    type SerializeTuple = Parts<'n, S::SerializeTuple>;
    type SerializeTupleStruct = Parts<'n, S::SerializeTupleStruct>;
    type SerializeTupleVariant = Parts<'n, S::SerializeTupleVariant>;
    type SerializeMap = Parts<'n, S::SerializeMap>;
    type SerializeStruct = Parts<'n, S::SerializeStruct>;
    type SerializeStructVariant = Parts<'n, S::SerializeStructVariant>;

    keys! {
        serialize_bool: bool,
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_i128: i128,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
        serialize_u64: u64,
        serialize_u128: u128,
        serialize_char: char,
        serialize_str: &str,
    }

    no_keys! {
        serialize_f32: f32,
        serialize_f64: f64,
        serialize_bytes: &[u8],
    }

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.no_key()?;
        match self.role {
            Role::Element => return Err(S::Error::custom(NONE_IN_AN_ARRAY)),
            Role::Variant => return Err(S::Error::custom(NONE_IN_A_VARIANT)),
            Role::Entry => self.notes.leave_out(self.in_some),
            _ if self.in_some => self.notes.leave_out(true),
            _ => {}
        }
        self.inner.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.no_key()?;
        let part = self.around(value, true);
        self.inner.serialize_some(&part)
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.no_key()?;
        Err(S::Error::custom(UNIT))
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<S::Ok, S::Error> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        self.name(variant);
        self.inner.serialize_unit_variant(name, index, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let part = self.around(value, self.in_some);
        self.inner.serialize_newtype_struct(name, &part)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.no_key()?;
        let part = Part {
            value,
            notes: self.notes,
            start: self.notes.key(variant),
            role: Role::Variant,
            in_some: false,
        };
        self.inner
            .serialize_newtype_variant(name, index, variant, &part)
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        self.no_key()?;
        let inner = self.inner.serialize_seq(len)?;
        Ok(Parts::new(inner, self.notes))
    }

    fn serialize_tuple(self, len: usize) -> Result<Self::SerializeTuple, S::Error> {
        self.no_key()?;
        let inner = self.inner.serialize_tuple(len)?;
        Ok(Parts::new(inner, self.notes))
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleStruct, S::Error> {
        self.no_key()?;
        let inner = self.inner.serialize_tuple_struct(name, len)?;
        Ok(Parts::new(inner, self.notes))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        self.no_key()?;
        let inner = self
            .inner
            .serialize_tuple_variant(name, index, variant, len)?;
        self.notes.key(variant);
        Ok(Parts::new(inner, self.notes))
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        self.no_key()?;
        let inner = self.inner.serialize_map(len)?;
        Ok(Parts::new(inner, self.notes))
    }

    fn serialize_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStruct, S::Error> {
        self.no_key()?;
        let inner = self.inner.serialize_struct(name, len)?;
        Ok(Parts::new(inner, self.notes))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        self.no_key()?;
        let inner = self
            .inner
            .serialize_struct_variant(name, index, variant, len)?;
        self.notes.key(variant);
        Ok(Parts::new(inner, self.notes))
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

/// What a list, a table or a variant with fields is written with.
#[derive(Debug)]
pub struct Parts<'n, C> {
    inner: C,
    notes: &'n Notes,
    /// The length of the path of the whole.
    start: usize,
    index: usize,
    has_key: bool,
}

impl<'n, C> Parts<'n, C> {
    fn new(inner: C, notes: &'n Notes) -> Self {
        Self {
            inner,
            notes,
            start: notes.path.borrow().len(),
            index: 0,
            has_key: false,
        }
    }

    fn element<'a, T: ?Sized>(&mut self, value: &'a T) -> Part<'a, T>
    where
        'n: 'a,
    {
        self.notes.back_to(self.start);
        let start = self.notes.index(self.index);
        self.index += 1;
        Part {
            value,
            notes: self.notes,
            start,
            role: Role::Element,
            in_some: false,
        }
    }

    fn field<'a, T: ?Sized>(&self, key: &str, value: &'a T) -> Part<'a, T>
    where
        'n: 'a,
    {
        self.notes.back_to(self.start);
        Part {
            value,
            notes: self.notes,
            start: self.notes.key(key),
            role: Role::Field,
            in_some: false,
        }
    }

    fn whole(self) -> C {
        self.notes.back_to(self.start);
        self.inner
    }
}

macro_rules! elements {
    ($($role:ident: $method:ident),* $(,)?) => { $(
        impl<C: $role> $role for Parts<'_, C> {
            type Ok = C::Ok;
            type Error = C::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
                let part = self.element(value);
                self.inner.$method(&part)
            }

            fn end(self) -> Result<C::Ok, C::Error> {
                self.whole().end()
            }
        }
    )* };
}

elements! {
    SerializeSeq: serialize_element,
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field,
}

macro_rules! fields {
    ($($role:ident),* $(,)?) => { $(
        impl<C: $role> $role for Parts<'_, C> {
            type Ok = C::Ok;
            type Error = C::Error;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Result<(), C::Error> {
                let part = self.field(key, value);
                self.inner.serialize_field(key, &part)
            }

            fn skip_field(&mut self, key: &'static str) -> Result<(), C::Error> {
                self.inner.skip_field(key)
            }

            fn end(self) -> Result<C::Ok, C::Error> {
                self.whole().end()
            }
        }
    )* };
}

fields!(SerializeStruct, SerializeStructVariant);

impl<C: SerializeMap> SerializeMap for Parts<'_, C> {
    type Ok = C::Ok;
    type Error = C::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), C::Error> {
        self.has_key = true;
        self.inner.serialize_key(&Part {
            value: key,
            notes: self.notes,
            start: self.start,
            role: Role::Key,
            in_some: false,
        })
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
        // The format would panic.
        if !self.has_key {
            let message = "its `Serialize` writes a value of a map without a key";
            return Err(C::Error::custom(message));
        }
        self.has_key = false;
        let part = Part {
            value,
            notes: self.notes,
            start: self.notes.path.borrow().len(),
            role: Role::Entry,
            in_some: false,
        };
        self.inner.serialize_value(&part)
    }

    fn end(self) -> Result<C::Ok, C::Error> {
        self.whole().end()
    }
}
