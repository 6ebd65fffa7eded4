//! Times and sizes, for people.

use humantime::format_rfc3339_seconds;
use std::time::{Duration, SystemTime};

/// Such as `3 min ago (2026-05-01T12:00:00Z)`.
pub(crate) fn when(time: Option<SystemTime>) -> String {
    match time {
        Some(time) => format!("{} ({})", age(time, SystemTime::now()), utc(time)),
        None => "at an unknown time".to_owned(),
    }
}

/// As RFC 3339 has it.
pub(crate) fn utc(time: SystemTime) -> String {
    // What comes before 1970 or after 9999 has no such form; a broken clock may have written it.
    let year_10000 = SystemTime::UNIX_EPOCH + Duration::from_secs(253_402_300_800);
    if (SystemTime::UNIX_EPOCH..year_10000).contains(&time) {
        format_rfc3339_seconds(time).to_string()
    } else {
        "no date".to_owned()
    }
}

fn age(time: SystemTime, now: SystemTime) -> String {
    match now.duration_since(time) {
        Ok(age) if age.as_secs() == 0 => "just now".to_owned(),
        Ok(age) => format!("{} ago", span(age.as_secs())),
        Err(ahead) if ahead.duration().as_secs() == 0 => "just now".to_owned(),
        Err(ahead) => format!("{} ahead of the clock", span(ahead.duration().as_secs())),
    }
}

fn span(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min"),
        (0, _, _) => format!("{hours} h"),
        (1, _, _) => "1 day".to_owned(),
        _ => format!("{days} days"),
    }
}

/// Such as `118 B` or `1.2 MiB`.
pub(crate) fn size(bytes: u64) -> String {
    let mut unit = "B";
    let mut tenths = bytes.saturating_mul(10);
    for larger in ["KiB", "MiB", "GiB", "TiB"] {
        if tenths < 10_240 {
            break;
        }
        tenths /= 1_024;
        unit = larger;
    }
    match (unit, tenths / 10, tenths % 10) {
        ("B", whole, _) => format!("{whole} B"),
        (unit, whole, tenth) => format!("{whole}.{tenth} {unit}"),
    }
}

/// Such as `0.82 ms`.
pub(crate) fn milliseconds(duration: Duration) -> String {
    let micros = duration.as_micros();
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..10_000 => format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100),
        _ => format!("{} ms", micros / 1_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_has_one_unit() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        for (seconds, expected) in [
            (0, "just now"),
            (59, "59 s ago"),
            (60, "1 min ago"),
            (3_599, "59 min ago"),
            (3_600, "1 h ago"),
            (86_399, "23 h ago"),
            (86_400, "1 day ago"),
            (172_800, "2 days ago"),
        ] {
            assert_eq!(age(now - Duration::from_secs(seconds), now), expected);
        }
        let ahead = now + Duration::from_secs(120);
        assert_eq!(age(ahead, now), "2 min ahead of the clock");
    }

    #[test]
    fn a_time_that_has_no_form_is_no_panic() {
        assert_eq!(utc(SystemTime::UNIX_EPOCH), "1970-01-01T00:00:00Z");
        let before = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!(utc(before), "no date");
        let after = SystemTime::UNIX_EPOCH + Duration::from_secs(253_402_300_800);
        assert_eq!(utc(after), "no date");
    }

    #[test]
    fn a_size_has_a_unit_that_fits() {
        for (bytes, expected) in [
            (0, "0 B"),
            (1_023, "1023 B"),
            (1_024, "1.0 KiB"),
            (1_536, "1.5 KiB"),
            (1 << 20, "1.0 MiB"),
            (256 << 20, "256.0 MiB"),
        ] {
            assert_eq!(size(bytes), expected);
        }
    }
}
