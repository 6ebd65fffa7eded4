//! A directory with statuses in it.

use crate::common::{generation, replace, sealed_at, status_directory};
use statusfile_runtime::{Durability, StatusFile};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;
use toml::Table;

/// Between three and four minutes ago, however long a test takes.
const AGE: Duration = Duration::from_secs(200);

pub(crate) struct Place {
    pub(crate) directory: TempDir,
    pub(crate) path: PathBuf,
    pub(crate) typed: StatusFile<Table>,
}

/// Before anything was saved.
pub(crate) fn empty() -> Place {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("worker.toml");
    let typed = StatusFile::undeclared(&path).durability(Durability::Process);
    Place {
        directory,
        path,
        typed,
    }
}

/// `jobs` saved one by one; `jobs = n` is generation `n + 1`. All are kept, three minutes old.
pub(crate) fn saved(jobs: u32) -> Place {
    let place = empty();
    let file = place.typed.clone().keep(10);
    for jobs in 1..=jobs {
        file.save(&status(jobs)).unwrap();
    }
    for number in 1..=u64::from(jobs) + 1 {
        place.age(number);
    }
    place
}

pub(crate) fn status(jobs: u32) -> Table {
    let text = format!("jobs = {jobs}\nlast = \"job {jobs}\"\n\n[server]\nport = 80\n");
    text.parse().unwrap()
}

impl Place {
    pub(crate) fn generation(&self, number: u64) -> PathBuf {
        generation(&self.path, number)
    }

    pub(crate) fn directory_of_status(&self) -> PathBuf {
        status_directory(&self.path)
    }

    pub(crate) fn damage(&self, number: u64) {
        let path = self.generation(number);
        let mut bytes = fs::read(&path).unwrap();
        bytes.truncate(bytes.len() - 3);
        let permissions = fs::metadata(&path).unwrap().permissions();
        replace(&path, &bytes);
        age(&path);
        fs::set_permissions(&path, permissions).unwrap();
    }

    /// A regular file in place of the link.
    pub(crate) fn put_edit(&self, text: &str) {
        replace(&self.path, text.as_bytes());
    }

    pub(crate) fn load(&self) -> Table {
        self.typed.load().unwrap()
    }

    pub(crate) fn jobs(&self) -> i64 {
        self.load()["jobs"].as_integer().unwrap()
    }

    pub(crate) fn numbers(&self) -> Vec<u64> {
        let history = self.typed.history().unwrap();
        history.iter().map(|kept| kept.number).collect()
    }

    pub(crate) fn age(&self, number: u64) {
        let path = self.generation(number);
        let permissions = fs::metadata(&path).unwrap().permissions();
        let file = fs::read_to_string(&path).unwrap();
        let saved = humantime::format_rfc3339_micros(SystemTime::now() - AGE).to_string();
        let (_, text) = file.split_once('\n').unwrap();
        replace(&path, &sealed_at(&saved, 2, 1, text));
        fs::set_permissions(&path, permissions).unwrap();
        age(&path);
    }
}

pub(crate) fn age(path: &Path) {
    let file = File::open(path).unwrap();
    file.set_modified(SystemTime::now() - AGE).unwrap();
}
