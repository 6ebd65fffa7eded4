//! When a status was saved. No two saves of one status have one time.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Microseconds since 1970 in UTC, and none that its text has no room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Saved(u64);

/// The end of the year 9999, the last that RFC 3339 can write.
const LAST: u64 = 253_402_300_799_999_999;

impl Saved {
    /// The nearest time that can be written.
    pub(crate) fn at(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(since.as_micros()).map_or(LAST, |micros| micros.min(LAST)))
    }

    /// This time, or the first one that is later than `before`.
    pub(crate) fn later_than(self, before: Self) -> Self {
        Self(self.0.max(before.0 + 1).min(LAST))
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        humantime::parse_rfc3339(text).ok().map(Self::at)
    }

    /// Whether a file that was given this time has it still, as far as its file system keeps times: ext3 and
    /// archives whole seconds, exFAT 10 ms, FAT two seconds.
    pub(crate) fn is_still(self, modified: SystemTime) -> bool {
        let Ok(since) = modified.duration_since(UNIX_EPOCH) else {
            return false;
        };
        let is_kept_in = |grain: u64| since == Duration::from_micros(self.0 - self.0 % grain);
        [1, 10_000, 1_000_000, 2_000_000]
            .into_iter()
            .any(is_kept_in)
    }

    pub(crate) fn time(self) -> SystemTime {
        UNIX_EPOCH + Duration::from_micros(self.0)
    }
}

/// As in RFC 3339, always as long: `2026-11-25T20:11:14.482913Z`.
impl fmt::Display for Saved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        humantime::format_rfc3339_micros(self.time()).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_it_was_written() {
        for micros in [0, 1, 1_764_101_474_482_913, LAST] {
            let text = Saved(micros).to_string();
            assert_eq!(text.len(), 27, "{text}");
            assert_eq!(Saved::parse(&text), Some(Saved(micros)), "{text}");
        }
        assert_eq!(
            Saved(1_764_101_474_482_913).to_string(),
            "2025-11-25T20:11:14.482913Z"
        );
    }

    #[test]
    fn a_clock_that_is_off_gives_a_time_too() {
        let day = Duration::from_secs(86_400);
        assert_eq!(Saved::at(UNIX_EPOCH - day), Saved(0));
        assert_eq!(Saved::at(Saved(LAST).time() + day), Saved(LAST));
        assert_eq!(Saved::parse("yesterday"), None);
    }

    #[test]
    fn a_file_has_its_time_still_where_times_are_coarse() {
        let saved = Saved(1_764_101_475_482_913);
        let is_still = |micros| saved.is_still(UNIX_EPOCH + Duration::from_micros(micros));
        for kept in [482_913, 480_000, 0] {
            assert!(is_still(1_764_101_475_000_000 + kept), "{kept}");
        }
        assert!(is_still(1_764_101_474_000_000));
        for edited in [482_912, 482_914, 482_000, 400_000, 1_000_000] {
            assert!(!is_still(1_764_101_475_000_000 + edited), "{edited}");
        }
        let before_1970 = UNIX_EPOCH - Duration::from_secs(1);
        assert!(!saved.is_still(before_1970));
    }

    #[test]
    fn a_later_save_has_a_later_time() {
        assert_eq!(Saved(7).later_than(Saved(6)), Saved(7));
        assert_eq!(Saved(7).later_than(Saved(7)), Saved(8));
        assert_eq!(Saved(3).later_than(Saved(7)), Saved(8));
        assert_eq!(Saved(3).later_than(Saved(LAST)), Saved(LAST));
    }
}
