use proc_macro2::TokenTree;
use syn::{Attribute, Meta};

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

#[cfg(test)]
mod tests {
    use super::has_any;
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
