//! Any value in the layout of any text: what is loaded is what was saved.

#![expect(clippy::unwrap_used, reason = "these run in tests only")]

#[path = "../../../tests/common/cases.rs"]
mod cases;

use cases::in_cases;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use statusfile::{Durability, StatusFile};
use std::fmt::Write;
use std::fs;
use toml::{Table, Value};

fn key() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec!["a", "b", "c", "d e", "", "é.x"]);
    known.prop_map(str::to_owned)
}

fn leaf() -> impl Strategy<Value = Value> {
    let texts = [
        "",
        "x",
        "a\"b\n",
        "'''",
        "ü\\",
        "two\nlines",
        "# none",
        "\r\n",
    ];
    let times = ["1979-05-27", "1979-05-27T07:32:00Z", "07:32:00"];
    let time = |time: &str| Value::Datetime(time.parse().unwrap());
    prop_oneof![
        3 => (0..4_i64).prop_map(Value::Integer),
        3 => prop::sample::select(texts.to_vec()).prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::Boolean),
        2 => prop::sample::select(vec![0.0, -0.0, 1.5, -3e300, f64::INFINITY]).prop_map(Value::Float),
        1 => prop::sample::select(times.to_vec()).prop_map(time),
    ]
}

fn table_of(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Table> {
    btree_map(key(), value, 0..5).prop_map(|table| table.into_iter().collect())
}

fn table() -> impl Strategy<Value = Table> {
    table_of(leaf().prop_recursive(4, 24, 4, |value| {
        prop_oneof![
            2 => vec(value.clone(), 0..5).prop_map(Value::Array),
            2 => vec(table_of(value.clone()).prop_map(Value::Table), 0..4).prop_map(Value::Array),
            3 => table_of(value).prop_map(Value::Table),
        ]
    }))
}

/// What is chosen where there is a choice: always the first once none is left.
struct Choices(std::vec::IntoIter<u8>);

impl Choices {
    fn one_of(&mut self, count: u8) -> u8 {
        self.0.next().unwrap_or_default() % count
    }
}

/// `old` with some of it taken away or replaced, and some of `other` added.
fn changed(old: &Table, other: &Table, choices: &mut Choices) -> Table {
    let mut new = Table::new();
    for (key, value) in old {
        let value = match (choices.one_of(5), other.get(key)) {
            (1, _) => continue,
            (2, Some(other)) => other.clone(),
            (3 | 4, _) => changed_value(value, other, choices),
            _ => value.clone(),
        };
        new.insert(key.clone(), value);
    }
    for (key, value) in other {
        if choices.one_of(2) == 1 {
            new.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
    new
}

fn changed_value(value: &Value, other: &Table, choices: &mut Choices) -> Value {
    match value {
        Value::Table(table) => Value::Table(changed(table, other, choices)),
        Value::Array(array) => {
            let mut new = Vec::new();
            for value in array {
                match choices.one_of(4) {
                    1 => {}
                    2 => new.push(changed_value(value, other, choices)),
                    3 => new.extend([Value::Table(other.clone()), value.clone()]),
                    _ => new.push(value.clone()),
                }
            }
            Value::Array(new)
        }
        value => value.clone(),
    }
}

fn quoted(key: &str) -> String {
    let is_bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric());
    if is_bare {
        key.to_owned()
    } else {
        format!("\"{key}\"")
    }
}

fn scalar(value: &Value, choices: &mut Choices) -> String {
    let choice = choices.one_of(3);
    match value {
        Value::Integer(number) if choice == 1 => format!("0x{number:02X}"),
        Value::Integer(number) if choice == 2 => format!("+{number}"),
        Value::String(text) if choice == 1 && !text.contains(['\'', '\n', '\r']) => {
            format!("'{text}'")
        }
        Value::String(text) if choice == 2 && !text.contains(['"', '\\', '\r']) => {
            format!("\"\"\"\n{text}\"\"\"")
        }
        value => value.to_string(),
    }
}

/// In a line, or an array over several.
fn inline(value: &Value, choices: &mut Choices) -> String {
    match value {
        Value::Table(table) if table.is_empty() => "{}".to_owned(),
        Value::Table(table) => {
            let mut entries = Vec::new();
            for (key, value) in table {
                match value {
                    Value::Table(inner) if inner.len() == 1 && choices.one_of(3) == 1 => {
                        for (last, value) in inner {
                            let value = inline(value, choices);
                            entries.push(format!("{}.{}={value}", quoted(key), quoted(last)));
                        }
                    }
                    value => entries.push(format!("{} = {}", quoted(key), inline(value, choices))),
                }
            }
            format!("{{ {} }}", entries.join(", "))
        }
        Value::Array(array) => match choices.one_of(4) {
            1 => {
                let mut lines = String::from("[ # begin\n");
                for value in array {
                    let value = inline(value, choices);
                    let line = ["  # above\n", "", "\n"][usize::from(choices.one_of(3))];
                    writeln!(lines, "{line}  {value}, # after").unwrap();
                }
                lines + "]"
            }
            2 if !array.is_empty() => {
                let elements: Vec<_> = array.iter().map(|value| inline(value, choices)).collect();
                format!("[\n  {} # last\n]", elements.join(" # before\n  ,"))
            }
            _ => {
                let elements: Vec<_> = array.iter().map(|value| inline(value, choices)).collect();
                format!("[{}]", elements.join(", "))
            }
        },
        value => scalar(value, choices),
    }
}

/// A table as people may write it: in lines, by dotted keys, under headers, in any order.
fn write_table(table: &Table, path: &str, text: &mut String, choices: &mut Choices) {
    let mut later = Vec::new();
    for (name, value) in table {
        let key = quoted(name);
        let full = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        let has_header = match value {
            Value::Table(inner) => match choices.one_of(3) {
                1 if !inner.is_empty() && !inner.values().any(Value::is_table) => {
                    for (last, value) in inner {
                        let value = inline(value, choices);
                        writeln!(text, "# c\n{key}.{} = {value} # d", quoted(last)).unwrap();
                    }
                    continue;
                }
                choice => choice != 2,
            },
            Value::Array(array) => {
                !array.is_empty() && array.iter().all(Value::is_table) && choices.one_of(2) == 0
            }
            _ => false,
        };
        if has_header {
            later.push((full, value));
        } else {
            writeln!(text, "{key} = {} # e", inline(value, choices)).unwrap();
        }
    }
    if choices.one_of(2) == 1 {
        later.reverse();
    }
    for (full, value) in later {
        match value {
            Value::Table(inner) => {
                // What only holds tables need not have a header.
                let is_implied = !inner.is_empty() && inner.values().all(Value::is_table);
                let mut below = String::new();
                write_table(inner, &full, &mut below, choices);
                if !is_implied || !below.starts_with("\n# head") || choices.one_of(2) == 0 {
                    writeln!(text, "\n# head\n[{full}] # t").unwrap();
                }
                text.push_str(&below);
            }
            Value::Array(array) => {
                for inner in array.iter().filter_map(Value::as_table) {
                    writeln!(text, "\n# element\n[[{full}]] # a").unwrap();
                    write_table(inner, &full, text, choices);
                }
            }
            _ => unreachable!("tables and arrays of them have headers"),
        }
    }
}

/// Debug tells `-0.0` from `0.0`.
fn shown(table: &Table) -> String {
    format!("{table:?}")
}

proptest! {
    #![proptest_config(in_cases(400))]

    #[test]
    fn a_value_in_any_layout_is_loaded_as_it_was_saved(
        (old, other) in (table(), table()),
        choices in vec(any::<u8>(), 0..120),
        ends in 0..4_u8,
    ) {
        let mut choices = Choices(choices.into_iter());
        let new = if choices.one_of(4) == 1 { other } else { changed(&old, &other, &mut choices) };
        let mut text = String::new();
        write_table(&old, "", &mut text, &mut choices);
        if ends & 1 == 1 {
            text = text.replace("\r\n", "\n").replace('\n', "\r\n");
        }
        if ends & 2 == 2 {
            text.truncate(text.trim_end().len());
        }
        let parsed = toml::from_str::<Table>(&text);
        let old = parsed.map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;

        let directory = tempfile::tempdir()?;
        let path = directory.path().join("settings.toml");
        fs::write(&path, &text)?;
        let file = StatusFile::<Table>::undeclared(&path).editable();
        let file = file.durability(Durability::Process);
        let body = || fs::read_to_string(&path).unwrap().split_once('\n').unwrap().1.to_owned();

        file.save(&old).unwrap();
        prop_assert_eq!(body(), &*text, "nothing changed");
        fs::write(&path, &text)?;
        file.save(&new).unwrap();
        prop_assert_eq!(shown(&file.load().unwrap()), shown(&new), "{}", text);
        let saved = body();
        file.save(&new).unwrap();
        prop_assert_eq!(body(), saved, "saved again");
    }
}
