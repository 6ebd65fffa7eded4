//! What is in a status, and how a part of it is printed.

use crate::as_json::{AsJson, printed};
use crate::as_toml::{Inline, lines};
use crate::key::Key;
use crate::out::Out;
use crate::outcome::Failure;
use statusfile_runtime::untyped::UntypedStatus;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The values as they are spelled: those of `toml::Table` end at the integers of 64 bits.
pub(crate) fn table(status: &UntypedStatus) -> Result<DeTable<'_>, Failure> {
    status.check()?;
    let table = DeTable::parse(&status.text).map(Spanned::into_inner);
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
    let text = if as_json {
        printed(&AsJson(value))?
    } else {
        plain(value)
    };
    Ok(out.data(&text)?)
}

/// A string as it is, anything else as TOML; with a newline at the end.
fn plain(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("{text}\n"),
        DeValue::Table(table) => lines(table),
        value => format!("{}\n", Inline(value)),
    }
}
