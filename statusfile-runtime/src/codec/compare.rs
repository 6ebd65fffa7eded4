//! Whether two texts say the same, however each of them spells it.

use super::path::FieldPath;
use std::mem::discriminant;
use toml::de::{DeArray, DeFloat, DeInteger, DeTable, DeValue};

/// What is not the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Only the first text has it.
    Gone,
    /// Only the second text has it.
    New,
    Other,
}

/// Where two texts first differ, and how.
///
/// The entries of a table have no order. `sets`: nor have the elements of an array, as one may hold a set.
pub(super) fn difference(one: &str, other: &str, sets: bool) -> Option<(FieldPath, Change)> {
    let mut comparison = Comparison {
        path: FieldPath::default(),
        sets,
    };
    let change = match (DeTable::parse(one), DeTable::parse(other)) {
        (Ok(one), Ok(other)) => comparison.tables(one.get_ref(), other.get_ref()),
        _ => Some(Change::Other),
    };
    change.map(|change| (comparison.path, change))
}

struct Comparison {
    /// Of what is compared; where a difference was found, of that.
    path: FieldPath,
    sets: bool,
}

impl Comparison {
    fn tables(&mut self, one: &DeTable<'_>, other: &DeTable<'_>) -> Option<Change> {
        let start = self.path.len();
        for (key, value) in one {
            self.path.key(key.get_ref());
            let change = match other.get(key.get_ref().as_ref()) {
                Some(other) => self.values(value.get_ref(), other.get_ref()),
                None => Some(Change::Gone),
            };
            if change.is_some() {
                return change;
            }
            self.path.back_to(start);
        }
        let new = other
            .keys()
            .find(|key| !one.contains_key(key.get_ref().as_ref()))?;
        self.path.key(new.get_ref());
        Some(Change::New)
    }

    fn arrays(&mut self, one: &DeArray<'_>, other: &DeArray<'_>) -> Option<Change> {
        if one.len() != other.len() {
            return Some(Change::Other);
        }
        let start = self.path.len();
        let mut pairs = one.iter().zip(other.iter()).enumerate();
        let change = pairs.find_map(|(index, (one, other))| {
            self.path.back_to(start);
            self.path.index(index);
            self.values(one.get_ref(), other.get_ref())
        });
        if change.is_some() && self.sets && sorted(one) == sorted(other) {
            self.path.back_to(start);
            return None;
        }
        if change.is_none() {
            self.path.back_to(start);
        }
        change
    }

    fn values(&mut self, one: &DeValue<'_>, other: &DeValue<'_>) -> Option<Change> {
        let same = match (one, other) {
            (DeValue::Table(one), DeValue::Table(other)) => return self.tables(one, other),
            (DeValue::Array(one), DeValue::Array(other)) => return self.arrays(one, other),
            (DeValue::String(one), DeValue::String(other)) => one == other,
            // One writer spells each in one way, and most are compared to that.
            (DeValue::Integer(one), DeValue::Integer(other))
                if (one.radix(), one.as_str()) == (other.radix(), other.as_str()) =>
            {
                true
            }
            (DeValue::Float(one), DeValue::Float(other)) if one.as_str() == other.as_str() => true,
            _ => discriminant(one) == discriminant(other) && scalar(one) == scalar(other),
        };
        (!same).then_some(Change::Other)
    }
}

/// The elements in an order that depends on nothing but what they are.
fn sorted(array: &DeArray<'_>) -> Vec<String> {
    let mut elements: Vec<_> = array.iter().map(|value| plain(value.get_ref())).collect();
    elements.sort_unstable();
    elements
}

/// The same for values that say the same, and for no others.
fn plain(value: &DeValue<'_>) -> String {
    match value {
        DeValue::Table(table) => {
            let entries = table.iter();
            let entries = entries
                .map(|(key, value)| format!("{:?}={}", key.get_ref(), plain(value.get_ref())));
            let mut entries: Vec<_> = entries.collect();
            entries.sort_unstable();
            format!("{{{}}}", entries.join(","))
        }
        DeValue::Array(array) => format!("[{}]", sorted(array).join(",")),
        value => scalar(value),
    }
}

fn scalar(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("{text:?}"),
        DeValue::Integer(number) => decimal(number),
        DeValue::Float(number) => float(number),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Array(_) | DeValue::Table(_) => String::new(),
    }
}

/// In decimal, without a sign that says nothing, if it is no larger than any type; else as it is spelled.
#[must_use]
pub fn decimal(number: &DeInteger<'_>) -> String {
    let (text, radix) = (number.as_str(), number.radix());
    let signed = i128::from_str_radix(text, radix).map(|number| number.to_string());
    let unsigned = || u128::from_str_radix(text, radix).map(|number| number.to_string());
    signed
        .or_else(|_| unsigned())
        .unwrap_or_else(|_| number.to_string())
}

/// Its bits, so that `-0.0` is not `0.0`; TOML has one NaN.
fn float(number: &DeFloat<'_>) -> String {
    match number.as_str().parse::<f64>() {
        Ok(number) if number.is_nan() => "nan".to_owned(),
        Ok(number) => format!("{:016x}", number.to_bits()),
        Err(_) => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn differs(one: &str, other: &str) -> Option<(String, Change)> {
        let found = difference(one, other, true);
        found.map(|(path, change)| (path.as_str().to_owned(), change))
    }

    #[test]
    fn one_value_in_two_spellings_is_the_same() {
        for (one, other) in [
            ("a = 0x1F", "a = 31"),
            ("a = +1_000", "a = 1000"),
            ("a = 18446744073709551615", "a = 0xffff_ffff_ffff_ffff"),
            ("a = 1e3", "a = 1000.0"),
            ("a = nan", "a = -nan"),
            ("a = 'x'", "a = \"x\""),
            ("a.b = 1", "[a]\nb = 1"),
            ("a = [{ b = 1 }]", "[[a]]\nb = 1"),
            ("a = 1\nb = 2", "b = 2\na = 1"),
            ("a = 1979-05-27 07:32:00Z", "a = 1979-05-27T07:32:00Z"),
            ("a = [[1, 2], [3]]", "a = [[3], [2, 1]]"),
        ] {
            assert_eq!(differs(one, other), None, "{one} and {other}");
        }
    }

    #[test]
    fn a_difference_is_named_where_it_is() {
        for (one, other, path, change) in [
            ("a = 1", "a = 1.0", "a", Change::Other),
            ("a = 0.0", "a = -0.0", "a", Change::Other),
            ("a = 1", "", "a", Change::Gone),
            ("", "a = []", "a", Change::New),
            ("a = [1, 2]", "a = [1]", "a", Change::Other),
            ("a = [1, 1, 2]", "a = [1, 2, 2]", "a[1]", Change::Other),
            (
                "x = 1\n[[a]]\nb.c = 1",
                "x = 1\n[[a]]\nb.c = 2",
                "a[0].b.c",
                Change::Other,
            ),
            (
                "a = { b = [{ c = 1 }, { d = 2 }] }",
                "a = { b = [{ c = 1 }, {}] }",
                "a.b[1].d",
                Change::Gone,
            ),
        ] {
            let found = differs(one, other);
            assert_eq!(found, Some((path.to_owned(), change)), "{one} and {other}");
        }
    }

    #[test]
    fn where_arrays_hold_no_sets_their_order_counts() {
        let found = difference("a = [1, 2]", "a = [2, 1]", false);
        assert_eq!(found.map(|(path, _)| path.shown()), Some("a[0]".to_owned()));
    }
}
