use crate::ctxt::Ctxt;
use crate::entry::{self, Entry, Value};
use crate::key::Key;
use crate::nearest::nearest;
use crate::template::Template;
use crate::value::{self, Former};
use proc_macro2::Ident;
use syn::{Attribute, Path, Type, parse_quote};

/// What every `#[status(...)]` of one type says together.
#[derive(Default)]
pub(crate) struct Settings {
    pub(crate) path: Option<Template>,
    pub(crate) env: Option<String>,
    pub(crate) app: Option<String>,
    pub(crate) dir: Option<Dir>,
    pub(crate) file: Option<Template>,
    pub(crate) keep: Option<usize>,
    pub(crate) mode: Option<u32>,
    pub(crate) durability: Option<Durability>,
    pub(crate) lock_timeout_millis: Option<u64>,
    pub(crate) max_bytes: Option<u64>,
    pub(crate) version: Option<u32>,
    pub(crate) previous: Option<Type>,
    /// In the order in which they are looked for.
    pub(crate) formerly: Vec<Former>,
    /// Where `default` stands.
    pub(crate) default: Option<Ident>,
    /// Where `editable` stands.
    pub(crate) editable: Option<Ident>,
    pub(crate) link: Option<Ident>,
    pub(crate) copy: Option<bool>,
    pub(crate) prove: Option<bool>,
    pub(crate) root: Option<Path>,
    /// Every key that stood there, right or wrong, in the order written.
    pub(crate) seen: Vec<Seen>,
}

pub(crate) struct Seen {
    pub(crate) key: Key,
    pub(crate) ident: Ident,
    repeated: bool,
}

#[derive(Clone, Copy)]
pub(crate) enum Dir {
    State,
    Config,
    Data,
    Cache,
}

#[derive(Clone, Copy)]
pub(crate) enum Durability {
    Full,
    Process,
}

impl Settings {
    pub(crate) fn from_attributes(cx: &Ctxt, attributes: &[Attribute]) -> Self {
        let mut settings = Self::default();
        for attribute in attributes.iter().filter(|attribute| is_status(attribute)) {
            for entry in entry::entries(cx, attribute) {
                settings.add(cx, &entry);
            }
        }
        settings
    }

    fn add(&mut self, cx: &Ctxt, entry: &Entry) {
        let name = entry.key.to_string();
        let Some(key) = Key::from_name(&name) else {
            cx.error_at(&entry.key, unknown(&name));
            return;
        };
        let first = self.seen.iter_mut().find(|seen| seen.key == key);
        if let Some(first) = first.filter(|_| !key.is_repeated()) {
            cx.error_at(
                &entry.key,
                format!("`{name}` is set a second time: drop this one or the first"),
            );
            if !first.repeated {
                first.repeated = true;
                cx.error_at(&first.ident, format!("`{name}` was first set here"));
            }
            return;
        }
        self.seen.push(Seen {
            key,
            ident: entry.key.clone(),
            repeated: false,
        });
        self.set(cx, key, &entry.value);
    }

    fn set(&mut self, cx: &Ctxt, key: Key, given: &Value) {
        match key {
            Key::Path => self.path = value::path(cx, given),
            Key::Env => self.env = value::env(cx, given),
            Key::App => self.app = value::app(cx, given),
            Key::Dir => self.dir = value::one_of(cx, key, given, DIRS),
            Key::File => self.file = value::file(cx, given),
            Key::Keep => self.keep = value::keep(cx, given),
            Key::Mode => self.mode = value::mode(cx, given),
            Key::Durability => self.durability = value::one_of(cx, key, given, DURABILITIES),
            Key::LockTimeout => self.lock_timeout_millis = value::lock_timeout(cx, given),
            Key::MaxBytes => self.max_bytes = value::max_bytes(cx, given),
            Key::Version => self.version = value::version(cx, given),
            Key::Previous => self.previous = value::previous(cx, given),
            Key::Formerly => self.formerly.extend(value::formerly(cx, given)),
            Key::Default => self.default = value::flag(cx, key, given),
            Key::Editable => self.editable = value::flag(cx, key, given),
            Key::Link => self.link = value::flag(cx, key, given),
            Key::Copy => self.copy = value::switch(cx, key, given),
            Key::Prove => self.prove = value::switch(cx, key, given),
            Key::Crate => self.root = value::root(cx, given),
        }
    }

    /// The path or the file's name, if that has placeholders.
    pub(crate) fn pattern(&self) -> Option<&Template> {
        let templates = self.path.iter().chain(&self.file);
        templates.into_iter().find(|template| template.has_fields())
    }

    /// The path of the facade, in whose names everything is written.
    pub(crate) fn root(&self) -> Path {
        let given = self.root.clone();
        given.unwrap_or_else(|| parse_quote!(::statusfile))
    }

    pub(crate) fn position(&self, key: Key) -> Option<usize> {
        self.seen.iter().position(|seen| seen.key == key)
    }
}

pub(crate) fn is_status(attribute: &Attribute) -> bool {
    attribute.path().is_ident("status")
}

const DIRS: &[(&str, Dir)] = &[
    ("state", Dir::State),
    ("config", Dir::Config),
    ("data", Dir::Data),
    ("cache", Dir::Cache),
];

const DURABILITIES: &[(&str, Durability)] =
    &[("full", Durability::Full), ("process", Durability::Process)];

fn unknown(name: &str) -> String {
    let suggestion = nearest(name, Key::ALL.map(Key::name))
        .map(|key| format!("; did you mean `{key}`?"))
        .unwrap_or_default();
    let keys = Key::ALL.map(|key| format!("`{}`", key.name())).join(", ");
    format!("unknown key `{name}`{suggestion}\nthe keys are {keys}")
}

#[cfg(test)]
mod tests {
    use super::Settings;
    use crate::ctxt::Ctxt;
    use proc_macro2::TokenStream;
    use quote::quote;
    use syn::parse_quote;

    fn mistakes(set: &TokenStream) -> Vec<(String, String)> {
        let cx = Ctxt::new();
        Settings::from_attributes(&cx, &[parse_quote!(#[status(#set)])]);
        cx.mistakes()
    }

    #[test]
    fn unknown_keys() {
        for (set, at, message) in [
            (
                quote!(Keep = 3),
                "Keep",
                "unknown key `Keep`; did you mean `keep`?",
            ),
            (
                quote!(lock - timeout = "1s"),
                "lock",
                "unknown key `lock`; did you mean `lock_timeout`?",
            ),
            (
                quote!(pth = "a"),
                "pth",
                "unknown key `pth`; did you mean `path`?",
            ),
            (quote!(colour = "red"), "colour", "unknown key `colour`"),
            (quote!(a::b = 3), "a", "unknown key `a`"),
        ] {
            let [(found_at, found)] = &mistakes(&set)[..] else {
                panic!("{set}: one mistake");
            };
            assert_eq!(found_at, at);
            let first_line = found.lines().next();
            assert_eq!(first_line, Some(message));
            assert!(found.contains("\nthe keys are `path`, `env`, "), "{found}");
        }
    }

    #[test]
    fn a_key_set_again_is_not_looked_at_further() {
        let mistake = |message: &str| ("keep".to_owned(), message.to_owned());
        let again = mistake("`keep` is set a second time: drop this one or the first");
        let first = mistake("`keep` was first set here");
        let twice = vec![again.clone(), first.clone()];
        assert_eq!(mistakes(&quote!(keep = 2, keep = 3)), twice);
        assert_eq!(mistakes(&quote!(keep = 2, keep = 0)), twice);
        let three_times = vec![again.clone(), first, again];
        assert_eq!(mistakes(&quote!(keep = 2, keep = 3, keep = 4)), three_times);
    }
}
