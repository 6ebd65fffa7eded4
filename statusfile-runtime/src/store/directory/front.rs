//! What lies at the path: the status, a person's edit of it, or what is neither.

use crate::error::DamageKind;
use crate::fs::Stamp;
use crate::store::sealed::{Head, Sealed, ends_within_a_seal};
use std::sync::Arc;

/// So many in a row are in no text, but in a file that was not written to its end. UTF-16 has fewer.
const ZEROS: usize = 8;

/// Whether the mistake in a text is in its last line, which only who knows its language can tell.
pub(crate) type BreaksOff = fn(&[u8]) -> bool;

#[derive(Clone, Debug)]
pub(crate) enum Front {
    Nothing,
    /// What a torn write, a failing disk or an empty hand has left. It stops nobody.
    Damage(Option<Seen>, DamageKind),
    /// A text whose seal holds: the status, whoever put it there.
    Status(Seen, Sealed),
    /// Any other text: what a person made of the status.
    Edit(Seen),
}

/// A file as it was read.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) bytes: Arc<Vec<u8>>,
    pub(crate) stamp: Stamp,
}

impl Seen {
    /// Whether it is the very file, and nobody has written to it.
    pub(crate) fn is_still(&self, now: &Self) -> bool {
        self.stamp.id == now.stamp.id && self.bytes == now.bytes
    }
}

impl Front {
    /// What a regular file at the path is. `known` are the generations, which only matter where the text
    /// [may be cut short](is_cut_short), and so does whether its last line `breaks_off`.
    pub(crate) fn of(seen: Seen, known: &[Sealed], breaks_off: BreaksOff) -> Self {
        let kind = match Sealed::open(Arc::clone(&seen.bytes)) {
            Ok(sealed) => return Self::Status(seen, sealed),
            Err(kind) => kind,
        };
        if has_zeros(&seen.bytes) {
            return Self::Damage(Some(seen), DamageKind::Zeros);
        }
        let is_torn = ends_within_a_seal(&seen.bytes)
            || is_cut_short(&seen.bytes)
                && (is_a_beginning(&seen.bytes, known) || breaks_off(&seen.bytes));
        if seen.bytes.is_empty() || is_dated_as_sealed(&seen) || is_torn {
            return Self::Damage(Some(seen), kind);
        }
        Self::Edit(seen)
    }

    /// The file, if there is one that the disk gives back.
    pub(crate) fn seen(&self) -> Option<&Seen> {
        match self {
            Self::Damage(seen, _) => seen.as_ref(),
            Self::Status(seen, _) | Self::Edit(seen) => Some(seen),
            Self::Nothing => None,
        }
    }
}

fn has_zeros(bytes: &[u8]) -> bool {
    bytes.windows(ZEROS).any(|run| run == [0; ZEROS])
}

/// Every editor changes the time of a file. Where it is still the one that the seal names, nobody has edited
/// the file, and what breaks the seal is damage.
fn is_dated_as_sealed(seen: &Seen) -> bool {
    let head = Head::parse(&seen.bytes);
    let claim = head.and_then(|head| head.claim);
    let dated = claim.zip(seen.stamp.modified);
    dated.is_some_and(|(claim, modified)| claim.saved.is_still(modified))
}

/// Whether a text of ours ends within a line, and before its seal says: what a copy is that was cut short.
pub(crate) fn is_cut_short(bytes: &[u8]) -> bool {
    if bytes.ends_with(b"\n") {
        return false;
    }
    let head = Head::parse(bytes);
    let claim = head.as_ref().and_then(|head| head.claim);
    (head.zip(claim)).is_some_and(|(head, claim)| (head.text.len() as u64) < claim.bytes)
}

fn is_a_beginning(bytes: &[u8], known: &[Sealed]) -> bool {
    known.iter().any(|known| known.bytes().starts_with(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::{Access, FileId};
    use crate::store::saved::Saved;
    use crate::store::sealed::Label;
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    fn saved() -> SystemTime {
        UNIX_EPOCH + Duration::from_micros(1_764_101_474_482_913)
    }

    /// As for a language in which a value follows each `=`.
    fn breaks_off(file: &[u8]) -> bool {
        file.ends_with(b"= ") || file.ends_with(b"\xc3")
    }

    fn sealed(text: &str) -> Sealed {
        let label = Label {
            type_name: Some("monitor/Worker".to_owned()),
            version: 1,
            saved: Saved::at(saved()),
        };
        Sealed::seal(label, text)
    }

    fn front(bytes: &[u8], modified: SystemTime, known: &[Sealed]) -> Front {
        let seen = Seen {
            bytes: Arc::new(bytes.to_vec()),
            stamp: Stamp {
                id: FileId(0, 0),
                modified: Some(modified),
                bytes: bytes.len() as u64,
                access: Access::default(),
                changed: None,
                names: 1,
            },
        };
        Front::of(seen, known, breaks_off)
    }

    /// What it is called in the table of `docs/protocol.md`.
    fn name(front: &Front) -> &'static str {
        match front {
            Front::Status(..) => "status",
            Front::Edit(_) => "edit",
            Front::Damage(..) | Front::Nothing => "damage",
        }
    }

    fn later() -> SystemTime {
        saved() + Duration::from_secs(5)
    }

    #[test]
    fn the_table() {
        let status = sealed("jobs = 42\nlast = \"x\"\n");
        let whole = &status.bytes()[..];
        let line = whole.len() - 21;
        let with = |more: &[u8]| [whole, more].concat();
        let windows = String::from_utf8(whole.to_vec()).unwrap();
        let windows = windows.replace('\n', "\r\n");
        let utf16: Vec<u8> = "jobs = 1\n".bytes().flat_map(|byte| [byte, 0]).collect();
        for (bytes, modified, expected) in [
            (whole.to_vec(), saved(), "status"),
            (whole.to_vec(), later(), "status"),
            (windows.into_bytes(), later(), "status"),
            (Vec::new(), later(), "damage"),
            (vec![0; 100], later(), "damage"),
            ([&whole[..line + 4], &[0; 18]].concat(), later(), "damage"),
            (utf16, later(), "edit"),
            (with(b"# mine\n"), later(), "edit"),
            (with(b"# mine\n"), saved(), "damage"),
            ([b"# mine\n", whole].concat(), later(), "edit"),
            (b"jobs = 50".to_vec(), saved(), "edit"),
            (b"jobs = ".to_vec(), later(), "edit"),
            (b"#".to_vec(), later(), "damage"),
            (whole[..9].to_vec(), later(), "damage"),
            (whole[..line - 1].to_vec(), later(), "damage"),
            // Cut short within a line, as no generation begins.
            ([&whole[..line], b"jobs = 4"].concat(), later(), "edit"),
            ([&whole[..line], b"jobs = "].concat(), later(), "damage"),
            (
                [&whole[..line], b"jobs = 4\nlast = \"\xc3"].concat(),
                later(),
                "damage",
            ),
            (
                [&whole[..line], b"jobs = \nlast = 4"].concat(),
                later(),
                "edit",
            ),
            // Longer than the seal says: someone has added to it.
            (with(b"more = "), later(), "edit"),
        ] {
            let found = front(&bytes, modified, &[]);
            let text = String::from_utf8_lossy(&bytes);
            assert_eq!(name(&found), expected, "{text:?}");
        }
    }

    /// A copy that was cut short, whatever its time.
    #[test]
    fn no_beginning_of_a_known_text_that_ends_within_a_line_is_an_edit() {
        let known = sealed("jobs = 42\nlast = \"x\"\n\n[more]\nfields = [1, 2]\n");
        let bytes = known.bytes();
        for length in 1..bytes.len() {
            let cut = &bytes[..length];
            for modified in [saved(), later()] {
                let found = name(&front(cut, modified, std::slice::from_ref(&known)));
                let is_cut = !cut.ends_with(b"\n") || modified == saved();
                let expected = if is_cut { "damage" } else { "edit" };
                assert_eq!(found, expected, "{length} bytes");
            }
        }
    }

    /// The disk does not change the time of a file, and every editor does.
    #[test]
    fn what_breaks_a_seal_is_damage_or_an_edit_by_the_time_of_the_file() {
        let whole = sealed("jobs = 42\nlast = \"x\"\n").bytes().to_vec();
        let line = whole.len() - 21;
        let flipped = |bit: usize, modified| {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            name(&front(&flipped, modified, &[]))
        };
        let bits = whole.len() * 8;
        for bit in 0..bits {
            assert_eq!(flipped(bit, later()), "edit", "bit {bit}");
        }
        // In the line itself it may be the time that is no longer the same, or what makes it a seal.
        for bit in line * 8..bits {
            assert_eq!(flipped(bit, saved()), "damage", "bit {bit}");
        }
    }
}
