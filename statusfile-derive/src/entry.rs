use crate::ctxt::Ctxt;
use proc_macro2::token_stream::IntoIter;
use proc_macro2::{Delimiter, Group, Ident, Punct, TokenStream, TokenTree};
use syn::{Attribute, Meta};

/// One `key = value` of an attribute, before it is known whether the key exists.
pub(crate) struct Entry {
    pub(crate) key: Ident,
    pub(crate) value: Value,
}

/// What follows a key.
pub(crate) enum Value {
    /// Everything between `=` and the next comma; never empty.
    Given(TokenStream),
    /// `key =`
    Empty(Punct),
    /// `key`
    Absent(Ident),
    /// `key(...)`, in any brackets.
    Bracketed(Group),
    /// A token that cannot follow a key.
    Stray(TokenTree),
}

/// Takes an attribute apart at its commas.
///
/// A mistake costs one entry, not the attribute, so that the ones after it are seen too.
pub(crate) fn entries(cx: &Ctxt, attribute: &Attribute) -> Vec<Entry> {
    let list = match &attribute.meta {
        Meta::List(list) => list,
        Meta::Path(path) => {
            cx.error_at(path, FORM);
            return Vec::new();
        }
        Meta::NameValue(pair) => {
            cx.error_at(pair, FORM);
            return Vec::new();
        }
    };

    let mut entries = Vec::new();
    let mut tokens = list.tokens.clone().into_iter();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(key) => {
                let value = value(&key, &mut tokens);
                entries.push(Entry { key, value });
            }
            stray => {
                cx.error_at(&stray, KEY);
                if !is_comma(&stray) {
                    until_comma(&mut tokens);
                }
            }
        }
    }
    entries
}

const FORM: &str = r#"write `#[status(key = value)]`, such as `#[status(path = "worker.toml")]`"#;
const KEY: &str = r#"a key belongs here: write `key = value`, such as `path = "worker.toml"`"#;

fn value(key: &Ident, tokens: &mut IntoIter) -> Value {
    let Some(next) = tokens.next() else {
        return Value::Absent(key.clone());
    };
    match next {
        comma if is_comma(&comma) => Value::Absent(key.clone()),
        TokenTree::Punct(equals) if equals.as_char() == '=' => {
            let given = until_comma(tokens);
            if given.is_empty() {
                Value::Empty(equals)
            } else {
                Value::Given(given)
            }
        }
        TokenTree::Group(group) if group.delimiter() != Delimiter::None => {
            until_comma(tokens);
            Value::Bracketed(group)
        }
        stray => {
            until_comma(tokens);
            Value::Stray(stray)
        }
    }
}

fn until_comma(tokens: &mut IntoIter) -> TokenStream {
    tokens.take_while(|token| !is_comma(token)).collect()
}

fn is_comma(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',')
}

#[cfg(test)]
mod tests {
    use super::{FORM, KEY, Value, entries};
    use crate::ctxt::Ctxt;
    use syn::{Attribute, parse_quote};

    /// What stands after each key, by the name of its kind, and the mistakes.
    fn taken_apart(attribute: &Attribute) -> (Vec<String>, Vec<(String, String)>) {
        let cx = Ctxt::new();
        let entries = entries(&cx, attribute);
        let entries = entries.iter().map(|entry| {
            let value = match &entry.value {
                Value::Given(given) => format!("given {given}"),
                Value::Empty(_) => "empty".to_owned(),
                Value::Absent(_) => "absent".to_owned(),
                Value::Bracketed(group) => format!("bracketed {group}"),
                Value::Stray(token) => format!("stray {token}"),
            };
            format!("{}: {value}", entry.key)
        });
        (entries.collect(), cx.mistakes())
    }

    #[test]
    fn each_key_has_what_follows_it() {
        for (attribute, expected) in [
            (
                parse_quote!(#[status(keep = 3, env = "A",)]),
                vec!["keep: given 3", "env: given \"A\""],
            ),
            (
                parse_quote!(#[status(keep = 1 + 2)]),
                vec!["keep: given 1 + 2"],
            ),
            (parse_quote!(#[status(keep == 3)]), vec!["keep: given = 3"]),
            (
                parse_quote!(#[status(path =, default)]),
                vec!["path: empty", "default: absent"],
            ),
            (
                parse_quote!(#[status(default(new), keep = 3)]),
                vec!["default: bracketed (new)", "keep: given 3"],
            ),
            (
                parse_quote!(#[status(path "a", keep = 3)]),
                vec!["path: stray \"a\"", "keep: given 3"],
            ),
            (parse_quote!(#[status(path: "a")]), vec!["path: stray :"]),
            (parse_quote!(#[status(a::b = 3)]), vec!["a: stray :"]),
            (parse_quote!(#[status()]), vec![]),
        ] {
            let expected = expected.into_iter().map(str::to_owned).collect();
            assert_eq!(taken_apart(&attribute), (expected, vec![]));
        }
    }

    #[test]
    fn where_a_key_belongs() {
        for (attribute, at, message) in [
            (parse_quote!(#[status]), "status", FORM),
            (parse_quote!(#[status = "a"]), "status = \"a\"", FORM),
            (parse_quote!(#[status("a")]), "\"a\"", KEY),
            (parse_quote!(#[status(, )]), ",", KEY),
        ] {
            let mistake = (at.to_owned(), message.to_owned());
            assert_eq!(taken_apart(&attribute), (vec![], vec![mistake]));
        }
    }

    #[test]
    fn a_mistake_costs_one_entry() {
        let (entries, mistakes) = taken_apart(&parse_quote!(#[status("a" b = 1, keep = 3)]));
        assert_eq!(entries, ["keep: given 3"]);
        assert_eq!(mistakes.len(), 1);
    }
}
