//! Whose saves are put to the test: ours, and those that a harness with open eyes sees losing.

use crate::harness::numbered::Numbered;
use anyhow::{Context as _, Result, bail};
use atomic_write_file::AtomicWriteFile;
use statusfile::{Durability, Error, StatusFile};
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::str::FromStr;

/// A way to save a value at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// `StatusFile`, as it is.
    Statusfile,
    /// `StatusFile` with [`Durability::Process`], which asks for no flush.
    StatusfileProcess,
    /// `std::fs::write` in place.
    FsWrite,
    /// `confy::store_path`.
    Confy,
    /// A temporary file, flushed and renamed.
    AtomicWriteFile,
}

/// What a load gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// No status, and no sign that there ever was one.
    Nothing,
    /// A whole status.
    Number(u64),
    /// Something that is no status, and why.
    Broken(String),
}

impl Subject {
    pub(crate) const ALL: [Self; 5] = [
        Self::Statusfile,
        Self::StatusfileProcess,
        Self::FsWrite,
        Self::Confy,
        Self::AtomicWriteFile,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Statusfile => "statusfile",
            Self::StatusfileProcess => "statusfile-process",
            Self::FsWrite => "fs-write",
            Self::Confy => "confy",
            Self::AtomicWriteFile => "atomic-write-file",
        }
    }

    /// Whether several processes can count in one status.
    pub(crate) fn can_share(self) -> bool {
        matches!(self, Self::Statusfile | Self::StatusfileProcess)
    }

    pub(crate) fn save(self, path: &Path, value: &Numbered) -> Result<()> {
        match self {
            Self::Statusfile | Self::StatusfileProcess => self.status(path).save(value)?,
            Self::FsWrite => {
                make_way(path)?;
                fs::write(path, toml::to_string(value)?)?;
            }
            Self::Confy => {
                make_way(path)?;
                confy::store_path(path, value)?;
            }
            Self::AtomicWriteFile => {
                make_way(path)?;
                let mut file = AtomicWriteFile::open(path)?;
                file.write_all(toml::to_string(value)?.as_bytes())?;
                file.commit()?;
            }
        }
        Ok(())
    }

    /// Counts on in a status that others count in, too, and returns the new number.
    pub(crate) fn increment(self, path: &Path) -> Result<u64> {
        Ok(self.status(path).update(|value| {
            *value = Numbered::new(value.number + 1);
            value.number
        })?)
    }

    pub(crate) fn load(self, path: &Path) -> Found {
        let value = match self {
            Self::Statusfile | Self::StatusfileProcess => match self.status(path).load() {
                Err(Error::NotFound { .. }) => return Found::Nothing,
                // Another image is mounted now, in which there is none. Whoever says so may begin.
                Err(Error::Changed { .. }) if self.status(path).remove().is_ok() => {
                    return Found::Nothing;
                }
                loaded => loaded.map_err(|error| error.to_string()),
            },
            // Where there is no file this one stores a default, and gives that for a status.
            Self::Confy => match confy::load_path(path) {
                Ok(default) if default == Numbered::default() => return Found::Nothing,
                loaded => loaded.map_err(|error| format!("{error:?}")),
            },
            Self::FsWrite | Self::AtomicWriteFile => match fs::read_to_string(path) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    return Found::Nothing;
                }
                Err(error) => Err(error.to_string()),
                Ok(text) => toml::from_str(&text).map_err(|error| error.to_string()),
            },
        };
        match value {
            Ok(value) if value.is_whole() => Found::Number(value.number),
            Ok(value) => Found::Broken(format!("parts of several saves: {}", value.number)),
            // An error may show all of a file.
            Err(error) => Found::Broken(error.chars().take(200).collect()),
        }
    }

    /// What other programs find at the path, if this subject keeps a status elsewhere, too.
    pub(crate) fn at_path(self, path: &Path) -> Option<Found> {
        matches!(self, Self::Statusfile | Self::StatusfileProcess).then(|| Self::FsWrite.load(path))
    }

    fn status(self, path: &Path) -> StatusFile<Numbered> {
        StatusFile::undeclared(path).durability(match self {
            Self::StatusfileProcess => Durability::Process,
            _ => Durability::Full,
        })
    }
}

impl FromStr for Subject {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self> {
        match Self::ALL.into_iter().find(|subject| subject.name() == name) {
            Some(subject) => Ok(subject),
            None => bail!("no subject is called {name:?}"),
        }
    }
}

/// Makes the directories above `path` for good, where a subject leaves them to its caller: what is
/// lost is then lost by the subject.
fn make_way(path: &Path) -> Result<()> {
    let parent = path.parent().context("a status needs a directory")?;
    if !parent.exists() {
        fs::create_dir_all(parent)?;
        for directory in parent.ancestors().take(3) {
            File::open(directory)?.sync_all()?;
        }
    }
    Ok(())
}
