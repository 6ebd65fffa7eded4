//! One place for each of many statuses: names with a value of the status itself in them.

use super::declaration::Declaration;
use crate::error::{At, Error, Step};
use crate::store::directory::layout::DIRECTORY_ENDING;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

/// What the derive read from a type with placeholders in its path.
#[derive(Debug)]
pub struct Pattern {
    /// How each status is kept, and the directory that the pattern starts in.
    pub declaration: Declaration,
    /// The names below that directory, the last being that of the file.
    pub components: &'static [Component],
}

/// One name of a pattern.
#[derive(Clone, Copy, Debug)]
pub enum Component {
    /// A name without a placeholder.
    Fixed(&'static str),
    /// A name with the value of one field in it. There is never a second one: `x-y` and `z` would
    /// meet `x` and `y-z`.
    Keyed {
        /// What stands before the value.
        before: &'static str,
        /// The field.
        field: &'static str,
        /// What stands after the value.
        after: &'static str,
    },
}

impl Pattern {
    /// Where the status with these values lives, one for each placeholder; `None` is one without a text.
    pub(crate) fn place(&self, values: &[Option<&str>]) -> Result<PathBuf, Error> {
        let mut path = self.declaration.start()?;
        let mut values = values.iter().copied();
        for component in self.components {
            let filled = component.filled(|| values.next().flatten());
            let filled = filled.map_err(|wrong| io::Error::new(ErrorKind::InvalidInput, wrong));
            path.push(filled.at(Step::Place, path.join(component.name(None)))?);
        }
        Ok(path)
    }

    /// The fields of the placeholders.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &'static str> {
        self.components
            .iter()
            .filter_map(|component| match component {
                Component::Fixed(_) => None,
                Component::Keyed { field, .. } => Some(*field),
            })
    }
}

/// The same components, for a constant: fails the build where no value makes a name of one.
///
/// # Panics
/// With what is wrong, at the caller: the derive gives it the place of the attribute.
#[must_use]
#[track_caller]
#[expect(clippy::panic, reason = "it is the compiler that panics")]
pub const fn checked(components: &'static [Component]) -> &'static [Component] {
    let mut rest = components;
    while let [component, others @ ..] = rest {
        if let Some(wrong) = component.refusal() {
            panic!("{}", wrong);
        }
        rest = others;
    }
    components
}

impl Component {
    /// What is wrong with it whatever the value is.
    const fn refusal(&self) -> Option<&'static str> {
        match self {
            Self::Fixed(name) => refusal(name, name, true),
            Self::Keyed { before, after, .. } => refusal(before, after, false),
        }
    }

    /// Whether a status of this pattern may have this name.
    pub(crate) fn matches(&self, name: &str) -> bool {
        match self {
            Self::Fixed(fixed) => name == *fixed,
            Self::Keyed { before, after, .. } => {
                let rest = name.strip_prefix(before);
                let value = rest.and_then(|rest| rest.strip_suffix(after));
                value.is_some_and(|value| self.filled(|| Some(value)).is_ok())
            }
        }
    }

    /// The name with `value` in it, if it takes one, or what is wrong with that.
    fn filled<'v>(&self, value: impl FnOnce() -> Option<&'v str>) -> Result<String, String> {
        let Self::Keyed { field, .. } = self else {
            return Ok(self.name(None));
        };
        let value = match value() {
            None => return Err(format!("`{field}` gives no text")),
            Some("") => return Err(format!("`{field}` is empty, and a name needs it")),
            Some(value) => value,
        };
        let name = self.name(Some(value));
        match refusal(&name, &name, true) {
            Some(wrong) => Err(format!("`{field}` is {value:?}, and {wrong}")),
            None => Ok(name),
        }
    }

    /// The name with `value` in the place of the placeholder, or with that as the derive has it, without
    /// the doubled braces.
    fn name(&self, value: Option<&str>) -> String {
        match (self, value) {
            (Self::Fixed(name), _) => (*name).to_owned(),
            (Self::Keyed { before, after, .. }, Some(value)) => format!("{before}{value}{after}"),
            (Self::Keyed { field, .. }, None) => self.name(Some(&format!("{{{field}}}"))),
        }
    }
}

/// Why no name can begin with `start` and end in `end`, the same on every platform: a set of statuses
/// can be moved to another one, and no value turns up wrong only there. A whole name is both.
///
/// `const` like the rules that it is made of, so that the compiler can apply them to what the derive
/// knows of a name. They are then the same for the names in an attribute and for the values in them.
const fn refusal(start: &str, end: &str, is_whole: bool) -> Option<&'static str> {
    let (start, end) = (start.as_bytes(), end.as_bytes());
    match (refused_part(start, false), refused_part(end, true)) {
        (None, None) => refused_stem(start, is_whole),
        (Some(wrong), _) | (None, Some(wrong)) => Some(wrong),
    }
}

/// What is refused anywhere in a name, or at its end.
const fn refused_part(mut part: &[u8], is_end: bool) -> Option<&'static str> {
    while let [_, rest @ ..] = part {
        if let Some(wrong) = refused_here(part, is_end) {
            return Some(wrong);
        }
        part = rest;
    }
    None
}

/// Separators of one platform or another, what Windows refuses, and what no name ends in, where they
/// come first in what is left of a name. Each has its text, as a constant cannot put a character into one.
const fn refused_here(part: &[u8], is_end: bool) -> Option<&'static str> {
    Some(match part {
        [b'/', ..] => "a name cannot contain '/', which separates names",
        [b'\\', ..] => "a name cannot contain '\\', which separates names on Windows",
        [b':', ..] => "a name cannot contain ':', which Windows refuses",
        [b'*', ..] => "a name cannot contain '*', which Windows refuses",
        [b'?', ..] => "a name cannot contain '?', which Windows refuses",
        [b'"', ..] => "a name cannot contain '\"', which Windows refuses",
        [b'<', ..] => "a name cannot contain '<', which Windows refuses",
        [b'>', ..] => "a name cannot contain '>', which Windows refuses",
        [b'|', ..] => "a name cannot contain '|', which Windows refuses",
        // U+0080 to U+009F have two bytes in UTF-8.
        [..=0x1F | 0x7F, ..] | [0xC2, ..=0x9F, ..] => "a name cannot contain control characters",
        [b'.'] if is_end => "a name cannot end in '.': add an ending such as \".toml\"",
        [b' '] if is_end => "a name cannot end in ' ': add an ending such as \".toml\"",
        _ if is_end && is_directory_ending(part) => {
            "a name cannot end in \".status\", which marks the directories of statuses: \
             add an ending such as \".toml\""
        }
        _ => return None,
    })
}

/// A file system that ignores case takes `a.STATUS` for `a.status`.
const fn is_directory_ending(part: &[u8]) -> bool {
    const ENDING: &[u8] = DIRECTORY_ENDING.as_bytes();
    match part.split_first_chunk::<{ ENDING.len() }>() {
        Some((ending, [])) => matches!(lowercase(*ending).as_slice(), ENDING),
        _ => false,
    }
}

/// Windows takes `nul.toml` and `NUL .toml` for the device, too, and so the digits that are raised in Latin-1
/// ("Naming Files, Paths, and Namespaces", Microsoft). If this is not the whole name, what follows belongs to the
/// stem as long as there is no dot.
const fn refused_stem(name: &[u8], is_whole: bool) -> Option<&'static str> {
    let Some((device, rest)) = name.split_first_chunk() else {
        return None;
    };
    let rest = match (&lowercase(*device), rest) {
        (
            b"con",
            [b'i' | b'I', b'n' | b'N', b'$', rest @ ..]
            | [b'o' | b'O', b'u' | b'U', b't' | b'T', b'$', rest @ ..],
        )
        | (b"com" | b"lpt", [b'0'..=b'9', rest @ ..] | [0xC2, 0xB2 | 0xB3 | 0xB9, rest @ ..])
        | (b"con" | b"prn" | b"aux" | b"nul", rest) => rest.trim_ascii_start(),
        _ => return None,
    };
    if matches!(rest, [b'.', ..]) || (is_whole && rest.is_empty()) {
        return Some("a name cannot be that of a device on Windows: add a prefix");
    }
    None
}

const fn lowercase<const N: usize>(mut text: [u8; N]) -> [u8; N] {
    text.make_ascii_lowercase();
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::simulated::with_slashes;

    const REFUSED: [char; 9] = ['/', '\\', ':', '*', '?', '"', '<', '>', '|'];

    const JOB: Component = Component::Keyed {
        before: "job-",
        field: "id",
        after: ".toml",
    };

    const BARE: Component = Component::Keyed {
        before: "",
        field: "id",
        after: "",
    };

    fn pattern(components: &'static [Component]) -> Pattern {
        Pattern {
            declaration: Declaration {
                path: Some("/jobs"),
                ..Declaration::new("app", "job.toml")
            },
            components,
        }
    }

    fn refused(component: Component, value: &str) -> String {
        component.filled(|| Some(value)).unwrap_err()
    }

    #[test]
    fn each_placeholder_takes_the_next_value() {
        let pattern = pattern(&[BARE, Component::Fixed("jobs"), JOB]);
        let place = pattern.place(&[Some("a"), Some("17")]).unwrap();
        assert!(place.ends_with("jobs/a/jobs/job-17.toml"), "{place:?}");
    }

    #[test]
    fn what_a_name_may_be() {
        for value in [
            "17", "a b", " a", ".a", "a..b", "-", "状態", "a{b}", "common", "status", "com⁴",
            "coni", "conin",
        ] {
            assert_eq!(BARE.filled(|| Some(value)).as_deref(), Ok(value));
            assert!(BARE.matches(value), "{value}");
        }
    }

    #[test]
    fn what_no_name_may_be() {
        for (value, why) in [
            (".", "cannot end in '.': add an ending such as \".toml\""),
            ("..", "cannot end in '.': add an ending such as \".toml\""),
            ("a ", "cannot end in ' ': add an ending such as \".toml\""),
            ("a/b", "cannot contain '/', which separates names"),
            (
                "a\\b",
                "cannot contain '\\', which separates names on Windows",
            ),
            ("C:", "cannot contain ':', which Windows refuses"),
            ("a\0", "cannot contain control characters"),
            ("a\n", "cannot contain control characters"),
            ("a\u{85}", "cannot contain control characters"),
            (
                "nul.x",
                "cannot be that of a device on Windows: add a prefix",
            ),
            (
                "lpt².x",
                "cannot be that of a device on Windows: add a prefix",
            ),
            (
                "COM¹",
                "cannot be that of a device on Windows: add a prefix",
            ),
            (
                "conin$",
                "cannot be that of a device on Windows: add a prefix",
            ),
            (
                "CONOUT$.x",
                "cannot be that of a device on Windows: add a prefix",
            ),
            (
                "Com1 ",
                "cannot end in ' ': add an ending such as \".toml\"",
            ),
            (
                "Com1 .x",
                "cannot be that of a device on Windows: add a prefix",
            ),
            (
                "7.STATUS",
                "cannot end in \".status\", which marks the directories of statuses: \
                 add an ending such as \".toml\"",
            ),
        ] {
            let why = format!("`id` is {value:?}, and a name {why}");
            assert_eq!(refused(BARE, value), why);
            assert!(!BARE.matches(value), "{value}");
        }
    }

    #[test]
    fn every_character_is_allowed_but_those_of_the_table_and_controls() {
        for c in (char::MIN..=char::MAX).filter(|c| !matches!(c, '.' | ' ')) {
            let is_refused = c.is_control() || REFUSED.contains(&c);
            let names = [format!("{c}"), format!("{c}a"), format!("ä{c}ä")];
            for name in names {
                let refusal = refusal(&name, &name, true);
                assert_eq!(refusal.is_some(), is_refused, "{name:?}");
            }
        }
    }

    #[test]
    fn each_refused_character_has_its_own_text() {
        for c in REFUSED {
            let text = refused(BARE, &format!("a{c}"));
            assert!(text.contains(&format!("cannot contain '{c}'")), "{text}");
        }
    }

    #[test]
    fn a_component_is_refused_where_every_value_would_be() {
        let keyed = |before, after| Component::Keyed {
            before,
            field: "id",
            after,
        };
        for component in [
            Component::Fixed("a|b"),
            Component::Fixed("a.status"),
            Component::Fixed("aux"),
            keyed("C:", ""),
            keyed("", "\u{85}.toml"),
            keyed("", "."),
            keyed("", ".status"),
            keyed("nul.", ".toml"),
        ] {
            assert!(component.refusal().is_some(), "{component:?}");
            if let Component::Keyed { .. } = component {
                assert!(component.filled(|| Some("7")).is_err(), "{component:?}");
            }
        }
        for component in [
            Component::Fixed("jobs"),
            JOB,
            BARE,
            keyed("nul", ".toml"),
            keyed("", " a"),
            keyed(". ", ""),
        ] {
            assert_eq!(component.refusal(), None, "{component:?}");
            if let Component::Keyed { .. } = component {
                assert!(component.filled(|| Some("7")).is_ok(), "{component:?}");
            }
        }
    }

    #[test]
    #[should_panic(expected = "a name cannot contain '?'")]
    fn one_refused_component_is_enough() {
        let _ = checked(&[JOB, Component::Fixed("a?"), BARE]);
    }

    #[test]
    fn the_rule_is_about_the_whole_name_but_the_value_is_never_empty() {
        assert_eq!(JOB.filled(|| Some("..")).as_deref(), Ok("job-...toml"));
        assert_eq!(
            JOB.filled(|| Some("7.status")).as_deref(),
            Ok("job-7.status.toml")
        );
        assert_eq!(refused(JOB, ""), "`id` is empty, and a name needs it");
        for name in [
            "job-.toml",
            "job-a",
            "a.toml",
            "job.toml",
            "job-a.toml.status",
        ] {
            assert!(!JOB.matches(name), "{name}");
        }
        assert!(JOB.matches("job-a.toml"));
    }

    #[test]
    fn the_error_names_the_pattern_and_the_value() {
        let error = pattern(&[BARE, JOB]).place(&[Some("a"), Some("../b")]);
        let said = with_slashes(error.unwrap_err());
        let expected = "/jobs/a/job-{id}.toml: cannot determine the path of the status: \
             `id` is \"../b\", and a name cannot contain '/', which separates names";
        assert!(said.ends_with(expected), "{said}");
    }

    #[test]
    fn a_value_without_a_text_is_an_error() {
        let error = pattern(&[JOB]).place(&[None]).unwrap_err();
        assert!(error.to_string().ends_with("`id` gives no text"), "{error}");
    }
}
