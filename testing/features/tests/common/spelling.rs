//! A table in any of the spellings that TOML has for it.

use std::fmt::Write;
use std::vec::IntoIter;
use toml::{Table, Value};

/// What is chosen where there is a choice: always the first once none is left.
pub(crate) struct Choices(IntoIter<u8>);

impl Choices {
    pub(crate) fn new(choices: Vec<u8>) -> Self {
        Self(choices.into_iter())
    }

    pub(crate) fn one_of(&mut self, count: u8) -> u8 {
        self.0.next().unwrap_or_default() % count
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
pub(crate) fn write_table(table: &Table, path: &str, text: &mut String, choices: &mut Choices) {
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
