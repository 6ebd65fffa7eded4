//! How large a status may be.

use super::sealed::Head;
use crate::error::{DamageKind, Location};
use crate::trace;

/// The largest file that can hold a status, in bytes. A larger one is never read into memory.
pub(crate) const MAX_BYTES: u64 = 256 << 20;

/// How large a status may be, in bytes.
///
/// These limits are about what comes to be. What a program has saved loads up to [`MAX_BYTES`], whoever
/// loads it: it was acknowledged, and another program may have other limits. What tells it from an edit is the
/// seal, which is no signature: who forges one is held by that number alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// What a program saves.
    pub(crate) saved: u64,
    /// What a person puts at the path, as it takes many times its size to decode.
    pub(crate) edit: u64,
}

impl Limits {
    pub(crate) const DEFAULT: Self = Self {
        saved: MAX_BYTES,
        edit: 16 << 20,
    };

    /// A seal, and a few fields.
    const LEAST: u64 = 1 << 10;

    /// So much for both, as far as there can be such a limit.
    pub(crate) fn of(max_bytes: u64) -> Self {
        let most = max_bytes.clamp(Self::LEAST, MAX_BYTES);
        Self {
            saved: most,
            edit: most,
        }
    }

    /// Refuses a save of so many bytes if they are too many, with what to do.
    pub(crate) fn admit(self, location: &Location, bytes: u64) -> Result<(), String> {
        let most = self.saved;
        if bytes > most {
            let advice = if most < MAX_BYTES {
                "keep less in it, or raise `max_bytes`"
            } else {
                "keep less in it, or make several statuses of it"
            };
            return Err(format!(
                "it takes {bytes} bytes, and a status has at most {most}: {advice}"
            ));
        }
        warn_at_half(location, bytes, most);
        Ok(())
    }

    /// Refuses the text at the path if it is an edit that is too large to be decoded.
    pub(crate) fn admit_edit(self, location: &Location, text: &[u8]) -> Result<(), DamageKind> {
        let (bytes, most) = (text.len() as u64, self.edit);
        let is_saved = || Head::parse(text).is_some_and(|head| head.verify().is_ok());
        if bytes <= most / 2 || is_saved() {
            return Ok(());
        }
        if bytes > most {
            return Err(DamageKind::TooLarge { bytes, most });
        }
        warn_at_half(location, bytes, most);
        Ok(())
    }
}

fn warn_at_half(location: &Location, bytes: u64, most: u64) {
    if bytes > most / 2 {
        trace::half_full(location, bytes, most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::saved::Saved;
    use crate::store::sealed::{Label, Sealed};
    use std::time::UNIX_EPOCH;

    fn admitted(limits: Limits, bytes: u64) -> Result<(), String> {
        limits.admit(&"/s.toml".into(), bytes)
    }

    #[test]
    fn a_limit_is_never_less_than_a_status_needs_nor_more_than_is_read() {
        let both = |most| Limits {
            saved: most,
            edit: most,
        };
        assert_eq!(Limits::of(0), both(1024));
        assert_eq!(Limits::of(5000), both(5000));
        assert_eq!(Limits::of(u64::MAX), both(MAX_BYTES));
    }

    #[test]
    fn what_may_be_saved_ends_at_the_limit() {
        let limits = Limits::of(5000);
        assert_eq!(admitted(limits, 5000), Ok(()));
        let refused = admitted(limits, 5001).unwrap_err();
        assert_eq!(
            refused,
            "it takes 5001 bytes, and a status has at most 5000: keep less in it, or raise `max_bytes`"
        );
        // That is as far as it can be raised.
        let refused = admitted(Limits::DEFAULT, MAX_BYTES + 1).unwrap_err();
        assert!(
            refused.ends_with("or make several statuses of it"),
            "{refused}"
        );
    }

    #[test]
    fn what_a_program_saved_may_be_larger_than_an_edit() {
        let label = Label {
            type_name: None,
            version: 1,
            saved: Saved::at(UNIX_EPOCH),
        };
        let limits = Limits::of(1024);
        let admit = |text: &[u8]| limits.admit_edit(&"/s.toml".into(), text);
        let text = "a = 1\n".repeat(200);
        let mut saved = Sealed::seal(label, &text).bytes().to_vec();
        assert_eq!(admit(&saved), Ok(()));
        saved.push(b'\n');
        let bytes = saved.len() as u64;
        let refused = Err(DamageKind::TooLarge { bytes, most: 1024 });
        assert_eq!(admit(&saved), refused);
        assert_eq!(admit(&saved[..1024]), Ok(()));
        assert!(admit(&saved[..1025]).is_err());
    }
}
