//! An array, element by element, with what people wrote around each.

use toml_edit::{Array, RawString, Value};

/// An element with all that belongs to it. A comment after its comma does, though to the parser that is
/// the beginning of the next one.
pub(super) struct Element {
    /// What is above it, from the end of the line before on.
    pub(super) lead: String,
    pub(super) value: Value,
    /// What follows its comma in the same line.
    pub(super) note: String,
}

impl Element {
    /// One that nobody has written anything around, in line with the one after which `lead` stands.
    pub(super) fn new(value: &Value, lead: &str) -> Self {
        let mut value = value.clone();
        value.decor_mut().clear();
        Self {
            lead: indentation(lead).to_owned(),
            value,
            note: String::new(),
        }
    }
}

fn text(raw: Option<&RawString>) -> &str {
    raw.and_then(RawString::as_str).unwrap_or_default()
}

/// The elements, and what stands before the closing bracket.
pub(super) fn take_apart(array: &Array) -> (Vec<Element>, String) {
    let mut elements: Vec<Element> = Vec::new();
    for value in array {
        let prefix = text(value.decor().prefix());
        let lead = match elements.last_mut() {
            Some(last) => {
                let (note, lead) = end_of_line(prefix);
                note.clone_into(&mut last.note);
                lead
            }
            None => prefix,
        };
        elements.push(Element {
            lead: lead.to_owned(),
            value: value.clone(),
            note: String::new(),
        });
    }
    let mut closing = text(Some(array.trailing())).to_owned();
    if let Some(last) = elements.last_mut() {
        // Where no comma ends the last one, its comment is part of the value.
        if !array.trailing_comma() {
            let suffix = text(last.value.decor().suffix()).to_owned();
            closing.insert_str(0, &suffix);
            last.value.decor_mut().set_suffix("");
        }
        let (note, rest) = end_of_line(&closing);
        note.clone_into(&mut last.note);
        closing = rest.to_owned();
    }
    (elements, closing)
}

/// What is left of a line, if that is a comment, and what comes after it.
fn end_of_line(text: &str) -> (&str, &str) {
    let end = text.find('\n').unwrap_or(text.len());
    match text.split_at_checked(end) {
        Some((note, rest)) if note.contains('#') => (note, rest),
        _ => ("", text),
    }
}

/// The line break and the spaces of what stands before an element, without any comment.
fn indentation(lead: &str) -> &str {
    lead.rfind('\n')
        .and_then(|line| lead.get(line..))
        .unwrap_or(lead)
}

pub(super) fn put_together(array: &mut Array, elements: Vec<Element>, closing: &str) {
    array.clear();
    let mut note = String::new();
    for element in elements {
        let mut value = element.value;
        let lead = element.lead;
        let line = if note.is_empty() || lead.starts_with('\n') {
            ""
        } else {
            "\n"
        };
        value.decor_mut().set_prefix(format!("{note}{line}{lead}"));
        array.push_formatted(value);
        note = element.note;
    }
    if !note.is_empty() {
        array.set_trailing_comma(true);
    }
    let line = if note.is_empty() || closing.starts_with('\n') {
        ""
    } else {
        "\n"
    };
    array.set_trailing(format!("{note}{line}{closing}"));
    if array.is_empty() && !text(Some(array.trailing())).contains('#') {
        array.set_trailing("");
        array.set_trailing_comma(false);
    }
}
