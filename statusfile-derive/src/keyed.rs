//! The implementation for a type of which there are many statuses.

use crate::ast::Input;
use crate::nearest::nearest;
use crate::schema::{self, Declared};
use crate::serde_attr;
use crate::template::{Name, Template};
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{ExprPath, Field, Generics, Index, Path, Type, parse_quote};

/// `declaration` is what the type says besides; `None` makes a stub.
pub(crate) fn implementation(
    input: &Input,
    template: &Template,
    root: &Path,
    generics: &Generics,
    declaration: Option<&TokenStream>,
) -> TokenStream {
    let keys = keys(input, template);
    let key = one_or_tuple(keys.iter().map(Key::passed));
    let [own, file, pattern] = match declaration {
        Some(declaration) => [
            one_or_tuple(keys.iter().map(Key::own)),
            file(&keys, root),
            pattern(template, root, declaration),
        ],
        None => [0; 3].map(|_| quote!(::core::unreachable!())),
    };
    let kept = parse_quote!(#root::KeyedStatus);
    let Declared { checks, items } =
        declaration.map_or_else(Declared::default, |_| schema::declared(input, &kept));
    let ident = input.ident;
    let generics = bounded(generics, &keys, root);
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    quote! {
        #checks
        #[automatically_derived]
        #[allow(deprecated)]
        impl #impl_generics #root::KeyedStatus for #ident #ty_generics #where_clause {
            #items
            type Key<'__key> = #key
            where
                Self: '__key;
            fn key(&self) -> Self::Key<'_> {
                #own
            }
            fn status_file<'__key>(
                __key: Self::Key<'__key>,
            ) -> ::core::result::Result<#root::StatusFile<Self>, #root::Error>
            where
                Self: '__key,
            {
                #file
            }
            fn pattern() -> #root::__private::Pattern {
                #pattern
            }
        }
    }
}

/// The bounds of the type, and that its keys have a form in the file where that depends on a parameter: of
/// a type with parameters, `Serialize` does not say so of each field.
fn bounded(generics: &Generics, keys: &[Key], root: &Path) -> Generics {
    let mut generics = generics.clone();
    if generics.type_params().next().is_none() && generics.const_params().next().is_none() {
        return generics;
    }
    let is_bound = |key: &&Key| key.write.is_none() && matches!(key.form, Form::Reference);
    for Key { ty, .. } in keys.iter().filter(is_bound) {
        let bounds = &mut generics.make_where_clause().predicates;
        bounds.push(parse_quote!(#ty: #root::__private::KeyForm));
    }
    generics
}

fn file(keys: &[Key], root: &Path) -> TokenStream {
    let values = keys.iter().enumerate().map(|(index, key)| {
        let index = (keys.len() > 1).then(|| Index::from(index)).into_iter();
        key.value(&quote!(__key #(.#index)*), root)
    });
    quote! {
        #root::StatusFile::keyed(
            &<Self as #root::KeyedStatus>::pattern(),
            <Self as #root::KeyedStatus>::schema(),
            &[#(#values),*],
        )
    }
}

fn pattern(template: &Template, root: &Path, declaration: &TokenStream) -> TokenStream {
    let components = template.names.iter().map(|name| component(name, root));
    // All of the call at the literal, so that it is there that the compiler shows a refused name.
    let checked = quote_spanned!(template.lit.span()=> __checked(&[#(#components),*]));
    quote! {
        const COMPONENTS: &[#root::__private::Component] = {
            use #root::__private::checked as __checked;
            #checked
        };
        #root::__private::Pattern {
            declaration: #declaration,
            components: COMPONENTS,
        }
    }
}

/// One field that a placeholder names.
struct Key {
    ident: Ident,
    ty: Type,
    form: Form,
    /// What writes it into the file in the place of its own `Serialize`.
    write: Option<ExprPath>,
}

/// How a field's value is passed.
enum Form {
    Value,
    Text,
    Reference,
}

/// The fields that the placeholders name; those that come nearest where some do not exist, for the
/// stub.
fn keys(input: &Input, template: &Template) -> Vec<Key> {
    let fields = template.fields().filter_map(|name| {
        let names = input.shape.field_names();
        let nearest = || {
            input
                .shape
                .field(nearest(name, names.iter().map(String::as_str))?)
        };
        input.shape.field(name).or_else(nearest)
    });
    fields
        .filter_map(|field| {
            Some(Key {
                ident: field.ident.clone()?,
                ty: field.ty.clone(),
                form: Form::of(&field.ty),
                write: written_with(field),
            })
        })
        .collect()
}

impl Key {
    fn passed(&self) -> TokenStream {
        let ty = &self.ty;
        match self.form {
            Form::Value => quote!(#ty),
            Form::Text => quote!(&'__key ::core::primitive::str),
            Form::Reference => quote!(&'__key #ty),
        }
    }

    fn own(&self) -> TokenStream {
        let ident = &self.ident;
        match self.form {
            Form::Value => quote!(self.#ident),
            Form::Text => quote!(&*self.#ident),
            Form::Reference => quote!(&self.#ident),
        }
    }

    /// At the field's type, so that the error is there if that has no text.
    fn value(&self, passed: &TokenStream, root: &Path) -> TokenStream {
        let ty = &self.ty;
        let span = ty.span();
        if let Some(write) = &self.write {
            let value = match self.form {
                Form::Value => quote!(&#passed),
                Form::Text => quote!(&<#ty as ::core::convert::From<_>>::from(#passed)),
                Form::Reference => passed.clone(),
            };
            return quote_spanned! {span=>
                #root::__private::Value::with::<#ty>(#value, |__value, __to| #write(__value, __to))
            };
        }
        match self.form {
            Form::Value => quote_spanned!(span=> #root::__private::Value::new::<#ty>(&#passed)),
            Form::Text => quote!(#root::__private::Value::new(#passed)),
            Form::Reference => quote_spanned!(span=> #root::__private::Value::new::<#ty>(#passed)),
        }
    }
}

/// What serde cannot parse, serde reports.
fn written_with(field: &Field) -> Option<ExprPath> {
    let of_module = || {
        Some(format!(
            "{}::serialize",
            serde_attr::name(&field.attrs, "with")?
        ))
    };
    let path = serde_attr::name(&field.attrs, "serialize_with").or_else(of_module)?;
    syn::parse_str(&path).ok()
}

impl Form {
    /// By name, since a macro knows no more of a type. One that only has such a name is found out
    /// by the compiler.
    fn of(ty: &Type) -> Self {
        let path = match ty {
            Type::Path(path) if path.qself.is_none() => &path.path,
            // From a macro of the user's.
            Type::Group(group) => return Self::of(&group.elem),
            Type::Paren(paren) => return Self::of(&paren.elem),
            _ => return Self::Reference,
        };
        let names: Vec<String> = path
            .segments
            .iter()
            .map(|part| part.ident.to_string())
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        match &names[..] {
            [name] if VALUES.contains(name) => Self::Value,
            ["String"] | ["std" | "alloc", "string", "String"] => Self::Text,
            _ => Self::Reference,
        }
    }
}

const VALUES: [&str; 16] = [
    "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32",
    "f64", "bool", "char",
];

fn one_or_tuple(of_each: impl ExactSizeIterator<Item = TokenStream>) -> TokenStream {
    if of_each.len() == 1 {
        quote!(#(#of_each)*)
    } else {
        quote!((#(#of_each),*))
    }
}

fn component(name: &Name, root: &Path) -> TokenStream {
    let Name {
        before,
        field,
        after,
    } = name;
    match field {
        None => quote!(#root::__private::Component::Fixed(#before)),
        Some(field) => quote!(#root::__private::Component::Keyed {
            before: #before,
            field: #field,
            after: #after,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::{Form, implementation};
    use crate::ast::Input;
    use crate::ctxt::Ctxt;
    use quote::quote;
    use syn::{DeriveInput, Type, parse_quote};

    fn implemented(input: &DeriveInput) -> String {
        let cx = Ctxt::new();
        let input = Input::new(&cx, input);
        cx.finish().expect("no mistakes");
        let template = input.settings.pattern().expect("a placeholder");
        let (root, declaration) = (input.settings.root(), quote!(DECLARATION));
        implementation(&input, template, &root, input.generics, Some(&declaration)).to_string()
    }

    #[test]
    fn one_field_is_the_key() {
        let expected = quote! {
            #[automatically_derived]
            #[allow(deprecated)]
            impl ::statusfile::KeyedStatus for Job {
                const TYPE: ::core::option::Option<&'static ::core::primitive::str> =
                    ::core::option::Option::Some(::core::concat!(::core::env!("CARGO_PKG_NAME"), "/Job"));
                                type Key<'__key> = u64
                where
                    Self: '__key;
                fn key(&self) -> Self::Key<'_> {
                    self.id
                }
                fn status_file<'__key>(
                    __key: Self::Key<'__key>,
                ) -> ::core::result::Result<::statusfile::StatusFile<Self>, ::statusfile::Error>
                where
                    Self: '__key,
                {
                    ::statusfile::StatusFile::keyed(
                        &<Self as ::statusfile::KeyedStatus>::pattern(),
                        <Self as ::statusfile::KeyedStatus>::schema(),
                        &[::statusfile::__private::Value::new::<u64>(&__key)],
                    )
                }
                fn pattern() -> ::statusfile::__private::Pattern {
                    const COMPONENTS: &[::statusfile::__private::Component] = {
                        use ::statusfile::__private::checked as __checked;
                        __checked(&[::statusfile::__private::Component::Keyed {
                            before: "",
                            field: "id",
                            after: ".toml",
                        }])
                    };
                    ::statusfile::__private::Pattern {
                        declaration: DECLARATION,
                        components: COMPONENTS,
                    }
                }
            }
        };
        let input = parse_quote!(
            #[status(path = "jobs/{id}.toml")]
            struct Job {
                id: u64,
                pages: u32,
            }
        );
        assert_eq!(implemented(&input), expected.to_string());
    }

    #[test]
    fn several_fields_are_a_tuple_in_the_order_of_the_path() {
        let text = implemented(&parse_quote!(
            #[status(path = "{tenant}/jobs/{id}.toml")]
            struct Task {
                id: Id,
                tenant: String,
            }
        ));
        for expected in [
            quote!(= (&'__key ::core::primitive::str, &'__key Id) where),
            quote!((&*self.tenant, &self.id)),
            quote!(&[
                ::statusfile::__private::Value::new(__key.0),
                ::statusfile::__private::Value::new::<Id>(__key.1)
            ]),
            quote!(Component::Fixed("jobs")),
        ] {
            assert!(text.contains(&expected.to_string()), "{expected}: {text}");
        }
    }

    #[test]
    fn a_field_is_written_as_serde_is_told_to() {
        let text = implemented(&parse_quote!(
            #[status(path = "{a}/{b}/{c}.toml")]
            struct Task {
                #[serde(rename = "x", with = "as_text")]
                a: u8,
                #[serde(serialize_with = "lower::<_>")]
                b: String,
                #[serde(with = "crate::ip")]
                c: Ip,
            }
        ));
        for expected in [
            "Value :: with :: < u8 > (& __key . 0 , |",
            "| as_text :: serialize (__value , __to))",
            "Value :: with :: < String > (& < String as ",
            "| lower :: < _ > (__value , __to))",
            "Value :: with :: < Ip > (__key . 2 , |",
            "| crate :: ip :: serialize (__value , __to))",
        ] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
    }

    #[test]
    fn a_key_that_depends_on_a_parameter_needs_a_form() {
        let text = implemented(&parse_quote!(
            #[status(path = "{a}/{b}/{c}.toml")]
            struct Task<T> {
                a: T,
                b: String,
                #[serde(with = "as_text")]
                c: Vec<T>,
            }
        ));
        let expected = quote!(for Task<T> where T: ::statusfile::__private::KeyForm).to_string();
        assert!(text.contains(&format!("{expected} {{")), "{text}");
    }

    #[test]
    fn how_a_field_is_passed() {
        let form = |ty: &Type| match Form::of(ty) {
            Form::Value => "value",
            Form::Text => "text",
            Form::Reference => "reference",
        };
        for (ty, expected) in [
            (parse_quote!(u64), "value"),
            (parse_quote!((bool)), "value"),
            (parse_quote!(String), "text"),
            (parse_quote!(::std::string::String), "text"),
            (parse_quote!(my::String), "reference"),
            (parse_quote!(my::u64), "reference"),
            (parse_quote!(Cow<'a, str>), "reference"),
            (parse_quote!([u8; 4]), "reference"),
        ] {
            assert_eq!(form(&ty), expected, "{}", quote!(#ty));
        }
    }
}
