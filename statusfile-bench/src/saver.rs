//! The ways to save a value.

use crate::state::State;
use anyhow::{Context as _, Result};
use atomic_write_file::AtomicWriteFile;
use atomicwrites::{AtomicFile, OverwriteBehavior};
use statusfile::{Durability, Publish, StatusFile};
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A way to save a value at a path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Saver {
    pub(crate) name: &'static str,
    /// The calls of its interface that make a save.
    pub(crate) recipe: &'static str,
    /// What it syncs, in this order.
    pub(crate) syncs: &'static str,
    /// Whether a value is there after a power loss, when the save of it has returned.
    pub(crate) survives: &'static str,
    save: fn(&Path, &State) -> Result<()>,
}

/// What [`Saver::survives`] says of a durable save.
const DURABLE: &str = "yes";

/// The least that a durable save takes, by hand.
pub(crate) const TWO_SYNCS: Saver = Saver {
    name: "std, two syncs",
    recipe: "`File::create`, `write_all`, `sync_all`, `fs::rename`, `sync_all` of the directory",
    syncs: "file, directory",
    survives: DURABLE,
    save: |path, value| {
        let temp = beside(path);
        let mut file = File::create(&temp)?;
        file.write_all(toml::to_string(value)?.as_bytes())?;
        file.sync_all()?;
        fs::rename(temp, path)?;
        sync_directory_of(path)
    },
};

pub(crate) const STATUSFILE: Saver = Saver {
    name: "statusfile",
    recipe: "`StatusFile::save`",
    syncs: "file, both directories, on btrfs the copy at the path",
    survives: DURABLE,
    save: |path, value| Ok(StatusFile::undeclared(path).save(value)?),
};

/// The same with one file for both.
pub(crate) const STATUSFILE_LINK: Saver = Saver {
    name: "statusfile, link",
    recipe: "the same with `Publish::Link`",
    syncs: "file, both directories",
    survives: DURABLE,
    save: |path, value| {
        let file = StatusFile::undeclared(path).publish(Publish::Link);
        Ok(file.save(value)?)
    },
};

/// The same without the syncs.
pub(crate) const STATUSFILE_PROCESS: Saver = Saver {
    name: "statusfile, process",
    recipe: "the same with `Durability::Process`",
    syncs: "nothing",
    survives: "no",
    save: |path, value| {
        let file = StatusFile::undeclared(path).durability(Durability::Process);
        Ok(file.save(value)?)
    },
};

pub(crate) const CONFY: Saver = Saver {
    name: "confy",
    recipe: "`confy::store_path`, which writes in place",
    syncs: "nothing",
    survives: "no",
    save: |path, value| Ok(confy::store_path(path, value)?),
};

/// Those that sync, after what they are compared with.
pub(crate) const SYNCING: [Saver; 7] = [
    TWO_SYNCS,
    STATUSFILE,
    STATUSFILE_LINK,
    Saver {
        name: "atomic-write-file",
        recipe: "`AtomicWriteFile::open`, `write_all`, `commit`",
        syncs: "file, directory",
        survives: DURABLE,
        save: |path, value| {
            let mut file = AtomicWriteFile::open(path)?;
            file.write_all(toml::to_string(value)?.as_bytes())?;
            Ok(file.commit()?)
        },
    },
    Saver {
        name: "atomicwrites",
        recipe: "`AtomicFile::write` with `AllowOverwrite`",
        syncs: "file, temporary directory, directory",
        survives: DURABLE,
        save: |path, value| {
            let text = toml::to_string(value)?;
            let file = AtomicFile::new(path, OverwriteBehavior::AllowOverwrite);
            Ok(file.write(|file| file.write_all(text.as_bytes()))?)
        },
    },
    Saver {
        name: "tempfile, two syncs",
        recipe: "the next one, and `sync_all` of the directory",
        syncs: "file, directory",
        survives: DURABLE,
        save: |path, value| {
            persist_synced(path, value)?;
            sync_directory_of(path)
        },
    },
    // As it is often seen: the directory is forgotten.
    Saver {
        name: "tempfile, one sync",
        recipe: "`NamedTempFile`, `write_all`, `sync_all`, `persist`",
        syncs: "file",
        survives: "it, or the one before",
        save: persist_synced,
    },
];

/// Those that do not sync, after what they are compared with.
pub(crate) const PLAIN: [Saver; 5] = [
    Saver {
        name: "std, renamed",
        recipe: "`fs::write` of a temp file, `fs::rename`",
        syncs: "nothing",
        survives: "no",
        save: |path, value| {
            let temp = beside(path);
            fs::write(&temp, toml::to_string(value)?)?;
            Ok(fs::rename(temp, path)?)
        },
    },
    STATUSFILE_PROCESS,
    Saver {
        name: "tempfile",
        recipe: "`NamedTempFile`, `write_all`, `persist`",
        syncs: "nothing",
        survives: "no",
        save: |path, value| {
            temp_file(path, value)?.persist(path)?;
            Ok(())
        },
    },
    Saver {
        name: "std, in place",
        recipe: "`fs::write`",
        syncs: "nothing",
        survives: "no",
        save: |path, value| Ok(fs::write(path, toml::to_string(value)?)?),
    },
    CONFY,
];

impl Saver {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        SYNCING.into_iter().chain(PLAIN)
    }

    pub(crate) fn named(name: &str) -> Result<Self> {
        let found = Self::all().find(|saver| saver.name == name);
        found.with_context(|| format!("no way to save is called {name:?}"))
    }

    /// Whether what was saved is there after a power loss.
    pub(crate) fn is_durable(self) -> bool {
        self.survives == DURABLE
    }

    /// Saves `value` at `path`, whose directory is there.
    pub(crate) fn save(self, path: &Path, value: &State) -> Result<()> {
        (self.save)(path, value)
    }
}

fn beside(path: &Path) -> PathBuf {
    path.with_extension("tmp")
}

fn directory_of(path: &Path) -> Result<&Path> {
    path.parent().context("a file lies in a directory")
}

/// Windows has no call for it.
fn sync_directory_of(path: &Path) -> Result<()> {
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

fn persist_synced(path: &Path, value: &State) -> Result<()> {
    let file = temp_file(path, value)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Size;

    #[test]
    fn every_way_saves_the_value_and_leaves_no_temp_file() {
        for saver in Saver::all() {
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
        }
    }
}
