use std::fmt::{self, Display, Write};

/// Prints on one line, and without what a terminal would obey: names and texts of files are anybody's.
pub(super) struct Printable<T>(pub(super) T);

impl<T: Display> Display for Printable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaped(f), "{}", self.0)
    }
}

struct Escaped<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl Write for Escaped<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for part in text.split_inclusive(char::is_control) {
            match part.strip_suffix(char::is_control) {
                None => self.0.write_str(part)?,
                Some(before) => {
                    self.0.write_str(before)?;
                    let control = part.chars().next_back().unwrap_or_default();
                    write!(self.0, "{}", control.escape_default())?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_line_or_moves_a_cursor() {
        let printed = Printable("a\n\u{1b}[2J\u{85}é\r").to_string();
        assert_eq!(printed, "a\\n\\u{1b}[2J\\u{85}é\\r");
    }
}
