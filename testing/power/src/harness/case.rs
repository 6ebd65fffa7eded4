//! What is put to the test, and what is known of it beforehand.

use crate::harness::file_system::FileSystem;
use crate::harness::subject::Subject;
use anyhow::{Result, bail};
use std::str::FromStr;

/// A subject on a file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Case {
    pub(crate) file_system: FileSystem,
    pub(crate) subject: Subject,
    pub(crate) statuses: Statuses,
}

/// Which statuses are saved in a storm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Statuses {
    /// New ones again and again, besides older ones.
    Begun,
    /// Those that there were before it, and no others.
    Kept,
}

/// What must come out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expectation {
    /// Nothing may be lost.
    Holds,
    /// Something must be lost, or the harness does not see losses.
    Loses,
    /// Whatever comes out is reported.
    Open,
}

impl Statuses {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Kept => "kept",
        }
    }
}

impl FromStr for Statuses {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "begun" => Ok(Self::Begun),
            "kept" => Ok(Self::Kept),
            _ => bail!("statuses are begun or kept, and not {name:?}"),
        }
    }
}

impl Case {
    /// The cases for a subject on a file system, one for each kind of storm that is worth it there.
    pub(crate) fn all(file_system: FileSystem, subject: Subject) -> Vec<Self> {
        let statuses: &[_] = match (file_system, subject) {
            (FileSystem::Ext4NoJournal, Subject::Statusfile) => &[Statuses::Kept, Statuses::Begun],
            _ => &[Statuses::Begun],
        };
        let cases = statuses.iter().map(|&statuses| Self {
            file_system,
            subject,
            statuses,
        });
        cases.collect()
    }

    /// Whether other programs, too, find at the path what was acknowledged last, or a later status. Elsewhere
    /// that is counted: a journal makes the new name and what it stands for durable in one step.
    pub(crate) fn holds_at_path(self) -> bool {
        matches!(self.file_system, FileSystem::Ext4 | FileSystem::Xfs)
            && self.subject == Subject::Statusfile
    }

    /// Whether a first save that is cut off must leave nothing. On vfat a rename writes the new name before it takes
    /// away the old one; of one file under two names, the checker that runs then empties either: perhaps the
    /// status, which no save has acknowledged, and which counts as damaged from then on.
    pub(crate) fn begins_cleanly(self) -> bool {
        self.file_system != FileSystem::Vfat
    }

    pub(crate) fn expectation(self) -> Expectation {
        match self.subject {
            // Without a journal, ext4 gives the inode number of a file just removed to a directory
            // just made. If the new directory is flushed, and the one that had the file is not,
            // a power loss leaves two names for one directory, and the checker that must run then
            // takes away either: perhaps that of a status flushed in every way there is.
            Subject::Statusfile
                if self.file_system == FileSystem::Ext4NoJournal
                    && self.statuses == Statuses::Begun =>
            {
                Expectation::Open
            }
            Subject::Statusfile => Expectation::Holds,
            Subject::StatusfileProcess | Subject::FsWrite | Subject::Confy => Expectation::Loses,
            Subject::AtomicWriteFile => Expectation::Open,
        }
    }
}
