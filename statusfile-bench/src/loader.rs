//! The ways to load a value.

use crate::saver::Saver;
use crate::state::State;
use anyhow::Result;
use statusfile::StatusFile;
use std::fs;
use std::path::Path;

/// A way to load the value at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loader {
    Statusfile,
    /// `fs::read_to_string` and `toml::from_str`.
    Std,
    Confy,
}

impl Loader {
    /// After what the others are compared with.
    pub(crate) const ALL: [Self; 3] = [Self::Std, Self::Statusfile, Self::Confy];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Statusfile => "statusfile",
            Self::Std => "read + toml::from_str",
            Self::Confy => "confy",
        }
    }

    /// What saves as this loads.
    pub(crate) fn saver(self) -> Saver {
        match self {
            Self::Statusfile => Saver::Statusfile,
            Self::Std => Saver::TwoFlushes,
            Self::Confy => Saver::Confy,
        }
    }

    pub(crate) fn load(self, path: &Path) -> Result<State> {
        Ok(match self {
            Self::Statusfile => StatusFile::at(path).load()?,
            Self::Std => toml::from_str(&fs::read_to_string(path)?)?,
            Self::Confy => confy::load_path(path)?,
        })
    }
}
