//! A new value in the layout of an old text: people's comments, order and spelling stay.

use super::docs::{FieldDoc, Fields};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use toml_edit::{
    ArrayOfTables, DocumentMut, InlineTable, Item, KeyMut, Table, TableLike, TomlError, Value,
};

/// `new`, the text of a value, written as `old` is as far as both agree. What is new gets the
/// documentation of its field as a comment.
pub(crate) fn merge(old: &str, new: &str, fields: Fields) -> Result<String, TomlError> {
    let mut document: DocumentMut = old.parse()?;
    let mut new: DocumentMut = new.parse()?;
    forget_positions(new.as_table_mut());
    merge_tables(document.as_table_mut(), new.as_table(), fields);
    Ok(document.to_string())
}

/// Places of tables in one document mean nothing in another.
fn forget_positions(table: &mut Table) {
    table.set_position(None);
    for (_, item) in table.iter_mut() {
        match item {
            Item::Table(table) => forget_positions(table),
            Item::ArrayOfTables(tables) => tables.iter_mut().for_each(forget_positions),
            Item::Value(_) | Item::None => {}
        }
    }
}

fn merge_tables(old: &mut dyn TableLike, new: &dyn TableLike, fields: Fields) {
    let keys = old.iter().map(|(key, _)| key.to_owned());
    let gone: Vec<_> = keys.filter(|key| !new.contains_key(key)).collect();
    for key in gone {
        old.remove(&key);
    }
    for (name, item) in new.iter() {
        let field = FieldDoc::find(fields, name);
        if let Some(old) = old.get_mut(name) {
            merge_items(old, item, field);
            continue;
        }
        old.insert(name, item.clone());
        if let Some((key, item)) = old.get_key_value_mut(name) {
            comment_on(key, item, field);
        }
    }
}

fn merge_items(old: &mut Item, new: &Item, field: Option<&FieldDoc>) {
    let inner = field.map_or(&[][..], |field| field.inner);
    match (old, new) {
        (Item::Table(old), Item::Table(new)) => merge_tables(old, new, inner),
        (Item::Value(Value::InlineTable(old)), Item::Table(new)) => merge_inline(old, new),
        (Item::Value(Value::InlineTable(old)), Item::Value(Value::InlineTable(new))) => {
            merge_inline(old, new);
        }
        (Item::ArrayOfTables(old), Item::ArrayOfTables(new)) => merge_arrays(old, new, inner),
        (old, new) if is_same(old, new) => {}
        (Item::Value(old), Item::Value(new)) => {
            let decor = old.decor().clone();
            *old = new.clone();
            *old.decor_mut() = decor;
        }
        (old, new) => *old = new.clone(),
    }
}

/// An inline table has no room for comments.
fn merge_inline(old: &mut InlineTable, new: &dyn TableLike) {
    let before = old.len();
    merge_tables(old, new, &[]);
    if old.len() > before {
        old.fmt();
    }
}

fn merge_arrays(old: &mut ArrayOfTables, new: &ArrayOfTables, fields: Fields) {
    while old.len() > new.len() {
        old.remove(old.len() - 1);
    }
    let both = old.len();
    for (old, new) in old.iter_mut().zip(new) {
        merge_tables(old, new, fields);
    }
    for table in new.iter().skip(both) {
        old.push(table.clone());
    }
}

fn comment_on(mut key: KeyMut<'_>, item: &mut Item, field: Option<&FieldDoc>) {
    let comment = field.map(FieldDoc::comment).unwrap_or_default();
    let inner = field.map_or(&[][..], |field| field.inner);
    match item {
        Item::Value(_) => key.leaf_decor_mut().set_prefix(comment),
        Item::Table(table) => comment_on_table(table, &comment, inner),
        // The first stands for all.
        Item::ArrayOfTables(tables) => {
            if let Some(first) = tables.iter_mut().next() {
                comment_on_table(first, &comment, inner);
            }
        }
        Item::None => {}
    }
}

fn comment_on_table(table: &mut Table, comment: &str, fields: Fields) {
    table.decor_mut().set_prefix(format!("\n{comment}"));
    for (key, item) in table.iter_mut() {
        let field = FieldDoc::find(fields, key.get());
        comment_on(key, item, field);
    }
}

/// Whether both hold the same value, however it is spelled.
fn is_same(one: &Item, other: &Item) -> bool {
    plain(one).is_some_and(|one| Some(one) == plain(other))
}

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
}
