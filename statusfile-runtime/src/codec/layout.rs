//! A new value in the layout of an old text: people's comments, order and spelling stay.

use super::docs::{FieldDoc, Fields};
use super::encode::Encoded;
use crate::store::sealed::{Head, without_mark};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use toml_edit::{ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike, Value};

/// Gives a value the layout of the file `before`.
pub(crate) fn lay_out(new: &mut Encoded, fields: Fields, before: &[u8]) {
    // What is no TOML has no layout; as an edit, it is refused by the commit.
    let before = Head::parse(before).map_or(without_mark(before), |head| head.text);
    let before = str::from_utf8(before).unwrap_or_default();
    new.laid_out = merge(before, &new.text, fields);
}

/// `new`, the text of a value, written as `old` is as far as both agree. What is new gets the
/// documentation of its field as a comment.
fn merge(old: &str, new: &str, fields: Fields) -> Option<String> {
    let mut document: DocumentMut = old.parse().unwrap_or_default();
    let mut new: DocumentMut = new.parse().ok()?;
    prepare(new.as_table_mut(), fields);
    merge_tables(document.as_table_mut(), new.as_table());
    Some(document.to_string())
}

/// Puts the documentation of fields before them, and forgets where tables stand: places in one document
/// mean nothing in another.
fn prepare(table: &mut Table, fields: Fields) {
    table.set_position(None);
    for (mut key, item) in table.iter_mut() {
        let field = find(fields, key.get()).unwrap_or_default();
        match item {
            Item::Value(_) | Item::None => key.leaf_decor_mut().set_prefix(comment(field)),
            Item::Table(table) => introduce(table, field),
            Item::ArrayOfTables(tables) => {
                let mut tables = tables.iter_mut();
                // The first stands for all.
                if let Some(first) = tables.next() {
                    introduce(first, field);
                }
                tables.for_each(|table| prepare(table, &[]));
            }
        }
    }
}

fn introduce(table: &mut Table, field: FieldDoc) {
    prepare(table, field.inner);
    let comment = comment(field);
    table.decor_mut().set_prefix(format!("\n{comment}"));
}

fn find(fields: Fields, key: &str) -> Option<FieldDoc> {
    fields.iter().find_map(|field| match field.key {
        Some(name) => (name == key).then_some(*field),
        None => find(field.inner, key),
    })
}

/// The doc comment as one of TOML, with a line break at its end.
fn comment(field: FieldDoc) -> String {
    let lines = field.doc.lines().map(|line| format!("#{line}\n"));
    lines.map(|line| line.replace('\t', "    ")).collect()
}

fn merge_tables(old: &mut dyn TableLike, new: &dyn TableLike) {
    let keys = old.iter().map(|(key, _)| key.to_owned());
    let gone: Vec<_> = keys.filter(|key| !new.contains_key(key)).collect();
    for key in gone {
        old.remove(&key);
    }
    for (name, item) in new.iter() {
        if let Some(key) = new.key(name) {
            let old = old.entry_format(key).or_insert_with(|| item.clone());
            merge_items(old, item);
        }
    }
}

fn merge_items(old: &mut Item, new: &Item) {
    match (old, new) {
        (Item::Table(old), Item::Table(new)) => merge_tables(old, new),
        (Item::Value(Value::InlineTable(old)), Item::Table(new)) => {
            merge_inline(old, &new.clone().into_inline_table());
        }
        (Item::Value(Value::InlineTable(old)), Item::Value(Value::InlineTable(new))) => {
            merge_inline(old, new);
        }
        (Item::ArrayOfTables(old), Item::ArrayOfTables(new)) => merge_arrays(old, new),
        (old, new) if plain(old).is_some_and(|old| Some(old) == plain(new)) => {}
        (Item::Value(old), Item::Value(new)) => {
            let decor = old.decor().clone();
            *old = new.clone();
            *old.decor_mut() = decor;
        }
        (old, new) => *old = new.clone(),
    }
}

/// An inline table has room for values only, and none for comments.
fn merge_inline(old: &mut InlineTable, new: &InlineTable) {
    let before = old.len();
    merge_tables(old, new);
    if old.len() > before {
        old.fmt();
    }
}

fn merge_arrays(old: &mut ArrayOfTables, new: &ArrayOfTables) {
    while old.len() > new.len() {
        old.remove(old.len() - 1);
    }
    for (old, new) in old.iter_mut().zip(new) {
        merge_tables(old, new);
    }
    for table in new.iter().skip(old.len()) {
        old.push(table.clone());
    }
}

/// The value however it is spelled.
fn plain(item: &Item) -> Option<toml::Value> {
    let value = item.clone().into_value().ok()?;
    toml::Value::deserialize(value.into_deserializer()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: Fields = &[
        FieldDoc {
            key: Some("port"),
            doc: " Where to listen.\n 0 is any.",
            inner: &[],
        },
        FieldDoc {
            key: Some("limits"),
            doc: " How much is too much.",
            inner: &[FieldDoc {
                key: Some("files"),
                doc: " Open at once.",
                inner: &[],
            }],
        },
    ];

    fn merged(old: &str, new: &str) -> String {
        let text = merge(old, new, FIELDS).unwrap();
        let parsed = |text: &str| text.parse::<toml::Table>().unwrap();
        assert_eq!(parsed(&text), parsed(new), "{text}");
        text
    }

    #[test]
    fn a_new_text_explains_its_fields() {
        assert_eq!(
            merged("", "port = 80\nname = \"a\"\n\n[limits]\nfiles = 5\n"),
            "# Where to listen.\n# 0 is any.\nport = 80\nname = \"a\"\n\n\
             # How much is too much.\n[limits]\n# Open at once.\nfiles = 5\n"
        );
    }

    #[test]
    fn what_did_not_change_stays_byte_for_byte() {
        let old = "# mine\n[limits] # here\nfiles   =   0x05 # five\n\n";
        let old = format!("name = 'a' # me\n\n  port = 1_000\n{old}# the end\n");
        let new = "port = 1000\nname = \"a\"\n\n[limits]\nfiles = 5\n";
        assert_eq!(merged(&old, new), old);
    }

    #[test]
    fn a_changed_value_keeps_its_comments_and_its_place() {
        let old = "# first\nport = 80 # for now\n\nname = 'a'\n";
        assert_eq!(
            merged(old, "name = \"a\"\nport = 8080\n"),
            "# first\nport = 8080 # for now\n\nname = 'a'\n"
        );
    }

    #[test]
    fn what_is_gone_goes_with_its_comments_and_the_rest_stays() {
        let old = "# a\na = 1\n# b\nb = 2\n\n# c\n[c]\nd = 1\n";
        assert_eq!(merged(old, "b = 2\n"), "# b\nb = 2\n");
    }

    #[test]
    fn a_new_key_comes_last_in_its_table() {
        let old = "name = 'a'\n\n[limits] # mine\nmemory = 1\n\n[other]\nx = 1\n";
        let new = "name = \"a\"\nport = 1\n[limits]\nfiles = 5\nmemory = 1\n[other]\nx = 1\n";
        assert_eq!(
            merged(old, new),
            "name = 'a'\n# Where to listen.\n# 0 is any.\nport = 1\n\n[limits] # mine\n\
             memory = 1\n# Open at once.\nfiles = 5\n\n[other]\nx = 1\n"
        );
    }

    #[test]
    fn tables_stay_in_the_form_that_people_gave_them() {
        let old = "limits = { files = 1 } # inline\nserver.port = 1\nserver.host = 'a'\n";
        let new = "[limits]\nfiles = 2\nmemory = 3\n[server]\nport = 2\nhost = \"a\"\n";
        assert_eq!(
            merged(old, new),
            "limits = { files = 2, memory = 3 } # inline\nserver.port = 2\nserver.host = 'a'\n"
        );
    }

    #[test]
    fn arrays_of_tables_are_matched_by_their_place() {
        let old = "# one\n[[x]]\na = 1 # 1\n\n[[x]]\na = 2 # 2\n";
        assert_eq!(
            merged(old, "[[x]]\na = 1\n[[x]]\na = 3\n[[x]]\na = 4\n"),
            "# one\n[[x]]\na = 1 # 1\n\n[[x]]\na = 3 # 2\n[[x]]\na = 4\n"
        );
        assert_eq!(merged(old, "[[x]]\na = 1\n"), "# one\n[[x]]\na = 1 # 1\n");
    }

    #[test]
    fn what_changes_its_kind_is_written_again() {
        merged("a = 1\n[b]\nc = 1\n", "b = 2\n[a]\nd = 1\n");
        merged("a = [1, 2]\n", "[[a]]\nb = 1\n");
        merged("[[a]]\nb = 1\n", "a = []\n");
    }

    #[test]
    fn what_becomes_a_table_inside_an_inline_one_is_inline_too() {
        let old = "limits = { files = 1, other = 2 } # inline\n";
        let new = "[limits]\nother = 2\n\n[limits.files]\nmost = 3\n\n[[limits.more]]\na = 1\n";
        assert_eq!(
            merged(old, new),
            "limits = { files = { most = 3 }, other = 2, more = [{ a = 1 }] } # inline\n"
        );
    }
}
