//! Small integers in the place of large ones while `toml_edit`, which holds 64 bits, changes a text.

use std::ops::Range;
use toml::Spanned;
use toml::de::{DeInteger, DeValue};

/// The digits that tell one stand-in from the others.
const DIGITS: usize = 8;

/// The integers that were taken out of texts, to be put back.
pub(crate) struct StandIns {
    /// What every stand-in begins with, and no text has in it.
    prefix: String,
    taken: Vec<String>,
}

impl StandIns {
    /// For texts that are made of no others than these.
    pub(crate) fn unlike(texts: &[&str]) -> Self {
        let mut prefix = String::from("0x0");
        while texts.iter().any(|text| text.contains(&prefix)) {
            prefix += &"0".repeat(prefix.len());
        }
        Self {
            prefix,
            taken: Vec::new(),
        }
    }

    /// `text`, which was parsed to `values`, with a stand-in for each large integer.
    pub(crate) fn take_from(&mut self, text: &str, values: &Spanned<DeValue<'_>>) -> String {
        let mut places = Vec::new();
        find_large(values, &mut places);
        places.sort_unstable_by_key(|place| place.start);
        let mut small = String::new();
        let mut done = 0;
        for place in places {
            let (before, large) = (text.get(done..place.start), text.get(place.clone()));
            small.push_str(before.unwrap_or_default());
            small.push_str(&self.next());
            self.taken.push(large.unwrap_or_default().to_owned());
            done = place.end;
        }
        small + text.get(done..).unwrap_or_default()
    }

    fn next(&self) -> String {
        format!("{}{:0DIGITS$x}", self.prefix, self.taken.len())
    }

    /// `text`, made of what this was asked about, with the large integers that the stand-ins in it are for.
    pub(crate) fn put_back(&self, text: &str) -> String {
        let mut parts = text.split(&self.prefix);
        let mut whole = parts.next().unwrap_or_default().to_owned();
        for (index, rest) in parts.filter_map(|part| part.split_at_checked(DIGITS)) {
            let index = usize::from_str_radix(index, 16).ok();
            let large = index.and_then(|index| self.taken.get(index));
            whole.extend(large.map(String::as_str));
            whole.push_str(rest);
        }
        whole
    }
}

fn find_large(value: &Spanned<DeValue<'_>>, places: &mut Vec<Range<usize>>) {
    match value.get_ref() {
        DeValue::Integer(number) if is_large(number) => places.push(value.span()),
        DeValue::Array(array) => array.iter().for_each(|value| find_large(value, places)),
        DeValue::Table(table) => table
            .iter()
            .for_each(|(_, value)| find_large(value, places)),
        _ => {}
    }
}

/// Whether it has more bits than `toml_edit` holds.
fn is_large(number: &DeInteger<'_>) -> bool {
    i64::from_str_radix(number.as_str(), number.radix()).is_err()
}
