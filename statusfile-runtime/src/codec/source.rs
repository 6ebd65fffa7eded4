//! The text of a file, and what is wrong with it.

use super::encode::sealed;
use super::mistake::Mistake;
use crate::error::{Error, Location};
use crate::store::limits::Limits;
use crate::store::reader::Reader;
use crate::store::saved::Saved;
use crate::store::sealed::{Head, Label, Sealed, without_mark};

/// The text of a file, and the version that wrote it.
pub(crate) struct Source<'a> {
    location: &'a Location,
    /// Without the seal, if there is one.
    pub(super) text: &'a str,
    /// The line of the file in which the text begins.
    first_line: usize,
    pub(super) version: u32,
    /// The type that wrote it, if a seal says so.
    type_name: Option<&'a str>,
    /// The version that this program knows.
    pub(super) known: u32,
}

/// Whether a text is no TOML because of its last line, as one is that was cut short.
pub(crate) fn breaks_off(file: &[u8]) -> bool {
    let text = Head::parse(file).map_or(file, |head| head.text);
    let Ok(text) = str::from_utf8(text) else {
        // A character is cut in two, unless there are others that are none.
        return str::from_utf8(text).is_err_and(|mistake| mistake.error_len().is_none());
    };
    let last_line = text.trim_end().rfind('\n').unwrap_or(0);
    let mistake = toml::from_str::<toml::Table>(text).err();
    mistake.is_some_and(|mistake| mistake.span().is_some_and(|at| at.end > last_line))
}

impl<'a> Source<'a> {
    /// A file without a seal is of the version and the type of `newest`, or where nothing was saved yet of the
    /// version `first`.
    pub(super) fn new(
        location: &'a Location,
        file: &'a [u8],
        reader: &Reader,
        newest: Option<&'a Sealed>,
        first: u32,
    ) -> Result<Self, Error> {
        let head = Head::parse(file);
        let (version, text, first_line) = match (&head, newest) {
            (Some(head), _) => {
                head.admit(location, reader)?;
                (head.version, head.text, head.first_line())
            }
            (None, Some(newest)) => {
                newest.admit(location, reader)?;
                (newest.label.version, without_mark(file), 1)
            }
            (None, None) => (first, without_mark(file), 1),
        };
        let type_name = match head {
            Some(head) => head.type_name,
            None => newest.and_then(|newest| newest.label.type_name.as_deref()),
        };
        Ok(Self {
            location,
            text: utf8(location, text, first_line)?,
            first_line,
            version,
            type_name,
            known: reader.version,
        })
    }

    /// A file whose seal holds.
    pub(super) fn sealed(
        location: &'a Location,
        file: &'a Sealed,
        reader: &Reader,
    ) -> Result<Self, Error> {
        file.admit(location, reader)?;
        let first_line = 2;
        Ok(Self {
            location,
            text: utf8(location, file.text(), first_line)?,
            first_line,
            version: file.label.version,
            type_name: file.label.type_name.as_deref(),
            known: reader.version,
        })
    }

    /// The text as a person left it, comments and all, under a seal that holds. It is of the type that its
    /// own seal names, else of `type_name`.
    pub(super) fn under_a_seal(
        &self,
        type_name: Option<&str>,
        saved: Saved,
    ) -> Result<Sealed, Error> {
        let label = Label {
            type_name: self.type_name.or(type_name).map(str::to_owned),
            version: self.version,
            saved,
        };
        sealed(self.location, label, self.text, Limits::DEFAULT)
    }

    /// The mistake, at its place in the file. What is said of the whole text stands after the seal.
    pub(super) fn explain(&self, mut mistake: Mistake) -> Error {
        if self.text.trim_start().starts_with('{') {
            mistake
                .message
                .push_str("; this looks like JSON, and a status is TOML");
        }
        mistake.explain(self.location, self.text, self.first_line)
    }

    /// Why the version `found` did not become the version `known`.
    pub(super) fn not_converted(&self, found: u32, known: u32, message: String) -> Error {
        Error::Convert {
            location: self.location.clone(),
            found,
            known,
            message,
        }
    }
}

fn utf8<'a>(location: &Location, text: &'a [u8], first_line: usize) -> Result<&'a str, Error> {
    str::from_utf8(text).map_err(|error| {
        let valid = error.valid_up_to();
        let is_utf16 = text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff");
        let utf16 = "this is UTF-16, and a status is UTF-8: save it in that encoding";
        let mistake = Mistake {
            span: valid..valid + 1,
            field: String::new(),
            message: if is_utf16 { utf16 } else { "not UTF-8" }.to_owned(),
        };
        mistake.explain(location, &String::from_utf8_lossy(text), first_line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::schema::Schema;
    use std::time::UNIX_EPOCH;

    #[test]
    fn a_mistake_has_the_line_of_the_file_and_stands_after_the_seal() {
        let location = Location::from("/s.toml");
        let label = Label {
            type_name: None,
            version: 1,
            saved: Saved::at(UNIX_EPOCH),
        };
        let sealed = Sealed::seal(label, "a = 1\nb = 2\n");
        let reader = Schema::<u8>::new(1).reader;
        let source = Source::new(&location, sealed.bytes(), &reader, None, 1).unwrap();
        let shown = |span| {
            let message = "wrong".to_owned();
            let field = String::new();
            let mistake = Mistake {
                span,
                field,
                message,
            };
            source.explain(mistake).to_string()
        };
        assert_eq!(shown(0..0), "/s.toml:2:1: wrong\n  |\n2 | a = 1\n  | ^");
        assert!(shown(10..11).starts_with("/s.toml:3:5: wrong\n"));
    }
}
