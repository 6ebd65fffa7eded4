//! How a value is shown.

use anyhow::{Result, bail};
use std::str::FromStr;

/// What a value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Seconds,
    Bytes,
    PerSecond,
    /// A part of what would be fair.
    Share,
    Count,
}

impl Unit {
    const ALL: [Self; 5] = [
        Self::Seconds,
        Self::Bytes,
        Self::PerSecond,
        Self::Share,
        Self::Count,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Bytes => "bytes",
            Self::PerSecond => "per second",
            Self::Share => "share",
            Self::Count => "count",
        }
    }

    /// `value` with about three digits.
    pub(crate) fn show(self, value: f64) -> String {
        match self {
            Self::Seconds => scaled(value, &[(1.0, "s"), (1e-3, "ms"), (1e-6, "µs")]),
            Self::Bytes => scaled(value, &[(1e6, "MB"), (1e3, "KB"), (1.0, "B")]),
            Self::PerSecond => format!("{} /s", digits(value)),
            Self::Share => format!("{:.0} %", value * 100.0),
            Self::Count if value.fract() == 0.0 => format!("{value}"),
            Self::Count => format!("{value:.1}"),
        }
    }
}

impl FromStr for Unit {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self> {
        match Self::ALL.into_iter().find(|unit| unit.name() == name) {
            Some(unit) => Ok(unit),
            None => bail!("no unit is called {name:?}"),
        }
    }
}

/// In the largest of `scales` of which there is at least one, or in the last.
fn scaled(value: f64, scales: &[(f64, &str)]) -> String {
    let fits = scales.iter().find(|(scale, _)| value >= *scale);
    match fits.or(scales.last()) {
        Some((scale, name)) => format!("{} {name}", digits(value / scale)),
        None => digits(value),
    }
}

fn digits(value: f64) -> String {
    let decimals = match value {
        _ if value >= 99.95 => 0,
        _ if value >= 9.995 => 1,
        _ => 2,
    };
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_with_about_three_digits() {
        let shown = [
            (Unit::Seconds, 2.5, "2.50 s"),
            (Unit::Seconds, 0.012_34, "12.3 ms"),
            (Unit::Seconds, 0.000_000_25, "0.25 µs"),
            (Unit::Bytes, 123_456_789.0, "123 MB"),
            (Unit::PerSecond, 1234.4, "1234 /s"),
            (Unit::Share, 0.914, "91 %"),
            (Unit::Count, 26.0, "26"),
            (Unit::Count, 26.25, "26.2"),
        ];
        for (unit, value, text) in shown {
            assert_eq!(unit.show(value), text);
        }
    }

    #[test]
    fn every_name_is_read_again() {
        for unit in Unit::ALL {
            assert_eq!(unit.name().parse::<Unit>().unwrap(), unit);
        }
    }
}
