//! One place for each of many statuses: names with a value of the status itself in them.

use crate::declaration::Declaration;
use crate::error::{Error, Step};
use crate::name::DIRECTORY_ENDING;
use std::fmt::{self, Display, Write};
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

/// One field's value, as text.
#[derive(Debug)]
pub struct Value(Option<String>);

/// `Display`, with an error that says what to add where it is missing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a path",
    label = "lacks `std::fmt::Display`",
    note = "a `{{placeholder}}` is filled with the text that `Display` gives: implement it for `{Self}`, or take another field"
)]
pub trait KeyField: Display {}

#[diagnostic::do_not_recommend]
impl<T: Display + ?Sized> KeyField for T {}

impl Value {
    /// The text of `value`, unless its `Display` fails.
    pub fn new<T: KeyField + ?Sized>(value: &T) -> Self {
        let mut text = String::new();
        Self(write!(text, "{value}").is_ok().then_some(text))
    }
}

impl Pattern {
    /// Where the status with these values lives, one for each placeholder.
    pub(crate) fn place(&self, values: &[Value]) -> Result<PathBuf, Error> {
        let mut path = self.declaration.start()?;
        let mut values = values.iter().map(|value| value.0.as_deref());
        for component in self.components {
            let name = match component {
                Component::Fixed(name) => Ok((*name).to_owned()),
                Component::Keyed { .. } => component.filled(values.next().flatten()),
            };
            match name {
                Ok(name) => path.push(name),
                Err(wrong) => {
                    path.push(component.to_string());
                    let cause = io::Error::new(ErrorKind::InvalidInput, wrong);
                    return Err(Error::io(Step::Place, &path, cause));
                }
            }
        }
        Ok(path)
    }
}

impl Component {
    /// Whether a status of this pattern may have this name.
    pub(crate) fn matches(&self, name: &str) -> bool {
        match self {
            Self::Fixed(fixed) => name == *fixed,
            Self::Keyed { before, after, .. } => {
                let rest = name.strip_prefix(before);
                let value = rest.and_then(|rest| rest.strip_suffix(after));
                value.is_some_and(|value| self.filled(Some(value)).is_ok())
            }
        }
    }

    /// The name with `value` in it, or what is wrong with that.
    fn filled(&self, value: Option<&str>) -> Result<String, String> {
        let (before, field, after) = match self {
            Self::Fixed(name) => return Ok((*name).to_owned()),
            Self::Keyed {
                before,
                field,
                after,
            } => (before, field, after),
        };
        let Some(value) = value else {
            return Err(format!("`{field}` gives no text"));
        };
        if value.is_empty() {
            return Err(format!("`{field}` is empty, and a name needs it"));
        }
        let name = format!("{before}{value}{after}");
        match refusal(&name) {
            Some(wrong) => Err(format!("`{field}` is {value:?}, and {wrong}")),
            None => Ok(name),
        }
    }
}

/// As the derive has it, without the doubled braces.
impl Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(name) => f.write_str(name),
            Self::Keyed {
                before,
                field,
                after,
            } => write!(f, "{before}{{{field}}}{after}"),
        }
    }
}

/// Why this cannot be a name, the same on every platform: a set of statuses can be moved to
/// another one, and no value turns up wrong only there.
fn refusal(name: &str) -> Option<String> {
    let is_refused = |c: &char| c.is_control() || REFUSED.contains(c);
    if let Some(c) = name.chars().find(is_refused) {
        return Some(format!("a name cannot contain {c:?}"));
    }
    if let Some(c @ ('.' | ' ')) = name.chars().next_back() {
        return Some(format!("a name cannot end in {c:?}"));
    }
    if is_of_a_directory(name) {
        let text = "names that end in \".status\" are those of our own directories";
        return Some(text.to_owned());
    }
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    let device = DEVICES.iter().find(|name| name.eq_ignore_ascii_case(stem));
    device.map(|device| format!("{device} is a device on Windows"))
}

/// A file system that ignores case takes `a.STATUS` for `a.status`.
fn is_of_a_directory(name: &str) -> bool {
    let end = name.len().checked_sub(DIRECTORY_ENDING.len());
    let end = end.and_then(|start| name.get(start..));
    end.is_some_and(|end| end.eq_ignore_ascii_case(DIRECTORY_ENDING))
}

/// Separators of one platform or another, and what Windows refuses.
const REFUSED: [char; 9] = ['/', '\\', ':', '*', '?', '"', '<', '>', '|'];

const DEVICES: [&str; 24] = [
    "CON", "PRN", "AUX", "NUL", "COM0", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7",
    "COM8", "COM9", "LPT0", "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9",
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

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
        component.filled(Some(value)).unwrap_err()
    }

    #[test]
    fn each_placeholder_takes_the_next_value() {
        let pattern = pattern(&[BARE, Component::Fixed("jobs"), JOB]);
        let values = [Value::new("a"), Value::new(&17)];
        let place = pattern.place(&values).unwrap();
        assert_eq!(place, Path::new("/jobs/a/jobs/job-17.toml"));
    }

    #[test]
    fn what_a_name_may_be() {
        for value in [
            "17", "a b", " a", ".a", "a..b", "-", "状態", "a{b}", "common", "status",
        ] {
            assert_eq!(BARE.filled(Some(value)).as_deref(), Ok(value));
            assert!(BARE.matches(value), "{value}");
        }
    }

    #[test]
    fn what_no_name_may_be() {
        for (value, why) in [
            ("", "`id` is empty, and a name needs it"),
            (".", r#"`id` is ".", and a name cannot end in '.'"#),
            ("..", r#"`id` is "..", and a name cannot end in '.'"#),
            ("a ", r#"`id` is "a ", and a name cannot end in ' '"#),
            ("a/b", r#"`id` is "a/b", and a name cannot contain '/'"#),
            ("a\\b", r#"`id` is "a\\b", and a name cannot contain '\\'"#),
            ("C:", r#"`id` is "C:", and a name cannot contain ':'"#),
            ("a\0", r#"`id` is "a\0", and a name cannot contain '\0'"#),
            ("a\n", r#"`id` is "a\n", and a name cannot contain '\n'"#),
            (
                "nul.x",
                r#"`id` is "nul.x", and NUL is a device on Windows"#,
            ),
            (
                "7.STATUS",
                r#"`id` is "7.STATUS", and names that end in ".status" are those of our own directories"#,
            ),
        ] {
            assert_eq!(refused(BARE, value), why);
            assert!(!BARE.matches(value), "{value}");
        }
    }

    #[test]
    fn the_rule_is_about_the_whole_name_but_the_value_is_never_empty() {
        assert_eq!(JOB.filled(Some("..")).as_deref(), Ok("job-...toml"));
        assert_eq!(
            JOB.filled(Some("7.status")).as_deref(),
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
        let error = pattern(&[BARE, JOB]).place(&[Value::new("a"), Value::new("../b")]);
        assert_eq!(
            error.unwrap_err().to_string(),
            "/jobs/a/job-{id}.toml: cannot find the place of the status: \
             `id` is \"../b\", and a name cannot contain '/'"
        );
    }

    #[test]
    fn a_display_that_fails_is_an_error() {
        struct Mute;
        impl Display for Mute {
            fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
                Err(fmt::Error)
            }
        }
        let error = pattern(&[JOB]).place(&[Value::new(&Mute)]).unwrap_err();
        assert!(error.to_string().ends_with("`id` gives no text"), "{error}");
    }
}
