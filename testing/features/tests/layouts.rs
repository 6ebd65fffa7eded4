//! Any value in the layout of any text: what is loaded is what was saved.

#![expect(clippy::unwrap_used, reason = "these run in tests only")]

#[path = "../../../tests/common/cases.rs"]
mod cases;
#[path = "common/spelling.rs"]
mod spelling;

use cases::in_cases;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use spelling::{Choices, write_table};
use statusfile::{Durability, StatusFile};
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
        let mut choices = Choices::new(choices);
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
