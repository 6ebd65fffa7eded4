//! One text for all spellings of a value.

use toml_edit::{Item, Table, TableLike, Value};

/// The same for two values if they say the same, whatever their layout.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{:?}", text.value()),
        Value::Integer(number) => number.value().to_string(),
        // `-0.0` is not `0.0`, and TOML has one NaN.
        Value::Float(number) if number.value().is_nan() => "nan".to_owned(),
        Value::Float(number) => format!("{:016x}", number.value().to_bits()),
        Value::Boolean(flag) => flag.value().to_string(),
        Value::Datetime(time) => time.value().to_string(),
        Value::Array(array) => list(array.iter().map(self::value)),
        Value::InlineTable(inner) => table(inner),
    }
}

pub(super) fn table(table: &dyn TableLike) -> String {
    let mut entries: Vec<_> = table.iter().map(entry).collect();
    entries.sort_unstable();
    format!("{{{}}}", entries.join(","))
}

/// An entry of a table: two of these are equal if both say the same under the same key.
pub(super) fn entry((key, item): (&str, &Item)) -> String {
    format!("{key:?}={}", self::item(item))
}

fn item(item: &Item) -> String {
    match item {
        Item::None => String::new(),
        Item::Value(inner) => value(inner),
        Item::Table(inner) => table(inner),
        Item::ArrayOfTables(tables) => list(tables.iter().map(|inner: &Table| table(inner))),
    }
}

fn list(elements: impl Iterator<Item = String>) -> String {
    let elements: Vec<_> = elements.collect();
    format!("[{}]", elements.join(","))
}
