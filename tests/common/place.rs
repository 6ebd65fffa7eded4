//! A status in a directory of its own.

#![allow(dead_code, reason = "no test binary uses all of it")]

use crate::common::{generation, names, path_in_a_new_directory, replace, status_directory};
use serde::{Deserialize, Serialize};
use statusfile::{Durability, StatusFile};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Worker {
    pub(crate) jobs: u64,
}

pub(crate) fn worker(jobs: u64) -> Worker {
    Worker { jobs }
}

/// Nothing syncs, as no power is lost here.
pub(crate) fn status<T>(path: impl AsRef<Path>) -> StatusFile<T> {
    StatusFile::undeclared(path).durability(Durability::Process)
}

pub(crate) struct Place<T = Worker> {
    pub(crate) directory: TempDir,
    pub(crate) path: PathBuf,
    pub(crate) file: StatusFile<T>,
}

impl<T> Place<T> {
    /// Nothing is saved there yet.
    pub(crate) fn new() -> Self {
        Self::of(|path| status(path))
    }

    /// The status that `file` makes of the path. Nothing is saved there yet.
    pub(crate) fn of(file: impl FnOnce(&Path) -> StatusFile<T>) -> Self {
        let (directory, path) = path_in_a_new_directory();
        let file = file(&path);
        Self {
            directory,
            path,
            file,
        }
    }

    pub(crate) fn generation(&self, number: u64) -> PathBuf {
        generation(&self.path, number)
    }

    /// The path of what has this name in the status directory.
    pub(crate) fn inside(&self, name: &str) -> PathBuf {
        status_directory(&self.path).join(name)
    }

    /// The names in the status directory that are neither the lock nor what the last save replaced.
    pub(crate) fn kept(&self) -> Vec<String> {
        let mut names = names(&status_directory(&self.path));
        names.retain(|name| name != "lock" && name != "published");
        names
    }

    /// Puts a person's edit at the path.
    pub(crate) fn edit(&self, text: impl AsRef<[u8]>) {
        replace(&self.path, text.as_ref());
    }
}

impl Place {
    /// `jobs` saved one by one; `jobs = n` is generation `n`.
    pub(crate) fn saved(jobs: u64) -> Self {
        Self::new().and_saved(jobs)
    }

    pub(crate) fn and_saved(self, jobs: u64) -> Self {
        for jobs in 1..=jobs {
            self.file.save(&worker(jobs)).unwrap();
        }
        self
    }
}
