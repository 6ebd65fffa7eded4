//! Values as TOML. `toml` writes no integers of 128 bits within inline tables.

use crate::key::dotted;
use statusfile_runtime::__command::decimal;
use std::fmt::{self, Display, Formatter};
use std::slice;
use toml::de::{DeTable, DeValue};

/// A value in one line, but for strings of several.
pub(crate) struct Inline<'a>(pub(crate) &'a DeValue<'a>);

impl Display for Inline<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            DeValue::String(text) => toml::Value::String(text.to_string()).fmt(f),
            DeValue::Integer(number) => f.write_str(&decimal(number)),
            DeValue::Float(number) => match number.as_str().parse() {
                Ok(number) => toml::Value::Float(number).fmt(f),
                Err(_) => f.write_str(number.as_str()),
            },
            DeValue::Boolean(flag) => flag.fmt(f),
            DeValue::Datetime(time) => time.fmt(f),
            DeValue::Array(array) => {
                let elements = array.iter().map(|value| Inline(value.get_ref()));
                write!(f, "[{}]", listed(elements))
            }
            DeValue::Table(table) if table.is_empty() => f.write_str("{}"),
            DeValue::Table(table) => {
                let entries = table.iter();
                let entries = entries.map(|(key, value)| entry(key.get_ref(), value.get_ref()));
                write!(f, "{{ {} }}", listed(entries))
            }
        }
    }
}

fn entry(key: &str, value: &DeValue<'_>) -> String {
    let key = dotted(slice::from_ref(&key.to_owned()));
    format!("{key} = {}", Inline(value))
}

fn listed(parts: impl Iterator<Item = impl Display>) -> String {
    let parts: Vec<_> = parts.map(|part| part.to_string()).collect();
    parts.join(", ")
}

/// A table, with a line for each of its values, and then the tables in it below their headers.
pub(crate) fn lines(table: &DeTable<'_>) -> String {
    let mut lines = Lines::default();
    lines.table(table);
    lines.text
}

#[derive(Default)]
struct Lines {
    text: String,
    path: Vec<String>,
}

impl Lines {
    fn table(&mut self, table: &DeTable<'_>) {
        let (below, beside): (Vec<_>, Vec<_>) = table
            .iter()
            .map(|(key, value)| (key.get_ref().as_ref(), value.get_ref()))
            .partition(|(_, value)| has_header(value));
        for (key, value) in beside {
            self.text += &entry(key, value);
            self.text.push('\n');
        }
        for (key, value) in below {
            self.path.push(key.to_owned());
            self.below(value);
            self.path.pop();
        }
    }

    fn below(&mut self, value: &DeValue<'_>) {
        match value {
            DeValue::Table(table) => {
                let mut values = table.values();
                // Those of the tables in it name it too.
                if table.is_empty() || !values.all(|value| has_header(value.get_ref())) {
                    self.header("[", "]");
                }
                self.table(table);
            }
            DeValue::Array(array) => {
                for table in array.iter().filter_map(|value| value.get_ref().as_table()) {
                    self.header("[[", "]]");
                    self.table(table);
                }
            }
            _ => {}
        }
    }

    fn header(&mut self, open: &str, close: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        let path = dotted(&self.path);
        self.text.extend([open, &path, close, "\n"]);
    }
}

fn has_header(value: &DeValue<'_>) -> bool {
    match value {
        DeValue::Table(_) => true,
        DeValue::Array(array) => {
            !array.is_empty() && array.iter().all(|value| value.get_ref().is_table())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `toml` writes of what it can hold.
    #[test]
    fn tables_look_as_those_of_toml() {
        for text in [
            "",
            "a = 1\nb = 'x \"y\"'\nc = \"x\\ny\"\nd = 1.0\ne = [1, [2.5, nan], {}]\n",
            "z = 1\n[a]\nb = 2\n[a.c]\nd = 3\n[b.c.d]\ne = 4\n[empty]\n",
            "x = []\n[[a]]\nb = 1\n[[a]]\n[[a.c]]\nd = 1\n[a.e.f]\ng = 1979-05-27\n",
            "a = [{ b = 1 }, 2]\nb = [[{ c = { d = true } }]]\n\"\" = 0x1F\n[\"x y\".\"\"]\n",
        ] {
            let values = DeTable::parse(text).unwrap().into_inner();
            let table: toml::Table = text.parse().unwrap();
            assert_eq!(lines(&values), table.to_string(), "{text}");
            for (key, value) in &values {
                let expected = table[key.get_ref().as_ref()].to_string();
                assert_eq!(Inline(value.get_ref()).to_string(), expected, "{text}");
            }
        }
    }

    #[test]
    fn integers_have_any_size() {
        let text = "a = [{ b = 0xffff_ffff_ffff_ffff_ffff_ffff_ffff_ffff }]\n";
        let values = DeTable::parse(text).unwrap().into_inner();
        let expected = "[{ b = 340282366920938463463374607431768211455 }]";
        assert_eq!(Inline(values["a"].get_ref()).to_string(), expected);
    }
}
