use crate::ast::Input;
use crate::attr::Settings;
use crate::check::misplaced;
use crate::ctxt::Ctxt;
use crate::key::Key;
use crate::serde_attr;
use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Attribute, Data, DeriveInput, Expr, ExprLit, Field, Fields, Lit, Meta};

/// `#[derive(StatusSection)]`: the fields of a struct inside a status.
pub(crate) fn expand(input: &DeriveInput) -> TokenStream {
    let cx = Ctxt::new();
    let section = Input::new(&cx, input);
    if !matches!(input.data, Data::Struct(_)) {
        cx.error_at(
            section.ident,
            "`StatusSection` describes the fields of a struct, and this is not one: drop it",
        );
    }
    only_crate(&cx, &section.settings);
    misplaced(&cx, &section);
    match cx.finish() {
        Ok(()) => implementation(input, &section.settings),
        Err(errors) => errors.into_compile_error(),
    }
}

fn only_crate(cx: &Ctxt, settings: &Settings) {
    for seen in settings.seen.iter().filter(|seen| seen.key != Key::Crate) {
        let key = seen.key.name();
        cx.error_at(
            &seen.ident,
            format!("`{key}` belongs to the status around this section: only `crate` goes here"),
        );
    }
}

/// The names of the fields of a type and their doc comments.
pub(crate) fn implementation(input: &DeriveInput, settings: &Settings) -> TokenStream {
    let root = settings.root();
    let ident = &input.ident;
    let (impl_generics, ty_generics, where_clause) = input.generics.split_for_impl();
    let fields = match &input.data {
        Data::Struct(data) => fields(&data.fields, &input.attrs, &root),
        Data::Enum(_) | Data::Union(_) => Vec::new(),
    };
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #impl_generics #root::StatusSection for #ident #ty_generics #where_clause {
            const FIELDS: #root::__private::Fields = {
                #[allow(unused_imports)]
                use #root::__private::NoSection as _;
                &[#(#fields),*]
            };
        }
    }
}

fn fields(fields: &Fields, attributes: &[Attribute], root: &syn::Path) -> Vec<TokenStream> {
    let rule = serde_attr::name(attributes, "rename_all");
    let named = fields.iter().filter(|field| !is_skipped(field));
    named
        .filter_map(|field| {
            let key = key(field, rule.as_deref())?;
            let doc = doc(&field.attrs);
            let ty = &field.ty;
            Some(quote! {
                #root::__private::FieldDoc {
                    key: #key,
                    doc: #doc,
                    inner: #root::__private::FieldsOf::<#ty>::FIELDS,
                }
            })
        })
        .collect()
}

fn is_skipped(field: &Field) -> bool {
    serde_attr::has_any(&field.attrs, &["skip", "skip_serializing"])
}

/// The name of a field in the file, as an expression; `None` for a field without one.
fn key(field: &Field, rule: Option<&str>) -> Option<TokenStream> {
    let ident = field.ident.as_ref()?.unraw().to_string();
    if serde_attr::has_any(&field.attrs, &["flatten"]) {
        return Some(quote!(::core::option::Option::None));
    }
    let name = serde_attr::name(&field.attrs, "rename");
    let name = name.unwrap_or_else(|| renamed(&ident, rule));
    Some(quote!(::core::option::Option::Some(#name)))
}

/// As serde's `rename_all` has it for fields, which are in snake case to begin with.
fn renamed(field: &str, rule: Option<&str>) -> String {
    let pascal = || -> String {
        let words = field.split('_').map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            first.into_iter().chain(letters).collect::<String>()
        });
        words.collect()
    };
    match rule {
        Some("UPPERCASE" | "SCREAMING_SNAKE_CASE") => field.to_ascii_uppercase(),
        Some("PascalCase") => pascal(),
        Some("camelCase") => {
            let pascal = pascal();
            let mut letters = pascal.chars();
            let first = letters.next().map(|first| first.to_ascii_lowercase());
            first.into_iter().chain(letters).collect()
        }
        Some("kebab-case") => field.replace('_', "-"),
        Some("SCREAMING-KEBAB-CASE") => field.to_ascii_uppercase().replace('_', "-"),
        _ => field.to_owned(),
    }
}

/// The lines of a doc comment.
fn doc(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| {
        let Meta::NameValue(pair) = &attribute.meta else {
            return None;
        };
        match &pair.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(line),
                ..
            }) if pair.path.is_ident("doc") => Some(line.value()),
            _ => None,
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::{expand, renamed};
    use syn::parse_quote;

    #[test]
    fn names_follow_the_rules_of_serde() {
        for (rule, expected) in [
            (None, "log_level"),
            (Some("lowercase"), "log_level"),
            (Some("snake_case"), "log_level"),
            (Some("UPPERCASE"), "LOG_LEVEL"),
            (Some("SCREAMING_SNAKE_CASE"), "LOG_LEVEL"),
            (Some("PascalCase"), "LogLevel"),
            (Some("camelCase"), "logLevel"),
            (Some("kebab-case"), "log-level"),
            (Some("SCREAMING-KEBAB-CASE"), "LOG-LEVEL"),
        ] {
            assert_eq!(renamed("log_level", rule), expected, "{rule:?}");
        }
    }

    #[test]
    fn every_field_has_its_name_and_its_comment() {
        let text = expand(&parse_quote!(
            #[serde(rename_all = "kebab-case")]
            struct Settings {
                /// How much
                /// to log.
                log_level: u8,
                #[serde(rename = "type")]
                kind: String,
                #[serde(flatten)]
                more: More,
                #[serde(skip)]
                cache: Cache,
            }
        ))
        .to_string();
        for part in [
            r#"Some ("log-level") , doc : " How much\n to log.""#,
            r#"Some ("type") , doc : """#,
            "Option :: None , doc : \"\" , inner : :: statusfile :: __private :: FieldsOf :: < More >",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("cache"), "{text}");
    }
}
