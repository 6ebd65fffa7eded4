//! The ways to load a value.

use crate::saver::{self, Saver};
use crate::state::State;
use anyhow::{Context as _, Result};
use statusfile::StatusFile;
use std::fs;
use std::path::Path;

/// A way to load the value at a path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loader {
    pub(crate) name: &'static str,
    /// What saves as this loads.
    pub(crate) saver: Saver,
    load: fn(&Path) -> Result<State>,
}

pub(crate) const STATUSFILE: Loader = Loader {
    name: "statusfile",
    saver: saver::STATUSFILE,
    load: |path| Ok(StatusFile::undeclared(path).load()?),
};

impl Loader {
    /// After what the others are compared with.
    pub(crate) const ALL: [Self; 3] = [
        Self {
            name: "read + toml::from_str",
            saver: saver::TWO_SYNCS,
            load: |path| Ok(toml::from_str(&fs::read_to_string(path)?)?),
        },
        STATUSFILE,
        Self {
            name: "confy",
            saver: saver::CONFY,
            load: |path| Ok(confy::load_path(path)?),
        },
    ];

    pub(crate) fn named(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|loader| loader.name == name);
        found.with_context(|| format!("no way to load is called {name:?}"))
    }

    pub(crate) fn load(self, path: &Path) -> Result<State> {
        (self.load)(path)
    }
}
