//! The values in a status, and how they are printed.

use crate::key::Key;
use crate::out::Out;
use crate::outcome::Failure;
use serde_json::{Map, Number, Value as Json};
use statusfile_runtime::untyped::UntypedStatus;
use toml::{Table, Value};

pub(crate) fn table(status: &UntypedStatus) -> Result<Table, Failure> {
    status.check()?;
    let table = toml::from_str(&status.text);
    table.map_err(Failure::at(&status.location, "read the text"))
}

/// Prints the value of one key.
pub(crate) fn print(
    out: &mut Out,
    status: &UntypedStatus,
    key: &Key,
    as_json: bool,
) -> Result<(), Failure> {
    let table = table(status)?;
    let value = key
        .find(&table)
        .ok_or_else(|| Failure::finding(format!("{}: there is no key {key}", status.location)))?;
    if as_json {
        out.data(&format!("{:#}\n", json(value)))?;
    } else {
        out.data(&plain(value))?;
    }
    Ok(())
}

/// A string as it is, anything else as TOML; with a newline at the end.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text}\n"),
        Value::Table(table) => table.to_string(),
        value => format!("{value}\n"),
    }
}

/// What JSON cannot express becomes a string: dates, infinities and NaN.
fn json(value: &Value) -> Json {
    match value {
        Value::String(text) => Json::String(text.clone()),
        Value::Integer(number) => Json::Number((*number).into()),
        Value::Float(number) => {
            Number::from_f64(*number).map_or_else(|| Json::String(value.to_string()), Json::Number)
        }
        Value::Boolean(boolean) => Json::Bool(*boolean),
        Value::Datetime(datetime) => Json::String(datetime.to_string()),
        Value::Array(array) => Json::Array(array.iter().map(json).collect()),
        Value::Table(table) => json_table(table),
    }
}

pub(crate) fn json_table(table: &Table) -> Json {
    let entries = table.iter().map(|(key, value)| (key.clone(), json(value)));
    Json::Object(entries.collect::<Map<_, _>>())
}
