use crate::ctxt::Ctxt;
use crate::duration::millis;
use crate::entry::Value;
use crate::key::Key;
use crate::literal::{given, integer, literal_of, reject, string, word_of};
use crate::nearest::nearest;
use crate::template::{SEPARATORS, Template};
use proc_macro2::Ident;
use syn::parse::Parser;
use syn::{Lit, LitInt, LitStr, Path, Type};

/// The value of one key: `None` if it was wrong and has been reported.
pub(crate) fn path(cx: &Ctxt, value: &Value) -> Option<Template> {
    let lit = string(cx, Key::Path, value)?;
    let path = lit.value();
    let wrong = nul_or_empty(Key::Path, &path).or_else(|| {
        let last = path.rsplit(SEPARATORS).next();
        match last {
            Some("") => Some(
                "`path` names a file, so it cannot end in a separator: \
                 write `path = \"worker.toml\"`, or `dir` and `app` for a directory"
                    .to_owned(),
            ),
            Some("." | "..") => Some(
                "`path` names a file, not a directory: write `path = \"worker.toml\"`".to_owned(),
            ),
            _ => None,
        }
    });
    template(cx, &lit, wrong)
}

pub(crate) fn env(cx: &Ctxt, value: &Value) -> Option<String> {
    let lit = string(cx, Key::Env, value)?;
    let env = lit.value();
    let wrong = nul_or_empty(Key::Env, &env).or_else(|| {
        env.contains('=').then(|| {
            "a variable's name cannot contain `=`: write `env = \"WORKER_STATUS\"`".to_owned()
        })
    });
    let wrong = wrong.or_else(|| placeholder(Key::Env, &env));
    accept(cx, &lit, env, wrong)
}

pub(crate) fn app(cx: &Ctxt, value: &Value) -> Option<String> {
    let lit = string(cx, Key::App, value)?;
    let app = lit.value();
    let wrong = nul_or_empty(Key::App, &app).or_else(|| {
        if app.starts_with(SEPARATORS) || has_drive(&app) {
            return Some(
                "`app` is a name inside the platform's directory and cannot be absolute: \
                 write `app = \"my-app\"`, or `path` for a place of your own"
                    .to_owned(),
            );
        }
        app.split(SEPARATORS)
            .any(|part| matches!(part, "" | "." | ".."))
            .then(|| {
                "no part of `app` can be empty, `.` or `..`: \
                 write `app = \"my-app\"` or `app = \"org/my-app\"`"
                    .to_owned()
            })
    });
    let wrong = wrong.or_else(|| placeholder(Key::App, &app));
    accept(cx, &lit, app, wrong)
}

pub(crate) fn file(cx: &Ctxt, value: &Value) -> Option<Template> {
    let lit = string(cx, Key::File, value)?;
    let file = lit.value();
    let wrong = nul_or_empty(Key::File, &file).or_else(|| {
        if file.contains(SEPARATORS) || has_drive(&file) {
            return Some(
                "`file` is one file name without directories: \
                 write `file = \"worker.toml\"`, or `path` for a whole path"
                    .to_owned(),
            );
        }
        matches!(&*file, "." | "..").then(|| {
            "`file` names a file, not a directory: write `file = \"worker.toml\"`".to_owned()
        })
    });
    template(cx, &lit, wrong)
}

/// The value of a key that takes one of a few words: the word's partner in `choices`.
pub(crate) fn one_of<T: Copy>(
    cx: &Ctxt,
    key: Key,
    value: &Value,
    choices: &[(&'static str, T)],
) -> Option<T> {
    if let Some(word) = word_of(value).filter(|word| choices.iter().any(|(name, _)| word == name)) {
        let name = key.name();
        cx.error_at(
            &word,
            format!("`{name}` takes a string literal: write `{name} = \"{word}\"`"),
        );
        return None;
    }
    let lit = string(cx, key, value)?;
    let word = lit.value();
    let choice = choices.iter().find(|(name, _)| *name == word);
    if choice.is_none() {
        let names = choices.iter().map(|(name, _)| *name);
        let suggestion = nearest(&word, names.clone())
            .map(|name| format!("; did you mean `\"{name}\"`?"))
            .unwrap_or_default();
        let names: Vec<String> = names.map(|name| format!("`\"{name}\"`")).collect();
        let key = key.name();
        let names = names.join(", ");
        cx.error_at(&lit, format!("`{key}` is one of {names}{suggestion}"));
    }
    choice.map(|(_, choice)| *choice)
}

pub(crate) fn keep(cx: &Ctxt, value: &Value) -> Option<usize> {
    const MOST: usize = 1_000_000;
    let lit = integer(cx, Key::Keep, "usize", value)?;
    if is_negative(&lit) {
        cx.error_at(&lit, AT_LEAST_TWO);
        return None;
    }
    match lit.base10_parse::<usize>() {
        Ok(0 | 1) => cx.error_at(&lit, AT_LEAST_TWO),
        Ok(keep @ 2..=MOST) => return Some(keep),
        // Too large for `usize` is too large for us.
        Ok(_) | Err(_) => cx.error_at(&lit, "`keep` is at most 1_000_000"),
    }
    None
}

const AT_LEAST_TWO: &str = "`keep` is at least 2, the newest status and the one before it: \
     write `keep = 2` or more";

pub(crate) fn mode(cx: &Ctxt, value: &Value) -> Option<u32> {
    let lit = integer(cx, Key::Mode, "u32", value)?;
    let mode = lit.base10_parse::<u32>().ok();
    if !is_negative(&lit) && !lit.to_string().starts_with("0o") {
        let meant = octal(&lit, mode);
        cx.error_at(&lit, format!("`mode` is octal: write `mode = {meant:#o}`"));
        return None;
    }
    match mode {
        Some(mode) if is_mode(mode) => return Some(mode),
        Some(mode) if mode <= 0o777 => cx.error_at(
            &lit,
            format!(
                "the owner must be able to read and write: write `mode = {:#o}`",
                mode | 0o600
            ),
        ),
        _ => cx.error_at(
            &lit,
            "`mode` holds permissions only, from `0o600` to `0o777`: write `mode = 0o640`",
        ),
    }
    None
}

pub(crate) fn lock_timeout(cx: &Ctxt, value: &Value) -> Option<u64> {
    if let Some(Lit::Int(lit)) = literal_of(value) {
        let number = lit.base10_digits();
        let write = match lit.suffix() {
            unit @ ("ms" | "s" | "m") => format!("`\"{number}{unit}\"`"),
            _ => format!("`\"{number}s\"` or `\"{number}ms\"`"),
        };
        let wrong = if is_negative(&lit) {
            "a time cannot be negative: write `\"0s\"` not to wait at all".to_owned()
        } else {
            format!("`lock_timeout` takes a string with a unit: write {write}")
        };
        cx.error_at(&lit, wrong);
        return None;
    }
    let lit = string(cx, Key::LockTimeout, value)?;
    match millis(&lit.value()) {
        Ok(millis) => Some(millis),
        Err(wrong) => {
            cx.error_at(&lit, wrong);
            None
        }
    }
}

pub(crate) fn version(cx: &Ctxt, value: &Value) -> Option<u32> {
    let lit = integer(cx, Key::Version, "u32", value)?;
    match lit.base10_parse::<u32>() {
        Ok(version) if version > 0 => Some(version),
        _ => {
            cx.error_at(
                &lit,
                "`version` counts from 1 and fits into 32 bits: write `version = 2`",
            );
            None
        }
    }
}

pub(crate) fn previous(cx: &Ctxt, value: &Value) -> Option<Type> {
    let given = given(cx, Key::Previous, value)?;
    let previous = syn::parse2(given.clone()).ok();
    let previous = previous.filter(|previous| matches!(previous, Type::Path(_)));
    if previous.is_none() {
        reject(cx, Key::Previous, given);
    }
    previous
}

/// A key that stands alone, where it stands.
pub(crate) fn flag(cx: &Ctxt, key: Key, value: &Value) -> Option<Ident> {
    let name = key.name();
    let wrong = format!("`{name}` stands alone: write `{name}`");
    match value {
        Value::Absent(key) => return Some(key.clone()),
        Value::Given(given) => cx.error_at(given, wrong),
        Value::Empty(equals) => cx.error_at(equals, wrong),
        Value::Bracketed(group) => cx.error_at(group, wrong),
        Value::Stray(token) => cx.error_at(token, wrong),
    }
    None
}

/// `crate = some::path`, or the same path in a string, as serde has it.
pub(crate) fn root(cx: &Ctxt, value: &Value) -> Option<Path> {
    let given = given(cx, Key::Crate, value)?;
    let path = match syn::parse2::<Lit>(given.clone()) {
        Ok(Lit::Str(lit)) => lit.parse_with(Path::parse_mod_style),
        _ => Path::parse_mod_style.parse2(given.clone()),
    };
    if path.is_err() {
        reject(cx, Key::Crate, given);
    }
    path.ok()
}

fn accept(cx: &Ctxt, lit: &LitStr, value: String, wrong: Option<String>) -> Option<String> {
    match wrong {
        None => Some(value),
        Some(wrong) => {
            cx.error_at(lit, wrong);
            None
        }
    }
}

fn template(cx: &Ctxt, lit: &LitStr, wrong: Option<String>) -> Option<Template> {
    let template = wrong.map_or_else(|| Template::new(lit), Err);
    template.map_err(|wrong| cx.error_at(lit, wrong)).ok()
}

fn nul_or_empty(key: Key, value: &str) -> Option<String> {
    let (name, example) = (key.name(), key.example());
    if value.is_empty() {
        Some(format!("`{name}` cannot be empty: write `{example}`"))
    } else if value.contains('\0') {
        Some(format!("`{name}` cannot contain a NUL: write `{example}`"))
    } else {
        None
    }
}

/// What looks like a placeholder where there is none.
fn placeholder(key: Key, value: &str) -> Option<String> {
    let (name, example) = (key.name(), key.example());
    value.contains(['{', '}']).then(|| {
        format!(
            "`{name}` is the same for every status and has no placeholders: write `{example}`, \
             and the placeholder in `path` or `file`"
        )
    })
}

/// `C:`, which Windows takes for the start of an absolute path wherever the rest is joined to.
fn has_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic())
}

fn is_mode(mode: u32) -> bool {
    mode <= 0o777 && mode & 0o600 == 0o600
}

fn is_negative(lit: &LitInt) -> bool {
    lit.base10_digits().starts_with('-')
}

/// What `mode = 640` was meant to be: the same digits if they make a mode, else the same number.
fn octal(lit: &LitInt, mode: Option<u32>) -> u32 {
    let is_decimal = !lit.to_string().starts_with("0x") && !lit.to_string().starts_with("0b");
    let digits = u32::from_str_radix(lit.base10_digits(), 8).ok();
    digits
        .filter(|_| is_decimal)
        .filter(|mode| is_mode(*mode))
        .or(mode.filter(|mode| is_mode(*mode)))
        .unwrap_or(0o640)
}
