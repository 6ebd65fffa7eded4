//! How a run ends: the exit codes, and the message of one that fails.

use statusfile_runtime::{Error, Step};
use std::fmt::Display;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::process::ExitCode;

/// How a run ends. The numbers are those in `--help`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    #[default]
    Well = 0,
    Finding = 1,
    WrongUse = 2,
    CouldNot = 3,
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

    pub(crate) fn could_not(message: impl Into<String>) -> Self {
        Self {
            outcome: Outcome::CouldNot,
            message: message.into(),
        }
    }

    /// For `map_err`: `what` could not be done at `path`.
    pub(crate) fn at<E: Display>(path: &Path, what: &str) -> impl FnOnce(E) -> Self {
        let place = format!("{}: cannot {what}", path.display());
        move |cause| Self::could_not(format!("{place}: {cause}"))
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
                Outcome::CouldNot
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
        Self::could_not(format!("cannot write the output: {cause}"))
    }
}
