use crate::attr::{self, Settings};
use crate::ctxt::Ctxt;
use crate::kebab::kebab;
use crate::serde_attr;
use syn::ext::IdentExt;
use syn::{Attribute, Data, DeriveInput, Field, Fields, Generics, Ident, Token};

/// The type under `#[derive(PersistentStatus)]`, as far as this crate cares.
pub(crate) struct Input<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) generics: &'a Generics,
    pub(crate) settings: Settings,
    pub(crate) shape: Shape<'a>,
    /// `#[status]` where it says nothing: on fields and variants.
    pub(crate) misplaced: Vec<&'a Attribute>,
}

pub(crate) enum Shape<'a> {
    Struct(&'a Fields),
    Enum {
        variants: Vec<Variant<'a>>,
        /// Whether serde writes it as a map from the variant's name to its fields.
        externally_tagged: bool,
    },
    Union(&'a Token![union]),
}

pub(crate) struct Variant<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) is_unit: bool,
    /// Whether serde attributes decide how it is written, or that it never is.
    pub(crate) has_own_form: bool,
}

impl<'a> Input<'a> {
    pub(crate) fn new(cx: &Ctxt, input: &'a DeriveInput) -> Self {
        Self {
            ident: &input.ident,
            generics: &input.generics,
            settings: Settings::from_attributes(cx, &input.attrs),
            shape: Shape::new(input),
            misplaced: misplaced(input),
        }
    }

    pub(crate) fn default_file(&self) -> String {
        default_file(&self.ident.unraw().to_string())
    }
}

/// The file of a type of this name, unless it says otherwise.
pub(crate) fn default_file(name: &str) -> String {
    format!("{}.toml", kebab(name))
}

impl<'a> Shape<'a> {
    fn new(input: &'a DeriveInput) -> Self {
        match &input.data {
            Data::Struct(data) => Self::Struct(&data.fields),
            Data::Union(data) => Self::Union(&data.union_token),
            Data::Enum(data) => Self::Enum {
                variants: data.variants.iter().map(Variant::new).collect(),
                externally_tagged: !serde_attr::has_any(&input.attrs, OTHER_FORM),
            },
        }
    }
}

impl<'a> Shape<'a> {
    /// The named fields of a struct.
    fn fields(&self) -> impl Iterator<Item = (String, &'a Field)> {
        let fields = match self {
            Self::Struct(Fields::Named(fields)) => Some(&fields.named),
            Self::Struct(_) | Self::Enum { .. } | Self::Union(_) => None,
        };
        let named = |field: &'a Field| Some((field.ident.as_ref()?.unraw().to_string(), field));
        fields.into_iter().flatten().filter_map(named)
    }

    pub(crate) fn field(&self, name: &str) -> Option<&'a Field> {
        let (_, field) = self.fields().find(|(other, _)| other == name)?;
        Some(field)
    }

    pub(crate) fn field_names(&self) -> Vec<String> {
        self.fields().map(|(name, _)| name).collect()
    }
}

impl<'a> Variant<'a> {
    fn new(variant: &'a syn::Variant) -> Self {
        Self {
            ident: &variant.ident,
            is_unit: matches!(variant.fields, Fields::Unit),
            has_own_form: serde_attr::has_any(&variant.attrs, OWN_FORM),
        }
    }
}

const OTHER_FORM: &[&str] = &["tag", "untagged", "into", "from", "try_from", "remote"];

const OWN_FORM: &[&str] = &[
    "skip",
    "skip_serializing",
    "serialize_with",
    "with",
    "untagged",
    "other",
];

fn misplaced(input: &DeriveInput) -> Vec<&Attribute> {
    let mut attributes: Vec<&Attribute> = Vec::new();
    match &input.data {
        Data::Struct(data) => attributes.extend(of_fields(&data.fields)),
        Data::Union(data) => {
            attributes.extend(data.fields.named.iter().flat_map(|field| &field.attrs));
        }
        Data::Enum(data) => {
            for variant in &data.variants {
                attributes.extend(&variant.attrs);
                attributes.extend(of_fields(&variant.fields));
            }
        }
    }
    attributes.retain(|attribute| attr::is_status(attribute));
    attributes
}

fn of_fields(fields: &Fields) -> impl Iterator<Item = &Attribute> {
    fields.iter().flat_map(|field| &field.attrs)
}
