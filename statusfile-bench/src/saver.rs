//! The ways to save a value.

use crate::state::State;
use anyhow::{Context as _, Result, bail};
use atomic_write_file::AtomicWriteFile;
use atomicwrites::{AtomicFile, OverwriteBehavior};
use statusfile::{Durability, StatusFile};
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use tempfile::NamedTempFile;

/// A way to save a value at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Saver {
    /// `StatusFile`, as it is.
    Statusfile,
    /// `StatusFile` with [`Durability::Process`], which asks for no flush.
    StatusfileProcess,
    /// The least that a durable save takes, by hand.
    TwoFlushes,
    /// The same without the flushes.
    Rename,
    /// `std::fs::write`, in place.
    FsWrite,
    AtomicWriteFile,
    Atomicwrites,
    /// tempfile, with both flushes added.
    TempfileTwoFlushes,
    /// tempfile, with the file flushed and the directory forgotten, as it is often seen.
    TempfileOneFlush,
    /// tempfile, as it is.
    Tempfile,
    Confy,
}

/// What is there after a power cut, when a save has returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PowerCut {
    /// What was saved.
    Saved,
    /// What was saved, or what was saved before it.
    SavedOrOlder,
    /// Perhaps nothing that can be read.
    Anything,
}

impl Saver {
    pub(crate) const ALL: [Self; 11] = [
        Self::TwoFlushes,
        Self::Statusfile,
        Self::AtomicWriteFile,
        Self::Atomicwrites,
        Self::TempfileTwoFlushes,
        Self::TempfileOneFlush,
        Self::Rename,
        Self::StatusfileProcess,
        Self::Tempfile,
        Self::FsWrite,
        Self::Confy,
    ];

    /// Those that flush, after what they are compared with.
    pub(crate) fn flushing() -> &'static [Self] {
        &Self::ALL[..6]
    }

    /// Those that do not.
    pub(crate) fn plain() -> &'static [Self] {
        &Self::ALL[6..]
    }

    /// Whether what was saved is there after a power cut.
    pub(crate) fn is_durable(self) -> bool {
        self.after_a_power_cut() == PowerCut::Saved
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Statusfile => "statusfile",
            Self::StatusfileProcess => "statusfile, process",
            Self::TwoFlushes => "std, two flushes",
            Self::Rename => "std, renamed",
            Self::FsWrite => "std, in place",
            Self::AtomicWriteFile => "atomic-write-file",
            Self::Atomicwrites => "atomicwrites",
            Self::TempfileTwoFlushes => "tempfile, two flushes",
            Self::TempfileOneFlush => "tempfile, one flush",
            Self::Tempfile => "tempfile",
            Self::Confy => "confy",
        }
    }

    /// The calls of its interface that make a save.
    pub(crate) fn recipe(self) -> &'static str {
        match self {
            Self::Statusfile => "`StatusFile::save`",
            Self::StatusfileProcess => "the same with `Durability::Process`",
            Self::TwoFlushes => {
                "`File::create`, `write_all`, `sync_all`, `fs::rename`, `sync_all` of the directory"
            }
            Self::Rename => "`fs::write` of a temp file, `fs::rename`",
            Self::FsWrite => "`fs::write`",
            Self::AtomicWriteFile => "`AtomicWriteFile::open`, `write_all`, `commit`",
            Self::Atomicwrites => "`AtomicFile::write` with `AllowOverwrite`",
            Self::TempfileTwoFlushes => "the next one, and `sync_all` of the directory",
            Self::TempfileOneFlush => "`NamedTempFile`, `write_all`, `sync_all`, `persist`",
            Self::Tempfile => "`NamedTempFile`, `write_all`, `persist`",
            Self::Confy => "`confy::store_path`, which writes in place",
        }
    }

    /// What it flushes, in this order.
    pub(crate) fn flushes(self) -> &'static str {
        match self {
            Self::Statusfile
            | Self::TwoFlushes
            | Self::AtomicWriteFile
            | Self::TempfileTwoFlushes => "file, directory",
            Self::Atomicwrites => "file, temporary directory, directory",
            Self::TempfileOneFlush => "file",
            Self::StatusfileProcess
            | Self::Rename
            | Self::FsWrite
            | Self::Tempfile
            | Self::Confy => "nothing",
        }
    }

    pub(crate) fn after_a_power_cut(self) -> PowerCut {
        match self {
            Self::Statusfile
            | Self::TwoFlushes
            | Self::AtomicWriteFile
            | Self::Atomicwrites
            | Self::TempfileTwoFlushes => PowerCut::Saved,
            Self::TempfileOneFlush => PowerCut::SavedOrOlder,
            Self::StatusfileProcess
            | Self::Rename
            | Self::FsWrite
            | Self::Tempfile
            | Self::Confy => PowerCut::Anything,
        }
    }

    /// Saves `value` at `path`, whose directory is there.
    pub(crate) fn save(self, path: &Path, value: &State) -> Result<()> {
        match self {
            Self::Statusfile => StatusFile::at(path).save(value)?,
            Self::StatusfileProcess => StatusFile::at(path)
                .durability(Durability::Process)
                .save(value)?,
            Self::TwoFlushes => {
                let temp = beside(path);
                let mut file = File::create(&temp)?;
                file.write_all(toml::to_string(value)?.as_bytes())?;
                file.sync_all()?;
                fs::rename(temp, path)?;
                flush_directory_of(path)?;
            }
            Self::Rename => {
                let temp = beside(path);
                fs::write(&temp, toml::to_string(value)?)?;
                fs::rename(temp, path)?;
            }
            Self::FsWrite => fs::write(path, toml::to_string(value)?)?,
            Self::AtomicWriteFile => {
                let mut file = AtomicWriteFile::open(path)?;
                file.write_all(toml::to_string(value)?.as_bytes())?;
                file.commit()?;
            }
            Self::Atomicwrites => {
                let text = toml::to_string(value)?;
                AtomicFile::new(path, OverwriteBehavior::AllowOverwrite)
                    .write(|file| file.write_all(text.as_bytes()))?;
            }
            Self::TempfileTwoFlushes => {
                let file = temp_file(path, value)?;
                file.as_file().sync_all()?;
                file.persist(path)?;
                flush_directory_of(path)?;
            }
            Self::TempfileOneFlush => {
                let file = temp_file(path, value)?;
                file.as_file().sync_all()?;
                file.persist(path)?;
            }
            Self::Tempfile => {
                temp_file(path, value)?.persist(path)?;
            }
            Self::Confy => confy::store_path(path, value)?,
        }
        Ok(())
    }
}

impl FromStr for Saver {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self> {
        match Self::ALL.into_iter().find(|saver| saver.name() == name) {
            Some(saver) => Ok(saver),
            None => bail!("no way to save is called {name:?}"),
        }
    }
}

fn beside(path: &Path) -> PathBuf {
    path.with_extension("tmp")
}

fn directory_of(path: &Path) -> Result<&Path> {
    path.parent().context("a file lies in a directory")
}

/// Windows has no call for it.
fn flush_directory_of(path: &Path) -> Result<()> {
    if cfg!(unix) {
        File::open(directory_of(path)?)?.sync_all()?;
    }
    Ok(())
}

fn temp_file(path: &Path, value: &State) -> Result<NamedTempFile> {
    let mut file = NamedTempFile::new_in(directory_of(path)?)?;
    file.write_all(toml::to_string(value)?.as_bytes())?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Size;

    #[test]
    fn every_way_saves_the_value_and_leaves_no_temp_file() {
        for saver in Saver::ALL {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("state.toml");
            let mut value = State::new(Size::SMALL);
            for revision in 1..=2 {
                value.revision = revision;
                saver.save(&path, &value).unwrap();
            }
            let text = fs::read_to_string(&path).unwrap();
            assert_eq!(toml::from_str::<State>(&text).unwrap(), value, "{saver:?}");
            let names = fs::read_dir(directory.path()).unwrap().count();
            assert!(names <= 2, "{saver:?} leaves {names} files");
            assert_eq!(saver.name().parse::<Saver>().unwrap(), saver);
        }
    }
}
