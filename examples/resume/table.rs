//! The result, on standard output.

use crate::count::Counts;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Write};

/// Prints the counts of each extension, that with the most bytes first.
pub(crate) fn print(counts: &BTreeMap<String, Counts>) -> io::Result<()> {
    match io::stdout().lock().write_all(table(counts).as_bytes()) {
        // The reader has seen enough, as `head` has after ten lines.
        Err(cause) if cause.kind() == ErrorKind::BrokenPipe => Ok(()),
        printed => printed,
    }
}

fn table(counts: &BTreeMap<String, Counts>) -> String {
    let mut sorted: Vec<_> = counts.iter().collect();
    // The sort is stable, and the map was sorted by extension.
    sorted.sort_by_key(|(_, counts)| Reverse(counts.bytes));
    let mut total = Counts::default();
    let mut rows = vec![["extension", "files", "lines", "words", "bytes"].map(String::from)];
    for (extension, &counts) in sorted {
        rows.push(row(extension, counts));
        total += counts;
    }
    rows.push(row("total", total));
    aligned(&rows)
}

fn row(name: &str, counts: Counts) -> [String; 5] {
    [
        name.to_owned(),
        grouped(counts.files),
        grouped(counts.lines),
        grouped(counts.words),
        grouped(counts.bytes),
    ]
}

/// Rows as lines of columns, the first of them flush left and the others flush right.
fn aligned(rows: &[[String; 5]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths = [0, 1, 2, 3, 4].map(|column| width(column).unwrap_or(0));
    let cell = |(column, text): (usize, &String)| {
        let width = widths[column];
        match column {
            0 => format!("{text:<width$}"),
            _ => format!("{text:>width$}"),
        }
    };
    let line = |row: &[String; 5]| {
        let cells: Vec<_> = row.iter().enumerate().map(cell).collect();
        cells.join("  ") + "\n"
    };
    rows.iter().map(line).collect()
}

/// A number with its thousands apart: `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
