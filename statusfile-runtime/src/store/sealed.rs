//! The seal: the first line of a committed file, by which the rest is known to be whole.
//!
//! ```text
//! #:statusfile 2 type=monitor/Worker version=1 saved=2026-11-25T20:11:14.482913Z bytes=118 crc32=9f3a12bc
//! ```
//!
//! `2` is the format, `type` the package and the name of the type, absent where nothing is declared,
//! `version` the version of the type, `saved` when it was saved, and `bytes` the length of everything
//! after the line. `crc32` (IEEE 802.3, as in zip and PNG) covers every other byte of the file: the line
//! up to the space before `crc32=`, and everything after the line. So a flipped bit anywhere is found,
//! one in `version` too. Both count line ends as LF, so that a file whose line ends alone were changed
//! is whole. Other words before `crc32=` are passed over. A later format keeps the shape of this line,
//! so that a program that does not know it can tell that it is newer, and not damaged.

use super::reader::Reader;
use super::saved::Saved;
use crate::error::{DamageKind, Error, Location, Versioned};
use crc32fast::Hasher;
use std::sync::Arc;

/// The format that this crate writes, and the newest that it reads.
pub(crate) const FORMAT: u32 = 2;

const MARK: &str = "#:statusfile ";

const CHECKSUM: &str = " crc32=";

/// A text with a seal that holds. There is no other way to one than sealing a text and opening a file.
#[derive(Clone, Debug)]
pub(crate) struct Sealed {
    pub(crate) format: u32,
    pub(crate) label: Label,
    /// Of what follows the line.
    digest: Digest,
    bytes: Arc<Vec<u8>>,
}

/// The same text, saved at the same time, whatever its line ends.
impl PartialEq for Sealed {
    fn eq(&self, other: &Self) -> bool {
        (self.format, &self.label, self.digest) == (other.format, &other.label, other.digest)
    }
}

/// What a seal says of where its text comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    /// Package and name of the type that wrote it, if one was declared.
    pub(crate) type_name: Option<String>,
    /// The version of that type.
    pub(crate) version: u32,
    pub(crate) saved: Saved,
}

/// Length and checksum of a text, its line ends counted as LF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Digest {
    bytes: u64,
    crc32: u32,
}

/// The first line of a text, as far as it is no comment of a person's, that begins like a seal, right or
/// wrong.
pub(crate) struct Head<'a> {
    pub(crate) format: u32,
    pub(crate) version: u32,
    pub(crate) type_name: Option<&'a str>,
    /// Only if all is there, and nothing before it: a person may have put a comment above it, an editor
    /// a byte order mark, and a replacement of all numbers may have changed it.
    pub(crate) claim: Option<Claim<'a>>,
    /// What is above it, which is nothing unless a person put it there.
    above: &'a [u8],
    below: &'a [u8],
    /// What a type reads: what is below, or all where something is above. The seal is a comment then.
    pub(crate) text: &'a [u8],
}

/// What a seal says of the text that follows it.
#[derive(Clone, Copy)]
pub(crate) struct Claim<'a> {
    pub(crate) saved: Saved,
    pub(crate) bytes: u64,
    pub(crate) crc32: u32,
    /// The line up to the checksum.
    start: &'a str,
}

impl Sealed {
    /// What seal the text has had is left out.
    pub(crate) fn seal(label: Label, text: &str) -> Self {
        let unsealed = Head::parse(text.as_bytes()).map(|head| [head.above, head.below].concat());
        let text = unsealed.as_deref().unwrap_or(text.as_bytes());
        let digest = Digest::of(text);
        let line = label.line(digest);
        let mut bytes = Vec::with_capacity(line.len() + text.len());
        bytes.extend_from_slice(line.as_bytes());
        bytes.extend_from_slice(text);
        Self {
            format: FORMAT,
            label,
            digest,
            bytes: Arc::new(bytes),
        }
    }

    /// What is wrong with the file, if its seal does not hold.
    pub(crate) fn open(file: impl Into<Arc<Vec<u8>>>) -> Result<Self, DamageKind> {
        let file = file.into();
        if file.is_empty() {
            return Err(DamageKind::Empty);
        }
        let head = Head::parse(&file).ok_or(DamageKind::Unsealed)?;
        let (claim, digest) = head.verified()?;
        Ok(Self {
            format: head.format,
            label: Label {
                type_name: head.type_name.map(str::to_owned),
                version: head.version,
                saved: claim.saved,
            },
            digest,
            bytes: file,
        })
    }

    /// The same text as what follows `before`: with a time that is later, and of its type where it has none of its
    /// own. `None` if it is so already.
    pub(crate) fn after(&self, before: &Self) -> Option<Self> {
        let own = &self.label;
        let label = Label {
            type_name: (own.type_name.clone()).or_else(|| before.label.type_name.clone()),
            saved: own.saved.later_than(before.label.saved),
            ..*own
        };
        (label != *own).then(|| self.labelled(label))
    }

    fn labelled(&self, label: Label) -> Self {
        let bytes = [label.line(self.digest).as_bytes(), self.text()].concat();
        Self {
            label,
            bytes: Arc::new(bytes),
            ..*self
        }
    }

    /// Whether it is the same text of the same type and version, whenever it was saved.
    pub(crate) fn says_what(&self, other: &Self) -> bool {
        let label = Label {
            saved: self.label.saved,
            ..other.label.clone()
        };
        self.label == label && self.text() == other.text()
    }

    /// Whether this was made of these bytes, whatever seal they have.
    pub(crate) fn says(&self, file: &[u8]) -> bool {
        let text = str::from_utf8(without_mark(file));
        text.is_ok_and(|text| Self::seal(self.label.clone(), text).says_what(self))
    }

    /// What follows the line of the seal.
    pub(crate) fn text(&self) -> &[u8] {
        let line = self.bytes.iter().position(|&byte| byte == b'\n');
        self.bytes.split_at(line.map_or(0, |end| end + 1)).1
    }

    /// The whole file, seal and all.
    pub(crate) fn bytes(&self) -> &Arc<Vec<u8>> {
        &self.bytes
    }

    /// Refuses what this program must not read or replace.
    pub(crate) fn admit(
        &self,
        location: impl Into<Location> + Copy,
        reader: &Reader,
    ) -> Result<(), Error> {
        let Label {
            version, type_name, ..
        } = &self.label;
        admit(
            self.format,
            type_name.as_deref(),
            *version,
            location,
            reader,
        )
    }
}

impl Label {
    /// The line of a seal.
    fn line(&self, text: Digest) -> String {
        let Self { version, saved, .. } = self;
        let type_name = match &self.type_name {
            Some(name) => format!("type={name} "),
            None => String::new(),
        };
        let bytes = text.bytes;
        let start =
            format!("{MARK}{FORMAT} {type_name}version={version} saved={saved} bytes={bytes}");
        let crc32 = text.checksum_after(&start);
        format!("{start}{CHECKSUM}{crc32:08x}\n")
    }
}

impl Digest {
    fn of(text: &[u8]) -> Self {
        let mut hasher = Hasher::new();
        if !text.contains(&b'\r') {
            hasher.update(text);
            return Self {
                bytes: text.len() as u64,
                crc32: hasher.finalize(),
            };
        }
        let mut bytes = 0;
        for line in text.split_inclusive(|&byte| byte == b'\n') {
            let parts = match line.strip_suffix(b"\r\n") {
                Some(line) => [line, b"\n"],
                None => [line, b""],
            };
            for part in parts {
                hasher.update(part);
                bytes += part.len() as u64;
            }
        }
        Self {
            bytes,
            crc32: hasher.finalize(),
        }
    }

    /// The checksum of the text with a line before it. Of the text alone it is known, and the two are
    /// combined without reading it again.
    fn checksum_after(self, start: &str) -> u32 {
        let mut hasher = Hasher::new();
        hasher.update(start.as_bytes());
        hasher.combine(&Hasher::new_with_initial_len(self.crc32, self.bytes));
        hasher.finalize()
    }
}

impl<'a> Head<'a> {
    /// The one reader of seals. `None`: there is none before the text begins, or nothing after it.
    ///
    /// A person may have put comments and empty lines above it. They hide no version: a file of another
    /// one, read as one of today's, would be wrong in silence.
    pub(crate) fn parse(file: &'a [u8]) -> Option<Self> {
        let text = without_mark(file);
        let is_above = |line: &&[u8]| {
            let line = line.trim_ascii_start();
            line.is_empty() || line.starts_with(b"#") && !line.starts_with(MARK.as_bytes())
        };
        let lines = text.split_inclusive(|&byte| byte == b'\n');
        let (above, rest) = text.split_at(lines.take_while(is_above).map(<[u8]>::len).sum());
        let mut parts = rest.splitn(2, |&byte| byte == b'\n');
        let line = str::from_utf8(parts.next()?.trim_ascii_start()).ok()?;
        let below = parts.next()?;
        let line = line.strip_suffix('\r').unwrap_or(line);
        let mut words = line.strip_prefix(MARK)?.split_ascii_whitespace();
        let format = words.next()?.parse().ok()?;
        let (mut version, mut type_name, mut saved, mut bytes) = (None, None, None, None);
        for (key, value) in words.filter_map(|word| word.split_once('=')) {
            match key {
                "version" => version = version.or(Some(value)),
                "type" => type_name = type_name.or(Some(value)),
                "saved" => saved = saved.or(Some(value)),
                "bytes" => bytes = bytes.or(Some(value)),
                _ => {}
            }
        }
        Some(Self {
            format,
            version: version?.parse().ok()?,
            type_name,
            claim: (saved.zip(bytes))
                .and_then(|(saved, bytes)| Claim::new(line, saved, bytes))
                .filter(|_| file.starts_with(MARK.as_bytes())),
            above,
            text: if above.is_empty() { below } else { text },
            below,
        })
    }

    /// The line of the file in which [`text`](Self::text) begins.
    pub(crate) fn first_line(&self) -> usize {
        if self.above.is_empty() { 2 } else { 1 }
    }

    /// What is wrong with the file, unless all that the line says is true.
    pub(crate) fn verify(&self) -> Result<(), DamageKind> {
        self.verified().map(drop)
    }

    fn verified(&self) -> Result<(Claim<'a>, Digest), DamageKind> {
        let claim = self.claim.ok_or(DamageKind::Unsealed)?;
        let text = Digest::of(self.text);
        let (sealed, found) = (claim.bytes, text.bytes);
        if found != sealed {
            return Err(DamageKind::Length { sealed, found });
        }
        if text.checksum_after(claim.start) != claim.crc32 {
            return Err(DamageKind::Checksum);
        }
        Ok((claim, text))
    }

    /// Refuses what this program must not read or replace.
    pub(crate) fn admit(
        &self,
        location: impl Into<Location> + Copy,
        reader: &Reader,
    ) -> Result<(), Error> {
        admit(self.format, self.type_name, self.version, location, reader)
    }
}

impl<'a> Claim<'a> {
    fn new(line: &'a str, saved: &str, bytes: &str) -> Option<Self> {
        let (start, crc32) = line.rsplit_once(CHECKSUM)?;
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let is_written = crc32.len() == 8 && crc32.bytes().all(is_hex);
        Some(Self {
            saved: Saved::parse(saved)?,
            bytes: bytes.parse().ok()?,
            crc32: u32::from_str_radix(crc32, 16).ok().filter(|_| is_written)?,
            start,
        })
    }
}

/// Whose it is before which version it has: those of two types have nothing to do with each other.
fn admit(
    format: u32,
    type_name: Option<&str>,
    version: u32,
    location: impl Into<Location> + Copy,
    reader: &Reader,
) -> Result<(), Error> {
    let newer = |what, found, known| {
        let location = location.into();
        Err(Error::Newer {
            location,
            what,
            found,
            known,
        })
    };
    if format > FORMAT {
        return newer(Versioned::Format, format, FORMAT);
    }
    reader.refuse_foreign(location, type_name)?;
    if version > reader.version {
        return newer(Versioned::Schema, version, reader.version);
    }
    Ok(())
}

/// Whether a file is the beginning of a seal, and nothing else. No person writes that.
pub(crate) fn ends_within_a_seal(file: &[u8]) -> bool {
    let mark = MARK.as_bytes();
    let begins = file.starts_with(mark) || !file.is_empty() && mark.starts_with(file);
    begins && !file.contains(&b'\n')
}

/// `file` without a byte order mark, which is no part of its text.
pub(crate) fn without_mark(file: &[u8]) -> &[u8] {
    file.strip_prefix("\u{feff}".as_bytes()).unwrap_or(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    fn label(version: u32) -> Label {
        Label {
            type_name: Some("monitor/Worker".to_owned()),
            version,
            saved: Saved::at(UNIX_EPOCH + Duration::from_micros(1_764_101_474_482_913)),
        }
    }

    fn seal(version: u32, text: &str) -> Vec<u8> {
        Sealed::seal(label(version), text).bytes().to_vec()
    }

    fn open(file: &[u8]) -> Result<Sealed, DamageKind> {
        Sealed::open(file.to_vec())
    }

    #[test]
    fn a_sealed_text_opens_to_itself() {
        for text in [
            "",
            "jobs = 42\n",
            "name = \"é\"\n# no newline at the end",
            "a\r\nb\n",
        ] {
            for type_name in [None, Some("monitor/Worker".to_owned())] {
                let label = Label {
                    type_name,
                    ..label(7)
                };
                let sealed = Sealed::seal(label.clone(), text);
                let opened = open(sealed.bytes()).unwrap();
                assert_eq!(opened, sealed);
                assert_eq!((opened.format, &opened.label), (FORMAT, &label));
                assert_eq!(Head::parse(opened.bytes()).unwrap().text, text.as_bytes());
            }
        }
    }

    #[test]
    fn a_seal_says_what_it_says_whether_or_not_it_holds() {
        let mut sealed = seal(7, "jobs = 42\n");
        assert!(Head::parse(&sealed).unwrap().verify().is_ok());
        sealed.pop();
        let head = Head::parse(&sealed).unwrap();
        assert!(head.verify().is_err());
        assert_eq!((head.format, head.version), (FORMAT, 7));
        assert_eq!(head.type_name, Some("monitor/Worker"));
        let claim = head.claim.unwrap();
        assert_eq!((claim.saved, claim.bytes), (label(7).saved, 10));
        assert!(Head::parse(b"jobs = 42\n").is_none());
    }

    #[test]
    fn the_line_is_as_documented() {
        let sealed = String::from_utf8(seal(2, "jobs_done = 42\n")).unwrap();
        assert_eq!(
            sealed,
            "#:statusfile 2 type=monitor/Worker version=2 saved=2025-11-25T20:11:14.482913Z \
             bytes=15 crc32=32d38c07\njobs_done = 42\n"
        );
    }

    #[test]
    fn the_checksum_is_that_of_all_that_it_covers() {
        let text = "jobs = 42\r\nlast = \"\r\"\r\n";
        let sealed = String::from_utf8(seal(2, text)).unwrap();
        let (line, _) = sealed.split_once('\n').unwrap();
        let (start, crc32) = line.split_once(CHECKSUM).unwrap();
        let covered = format!("{start}{}", text.replace("\r\n", "\n"));
        assert_eq!(
            crc32,
            format!("{:08x}", crc32fast::hash(covered.as_bytes()))
        );
    }

    #[test]
    fn the_same_text_can_be_saved_at_another_time() {
        let sealed = Sealed::seal(label(3), "jobs = 42\n");
        let saved = label(3).saved.later_than(label(3).saved);
        let later = sealed.after(&sealed).unwrap();
        assert_eq!(
            later,
            Sealed::seal(Label { saved, ..label(3) }, "jobs = 42\n")
        );
        assert_eq!(later.bytes().len(), sealed.bytes().len());
        assert_eq!(later.after(&sealed), None);
    }

    #[test]
    fn what_has_no_type_takes_that_of_what_it_follows() {
        let typed = Sealed::seal(label(3), "jobs = 42\n");
        let untyped = |saved| Label {
            type_name: None,
            saved,
            ..label(3)
        };
        let saved = label(3).saved.later_than(label(3).saved);
        let following = Sealed::seal(untyped(saved), "jobs = 43\n").after(&typed);
        assert_eq!(
            following,
            Some(Sealed::seal(Label { saved, ..label(3) }, "jobs = 43\n"))
        );
        let first = Sealed::seal(untyped(label(3).saved), "jobs = 42\n");
        let saved_later = first.after(&first).unwrap();
        assert_eq!(saved_later.label.type_name, None);
        let other = Label {
            type_name: Some("monitor/Job".to_owned()),
            saved,
            ..label(3)
        };
        assert_eq!(Sealed::seal(other, "").after(&typed), None);
    }

    #[test]
    fn no_truncation_opens() {
        let sealed = seal(1, "port = 8080\nhost = \"localhost\"\n");
        for length in 0..sealed.len() {
            assert!(open(&sealed[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn no_flipped_bit_opens() {
        for text in ["port = 8080\n", "name = \"M\r\nM\n\r\n"] {
            let sealed = seal(1, text);
            for bit in 0..sealed.len() * 8 {
                let mut flipped = sealed.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                assert!(open(&flipped).is_err(), "bit {bit}");
            }
        }
    }

    #[test]
    fn other_line_ends_break_nothing() {
        let unix = String::from_utf8(seal(1, "port = 8080\nhost = \"a\"\n")).unwrap();
        let windows = unix.replace('\n', "\r\n");
        let opened = open(windows.as_bytes()).unwrap();
        assert_eq!(opened.label, label(1));
        assert_eq!(opened.bytes()[..], *windows.as_bytes());
        let sealed = seal(1, "port = 8080\r\nhost = \"a\"\r\n");
        assert!(
            open(
                String::from_utf8(sealed)
                    .unwrap()
                    .replace('\r', "")
                    .as_bytes()
            )
            .is_ok()
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        let mut longer = seal(1, "a = 1\n");
        longer.extend_from_slice(b"b = 2\n");
        assert!(matches!(open(b""), Err(DamageKind::Empty)));
        assert!(matches!(open(&[0; 64]), Err(DamageKind::Unsealed)));
        assert!(matches!(open(b"a = 1\n"), Err(DamageKind::Unsealed)));
        assert!(matches!(
            open(&longer),
            Err(DamageKind::Length {
                sealed: 6,
                found: 12
            })
        ));
    }

    #[test]
    fn an_editor_does_not_hide_a_seal() {
        let sealed = String::from_utf8(seal(7, "a = 1\n")).unwrap();
        for edited in [
            sealed.clone(),
            format!("\u{feff}{sealed}b = 2\n"),
            sealed.replace('\n', "\r\n"),
            sealed.replace("bytes=6", "bytes=60"),
            sealed.replace("saved=2025", "saved=2026"),
            sealed.replace("crc32", "crc64"),
        ] {
            let head = Head::parse(edited.as_bytes()).unwrap();
            assert_eq!((head.format, head.version), (FORMAT, 7));
            assert!(head.text.starts_with(b"a = 1"), "{edited:?}");
        }
        for unsealed in ["a = 1\n", "#:statusfile 2\n", "#:statusfile 2 version=x\n"] {
            assert!(Head::parse(unsealed.as_bytes()).is_none());
        }
    }

    #[test]
    fn what_a_person_put_above_a_seal_does_not_hide_it() {
        let sealed = String::from_utf8(seal(7, "a = 1\n")).unwrap();
        for above in [
            "# mine\n",
            "\n\r\n  # mine\n",
            "# #:statusfile 2 version=9\n",
            "# mine\n  ",
        ] {
            let file = format!("{above}{sealed}");
            let head = Head::parse(file.as_bytes()).unwrap();
            assert_eq!(head.version, 7, "{above:?}");
            assert!(head.verify().is_err(), "{above:?}");
            assert_eq!((head.text, head.first_line()), (file.as_bytes(), 1));
            let text = format!("{}a = 1\n", above.trim_end_matches(' '));
            assert_eq!(seal(8, &file), seal(8, &text));
        }
        for hidden in ["a = 1\n", "[a]\n", "#:statusfile 2\n"] {
            let file = format!("{hidden}{sealed}");
            assert!(Head::parse(file.as_bytes()).is_none(), "{hidden:?}");
        }
    }

    #[test]
    fn other_words_are_passed_over_and_other_spellings_are_not() {
        let start = "#:statusfile 2 more=1 version=1 saved=2025-11-25T20:11:14.482913Z bytes=0";
        let crc32 = Digest::of(b"").checksum_after(start);
        let line = format!("{start}{CHECKSUM}");
        assert!(open(format!("{line}{crc32:08x}\n").as_bytes()).is_ok());
        for spelling in [
            format!("{line}{crc32:08X}\n"),
            format!("{line}+{crc32:07x}\n"),
            format!("{line}{crc32:09x}\n"),
            format!("{line}{crc32:08x} \n"),
            format!("{line}{crc32:08x} more=1\n"),
            format!("{}{crc32:08x}\n", line.replace("version=1", "version=+1")),
            format!("{}{crc32:08x}\n", line.replace("more=1 ", "")),
            format!(
                "{}{crc32:08x}\n",
                line.replace("statusfile 2", "statusfile 02")
            ),
        ] {
            assert!(open(spelling.as_bytes()).is_err(), "{spelling:?}");
        }
    }
}
