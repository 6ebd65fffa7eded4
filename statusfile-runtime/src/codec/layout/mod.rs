//! A new value in the layout of an old text: people's comments, order and spelling stay.

mod align;
mod elements;
mod merge;
mod spelled;

use super::compare::difference;
use super::docs::{FieldDoc, Fields};
use super::encode::Encoded;
use crate::error::Location;
use crate::store::sealed::{Head, without_mark};
use crate::trace;
use merge::merge_tables;
use toml_edit::{DocumentMut, Item, Table};

/// Gives a value the layout of the file `before`, if it says the same in it.
///
/// What is no TOML has no layout; as an edit, it is refused by the commit.
pub(crate) fn lay_out(new: &mut Encoded, location: &Location, fields: Fields, before: &[u8]) {
    let before = Head::parse(before).map_or(without_mark(before), |head| head.text);
    let before = str::from_utf8(before).unwrap_or_default();
    new.laid_out = laid_out(before, &new.text, fields);
    if new.laid_out.is_none() {
        if before.contains('#') {
            trace::layout_lost(location);
        }
        new.laid_out = laid_out("", &new.text, fields);
    }
}

/// A text in a layout may look right, and be read as something else. Values are worth more than comments.
fn laid_out(before: &str, new: &str, fields: Fields) -> Option<String> {
    let merged = merge(before, new, fields)?;
    let says_it = |text: &String| difference(text, new, false).is_none();
    // A line end in a string is part of the value.
    let ended = with_line_ends_of(before, &merged);
    Some(ended)
        .filter(says_it)
        .or_else(|| Some(merged).filter(says_it))
}

/// The text with its lines ended as those of `before` are.
fn with_line_ends_of(before: &str, text: &str) -> String {
    let is_ended = before.is_empty() || before.ends_with('\n');
    let text = match text.strip_suffix('\n') {
        Some(text) if !is_ended => text,
        _ => text,
    };
    let first = before.split_inclusive('\n').next().unwrap_or_default();
    if first.ends_with("\r\n") {
        text.replace("\r\n", "\n").replace('\n', "\r\n")
    } else {
        text.to_owned()
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

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
        assert_eq!(difference(&text, new, false), None, "{text}");
        assert_eq!(laid_out(old, new, FIELDS).as_ref(), Some(&text));
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
    fn an_element_of_an_array_of_tables_keeps_its_own_comments() {
        let home = "# home\n[[x]]\nurl = 'home' # H\nport = 1\n";
        let work = "\n# work\n[[x]]\nurl = 'work' # W\nport = 2\n";
        let play = "\n# play\n[[x]]\nurl = 'play' # P\nport = 3\n[x.y]\nz = 1 # Z\n";
        let plain = |tables: &[(&str, u8)]| -> String {
            let table = |(url, port)| format!("\n[[x]]\nurl = \"{url}\"\nport = {port}\n");
            tables.iter().copied().map(table).collect()
        };
        let old = format!("{home}{work}{play}");
        assert_eq!(
            merged(
                &old,
                &(plain(&[("work", 2), ("play", 3)]) + "[x.y]\nz = 1\n")
            ),
            format!("{work}{play}")
        );
        assert_eq!(
            merged(
                &old,
                &(plain(&[("home", 1), ("play", 4)]) + "[x.y]\nz = 1\n")
            ),
            format!("{home}{}", play.replace('3', "4"))
        );
        let old = format!("{home}{work}");
        assert_eq!(
            merged(&old, &plain(&[("new", 9), ("home", 1), ("work", 2)])),
            format!("\n[[x]]\nurl = \"new\"\nport = 9\n{home}{work}")
        );
        assert_eq!(
            merged(&old, &plain(&[("home", 1), ("new", 9), ("work", 2)])),
            format!("{home}\n[[x]]\nurl = \"new\"\nport = 9\n{work}")
        );
        assert_eq!(merged(&old, "x = []\n"), "x = []\n");
    }

    #[test]
    fn an_element_of_an_array_keeps_its_own_comments() {
        let old = "a = [ # all\n  # one\n  1, # 1\n\n  # two\n  2, # 2\n  3 # 3\n] # end\n";
        assert_eq!(
            merged(old, "a = [2, 3]\n"),
            "a = [\n\n  # two\n  2, # 2\n  3, # 3\n] # end\n"
        );
        assert_eq!(
            merged(old, "a = [1, 20, 3, 4]\n"),
            "a = [ # all\n  # one\n  1, # 1\n\n  # two\n  20, # 2\n  3, # 3\n  4\n] # end\n"
        );
        let old = "a = [\n  'x', # first\n  'y', # second\n]\n";
        assert_eq!(
            merged(old, "a = [\"new\", \"x\", \"y\", \"z\"]\n"),
            "a = [\n  \"new\",\n  'x', # first\n  'y', # second\n  \"z\",\n]\n"
        );
        assert_eq!(merged(old, "a = [\"y\"]\n"), "a = [\n  'y', # second\n]\n");
        assert_eq!(merged(old, "a = []\n"), "a = []\n");
        assert_eq!(
            merged("a = [1,2,  3]\n", "a = [0, 2, 3, 4]\n"),
            "a = [0,2,3,4]\n"
        );
        assert_eq!(merged("a = [1, 2]\n", "a = [2]\n"), "a = [2]\n");
        assert_eq!(merged("a = []\n", "a = [1, 2]\n"), "a = [1, 2]\n");
    }

    #[test]
    fn an_array_of_tables_in_a_line_stays_there_and_grows() {
        let old = "net = { mirrors = [{ host = 'a' }], mode = 'Quiet' } # mine\n";
        let new = "[net.mode.Loud]\nvolume = 7\n[[net.mirrors]]\nhost = \"a\"\n[[net.mirrors]]\nhost = \"b\"\n";
        assert_eq!(
            merged(old, new),
            "net = { mirrors = [{ host = 'a' }, { host = \"b\" }], mode = { Loud = { volume = 7 } } } # mine\n"
        );
        let old = "net.mirrors = [] # mine\nui = { rules = [] }\n";
        let new = "[[net.mirrors]]\nhost = \"b\"\n[[ui.rules]]\na = 1\n";
        assert_eq!(
            merged(old, new),
            "net.mirrors = [{ host = \"b\" }] # mine\nui = { rules = [{ a = 1 }] }\n"
        );
    }

    #[test]
    fn a_table_that_becomes_empty_is_still_there() {
        assert_eq!(
            merged("limits.files = 5 # mine\n", "[limits]\n"),
            "limits = {}\n"
        );
        assert_eq!(merged("a.b.c = 5\na.d = 1\n", "[a]\n[a.b]\n"), "a.b = {}\n");
        merged("a = { b.c = 1, d = 2 }\n", "[a]\nd = 2\n[a.b]\n");
        merged("a = { b.c = 1 }\n", "[a.b]\n");
        merged("[a.b]\nc = 1\n", "[a]\n");
        merged("[a.b.c]\nd = 1\n", "[a.b]\n");
        merged("[x]\na.b = 1\n", "[x.a]\n");
    }

    #[test]
    fn a_zero_takes_its_sign() {
        assert_eq!(
            merged("a = 0.0 # mine\n", "a = -0.0\n"),
            "a = -0.0 # mine\n"
        );
        assert_eq!(merged("a = 0.00\n", "a = 0.0\n"), "a = 0.00\n");
    }

    #[test]
    fn lines_end_as_they_did() {
        let ended = |old, new| laid_out(old, new, &[]).unwrap();
        assert_eq!(
            ended("# mine\r\na = 1 # x\r\n", "a = 2\nb = 2\n"),
            "# mine\r\na = 2 # x\r\nb = 2\r\n"
        );
        assert_eq!(ended("a = 1", "a = 2\n"), "a = 2");
        assert_eq!(ended("a = 1\r\nb = 1", "a = 2\nb = 1\n"), "a = 2\r\nb = 1");
        // A line end in a string is that of the value.
        let new = "a = \"\"\"\n1\n2\"\"\"\n";
        let text = ended("b = 1\r\n", new);
        assert_eq!(difference(&text, new, false), None, "{text:?}");
    }

    #[test]
    fn what_no_layout_can_hold_is_written_plainly() {
        // The number is too large for the parser that keeps layouts.
        let new = "a = 18446744073709551615\n";
        assert_eq!(laid_out("# mine\na = 1\n", new, &[]), None);
    }

    #[test]
    fn what_goes_takes_no_longer_than_its_length() {
        let each = |from: u32, count: u32, text: fn(u32) -> String| -> String {
            (from..from + count).map(text).collect::<Vec<_>>().concat()
        };
        let lines = |from, count| each(from, count, |number| format!("k{number} = {number}\n"));
        let tables = |from| {
            each(from, 10_000, |number| {
                format!("[[x]]\nn = {number}\nm = 1\n")
            })
        };
        let array = |from| {
            format!(
                "a = [{}]\n",
                each(from, 20_000, |number| format!("{number},"))
            )
        };
        let (mut parsing, mut merging) = (Duration::ZERO, Duration::ZERO);
        for (old, new) in [
            (lines(0, 200_000), String::new()),
            (lines(0, 20_000), lines(50_000, 20_000)),
            (tables(0), tables(20_000)),
            (array(0), array(50_000)),
        ] {
            let begun = Instant::now();
            old.parse::<DocumentMut>().unwrap();
            parsing += begun.elapsed();
            let begun = Instant::now();
            merged(&old, &new);
            merging += begun.elapsed();
        }
        // Were it quadratic, it would be a hundred times as much.
        assert!(merging < parsing * 20, "{merging:?}, and {parsing:?}");
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
