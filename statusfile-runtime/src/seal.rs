//! The seal: the first line of a committed file, by which the rest is known to be whole.
//!
//! ```text
//! #:statusfile 1 version=2 bytes=118 crc32=9f3a12bc
//! ```
//!
//! `1` is the format, `version` the schema version of the struct, `bytes` the length of everything
//! after the line. `crc32` (IEEE 802.3, as in zip and PNG) covers every other byte of the file: the
//! line up to the space before `crc32=`, and everything after the line. So a flipped bit anywhere
//! is found, one in `version` too.

use crate::damage::Flaw;

/// The format that this crate writes, and the newest that it reads.
pub(crate) const FORMAT: u32 = 1;

const MARK: &str = "#:statusfile ";

/// What a seal says of the text that follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seal {
    pub(crate) format: u32,
    pub(crate) version: u32,
    bytes: usize,
    crc32: u32,
}

/// `text` with a seal in front.
pub(crate) fn seal(version: u32, text: &str) -> Vec<u8> {
    let stamp = stamp(FORMAT, version, text.len());
    let crc32 = checksum(&stamp, text.as_bytes());
    let mut sealed = format!("{stamp} crc32={crc32:08x}\n").into_bytes();
    sealed.extend_from_slice(text.as_bytes());
    sealed
}

/// The seal and the text of `file`, or what is wrong with it.
pub(crate) fn open(file: &[u8]) -> Result<(Seal, &[u8]), Flaw> {
    if file.is_empty() {
        return Err(Flaw::Empty);
    }
    let (seal, text) = split(file).ok_or(Flaw::Unsealed)?;
    if text.len() != seal.bytes {
        return Err(Flaw::Length {
            sealed: seal.bytes,
            found: text.len(),
        });
    }
    let stamp = stamp(seal.format, seal.version, seal.bytes);
    if checksum(&stamp, text) != seal.crc32 {
        return Err(Flaw::Checksum);
    }
    Ok((seal, text))
}

/// The seal of `file` if it has one, right or wrong, and the text after it.
fn split(file: &[u8]) -> Option<(Seal, &[u8])> {
    let mut parts = file.splitn(2, |&byte| byte == b'\n');
    let line = std::str::from_utf8(parts.next()?).ok()?;
    Some((parse(line)?, parts.next()?))
}

/// The seal of a file that a person may have edited, and the text after it. An editor may have put a
/// byte order mark before it, or ended its line as Windows does.
pub(crate) fn split_edited(file: &[u8]) -> Option<(Seal, &[u8])> {
    let mut parts = without_mark(file).splitn(2, |&byte| byte == b'\n');
    let line = std::str::from_utf8(parts.next()?).ok()?;
    Some((parse(line.trim_end_matches('\r'))?, parts.next()?))
}

/// `file` without a byte order mark, which is no part of its text.
pub(crate) fn without_mark(file: &[u8]) -> &[u8] {
    file.strip_prefix("\u{feff}".as_bytes()).unwrap_or(file)
}

/// Reads a seal in exactly the form that [`seal`] writes.
fn parse(line: &str) -> Option<Seal> {
    let mut fields = line.strip_prefix(MARK)?.split(' ');
    let seal = Seal {
        format: fields.next()?.parse().ok()?,
        version: fields.next()?.strip_prefix("version=")?.parse().ok()?,
        bytes: fields.next()?.strip_prefix("bytes=")?.parse().ok()?,
        crc32: u32::from_str_radix(fields.next()?.strip_prefix("crc32=")?, 16).ok()?,
    };
    let stamp = stamp(seal.format, seal.version, seal.bytes);
    (line == format!("{stamp} crc32={:08x}", seal.crc32)).then_some(seal)
}

fn stamp(format: u32, version: u32, bytes: usize) -> String {
    format!("{MARK}{format} version={version} bytes={bytes}")
}

fn checksum(stamp: &str, text: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(stamp.as_bytes());
    hasher.update(text);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_text_opens_to_itself() {
        for text in ["", "jobs = 42\n", "name = \"é\"\n# no newline at the end"] {
            let sealed = seal(7, text);
            let (seal, opened) = open(&sealed).unwrap();
            assert_eq!((seal.format, seal.version), (FORMAT, 7));
            assert_eq!(opened, text.as_bytes());
        }
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
        assert!(matches!(open(b""), Err(Flaw::Empty)));
        assert!(matches!(open(&[0; 64]), Err(Flaw::Unsealed)));
        assert!(matches!(open(b"a = 1\n"), Err(Flaw::Unsealed)));
        assert!(matches!(
            open(&longer),
            Err(Flaw::Length {
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
        ] {
            let (seal, text) = split_edited(edited.as_bytes()).unwrap();
            assert_eq!(seal.version, 7);
            assert!(text.starts_with(b"a = 1"), "{text:?}");
        }
        assert!(split_edited(b"a = 1\n").is_none());
    }

    #[test]
    fn a_seal_in_another_spelling_is_none() {
        let line = "#:statusfile 1 version=1 bytes=0 crc32=";
        let crc32 = checksum(&stamp(1, 1, 0), b"");
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
