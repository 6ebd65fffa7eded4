use crate::ctxt::Ctxt;
use crate::duration::millis;
use crate::entry::Value;
use crate::key::Key;
use crate::literal::{given, integer, literal, literal_of, reject, string, word_of};
use crate::nearest::nearest;
use crate::template::{SEPARATORS, Template};
use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::Parser;
use syn::{Lit, LitInt, LitStr, Path, Type};

/// The value of one key: `None` if it was wrong and has been reported.
pub(crate) fn path(cx: &Ctxt, value: &Value) -> Option<Template> {
    let lit = string(cx, Key::Path, value)?;
    let path = lit.value();
    let wrong = nul_or_empty(Key::Path, &path)
        .or_else(|| no_file(Key::Path, &path))
        .or_else(|| unexpanded(Key::Path, &path));
    template(cx, &lit, wrong)
}

/// What ends in a directory.
fn no_file(key: Key, path: &str) -> Option<String> {
    let name = key.name();
    match path.rsplit(SEPARATORS).next() {
        Some("") => Some(format!(
            "`{name}` names a file, so it cannot end in a separator: \
             write `{name} = \"worker.toml\"`, or `dir` and `app` for a directory"
        )),
        Some("." | "..") => Some(format!(
            "`{name}` names a file, not a directory: write `{name} = \"worker.toml\"`"
        )),
        _ => None,
    }
}

/// What a shell would put something else for, and nobody does here.
fn unexpanded(key: Key, path: &str) -> Option<String> {
    let is_variable = |part: &str| {
        let name = part.strip_prefix('$').unwrap_or_default();
        name.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '{'))
    };
    let mut parts = path.split(SEPARATORS);
    let is_home = parts
        .next()
        .is_some_and(|first| first == "~" || first.starts_with('~') && path.contains(SEPARATORS));
    let what = if is_home {
        "a `~`"
    } else if path.split(SEPARATORS).any(is_variable) {
        "the name of a variable"
    } else {
        return None;
    };
    let name = key.name();
    Some(format!(
        "`{name}` is taken as it is written, and {what} in it is not replaced: drop it for a place in the user's \
         own directories (`dir = \"state\"`), write an absolute path, or let `env` name a variable with the \
         whole path"
    ))
}

/// What a status was called before.
pub(crate) struct Former {
    pub(crate) lit: LitStr,
    pub(crate) what: FormerName,
}

pub(crate) enum FormerName {
    /// Another name of the type, in the same package unless one is named.
    Type {
        package: Option<String>,
        name: String,
    },
    /// Another path.
    Path(String),
}

/// A type's name has no dot, and a package no separator. So everything else is a path.
pub(crate) fn formerly(cx: &Ctxt, value: &Value) -> Option<Former> {
    let lit = string(cx, Key::Formerly, value)?;
    let text = lit.value();
    let is_path = text.contains('.') || text.starts_with(SEPARATORS) || has_drive(&text);
    let is_path = is_path || text.split(SEPARATORS).count() > 2;
    let wrong = nul_or_empty(Key::Formerly, &text);
    let wrong = wrong.or_else(|| placeholder(Key::Formerly, &text));
    let what = match wrong {
        Some(wrong) => Err(wrong),
        None if is_path => no_file(Key::Formerly, &text)
            .or_else(|| unexpanded(Key::Formerly, &text))
            .map_or(Ok(FormerName::Path(text)), Err),
        None => former_type(&text),
    };
    let what = what.map_err(|wrong| cx.error_at(&lit, wrong)).ok()?;
    Some(Former { lit, what })
}

fn former_type(text: &str) -> Result<FormerName, String> {
    let (package, name) = match text.split_once('/') {
        Some((package, name)) => (Some(package), name),
        None => (None, text),
    };
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let is_package = |name: &str| !name.is_empty() && name.chars().all(is_part);
    match Ident::parse_any.parse_str(name) {
        Ok(name) if package.is_none_or(is_package) => Ok(FormerName::Type {
            package: package.map(str::to_owned),
            name: name.unraw().to_string(),
        }),
        _ => Err(
            "`formerly` is the old name of the type, with its package if that was another, or an old path: \
             write `formerly = \"OldWorker\"`, `formerly = \"old-app/Worker\"` or \
             `formerly = \"old/worker.toml\"`"
                .to_owned(),
        ),
    }
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
                 write `app = \"my-app\"`, or use `path` for any other directory"
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
            unit @ ("ms" | "s" | "m" | "h") => format!("`\"{number}{unit}\"`"),
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

pub(crate) fn max_bytes(cx: &Ctxt, value: &Value) -> Option<u64> {
    const LEAST: u64 = 1 << 10;
    const MOST: u64 = 256 << 20;
    let lit = integer(cx, Key::MaxBytes, "u64", value)?;
    match lit.base10_parse::<u64>() {
        Ok(max_bytes @ LEAST..=MOST) => return Some(max_bytes),
        Ok(..LEAST) => cx.error_at(&lit, TOO_FEW_BYTES),
        Err(_) if is_negative(&lit) => cx.error_at(&lit, TOO_FEW_BYTES),
        // Too large for `u64` is too large for us.
        Ok(_) | Err(_) => cx.error_at(
            &lit,
            "`max_bytes` is at most 268_435_456, which is 256 MiB: nothing larger is ever read",
        ),
    }
    None
}

const TOO_FEW_BYTES: &str = "`max_bytes` is at least 1_024, as the seal has to fit in, too: \
     write `max_bytes = 1_000_000` for 1 MB";

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

pub(crate) fn switch(cx: &Ctxt, key: Key, value: &Value) -> Option<bool> {
    match literal(cx, key, value)? {
        Lit::Bool(lit) => Some(lit.value()),
        lit => {
            reject(cx, key, lit);
            None
        }
    }
}

/// A key without a value: where it is.
pub(crate) fn flag(cx: &Ctxt, key: Key, value: &Value) -> Option<Ident> {
    let name = key.name();
    let wrong = format!("`{name}` takes no value: write `{name}`");
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

/// What looks like a placeholder where there can be none.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said about `text` after `=`, and the tokens where it is shown.
    fn mistake<T>(of: impl Fn(&Ctxt, &Value) -> Option<T>, text: &str) -> (String, String) {
        let cx = Ctxt::new();
        let value = Value::Given(text.parse().expect("tokens"));
        assert!(of(&cx, &value).is_none(), "{text}");
        cx.mistake()
    }

    /// All of each text is where the mistake is shown.
    fn all_wrong<T>(of: impl Fn(&Ctxt, &Value) -> Option<T>, table: &[(&str, &str)]) {
        for (text, message) in table {
            let (at, found) = mistake(&of, text);
            assert_eq!(found, *message, "{text}");
            assert_eq!(at.replace(' ', ""), text.replace(' ', ""));
        }
    }

    fn right<T>(of: impl Fn(&Ctxt, &Value) -> Option<T>, text: &str) -> T {
        let cx = Ctxt::new();
        let value = of(&cx, &Value::Given(text.parse().expect("tokens")));
        cx.finish().expect(text);
        value.expect(text)
    }

    #[test]
    fn paths() {
        const LITERAL: &str = r#"`path` takes a string literal: write `path = "worker.toml"`"#;
        const SEPARATOR: &str = "`path` names a file, so it cannot end in a separator: \
             write `path = \"worker.toml\"`, or `dir` and `app` for a directory";
        const DIRECTORY: &str =
            "`path` names a file, not a directory: write `path = \"worker.toml\"`";
        all_wrong(
            path,
            &[
                ("3", LITERAL),
                ("PATH", LITERAL),
                (r#"concat!("a", "b")"#, LITERAL),
                (
                    "'w'",
                    r#"`path` takes a plain string, in double quotes: write `path = "worker.toml"`"#,
                ),
                (
                    r#"b"worker.toml""#,
                    r#"`path` takes a plain string, without the `b`: write `path = "worker.toml"`"#,
                ),
                (
                    r#"c"worker.toml""#,
                    r#"`path` takes a plain string, without the `c`: write `path = "worker.toml"`"#,
                ),
                (
                    r#""worker.toml"x"#,
                    r#"`path` takes a plain string, without a suffix: write `path = "worker.toml"`"#,
                ),
                (
                    r#""""#,
                    r#"`path` cannot be empty: write `path = "worker.toml"`"#,
                ),
                (
                    r#""a\0b""#,
                    r#"`path` cannot contain a NUL: write `path = "worker.toml"`"#,
                ),
                (r#""state/""#, SEPARATOR),
                (r#""state\\""#, SEPARATOR),
                (r#""state/..""#, DIRECTORY),
                (r#"".""#, DIRECTORY),
            ],
        );
    }

    #[test]
    fn what_a_shell_replaces() {
        for (key, what) in [
            ("~/a.toml", "a `~`"),
            ("~", "a `~`"),
            ("~me/a.toml", "a `~`"),
            ("$HOME/a.toml", "the name of a variable"),
            ("/run/${USER}/a.toml", "the name of a variable"),
            ("a/$1/$_.toml", "the name of a variable"),
        ] {
            let (at, message) = mistake(path, &format!("{key:?}"));
            assert_eq!(at, format!("{key:?}"));
            let start =
                format!("`path` is taken as it is written, and {what} in it is not replaced: ");
            assert!(message.starts_with(&start), "{message}");
        }
        for plain in [
            "~a.toml",
            "a~/b.toml",
            "a/~/b.toml",
            "$1/a.toml",
            "a$b.toml",
            "$",
        ] {
            right(path, &format!("{plain:?}"));
        }
    }

    #[test]
    fn former_names() {
        const NAME: &str = "`formerly` is the old name of the type, with its package if that was another, or an \
             old path: write `formerly = \"OldWorker\"`, `formerly = \"old-app/Worker\"` or \
             `formerly = \"old/worker.toml\"`";
        all_wrong(
            formerly,
            &[
                (
                    "OldWorker",
                    r#"`formerly` takes a string literal: write `formerly = "OldWorker"`"#,
                ),
                (
                    r#""""#,
                    r#"`formerly` cannot be empty: write `formerly = "OldWorker"`"#,
                ),
                (r#""Old<T>""#, NAME),
                (r#""9lives""#, NAME),
                (r#""old app/Worker""#, NAME),
                (r#""app/""#, NAME),
                (r#""old\\Worker""#, NAME),
                (
                    r#""old/..""#,
                    "`formerly` names a file, not a directory: write `formerly = \"worker.toml\"`",
                ),
                (
                    r#""{id}.toml""#,
                    "`formerly` is the same for every status and has no placeholders: write \
                     `formerly = \"OldWorker\"`, and the placeholder in `path` or `file`",
                ),
            ],
        );
        let named = |text| match right(formerly, text).what {
            FormerName::Type { package, name } => (package, name),
            FormerName::Path(path) => panic!("{path}"),
        };
        assert_eq!(named(r#""Worker""#), (None, "Worker".to_owned()));
        let package = Some("old-app".to_owned());
        assert_eq!(named(r#""old-app/r#fn""#), (package, "fn".to_owned()));
        for path in ["w.toml", "/w", "a/b/W", "./w", "C:w"] {
            let former = right(formerly, &format!("{path:?}"));
            assert!(matches!(former.what, FormerName::Path(found) if found == path));
        }
    }

    #[test]
    fn variables() {
        all_wrong(
            env,
            &[
                (
                    "true",
                    r#"`env` takes a string literal: write `env = "WORKER_STATUS"`"#,
                ),
                (
                    r#""""#,
                    r#"`env` cannot be empty: write `env = "WORKER_STATUS"`"#,
                ),
                (
                    r#""A\0""#,
                    r#"`env` cannot contain a NUL: write `env = "WORKER_STATUS"`"#,
                ),
                (
                    r#""WORKER=1""#,
                    r#"a variable's name cannot contain `=`: write `env = "WORKER_STATUS"`"#,
                ),
                (
                    r#""JOB_{id}""#,
                    "`env` is the same for every status and has no placeholders: \
                     write `env = \"WORKER_STATUS\"`, and the placeholder in `path` or `file`",
                ),
            ],
        );
    }

    #[test]
    fn apps() {
        const ABSOLUTE: &str = "`app` is a name inside the platform's directory and cannot be absolute: \
             write `app = \"my-app\"`, or use `path` for any other directory";
        const PART: &str = "no part of `app` can be empty, `.` or `..`: \
             write `app = \"my-app\"` or `app = \"org/my-app\"`";
        all_wrong(
            app,
            &[
                (
                    "1",
                    r#"`app` takes a string literal: write `app = "my-app"`"#,
                ),
                (r#""""#, r#"`app` cannot be empty: write `app = "my-app"`"#),
                (
                    r#""a\0""#,
                    r#"`app` cannot contain a NUL: write `app = "my-app"`"#,
                ),
                (r#""/worker""#, ABSOLUTE),
                (r#""\\worker""#, ABSOLUTE),
                (r#""C:\\worker""#, ABSOLUTE),
                (r#""./worker""#, PART),
                (r#""org/../worker""#, PART),
                (r#""org//worker""#, PART),
                (r#""org/""#, PART),
                (
                    r#""org/{tenant}""#,
                    "`app` is the same for every status and has no placeholders: \
                     write `app = \"my-app\"`, and the placeholder in `path` or `file`",
                ),
            ],
        );
    }

    #[test]
    fn files() {
        const DIRECTORIES: &str = "`file` is one file name without directories: \
             write `file = \"worker.toml\"`, or `path` for a whole path";
        all_wrong(
            file,
            &[
                (
                    "1.5",
                    r#"`file` takes a string literal: write `file = "worker.toml"`"#,
                ),
                (
                    r#""""#,
                    r#"`file` cannot be empty: write `file = "worker.toml"`"#,
                ),
                (
                    r#""a\0""#,
                    r#"`file` cannot contain a NUL: write `file = "worker.toml"`"#,
                ),
                (r#""a/b.toml""#, DIRECTORIES),
                (r#""a\\b.toml""#, DIRECTORIES),
                (r#""C:b.toml""#, DIRECTORIES),
                (
                    r#""..""#,
                    r#"`file` names a file, not a directory: write `file = "worker.toml"`"#,
                ),
            ],
        );
    }

    #[test]
    fn one_of_a_few_words() {
        const CHOICES: &[(&str, ())] = &[("full", ()), ("process", ())];
        all_wrong(
            |cx, value| one_of(cx, Key::Durability, value, CHOICES),
            &[
                (
                    "full",
                    r#"`durability` takes a string literal: write `durability = "full"`"#,
                ),
                (
                    "DIR",
                    r#"`durability` takes a string literal: write `durability = "full"`"#,
                ),
                (
                    r#""Full""#,
                    r#"`durability` is one of `"full"`, `"process"`; did you mean `"full"`?"#,
                ),
                (
                    r#""ful""#,
                    r#"`durability` is one of `"full"`, `"process"`; did you mean `"full"`?"#,
                ),
                (
                    r#""none""#,
                    r#"`durability` is one of `"full"`, `"process"`"#,
                ),
            ],
        );
    }

    #[test]
    fn how_many_bytes() {
        const MOST: &str =
            "`max_bytes` is at most 268_435_456, which is 256 MiB: nothing larger is ever read";
        all_wrong(
            max_bytes,
            &[
                (
                    r#""64 MiB""#,
                    "`max_bytes` takes an integer literal: write `max_bytes = 1_000_000`",
                ),
                ("0", TOO_FEW_BYTES),
                ("-1", TOO_FEW_BYTES),
                ("1_023", TOO_FEW_BYTES),
                ("268_435_457", MOST),
                ("99999999999999999999999999", MOST),
            ],
        );
        assert_eq!(right(max_bytes, "1_024"), 1024);
        assert_eq!(right(max_bytes, "0x1000_0000"), 256 << 20);
    }

    #[test]
    fn how_many_to_keep() {
        const LITERAL: &str = "`keep` takes an integer literal: write `keep = 3`";
        all_wrong(
            keep,
            &[
                ("KEEP", LITERAL),
                ("1 + 2", LITERAL),
                ("3.0", LITERAL),
                (r#""all""#, LITERAL),
                (
                    r#""3""#,
                    "`keep` takes a number without quotes: write `keep = 3`",
                ),
                (
                    "3u8",
                    "`keep` takes a number without `u8`: write `keep = 3`",
                ),
                ("0", AT_LEAST_TWO),
                ("1", AT_LEAST_TWO),
                ("-3", AT_LEAST_TWO),
                ("1_000_001", "`keep` is at most 1_000_000"),
                ("99999999999999999999999999", "`keep` is at most 1_000_000"),
            ],
        );
        assert_eq!(right(keep, "2usize"), 2);
        assert_eq!(right(keep, "1_000_000"), 1_000_000);
    }

    #[test]
    fn modes() {
        const PERMISSIONS: &str =
            "`mode` holds permissions only, from `0o600` to `0o777`: write `mode = 0o640`";
        const OCTAL: &str = "`mode` is octal: write `mode = 0o640`";
        all_wrong(
            mode,
            &[
                ("640", OCTAL),
                ("0640", OCTAL),
                ("416", OCTAL),
                ("0x1a0", OCTAL),
                ("999", OCTAL),
                ("600", "`mode` is octal: write `mode = 0o600`"),
                (
                    "0o440",
                    "the owner must be able to read and write: write `mode = 0o640`",
                ),
                ("0", OCTAL),
                ("0o4755", PERMISSIONS),
                ("-0o640", PERMISSIONS),
                ("0o77777777777777777777", PERMISSIONS),
                (
                    r#""0o640""#,
                    "`mode` takes a number without quotes: write `mode = 0o640`",
                ),
                (
                    "0o640usize",
                    "`mode` takes a number without `usize`: write `mode = 0o640`",
                ),
            ],
        );
        assert_eq!(right(mode, "0o600u32"), 0o600);
        assert_eq!(right(mode, "0o777"), 0o777);
    }

    #[test]
    fn times() {
        all_wrong(
            lock_timeout,
            &[
                (
                    "10",
                    r#"`lock_timeout` takes a string with a unit: write `"10s"` or `"10ms"`"#,
                ),
                (
                    "10ms",
                    r#"`lock_timeout` takes a string with a unit: write `"10ms"`"#,
                ),
                (
                    "1h",
                    r#"`lock_timeout` takes a string with a unit: write `"1h"`"#,
                ),
                (
                    "-1",
                    r#"a time cannot be negative: write `"0s"` not to wait at all"#,
                ),
                (
                    "1.5",
                    r#"`lock_timeout` takes a string literal: write `lock_timeout = "10s"`"#,
                ),
                (
                    r#""10""#,
                    r#"a time needs a unit: write `"10s"` or `"10ms"`"#,
                ),
            ],
        );
        assert_eq!(right(lock_timeout, r#""1h""#), 3_600_000);
    }

    #[test]
    fn versions() {
        const RANGE: &str = "`version` counts from 1 and fits into 32 bits: write `version = 2`";
        all_wrong(
            version,
            &[
                ("0", RANGE),
                ("-1", RANGE),
                ("4294967296", RANGE),
                (
                    "1.2",
                    "`version` takes an integer literal: write `version = 2`",
                ),
                (
                    r#""2""#,
                    "`version` takes a number without quotes: write `version = 2`",
                ),
            ],
        );
        assert_eq!(right(version, "4294967295"), u32::MAX);
    }

    #[test]
    fn types() {
        const TYPE: &str = "`previous` takes a type: write `previous = WorkerV1`";
        all_wrong(
            previous,
            &[("1", TYPE), (r#""WorkerV1""#, TYPE), ("(A, B)", TYPE)],
        );
    }

    #[test]
    fn roots() {
        const PATH: &str = "`crate` takes a path: write `crate = \"statusfile\"`";
        all_wrong(
            root,
            &[
                ("1", PATH),
                (r#""""#, PATH),
                (r#""a b""#, PATH),
                ("f()", PATH),
            ],
        );
    }

    #[test]
    fn a_flag_takes_no_value() {
        const WRONG: &str = "`default` takes no value: write `default`";
        let flag = |cx: &Ctxt, value: &Value| flag(cx, Key::Default, value);
        all_wrong(flag, &[("true", WRONG)]);
        let cx = Ctxt::new();
        let group = syn::parse_str("(new)").expect("a group");
        assert!(flag(&cx, &Value::Bracketed(group)).is_none());
        assert_eq!(cx.mistake(), ("(new)".to_owned(), WRONG.to_owned()));
    }
}
