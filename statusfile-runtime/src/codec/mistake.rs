//! A mistake in a text, and where in it, shown as a compiler would.

use crate::error::{Error, Location};
use std::ops::Range;

/// The most characters of a line that are shown.
const WIDTH: usize = 100;

/// Why a text does not decode.
#[derive(Debug)]
pub(super) struct Mistake {
    pub(super) span: Range<usize>,
    /// The path of what does not fit; empty for the whole, and for what is no TOML.
    pub(super) field: String,
    /// What is wrong, with the table that a missing field belongs to: nothing in the text stands where
    /// it should be.
    pub(super) message: String,
}

impl From<toml::de::Error> for Mistake {
    fn from(error: toml::de::Error) -> Self {
        Self {
            span: error.span().unwrap_or_default(),
            field: String::new(),
            message: error.message().to_owned(),
        }
    }
}

impl Mistake {
    /// The mistake in `text`, which begins in the line `first_line` of the file at `location`.
    pub(super) fn explain(self, location: &Location, text: &str, first_line: usize) -> Error {
        let before = text.get(..self.span.start).unwrap_or(text);
        let after = text.get(before.len()..).unwrap_or_default();
        let begun = before.rsplit('\n').next().unwrap_or_default();
        let rest = after.lines().next().unwrap_or_default();
        let line = before.matches('\n').count() + first_line;
        let column = begun.chars().count();
        let marked = after.char_indices();
        let marked = marked.take_while(|(at, _)| *at < self.span.len()).count();
        Error::Decode {
            location: location.clone(),
            line,
            column: column + 1,
            snippet: snippet(&format!("{begun}{rest}"), line, column, marked),
            message: self.message,
        }
    }
}

/// A line with `marked` characters from `column` (from 0) underlined; of a long one, the part
/// around them.
fn snippet(line: &str, number: usize, column: usize, marked: usize) -> String {
    let printable = |c: char| match c {
        '\t' => ' ',
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    let beyond = column.checked_sub(WIDTH);
    let skipped = beyond.map_or(0, |beyond| beyond + WIDTH / 2);
    let shown: Vec<_> = line.chars().skip(skipped).take(WIDTH).collect();
    let column = column - skipped;
    let carets = marked.min(shown.len().saturating_sub(column)).max(1);
    let shown: String = shown.into_iter().map(printable).collect();
    let number = number.to_string();
    let margin = " ".repeat(number.len());
    let indent = " ".repeat(column);
    let carets = "^".repeat(carets);
    format!("{margin} |\n{number} | {shown}\n{margin} | {indent}{carets}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, span: Range<usize>) -> String {
        let message = "wrong".to_owned();
        let field = String::new();
        let mistake = Mistake {
            span,
            field,
            message,
        };
        mistake
            .explain(&Location::from("/s.toml"), text, 1)
            .to_string()
    }

    #[test]
    fn the_mistake_is_underlined_where_it_stands() {
        let text = "host = \"é\"\nport = \"eight\"\n";
        let expected = "\
/s.toml:2:8: wrong
  |
2 | port = \"eight\"
  |        ^^^^^^^";
        assert_eq!(shown(text, 19..26), expected);
    }

    #[test]
    fn columns_count_characters() {
        assert!(shown("ééé = 1", 9..10).starts_with("/s.toml:1:7:"));
    }

    #[test]
    fn a_mistake_at_the_very_end_or_past_it_still_shows() {
        for span in [5..5, 9..12, 0..99] {
            assert!(shown("a = [", span.clone()).ends_with('^'), "{span:?}");
        }
        assert!(shown("", 0..0).starts_with("/s.toml:1:1:"));
    }

    #[test]
    fn a_span_over_several_lines_is_underlined_to_the_end_of_its_first() {
        assert!(shown("a = 1\nb = 2\n", 4..9).ends_with("\n  |     ^"));
    }

    #[test]
    fn of_a_long_line_the_part_around_the_mistake_is_shown() {
        let text = format!("a = \"{}\u{1}\"", "x".repeat(1_000_000));
        let shown = shown(&text, 1_000_005..1_000_006);
        assert!(shown.len() < 400, "{} bytes", shown.len());
        assert!(shown.contains("x\u{fffd}\""), "{shown}");
    }
}
