//! What an examination can find, in words.

use crate::damage::Flaw;
use std::fmt;
use std::path::PathBuf;

/// Something at a status that is not as a save leaves it. From
/// [`UntypedFile::examine`](crate::UntypedFile::examine).
///
/// Printed, it is one line with the path and what is wrong.
#[derive(Debug)]
#[non_exhaustive]
pub struct Finding {
    /// The file, directory or link.
    pub path: PathBuf,
    /// What is wrong with it.
    pub trouble: Trouble,
}

/// What is wrong with a file, a directory or a link at a status.
#[derive(Debug)]
#[non_exhaustive]
pub enum Trouble {
    /// It should hold a status and does not.
    Damaged(Flaw),
    /// Its text is not TOML.
    NotToml {
        /// The line of the mistake in the file, the first being 1.
        line: usize,
        /// The column of the mistake in characters, the first being 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// It has a form that is newer than this program knows.
    Newer {
        /// The form of the file.
        found: u32,
        /// The newest form that this program knows.
        known: u32,
    },
    /// It is the only good generation; one damaged file would take the status.
    Alone,
    /// It is left from a save that was killed.
    LeftBehind,
    /// It is a link to something else than the newest good status.
    Astray {
        /// Where it leads.
        target: PathBuf,
    },
    /// It is a link where none belongs.
    Link,
    /// Whoever may not load or save the status may do so by it: its permission bits.
    Open {
        /// The bits that it has.
        mode: u32,
        /// The bits that it has and should not have.
        excess: u32,
    },
    /// Nothing here has such a name.
    Foreign,
}

impl Trouble {
    /// The class of trouble in one word, for programs: `damaged`, `stale`, `unsafe` or `foreign`.
    #[must_use]
    pub fn class(&self) -> &'static str {
        match self {
            Self::Damaged(_) | Self::NotToml { .. } | Self::Newer { .. } | Self::Alone => "damaged",
            Self::LeftBehind | Self::Astray { .. } => "stale",
            Self::Link | Self::Open { .. } => "unsafe",
            Self::Foreign => "foreign",
        }
    }

    /// Whether a save that is going on may look like this for a moment.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::LeftBehind | Self::Astray { .. } | Self::Alone | Self::Damaged(Flaw::Dangling)
        )
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.trouble)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged(flaw) => flaw.fmt(f),
            Self::NotToml {
                line,
                column,
                message,
            } => {
                let message = message.trim().replace('\n', ", ");
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
            Self::Astray { target } => write!(
                f,
                "links to {}, which is not the newest good status; the next save mends it",
                target.display()
            ),
            Self::Link => f.write_str("is a symbolic link where none belongs"),
            Self::Open { mode, excess } => write!(
                f,
                "has the permissions {mode:o}: {} too much",
                Excess(*excess)
            ),
            Self::Foreign => f.write_str("is not part of a status"),
        }
    }
}

/// Permission bits as people write them, such as `g+w,o+rw`.
struct Excess(u32);

impl fmt::Display for Excess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (who, shift) in [("u", 6), ("g", 3), ("o", 0)] {
            let bits = self.0 >> shift & 0o7;
            if bits == 0 {
                continue;
            }
            write!(f, "{separator}{who}+")?;
            for (what, bit) in [("r", 4), ("w", 2), ("x", 1)] {
                f.write_str(if bits & bit == 0 { "" } else { what })?;
            }
            separator = ",";
        }
        Ok(())
    }
}

impl Finding {
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.path == other.path && self.trouble.to_string() == other.trouble.to_string()
    }
}
