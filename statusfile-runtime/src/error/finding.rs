//! What verifying a status can find, in words.

use super::printable::Printable;
use super::{DamageKind, Location};
use std::fmt;

/// Something at a status that is not as a save leaves it. From
/// [`UntypedFile::verify`](crate::untyped::UntypedFile::verify).
///
/// Printed, it is one line with the path and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The file, directory or link.
    pub location: Location,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a file, a directory or a link at a status.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// It should hold a status and does not.
    Damaged(DamageKind),
    /// Its text is not TOML.
    #[non_exhaustive]
    NotToml {
        /// The line of the mistake in the file, the first being 1.
        line: usize,
        /// The column of the mistake in characters, the first being 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// It has a format that is newer than this program knows.
    #[non_exhaustive]
    Newer {
        /// The format of the file.
        found: u32,
        /// The newest format that this program knows.
        known: u32,
    },
    /// It is the only good generation; one damaged file would take the status.
    Alone,
    /// It is left from a save whose process crashed.
    LeftBehind,
    /// It is the status, and there is a newer generation: someone has put it there again, or a save was killed.
    #[non_exhaustive]
    Behind {
        /// The number of the newest generation.
        newest: u64,
    },
    /// It is the status directory of a path where a link lies: the status is where that leads.
    Bypassed,
    /// The file at the path has another name elsewhere, which the next save leaves at the status before.
    OtherNames,
    /// It is a link where none belongs.
    Link,
    /// It belongs to a user who may have put it there to get hold of what is saved, and saves are refused.
    #[non_exhaustive]
    Untrusted {
        /// The number of that user.
        owner: u32,
    },
    /// It does not belong to the owner of the status directory, who may not read it or did not put it there.
    #[non_exhaustive]
    Owner {
        /// The number of the user whom it belongs to.
        owner: u32,
        /// The number of the owner of the status directory.
        expected: u32,
    },
    /// Its permission bits let users in who may not load or save the status.
    #[non_exhaustive]
    Open {
        /// The bits that it has.
        mode: u32,
        /// The bits that it has and should not have.
        excess: u32,
    },
    /// Nothing here has such a name.
    Foreign,
}

impl Problem {
    /// The class of problem in one word, for programs: `damaged`, `alone`, `stale`, `unsafe` or `foreign`.
    #[must_use]
    pub fn class(&self) -> &'static str {
        match self {
            Self::Damaged(_) | Self::NotToml { .. } | Self::Newer { .. } => "damaged",
            Self::Alone => "alone",
            Self::LeftBehind | Self::Behind { .. } | Self::Bypassed | Self::OtherNames => "stale",
            Self::Link | Self::Open { .. } | Self::Untrusted { .. } => "unsafe",
            Self::Foreign | Self::Owner { .. } => "foreign",
        }
    }

    /// Whether a save that is going on may look like this for a moment.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::LeftBehind | Self::Behind { .. } | Self::Alone)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", Printable(&self.location), self.problem)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged(kind) => kind.fmt(f),
            Self::NotToml {
                line,
                column,
                message,
            } => {
                let message = message.trim().replace('\n', ", ");
                let message = Printable(message);
                write!(f, "is not TOML: line {line}, column {column}: {message}")
            }
            Self::Newer { found, known } => write!(
                f,
                "has format {found}, and this program knows {known}: use a newer one"
            ),
            Self::Alone => {
                f.write_str("is the only good generation: there is none to fall back on")
            }
            Self::LeftBehind => {
                f.write_str("is left from a save that was killed; the next save removes it")
            }
            Self::Behind { newest } => write!(
                f,
                "is what loads, although generation {newest} is newer: it was put there again, or a save was \
                 killed; the next save keeps both"
            ),
            Self::Bypassed => f.write_str(
                "lies beside a link, and the status lies where that leads: nothing here is loaded",
            ),
            Self::OtherNames => f.write_str(
                "has another name elsewhere (a hard link), which goes on to lead to this status after the next save",
            ),
            Self::Link => f.write_str("is a symbolic link where none belongs"),
            Self::Untrusted { owner } => {
                let kind = DamageKind::Untrusted { owner: *owner };
                write!(f, "{kind}: saves are refused")
            }
            Self::Owner { owner, expected } => write!(
                f,
                "belongs to user {owner}, and the status directory to user {expected}"
            ),
            Self::Open { mode, excess } => write!(
                f,
                "is open to others: mode {mode:o}, expected {:o} ({} too much)",
                mode & !excess,
                symbolic(*excess)
            ),
            Self::Foreign => f.write_str("is not part of a status"),
        }
    }
}

/// Permission bits as people write them, such as `g+w,o+rw`.
fn symbolic(bits: u32) -> String {
    let of_class = |(class, bits): (&str, u32)| {
        let names = [("r", 4), ("w", 2), ("x", 1)].into_iter();
        let names = names.filter_map(|(name, bit)| (bits & bit != 0).then_some(name));
        let names: String = names.collect();
        (!names.is_empty()).then(|| format!("{class}+{names}"))
    };
    let classes = [("u", bits >> 6), ("g", bits >> 3), ("o", bits)];
    let classes: Vec<_> = classes.into_iter().filter_map(of_class).collect();
    classes.join(",")
}
