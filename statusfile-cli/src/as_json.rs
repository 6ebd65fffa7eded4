//! Values as JSON.

use crate::outcome::Failure;
use serde::{Serialize, Serializer};
use statusfile_runtime::__command::decimal;
use toml::Spanned;
use toml::de::{DeFloat, DeInteger, DeValue};

/// What holds values, with a newline at the end.
pub(crate) fn printed(what: &impl Serialize) -> Result<String, Failure> {
    match serde_json::to_string_pretty(what) {
        Ok(text) => Ok(text + "\n"),
        Err(cause) => Err(Failure::finding(format!(
            "cannot be printed as JSON: {cause}; leave out --json"
        ))),
    }
}

/// What JSON cannot express becomes a string: dates, infinities and NaN.
pub(crate) struct AsJson<'a>(pub(crate) &'a DeValue<'a>);

impl Serialize for AsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let inside = |value| AsJson(Spanned::get_ref(value));
        match self.0 {
            DeValue::String(text) => serializer.serialize_str(text),
            DeValue::Integer(number) => integer(number, serializer),
            DeValue::Float(number) => float(number, serializer),
            DeValue::Boolean(flag) => serializer.serialize_bool(*flag),
            DeValue::Datetime(time) => serializer.collect_str(time),
            DeValue::Array(array) => serializer.collect_seq(array.iter().map(inside)),
            DeValue::Table(table) => {
                let entries = table.iter();
                serializer.collect_map(entries.map(|(key, value)| (key.get_ref(), inside(value))))
            }
        }
    }
}

/// One that no type of a program can hold becomes a string.
fn integer<S: Serializer>(number: &DeInteger<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    let decimal = decimal(number);
    match (decimal.parse(), decimal.parse()) {
        (Ok(signed), _) => serializer.serialize_i128(signed),
        (_, Ok(unsigned)) => serializer.serialize_u128(unsigned),
        _ => serializer.serialize_str(&decimal),
    }
}

fn float<S: Serializer>(number: &DeFloat<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    match number.as_str().parse::<f64>() {
        Ok(number) if number.is_finite() => serializer.serialize_f64(number),
        Ok(number) if number.is_nan() => serializer.serialize_str("nan"),
        _ => serializer.serialize_str(number.as_str()),
    }
}
