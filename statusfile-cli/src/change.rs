//! What changed between two statuses, by key.

use crate::as_toml::Inline;
use crate::content;
use crate::key::dotted;
use crate::moment::when;
use crate::out::Out;
use crate::outcome::Failure;
use crate::place::Place;
use anstyle::{AnsiColor, Style};
use statusfile_runtime::untyped::UntypedStatus;
use std::io::{self, Write};
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

#[derive(Debug, PartialEq)]
struct Change {
    key: String,
    kind: Kind,
}

#[derive(Debug, PartialEq)]
enum Kind {
    Added(String),
    Removed(String),
    Changed(String, String),
}

/// What to change in `old` to make it `new`; an error if one of them is not TOML.
fn changes(old: &UntypedStatus, new: &UntypedStatus) -> Result<Vec<Change>, Failure> {
    Ok(between(&content::table(old)?, &content::table(new)?))
}

fn between(old: &DeTable<'_>, new: &DeTable<'_>) -> Vec<Change> {
    let mut found = Found::default();
    found.tables(old, new);
    found.changes
}

#[derive(Default)]
struct Found {
    path: Vec<String>,
    changes: Vec<Change>,
}

impl Found {
    fn tables(&mut self, old: &DeTable<'_>, new: &DeTable<'_>) {
        let keys = old.keys().chain(new.keys());
        let mut keys: Vec<&str> = keys.map(|key| key.get_ref().as_ref()).collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            self.path.push(key.to_owned());
            self.values(old.get(key), new.get(key));
            self.path.pop();
        }
    }

    fn values(&mut self, old: Option<&Spanned<DeValue<'_>>>, new: Option<&Spanned<DeValue<'_>>>) {
        let shown = |value: &DeValue<'_>| Inline(value).to_string();
        let kind = match (old.map(Spanned::get_ref), new.map(Spanned::get_ref)) {
            (Some(DeValue::Table(old)), Some(DeValue::Table(new))) => return self.tables(old, new),
            (Some(DeValue::Array(old)), Some(DeValue::Array(new)))
                if of_tables(old) && of_tables(new) =>
            {
                for at in 0..old.len().max(new.len()) {
                    self.path.push(at.to_string());
                    self.values(old.get(at), new.get(at));
                    self.path.pop();
                }
                return;
            }
            (Some(old), Some(new)) => match (shown(old), shown(new)) {
                (old, new) if old == new => return,
                (old, new) => Kind::Changed(old, new),
            },
            (Some(old), None) => Kind::Removed(shown(old)),
            (None, Some(new)) => Kind::Added(shown(new)),
            (None, None) => return,
        };
        self.changes.push(Change {
            key: dotted(&self.path),
            kind,
        });
    }
}

fn of_tables(array: &DeArray<'_>) -> bool {
    array.iter().all(|value| value.get_ref().is_table())
}

impl Change {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let (red, green) = (color(AnsiColor::Red), color(AnsiColor::Green));
        let key = &self.key;
        match &self.kind {
            Kind::Added(new) => writeln!(out, "{green}+ {key} = {new}{green:#}"),
            Kind::Removed(old) => writeln!(out, "{red}- {key} = {old}{red:#}"),
            Kind::Changed(old, new) => {
                writeln!(out, "~ {key}: {red}{old}{red:#} -> {green}{new}{green:#}")
            }
        }
    }
}

fn color(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(color.into()))
}

/// Prints what changed; something is printed even if nothing did.
pub(crate) fn print(
    out: &mut Out,
    old: &UntypedStatus,
    new: &UntypedStatus,
) -> Result<(), Failure> {
    let changes = changes(old, new)?;
    for change in &changes {
        change.write(out)?;
    }
    if changes.is_empty() {
        let what = if old.text == new.text {
            "nothing differs"
        } else {
            "only comments or layout differ"
        };
        writeln!(out, "{what}")?;
    }
    Ok(())
}

/// Prints the names of both statuses, and what changed.
pub(crate) fn print_with_names(
    out: &mut Out,
    place: &Place,
    old: &UntypedStatus,
    new: &UntypedStatus,
) -> Result<(), Failure> {
    let bold = Style::new().bold();
    for (mark, status) in [("---", old), ("+++", new)] {
        let (name, saved) = (place.name(status), when(status.saved_at));
        writeln!(out, "{bold}{mark} {name}, saved {saved}{bold:#}")?;
    }
    if old.version != new.version {
        writeln!(out, "version {} -> {}", old.version, new.version)?;
    }
    print(out, old, new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(old: &str, new: &str) -> String {
        let parse = |text| DeTable::parse(text).unwrap().into_inner();
        let mut shown = Vec::new();
        for change in between(&parse(old), &parse(new)) {
            change.write(&mut shown).unwrap();
        }
        let shown = String::from_utf8(shown).unwrap();
        anstream::adapter::strip_str(&shown).to_string()
    }

    #[test]
    fn what_is_the_same_is_not_shown() {
        assert_eq!(
            shown("a = nan\nb = [1, 2]\n", "b = [ 1, 2 ] # two\na = nan\n"),
            ""
        );
        let hex = "a = 0xffff_ffff_ffff_ffff";
        assert_eq!(shown("a = 18446744073709551615", hex), "");
    }

    #[test]
    fn keys_are_those_that_get_takes() {
        let old = "[servers.\"a b\"]\nport = 1\n[[mirrors]]\nhost = \"x\"\n";
        let new =
            "[servers.\"a b\"]\nport = 2\n[[mirrors]]\nhost = \"y\"\n[[mirrors]]\nhost = \"z\"\n";
        assert_eq!(
            shown(old, new),
            "~ mirrors.0.host: \"x\" -> \"y\"\n\
             + mirrors.1 = { host = \"z\" }\n\
             ~ servers.\"a b\".port: 1 -> 2\n"
        );
    }

    #[test]
    fn another_type_is_a_change() {
        assert_eq!(shown("a = 1", "a = 1.0"), "~ a: 1 -> 1.0\n");
        assert_eq!(shown("a = 1", "[a]\nb = 1"), "~ a: 1 -> { b = 1 }\n");
        assert_eq!(shown("a = [1]", "a = [1, 2]"), "~ a: [1] -> [1, 2]\n");
    }
}
