//! What a table says is changed, and as little as possible of how it says it.

use super::align::align;
use super::elements::{Element, put_together, take_apart};
use super::spelled;
use std::collections::HashSet;
use toml_edit::{Array, ArrayOfTables, InlineTable, Item, Table, TableLike, Value};

pub(super) fn merge_tables(old: &mut Table, new: &Table) {
    old.retain(|key, _| new.contains_key(key));
    for (name, item) in new {
        match (old.get_mut(name), new.key(name)) {
            (Some(item_before), _) => {
                let was_value = item_before.is_value();
                merge_items(item_before, item);
                let is_value = item_before.is_value();
                // A key of a header stands in no line.
                if let Some(mut key) = old.key_mut(name).filter(|_| is_value && !was_value) {
                    key.leaf_decor_mut().clear();
                }
            }
            (None, Some(key)) => drop(old.insert_formatted(key, item.clone())),
            (None, None) => {}
        }
    }
    // One that the headers of others imply is not written unless something is in it.
    if old.is_empty() {
        old.set_implicit(false);
    }
}

fn merge_items(old: &mut Item, new: &Item) {
    match (&mut *old, new) {
        // Dotted keys write a table by what is in it.
        (Item::Table(table), Item::Table(new)) if table.is_dotted() && new.is_empty() => {
            *old = Item::Value(InlineTable::new().into());
        }
        (Item::Table(old), Item::Table(new)) => merge_tables(old, new),
        (Item::ArrayOfTables(old), Item::ArrayOfTables(new)) => merge_arrays_of_tables(old, new),
        (Item::Value(value), new) if stays_inline(value, new) => {
            if let Ok(new) = new.clone().into_value() {
                merge_values(value, &new);
            }
        }
        (old, new) => *old = new.clone(),
    }
}

/// Whether people have written the value into a line, where the whole of the new one has room, too.
fn stays_inline(old: &Value, new: &Item) -> bool {
    match new {
        Item::Value(_) => true,
        Item::Table(_) => old.is_inline_table(),
        Item::ArrayOfTables(_) => old.is_array(),
        Item::None => false,
    }
}

/// In a value there are values only, whatever they are in the plain text.
pub(super) fn merge_values(old: &mut Value, new: &Value) {
    match (&mut *old, new) {
        (Value::InlineTable(old), Value::InlineTable(new)) => merge_inline(old, new),
        (Value::Array(old), Value::Array(new)) => merge_arrays(old, new),
        (same, new) if spelled::value(same) == spelled::value(new) => {}
        (changed, new) => {
            let decor = changed.decor().clone();
            *changed = new.clone();
            *changed.decor_mut() = decor;
        }
    }
}

fn merge_inline(old: &mut InlineTable, new: &InlineTable) {
    let before = old.len();
    old.retain(|key, _| new.contains_key(key));
    let kept = old.len();
    for (name, value) in new {
        match (old.get_mut(name), new.key(name)) {
            (Some(old), _) => merge_values(old, value),
            (None, Some(key)) => drop(old.insert_formatted(key, value.clone())),
            (None, None) => {}
        }
    }
    if old.len() != before || old.len() != kept {
        old.fmt();
    }
    // As in a table.
    if old.is_empty() {
        old.set_dotted(false);
    }
}

/// As for [`merge_arrays`].
fn merge_arrays_of_tables(old: &mut ArrayOfTables, new: &ArrayOfTables) {
    let tables: Vec<_> = old.iter().collect();
    let made_from = align_tables(&tables, &new.iter().collect::<Vec<_>>());
    let mut before: Vec<_> = old.iter().cloned().map(Some).collect();
    let mut place_of = |place: usize| before.get_mut(place).and_then(Option::take);
    old.clear();
    for (new, place) in new.iter().zip(&made_from) {
        let mut table = new.clone();
        if let Some(kept) = place.and_then(&mut place_of) {
            table = kept;
            merge_tables(&mut table, new);
        }
        old.push(table);
    }
    // A table without a place of its own stands after the one before it. At the beginning there is none.
    let first = old.iter().position(|table| table.position().is_some());
    let place = first
        .and_then(|first| old.get(first))
        .and_then(Table::position);
    let added = first.unwrap_or_default();
    old.iter_mut()
        .take(added)
        .for_each(|table| table.set_position(place));
}

fn align_tables(old: &[&Table], new: &[&Table]) -> Vec<Option<usize>> {
    let whole = |tables: &[&Table]| -> Vec<_> {
        tables.iter().map(|table| spelled::table(*table)).collect()
    };
    let entries =
        |tables: &[&Table]| -> Vec<_> { tables.iter().map(|table| entries(*table)).collect() };
    align_by(&whole(old), &whole(new), &entries(old), &entries(new))
}

fn align_by(
    old: &[String],
    new: &[String],
    old_entries: &[HashSet<String>],
    new_entries: &[HashSet<String>],
) -> Vec<Option<usize>> {
    align(old, new, |in_old, in_new| {
        match (old_entries.get(in_old), new_entries.get(in_new)) {
            (Some(old), Some(new)) => old.intersection(new).count(),
            _ => 0,
        }
    })
}

fn entries(table: &dyn TableLike) -> HashSet<String> {
    table.iter().map(spelled::entry).collect()
}

/// New elements in the place of old ones: each keeps the comments of the one that it was made from.
fn merge_arrays(old: &mut Array, new: &Array) {
    let spelled = |array: &Array| -> Vec<_> { array.iter().map(spelled::value).collect() };
    let entries = |array: &Array| -> Vec<_> {
        let entries = array
            .iter()
            .map(|value| value.as_inline_table().map(|table| entries(table)));
        entries.map(Option::unwrap_or_default).collect()
    };
    let (whole, new_whole) = (spelled(old), spelled(new));
    if whole == new_whole {
        return;
    }
    let made_from = align_by(&whole, &new_whole, &entries(old), &entries(new));

    let (elements, closing) = take_apart(old);
    let has_lines = elements.iter().any(|element| element.lead.contains('\n'));
    let leads: Vec<_> = elements
        .iter()
        .map(|element| element.lead.clone())
        .collect();
    let mut elements: Vec<_> = elements.into_iter().map(Some).collect();
    let mut made = Vec::new();
    for (place, (new, from)) in new.iter().zip(&made_from).enumerate() {
        let kept = from.and_then(|from| elements.get_mut(from).and_then(Option::take));
        let mut element = match kept {
            Some(mut kept) => {
                merge_values(&mut kept.value, new);
                kept
            }
            None => Element::new(new, leads.last().map_or("", String::as_str)),
        };
        // In one line there are no comments, and what is between the elements is a matter of their places.
        if !has_lines {
            let lead = match leads.get(place.min(1)) {
                Some(lead) => lead,
                None if place == 0 => "",
                None => " ",
            };
            lead.clone_into(&mut element.lead);
        }
        made.push(element);
    }
    put_together(old, made, &closing);
}
