//! The table.

use crate::harness::case::{Case, Expectation};
use crate::harness::check::{AtPath, Findings};
use std::fmt;
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Instrument {
    Shutdown,
    Record,
}

impl Instrument {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Shutdown => "shutdown",
            Self::Record => "record",
        }
    }
}

/// What one instrument found about one subject on one file system.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) instrument: Instrument,
    pub(crate) case: Case,
    /// How many storms were cut off.
    pub(crate) cuts: usize,
    /// How many disks were made from recordings of them.
    pub(crate) images: usize,
    pub(crate) findings: Findings,
    pub(crate) time: Duration,
}

/// Whether a row is what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Good,
    /// Something was lost that may not be.
    Lost,
    /// Nothing was lost where something must be: the harness does not see losses.
    Blind,
}

impl Row {
    pub(crate) fn verdict(&self) -> Verdict {
        let Findings {
            checked,
            lost,
            faults,
            at_path,
            ..
        } = self.findings;
        let lost = lost > 0 || faults > 0 && self.case.begins_cleanly();
        let lost_at_path = self.case.holds_at_path() && !at_path.is_always_newest();
        match self.case.expectation() {
            Expectation::Holds if lost || lost_at_path => Verdict::Lost,
            Expectation::Holds if checked == 0 => Verdict::Blind,
            Expectation::Loses if self.findings.lost == 0 => Verdict::Blind,
            _ => Verdict::Good,
        }
    }
}

/// The first line of the table.
pub(crate) fn heading() -> String {
    format!(
        "{:<10}{:<17}{:<20}{:<10}{:>6}{:>8}{:>10}{:>8}{:>8}{:>8}{:>10}{:>8}{:>8}  {:<7}{}",
        "",
        "file system",
        "subject",
        "statuses",
        "cuts",
        "images",
        "checked",
        "lost",
        "nothing",
        "faults",
        "at path",
        "older",
        "none",
        "time",
        ""
    )
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Findings {
            checked,
            lost,
            nothing,
            faults,
            at_path:
                AtPath {
                    newest,
                    older,
                    nothing: none,
                },
            reported,
        } = &self.findings;
        write!(
            f,
            "{:<10}{:<17}{:<20}{:<10}{:>6}{:>8}{:>10}{:>8}{:>8}{:>8}{:>10}{:>8}{:>8}  {:<7}{}",
            self.instrument.name(),
            self.case.file_system.name(),
            self.case.subject.name(),
            self.case.statuses.name(),
            self.cuts,
            self.images,
            checked,
            lost,
            nothing,
            faults,
            newest,
            older,
            none,
            format!("{:.0} s", self.time.as_secs_f32()),
            match self.verdict() {
                Verdict::Good => "",
                Verdict::Lost => "LOST",
                Verdict::Blind => "BLIND",
            }
        )?;
        if self.verdict() == Verdict::Lost {
            for loss in reported {
                write!(f, "\n    {loss}")?;
            }
        }
        Ok(())
    }
}
