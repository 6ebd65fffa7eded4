//! Times in attributes.
//!
//! Not humantime or jiff: their errors say where parsing stopped, these say what to write.

/// `"10s"` as milliseconds: a whole number and one of the units `ms`, `s`, `m` and `h`.
///
/// # Errors
/// What is wrong and what to write instead.
pub(crate) fn millis(text: &str) -> Result<u64, String> {
    let trimmed = text.trim();
    let digits = trimmed
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(digits);
    let factor = match unit.trim_start() {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "" if !number.is_empty() => {
            return Err(format!(
                "a time needs a unit: write `\"{number}s\"` or `\"{number}ms\"`"
            ));
        }
        _ => return Err(WRONG.to_owned()),
    };
    if number.is_empty() {
        return Err(WRONG.to_owned());
    }
    if digits + unit.trim_start().len() != text.len() {
        return Err(format!(
            "a time has no spaces: write `\"{number}{}\"`",
            unit.trim_start()
        ));
    }
    number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(factor))
        .ok_or_else(|| TOO_LONG.to_owned())
}

const WRONG: &str = "a time is a whole number and a unit, `ms`, `s`, `m` or `h`: \
     write `\"500ms\"`, `\"10s\"` or `\"2m\"`";

const TOO_LONG: &str = "this time is too long: write a shorter one, such as `\"10s\"`";

#[cfg(test)]
mod tests {
    use super::{TOO_LONG, millis};

    #[test]
    fn units() {
        assert_eq!(millis("10s"), Ok(10_000));
        assert_eq!(millis("250ms"), Ok(250));
        assert_eq!(millis("2m"), Ok(120_000));
        assert_eq!(millis("1h"), Ok(3_600_000));
        assert_eq!(millis("0s"), Ok(0));
        assert_eq!(millis("007s"), Ok(7_000));
    }

    #[test]
    fn the_longest_time_fits() {
        assert_eq!(millis("18446744073709551615ms"), Ok(u64::MAX));
    }

    #[test]
    fn overflow_is_reported() {
        for text in [
            "18446744073709551616ms",
            "18446744073709551615s",
            "307445734561826m",
            "5124095576031h",
            "99999999999999999999s",
        ] {
            assert_eq!(millis(text), Err(TOO_LONG.to_owned()));
        }
    }

    #[test]
    fn a_missing_unit_is_suggested() {
        let text = millis("10").expect_err("no unit");
        assert!(text.contains(r#"write `"10s"` or `"10ms"`"#), "{text}");
    }

    #[test]
    fn a_space_is_named() {
        for spaced in ["10 s", " 10s", "10s "] {
            let text = millis(spaced).expect_err("a space");
            assert!(text.contains(r#"write `"10s"`"#), "{text}");
        }
    }

    #[test]
    fn anything_else_is_explained() {
        for wrong in [
            "", " ", "s", "-1s", "+1s", "1.5s", "1_000ms", "10d", "10S", "ten", "１０s",
        ] {
            let text = millis(wrong).expect_err(wrong);
            assert!(text.contains("whole number"), "{wrong}: {text}");
        }
    }
}
