use crate::ctxt::Ctxt;
use crate::entry::Value;
use crate::key::Key;
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Lit, LitInt, LitStr};

/// The string a key asks for: `None` if it is something else, which has been reported.
pub(crate) fn string(cx: &Ctxt, key: Key, value: &Value) -> Option<LitStr> {
    let lit = match literal(cx, key, value)? {
        Lit::Str(lit) if lit.suffix().is_empty() => return Some(lit),
        lit => lit,
    };
    let plain = match &lit {
        Lit::Str(_) => "without a suffix",
        Lit::ByteStr(_) => "without the `b`",
        Lit::CStr(_) => "without the `c`",
        Lit::Char(_) | Lit::Byte(_) => "in double quotes",
        _ => {
            reject(cx, key, lit);
            return None;
        }
    };
    let (name, example) = (key.name(), key.example());
    cx.error_at(
        &lit,
        format!("`{name}` takes a plain string, {plain}: write `{example}`"),
    );
    None
}

/// The integer a key asks for, bare or with `suffix`.
pub(crate) fn integer(cx: &Ctxt, key: Key, suffix: &str, value: &Value) -> Option<LitInt> {
    match literal(cx, key, value)? {
        Lit::Int(lit) if lit.suffix().is_empty() || lit.suffix() == suffix => Some(lit),
        Lit::Int(lit) => {
            let (name, wrong, number) = (key.name(), lit.suffix(), lit.to_string());
            let number = number.trim_end_matches(wrong);
            cx.error_at(
                &lit,
                format!("`{name}` takes a number without `{wrong}`: write `{name} = {number}`"),
            );
            None
        }
        Lit::Str(lit) if syn::parse_str::<LitInt>(&lit.value()).is_ok() => {
            let (name, number) = (key.name(), lit.value());
            cx.error_at(
                &lit,
                format!("`{name}` takes a number without quotes: write `{name} = {number}`"),
            );
            None
        }
        lit => {
            reject(cx, key, lit);
            None
        }
    }
}

pub(crate) fn literal(cx: &Ctxt, key: Key, value: &Value) -> Option<Lit> {
    let given = given(cx, key, value)?;
    let lit = syn::parse2::<Lit>(given.clone()).ok();
    if lit.is_none() {
        match after_literal(given) {
            Some(next) => cx.error_at(next, "a comma belongs before this key"),
            None => reject(cx, key, given),
        }
    }
    lit
}

/// The literal, if it is one; reports nothing.
pub(crate) fn literal_of(value: &Value) -> Option<Lit> {
    match value {
        Value::Given(given) => syn::parse2(given.clone()).ok(),
        _ => None,
    }
}

/// The bare word, if it is one; reports nothing.
pub(crate) fn word_of(value: &Value) -> Option<Ident> {
    match value {
        Value::Given(given) => syn::parse2(given.clone()).ok(),
        _ => None,
    }
}

/// The token after a literal, as in `path = "worker.toml" keep = 3`.
fn after_literal(given: &TokenStream) -> Option<TokenTree> {
    let mut tokens = given.clone().into_iter();
    match (tokens.next()?, tokens.next()?) {
        (TokenTree::Literal(_), next @ TokenTree::Ident(_)) => Some(next),
        _ => None,
    }
}

/// Whatever follows `key =`.
pub(crate) fn given<'a>(cx: &Ctxt, key: Key, value: &'a Value) -> Option<&'a TokenStream> {
    let (name, example) = (key.name(), key.example());
    match value {
        Value::Given(given) => return Some(given),
        Value::Empty(equals) => {
            cx.error_at(equals, format!("`{name}` needs a value: write `{example}`"));
        }
        Value::Absent(key) => {
            cx.error_at(key, format!("`{name}` needs a value: write `{example}`"));
        }
        Value::Bracketed(group) => cx.error_at(
            group,
            format!("`{name}` takes `=` and a value: write `{example}`"),
        ),
        Value::Stray(token) => cx.error_at(
            token,
            format!("`=` and a value belong here: write `{example}`"),
        ),
    }
    None
}

pub(crate) fn reject(cx: &Ctxt, key: Key, tokens: impl ToTokens) {
    let (name, takes, example) = (key.name(), key.takes(), key.example());
    cx.error_at(tokens, format!("`{name}` takes {takes}: write `{example}`"));
}

#[cfg(test)]
mod tests {
    use super::{given, string};
    use crate::ctxt::Ctxt;
    use crate::entry::{self, Value};
    use crate::key::Key;
    use syn::{Attribute, parse_quote};

    fn value(attribute: &Attribute) -> Value {
        let cx = Ctxt::new();
        let mut entries = entry::entries(&cx, attribute);
        cx.finish().expect("a key");
        entries.remove(0).value
    }

    #[test]
    fn a_value_follows_an_equals_sign() {
        for (attribute, at, message) in [
            (
                parse_quote!(#[status(crate)]),
                "crate",
                r#"`crate` needs a value: write `crate = "statusfile"`"#,
            ),
            (
                parse_quote!(#[status(crate =)]),
                "=",
                r#"`crate` needs a value: write `crate = "statusfile"`"#,
            ),
            (
                parse_quote!(#[status(crate("a"))]),
                "(\"a\")",
                r#"`crate` takes `=` and a value: write `crate = "statusfile"`"#,
            ),
            (
                parse_quote!(#[status(crate "a")]),
                "\"a\"",
                r#"`=` and a value belong here: write `crate = "statusfile"`"#,
            ),
            (
                parse_quote!(#[status(crate: "a")]),
                ":",
                r#"`=` and a value belong here: write `crate = "statusfile"`"#,
            ),
        ] {
            let cx = Ctxt::new();
            assert!(given(&cx, Key::Crate, &value(&attribute)).is_none());
            assert_eq!(cx.mistake(), (at.to_owned(), message.to_owned()));
        }
    }

    #[test]
    fn what_follows_a_literal() {
        for (attribute, at, message) in [
            (
                parse_quote!(#[status(path = "a" keep = 3)]),
                "keep",
                "a comma belongs before this key",
            ),
            (
                parse_quote!(#[status(path == "a")]),
                "= \"a\"",
                r#"`path` takes a string literal: write `path = "worker.toml"`"#,
            ),
        ] {
            let cx = Ctxt::new();
            assert!(string(&cx, Key::Path, &value(&attribute)).is_none());
            assert_eq!(cx.mistake(), (at.to_owned(), message.to_owned()));
        }
    }
}
