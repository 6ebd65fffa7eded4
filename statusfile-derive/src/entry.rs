use crate::ctxt::Ctxt;
use proc_macro2::token_stream::IntoIter;
use proc_macro2::{Delimiter, Group, Ident, Punct, TokenStream, TokenTree};
use syn::{Attribute, Meta};

/// One `key = value` of an attribute, before anyone asks whether the key exists.
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
