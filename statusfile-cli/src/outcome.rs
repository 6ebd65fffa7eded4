//! How a run ends: the exit codes, and the message of one that fails.

use statusfile_runtime::Error;
use statusfile_runtime::error::Step;
use std::fmt::Display;
use std::io::{self, ErrorKind};
use std::process::ExitCode;

/// How a run ends. The numbers are those in `--help`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    #[default]
    Success = 0,
    Finding = 1,
    WrongUse = 2,
    Unavailable = 3,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome as u8)
    }
}

/// Why a run ends before it has done what was asked for.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) outcome: Outcome,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn finding(message: impl Into<String>) -> Self {
        Self {
            outcome: Outcome::Finding,
            message: message.into(),
        }
    }

    pub(crate) fn wrong_use(message: impl Into<String>) -> Self {
        Self {
            outcome: Outcome::WrongUse,
            message: message.into(),
        }
    }

    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        Self {
            outcome: Outcome::Unavailable,
            message: message.into(),
        }
    }

    /// For `map_err`: `what` could not be done at `place`.
    pub(crate) fn at<E: Display>(place: impl Display, what: &str) -> impl FnOnce(E) -> Self {
        let failed = format!("{place}: cannot {what}");
        move |cause| Self::unavailable(format!("{failed}: {cause}"))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let not_kept = matches!(
            &error,
            Error::Io { step: Step::Read, cause, .. } if cause.kind() == ErrorKind::NotFound
        );
        let outcome = match error {
            Error::NotFound { .. }
            | Error::Locked { .. }
            | Error::NotDurable { .. }
            | Error::Io { .. }
                if !not_kept =>
            {
                Outcome::Unavailable
            }
            _ => Outcome::Finding,
        };
        Self {
            outcome,
            message: error.to_string(),
        }
    }
}

/// Of writing the output.
impl From<io::Error> for Failure {
    fn from(cause: io::Error) -> Self {
        Self::unavailable(format!("cannot write the output: {cause}"))
    }
}
