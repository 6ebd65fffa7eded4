//! A directory with statuses in it.

use crate::common::{generation, replace, sealed, sealed_at, status_directory};
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

/// `jobs` saved one by one; `jobs = n` is generation `n`. All are kept, three minutes old.
pub(crate) fn saved(jobs: u32) -> Place {
    let place = empty();
    let file = place.typed.clone().keep(10);
    for jobs in 1..=jobs {
        file.save(&status(jobs)).unwrap();
    }
    for number in 1..=u64::from(jobs) {
        place.age(number);
    }
    place
}

/// In the place of a file of ours, with its permissions.
pub(crate) fn put(path: &Path, bytes: &[u8]) {
    let permissions = fs::metadata(path).unwrap().permissions();
    replace(path, bytes);
    fs::set_permissions(path, permissions).unwrap();
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
        cut_short(&self.generation(number));
    }

    pub(crate) fn damage_path(&self) {
        cut_short(&self.path);
    }

    /// Another file at the path.
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
        let file = fs::read_to_string(&path).unwrap();
        let is_newest = fs::read_to_string(&self.path).unwrap() == file;
        let time = SystemTime::now() - AGE;
        let saved = humantime::format_rfc3339_micros(time).to_string();
        let (_, text) = file.split_once('\n').unwrap();
        let aged = sealed_at(&saved, 2, 1, text);
        for path in [path].iter().chain(is_newest.then_some(&self.path)) {
            put(path, &aged);
            set_time(path, humantime::parse_rfc3339(&saved).unwrap());
        }
    }

    /// A generation as a program of this version has written it; the newest is at the path, too.
    pub(crate) fn put_version(&self, number: u64, version: u32, text: &str) {
        let bytes = sealed(2, version, text);
        put(&self.generation(number), &bytes);
        if self.numbers()[0] == number {
            put(&self.path, &bytes);
        }
    }

    /// A whole text at the path that no generation holds.
    pub(crate) fn put_foreign(&self, text: &str) {
        put(&self.path, &sealed(2, 1, text));
    }

    /// Whatever tool puts a generation back.
    pub(crate) fn copy_to_the_path(&self, number: u64) {
        put(&self.path, &fs::read(self.generation(number)).unwrap());
    }
}

/// By the disk, which changes no times.
fn cut_short(path: &Path) {
    let time = fs::metadata(path).unwrap().modified().unwrap();
    let mut bytes = fs::read(path).unwrap();
    bytes.truncate(bytes.len() - 3);
    put(path, &bytes);
    set_time(path, time);
}

pub(crate) fn age(path: &Path) {
    set_time(path, SystemTime::now() - AGE);
}

fn set_time(path: &Path, time: SystemTime) {
    File::open(path).unwrap().set_modified(time).unwrap();
}
