//! The seal: the first line of a committed file, by which the rest is known to be whole.
//!
//! ```text
//! #:statusfile 1 version=2 bytes=118 crc32=9f3a12bc
//! ```
//!
//! `1` is the format, `version` the schema version of the struct, `bytes` the length of everything
//! after the line. `crc32` (IEEE 802.3, as in zip and PNG) covers every other byte of the file: the
//! line up to the space before `crc32=`, and everything after the line. So a flipped bit anywhere
//! is found, one in `version` too. A later format keeps the shape of this line, so that a program
//! that does not know it can tell that it is newer, and not damaged.

use crate::damage::Flaw;

/// The format that this crate writes, and the newest that it reads.
pub(crate) const FORMAT: u32 = 1;

const MARK: &str = "#:statusfile ";

/// What wrote a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) format: u32,
    pub(crate) version: u32,
}

/// What a seal says of the text that follows it.
struct Seal {
    stamp: Stamp,
    bytes: usize,
    crc32: u32,
}

/// `text` with a seal in front.
pub(crate) fn seal(version: u32, text: &str) -> Vec<u8> {
    let format = FORMAT;
    let start = start(Stamp { format, version }, text.len());
    let crc32 = checksum(&start, text.as_bytes());
    let mut sealed = format!("{start} crc32={crc32:08x}\n").into_bytes();
    sealed.extend_from_slice(text.as_bytes());
    sealed
}

/// What wrote `file`, and its text; or what is wrong with it.
pub(crate) fn open(file: &[u8]) -> Result<(Stamp, &[u8]), Flaw> {
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
    if checksum(&start(seal.stamp, seal.bytes), text) != seal.crc32 {
        return Err(Flaw::Checksum);
    }
    Ok((seal.stamp, text))
}

/// What the first line of `file` says, true or not, if it has the form of a seal: what wrote it, the
/// bytes of its text and the checksum.
pub(crate) fn claim(file: &[u8]) -> Option<(Stamp, usize, u32)> {
    split(file).map(|(seal, _)| (seal.stamp, seal.bytes, seal.crc32))
}

/// The seal of `file` if it has one, right or wrong, and the text after it.
fn split(file: &[u8]) -> Option<(Seal, &[u8])> {
    let mut parts = file.splitn(2, |&byte| byte == b'\n');
    let line = std::str::from_utf8(parts.next()?).ok()?;
    Some((parse(line)?, parts.next()?))
}

/// What first wrote a file that a person may have edited, and the text after its seal. An editor may
/// have put a byte order mark before it, or ended its line as Windows does; and whoever replaces a
/// number throughout a file may have changed the seal too.
pub(crate) fn split_edited(file: &[u8]) -> Option<(Stamp, &[u8])> {
    let mut parts = without_mark(file).splitn(2, |&byte| byte == b'\n');
    let line = std::str::from_utf8(parts.next()?).ok()?;
    let mut fields = line.strip_prefix(MARK)?.split_ascii_whitespace();
    let format = fields.next()?.parse().ok()?;
    let version = fields.find_map(|field| field.strip_prefix("version="));
    let version = version?.parse().ok()?;
    Some((Stamp { format, version }, parts.next()?))
}

/// `file` without a byte order mark, which is no part of its text.
pub(crate) fn without_mark(file: &[u8]) -> &[u8] {
    file.strip_prefix("\u{feff}".as_bytes()).unwrap_or(file)
}

/// Reads a seal in exactly the form that [`seal`] writes.
fn parse(line: &str) -> Option<Seal> {
    let mut fields = line.strip_prefix(MARK)?.split(' ');
    let format = fields.next()?.parse().ok()?;
    let version = fields.next()?.strip_prefix("version=")?.parse().ok()?;
    let seal = Seal {
        stamp: Stamp { format, version },
        bytes: fields.next()?.strip_prefix("bytes=")?.parse().ok()?,
        crc32: u32::from_str_radix(fields.next()?.strip_prefix("crc32=")?, 16).ok()?,
    };
    let start = start(seal.stamp, seal.bytes);
    (line == format!("{start} crc32={:08x}", seal.crc32)).then_some(seal)
}

/// The line of a seal, up to its checksum.
fn start(stamp: Stamp, bytes: usize) -> String {
    let Stamp { format, version } = stamp;
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

    #[test]
    fn a_sealed_text_opens_to_itself() {
        for text in ["", "jobs = 42\n", "name = \"é\"\n# no newline at the end"] {
            let sealed = seal(7, text);
            let (stamp, opened) = open(&sealed).unwrap();
            assert_eq!((stamp.format, stamp.version), (FORMAT, 7));
            assert_eq!(opened, text.as_bytes());
        }
    }

    #[test]
    fn a_seal_says_what_it_says_whether_or_not_it_holds() {
        let mut sealed = seal(7, "jobs = 42\n");
        sealed.pop();
        let (stamp, bytes, _) = claim(&sealed).unwrap();
        assert_eq!((stamp.format, stamp.version, bytes), (FORMAT, 7, 10));
        assert!(claim(b"jobs = 42\n").is_none());
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
            sealed.replace("bytes=6", "bytes=60"),
            sealed.replace("crc32", "crc64"),
        ] {
            let (stamp, text) = split_edited(edited.as_bytes()).unwrap();
            assert_eq!((stamp.format, stamp.version), (FORMAT, 7));
            assert!(text.starts_with(b"a = 1"), "{text:?}");
        }
        for unsealed in ["a = 1\n", "#:statusfile 1\n", "#:statusfile 1 version=x\n"] {
            assert!(split_edited(unsealed.as_bytes()).is_none());
        }
    }

    #[test]
    fn a_seal_in_another_spelling_is_none() {
        let line = "#:statusfile 1 version=1 bytes=0 crc32=";
        let stamp = Stamp {
            format: 1,
            version: 1,
        };
        let crc32 = checksum(&start(stamp, 0), b"");
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
