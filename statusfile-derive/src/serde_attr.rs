use proc_macro2::TokenTree;
use syn::{Attribute, Expr, ExprLit, Lit, Meta, Token, token};

/// Whether any `#[serde(...)]` among `attributes` has one of `keys`.
///
/// Lenient on purpose: what serde rejects, serde reports.
pub(crate) fn has_any(attributes: &[Attribute], keys: &[&str]) -> bool {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("serde"))
        .any(|attribute| match &attribute.meta {
            Meta::List(list) => {
                let mut at_start = true;
                list.tokens.clone().into_iter().any(|token| match token {
                    TokenTree::Ident(key) if at_start => {
                        at_start = false;
                        keys.iter().any(|name| key == name)
                    }
                    TokenTree::Punct(punct) => {
                        at_start = punct.as_char() == ',';
                        false
                    }
                    _ => {
                        at_start = false;
                        false
                    }
                })
            }
            Meta::Path(_) | Meta::NameValue(_) => false,
        })
}

/// The name that `key = "name"` or `key(serialize = "name")` gives in a `#[serde(...)]`.
pub(crate) fn name(attributes: &[Attribute], key: &str) -> Option<String> {
    let mut name = None;
    for attribute in attributes {
        if !attribute.path().is_ident("serde") {
            continue;
        }
        // What serde cannot parse, serde reports.
        let _ = attribute.parse_nested_meta(|meta| {
            let is_wanted = meta.path.is_ident(key);
            if meta.input.peek(Token![=]) {
                let value: Expr = meta.value()?.parse()?;
                if let (
                    true,
                    Expr::Lit(ExprLit {
                        lit: Lit::Str(text),
                        ..
                    }),
                ) = (is_wanted, value)
                {
                    name = Some(text.value());
                }
            } else if meta.input.peek(token::Paren) {
                meta.parse_nested_meta(|inner| {
                    let value: Expr = inner.value()?.parse()?;
                    let is_written = is_wanted && inner.path.is_ident("serialize");
                    if let (
                        true,
                        Expr::Lit(ExprLit {
                            lit: Lit::Str(text),
                            ..
                        }),
                    ) = (is_written, value)
                    {
                        name = Some(text.value());
                    }
                    Ok(())
                })?;
            }
            Ok(())
        });
    }
    name
}

#[cfg(test)]
mod tests {
    use super::{has_any, name};
    use syn::parse_quote;

    #[test]
    fn keys_at_the_start_of_an_item() {
        let attributes = [
            parse_quote!(#[doc = "tag"]),
            parse_quote!(#[serde(rename = "tag", tag = "kind")]),
        ];
        assert!(has_any(&attributes, &["tag"]));
        assert!(has_any(&attributes, &["rename"]));
        assert!(!has_any(&attributes, &["kind"]));
        assert!(!has_any(&attributes, &["untagged"]));
    }

    #[test]
    fn names_are_found_in_either_form() {
        let attributes = [
            parse_quote!(#[serde(default, alias = "x", rename = "a")]),
            parse_quote!(#[serde(bound(serialize = "T: X"), rename_all(deserialize = "b", serialize = "c"))]),
        ];
        assert_eq!(name(&attributes, "rename").as_deref(), Some("a"));
        assert_eq!(name(&attributes, "rename_all").as_deref(), Some("c"));
        assert_eq!(name(&attributes, "tag"), None);
    }

    #[test]
    fn words_inside_values_do_not_count() {
        let attributes = [
            parse_quote!(#[serde(rename(serialize = "a", skip))]),
            parse_quote!(#[serde(bound = untagged, crate = a::tag)]),
            parse_quote!(#[serde]),
            parse_quote!(#[serde = "tag"]),
            parse_quote!(#[other(tag)]),
        ];
        assert!(!has_any(&attributes, &["skip", "untagged", "tag"]));
    }
}
