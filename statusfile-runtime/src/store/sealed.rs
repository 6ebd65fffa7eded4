//! The seal: the first line of a committed file, by which the rest is known to be whole.
//!
//! ```text
//! #:statusfile 1 version=2 bytes=118 crc32=9f3a12bc
//! ```
//!
//! `1` is the format, `version` the version of the struct, `bytes` the length of everything after the
//! line. `crc32` (IEEE 802.3, as in zip and PNG) covers every other byte of the file: the line up to
//! the space before `crc32=`, and everything after the line. So a flipped bit anywhere is found, one
//! in `version` too. A later format keeps the shape of this line, so that a program that does not know
//! it can tell that it is newer, and not damaged.

use crate::error::{DamageKind, Error, Location, Versioned};
use std::sync::Arc;

/// The format that this crate writes, and the newest that it reads.
pub(crate) const FORMAT: u32 = 1;

const MARK: &str = "#:statusfile ";

/// A text with a seal that holds. There is no other way to one than sealing a text and opening a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sealed {
    pub(crate) versions: Versions,
    bytes: Arc<Vec<u8>>,
}

/// What wrote a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Versions {
    pub(crate) format: u32,
    /// That of the struct inside.
    pub(crate) version: u32,
}

/// The first line of a text, as far as it is no comment of a person's, that begins like a seal, right or
/// wrong.
pub(crate) struct Head<'a> {
    pub(crate) versions: Versions,
    /// Only if the line is just as it was written: an editor may have put a byte order mark before it
    /// or ended it as Windows does, and a replacement of all numbers may have changed it.
    pub(crate) claim: Option<Claim>,
    /// What is above it, which is nothing unless a person put it there.
    above: &'a [u8],
    below: &'a [u8],
    /// What a type reads: what is below, or all where something is above. The seal is a comment then.
    pub(crate) text: &'a [u8],
}

/// What a seal says of the text that follows it.
#[derive(Clone, Copy)]
pub(crate) struct Claim {
    pub(crate) bytes: u64,
    pub(crate) crc32: u32,
}

impl Sealed {
    /// What seal the text has had is left out.
    pub(crate) fn seal(version: u32, text: &str) -> Self {
        let unsealed = Head::parse(text.as_bytes()).map(|head| [head.above, head.below].concat());
        let text = unsealed.as_deref().unwrap_or(text.as_bytes());
        let format = FORMAT;
        let versions = Versions { format, version };
        let start = start(versions, text.len() as u64);
        let crc32 = checksum(&start, text);
        let mut bytes = Vec::with_capacity(start.len() + 16 + text.len());
        bytes.extend_from_slice(start.as_bytes());
        bytes.extend_from_slice(format!(" crc32={crc32:08x}\n").as_bytes());
        bytes.extend_from_slice(text);
        Self {
            versions,
            bytes: Arc::new(bytes),
        }
    }

    /// What is wrong with the file, if its seal does not hold.
    pub(crate) fn open(file: Vec<u8>) -> Result<Self, DamageKind> {
        if file.is_empty() {
            return Err(DamageKind::Empty);
        }
        let head = Head::parse(&file).ok_or(DamageKind::Unsealed)?;
        head.verify()?;
        Ok(Self {
            versions: head.versions,
            bytes: Arc::new(file),
        })
    }

    /// The whole file, seal and all.
    pub(crate) fn bytes(&self) -> &Arc<Vec<u8>> {
        &self.bytes
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
        let mut words = line.strip_prefix(MARK)?.split_ascii_whitespace();
        let format = words.next()?.parse().ok()?;
        let mut value = |key| words.find_map(|word| word.strip_prefix(key));
        let version = value("version=")?.parse().ok()?;
        let versions = Versions { format, version };
        let claim = value("bytes=").zip(value("crc32="));
        let claim = claim.and_then(|(bytes, crc32)| {
            Some(Claim {
                bytes: bytes.parse().ok()?,
                crc32: u32::from_str_radix(crc32, 16).ok()?,
            })
        });
        let claim = claim.filter(|claim| {
            let written = format!("{} crc32={:08x}", start(versions, claim.bytes), claim.crc32);
            line == written && file.starts_with(MARK.as_bytes())
        });
        Some(Self {
            versions,
            claim,
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
        let claim = self.claim.ok_or(DamageKind::Unsealed)?;
        let (sealed, found) = (claim.bytes, self.text.len() as u64);
        if found != sealed {
            return Err(DamageKind::Length { sealed, found });
        }
        if checksum(&start(self.versions, found), self.text) != claim.crc32 {
            return Err(DamageKind::Checksum);
        }
        Ok(())
    }
}

impl Versions {
    /// Refuses what a newer program wrote than one that knows the version `known`.
    pub(crate) fn refuse_newer(
        self,
        location: impl Into<Location>,
        known: u32,
    ) -> Result<(), Error> {
        let (what, found, known) = if self.format > FORMAT {
            (Versioned::Format, self.format, FORMAT)
        } else if self.version > known {
            (Versioned::Schema, self.version, known)
        } else {
            return Ok(());
        };
        Err(Error::Newer {
            location: location.into(),
            what,
            found,
            known,
        })
    }
}

/// `file` without a byte order mark, which is no part of its text.
pub(crate) fn without_mark(file: &[u8]) -> &[u8] {
    file.strip_prefix("\u{feff}".as_bytes()).unwrap_or(file)
}

/// The line of a seal, up to its checksum.
fn start(versions: Versions, bytes: u64) -> String {
    let Versions { format, version } = versions;
    format!("{MARK}{format} version={version} bytes={bytes}")
}

fn checksum(start: &str, text: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(start.as_bytes());
    hasher.update(text);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(version: u32, text: &str) -> Vec<u8> {
        Sealed::seal(version, text).bytes().to_vec()
    }

    fn open(file: &[u8]) -> Result<Sealed, DamageKind> {
        Sealed::open(file.to_vec())
    }

    #[test]
    fn a_sealed_text_opens_to_itself() {
        for text in ["", "jobs = 42\n", "name = \"é\"\n# no newline at the end"] {
            let sealed = Sealed::seal(7, text);
            let opened = open(sealed.bytes()).unwrap();
            assert_eq!(opened, sealed);
            assert_eq!(
                (opened.versions.format, opened.versions.version),
                (FORMAT, 7)
            );
            assert_eq!(Head::parse(opened.bytes()).unwrap().text, text.as_bytes());
        }
    }

    #[test]
    fn a_seal_says_what_it_says_whether_or_not_it_holds() {
        let mut sealed = seal(7, "jobs = 42\n");
        assert!(Head::parse(&sealed).unwrap().verify().is_ok());
        sealed.pop();
        let head = Head::parse(&sealed).unwrap();
        assert!(head.verify().is_err());
        assert_eq!((head.versions.format, head.versions.version), (FORMAT, 7));
        assert_eq!(head.claim.unwrap().bytes, 10);
        assert!(Head::parse(b"jobs = 42\n").is_none());
    }

    #[test]
    fn the_line_is_as_documented() {
        let sealed = String::from_utf8(seal(2, "jobs_done = 42\n")).unwrap();
        assert_eq!(
            sealed,
            "#:statusfile 1 version=2 bytes=15 crc32=c79e0976\njobs_done = 42\n"
        );
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
        let sealed = seal(1, "port = 8080\n");
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&flipped).is_err(), "bit {bit}");
        }
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
            sealed.replace("crc32", "crc64"),
        ] {
            let head = Head::parse(edited.as_bytes()).unwrap();
            assert_eq!((head.versions.format, head.versions.version), (FORMAT, 7));
            assert!(head.text.starts_with(b"a = 1"), "{edited:?}");
        }
        for unsealed in ["a = 1\n", "#:statusfile 1\n", "#:statusfile 1 version=x\n"] {
            assert!(Head::parse(unsealed.as_bytes()).is_none());
        }
    }

    #[test]
    fn what_a_person_put_above_a_seal_does_not_hide_it() {
        let sealed = String::from_utf8(seal(7, "a = 1\n")).unwrap();
        for above in [
            "# mine\n",
            "\n\r\n  # mine\n",
            "# #:statusfile 1 version=9\n",
            "# mine\n  ",
        ] {
            let file = format!("{above}{sealed}");
            let head = Head::parse(file.as_bytes()).unwrap();
            assert_eq!(head.versions.version, 7, "{above:?}");
            assert!(head.verify().is_err(), "{above:?}");
            assert_eq!((head.text, head.first_line()), (file.as_bytes(), 1));
            let text = format!("{}a = 1\n", above.trim_end_matches(' '));
            assert_eq!(seal(8, &file), seal(8, &text));
        }
        for hidden in ["a = 1\n", "[a]\n", "#:statusfile 1\n"] {
            let file = format!("{hidden}{sealed}");
            assert!(Head::parse(file.as_bytes()).is_none(), "{hidden:?}");
        }
    }

    #[test]
    fn a_seal_in_another_spelling_is_none() {
        let line = "#:statusfile 1 version=1 bytes=0 crc32=";
        let versions = Versions {
            format: 1,
            version: 1,
        };
        let crc32 = checksum(&start(versions, 0), b"");
        assert!(open(format!("{line}{crc32:08x}\n").as_bytes()).is_ok());
        for spelling in [
            format!("{line}{crc32:08X}\n"),
            format!("{line}+{crc32:07x}\n"),
            format!("{line}{crc32:09x}\n"),
            format!("{line}{crc32:08x} \n"),
            format!("{line}{crc32:08x}\r\n"),
            format!("{line}{crc32:08x} more=1\n"),
            format!("#:statusfile 1 version=+1 bytes=0 crc32={crc32:08x}\n"),
            format!("#:statusfile 01 version=1 bytes=0 crc32={crc32:08x}\n"),
        ] {
            assert!(open(spelling.as_bytes()).is_err(), "{spelling:?}");
        }
    }
}
