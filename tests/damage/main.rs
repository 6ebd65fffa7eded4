//! What is loaded, refused and kept when the files are not as a save left them.

#![expect(clippy::unwrap_used, reason = "these run in tests only")]

#[path = "../common/cases.rs"]
mod cases;
#[path = "../common/mod.rs"]
mod common;
#[path = "../common/place.rs"]
mod place;

mod at_the_path;
mod contents;
mod edits;
mod in_the_directory;
#[cfg(unix)]
mod locks;
mod newer;
#[cfg(unix)]
mod permissions;
mod set_aside;

use common::{aside, damage, replace, set_aside, tree_snapshot};
use serde::{Deserialize, Serialize};
use statusfile::error::DamageKind;
use statusfile::{Error, Loaded, Location, Origin, StatusFile};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Worker {
    jobs: u64,
    last: String,
}

type Place = place::Place<Worker>;

fn worker(jobs: u64) -> Worker {
    let last = format!("job {jobs}");
    Worker { jobs, last }
}

/// `worker(1)` is generation 1 and `worker(2)` is generation 2, which the file at the path is a copy of.
fn saved_twice() -> Place {
    let place = Place::new();
    place.file.save(&worker(1)).unwrap();
    place.file.save(&worker(2)).unwrap();
    assert_eq!(place.kept(), ["1.toml", "2.toml"]);
    place
}

impl Place {
    fn newest(&self) -> PathBuf {
        self.generation(2)
    }

    /// What everything that must first read the status says.
    fn loads(&self) -> [Result<(), Error>; 4] {
        [
            self.file.load().map(drop),
            self.file.read().map(drop),
            self.file.load_or_default().map(drop),
            self.file.update(|_| panic!("this is not called")),
        ]
    }

    /// Expects what is at the path, whatever became of generation 2; and with nothing there generation 1 in
    /// place of that, and all of it kept by a save.
    fn falls_back(&self) -> DamageKind {
        let loaded = self.file.read().unwrap();
        assert_eq!((loaded.value, loaded.origin), (worker(2), Origin::Path));
        assert_eq!(loaded.skipped.len(), 0);

        fs::remove_file(&self.path).unwrap();
        let Loaded {
            value,
            origin,
            skipped,
            ..
        } = self.file.read().unwrap();
        assert_eq!((value, origin), (worker(1), Origin::Generation(1)));
        assert_eq!(self.file.load().unwrap(), worker(1));
        let [damage] = <[_; 1]>::try_from(skipped).unwrap();
        assert_eq!(damage.location.path(), Some(&*self.newest()));

        self.file.save(&worker(3)).unwrap();
        assert_eq!(self.kept(), ["1.toml", "2.damaged", "3.toml"]);
        let loaded = self.file.read().unwrap();
        assert_eq!((loaded.value, loaded.skipped.len()), (worker(3), 0));
        damage.kind
    }

    fn falls_back_from(&self, bytes: &[u8]) -> DamageKind {
        replace(&self.newest(), bytes);
        let kind = self.falls_back();
        assert_eq!(fs::read(set_aside(&self.path, 2)).unwrap(), bytes);
        kind
    }

    /// Expects generation 2 in place of what is at the path, and all of it kept by a save.
    fn falls_back_behind_the_path(&self) -> DamageKind {
        let bytes = fs::read(&self.path).unwrap();
        let Loaded {
            value,
            origin,
            skipped,
            ..
        } = self.file.read().unwrap();
        assert_eq!((value, origin), (worker(2), Origin::Generation(2)));
        assert_eq!(self.file.load().unwrap(), worker(2));
        let [damage] = <[_; 1]>::try_from(skipped).unwrap();
        assert_eq!(damage.location.path(), Some(&*self.path));
        assert_eq!(fs::read(&self.path).unwrap(), bytes);

        self.file.save(&worker(3)).unwrap();
        if bytes.is_empty() {
            assert_eq!(self.kept(), ["2.toml", "3.toml"]);
        } else {
            assert_eq!(self.kept(), ["2.aside", "2.toml", "3.toml"]);
            assert_eq!(fs::read(aside(&self.path, 2)).unwrap(), bytes);
        }
        let loaded = self.file.read().unwrap();
        assert_eq!((loaded.value, loaded.skipped.len()), (worker(3), 0));
        self.is_published();
        damage.kind
    }

    /// The same from `bytes` with the time of what they replace.
    fn falls_back_from_the_path(&self, bytes: &[u8]) -> DamageKind {
        damage(&self.path, bytes);
        self.falls_back_behind_the_path()
    }

    /// Expects a copy of the newest generation at the path, in a file of its own.
    #[track_caller]
    fn is_published(&self) {
        let newest = self.file.history().unwrap()[0].number;
        let newest = fs::read(self.generation(newest)).unwrap();
        assert_eq!(fs::read(&self.path).unwrap(), newest);
        let metadata = fs::symlink_metadata(&self.path).unwrap();
        assert!(metadata.is_file(), "{metadata:?}");
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::MetadataExt::nlink(&metadata), 1);
    }

    /// Expects that there is no status left, and that nothing but a save changes that.
    fn is_lost(&self) {
        let before = tree_snapshot(self.directory.path());
        for result in self.loads() {
            let Err(Error::Damaged {
                location,
                candidates,
                ..
            }) = result
            else {
                panic!("{result:?}");
            };
            assert_eq!(location.path(), Some(&*self.path));
            let named: Vec<_> = candidates.into_iter().map(|it| it.location).collect();
            let at_the_path = self.path.exists().then(|| self.path.clone());
            let generations = [self.newest(), self.generation(1)];
            let all = at_the_path.into_iter().chain(generations);
            assert_eq!(named, all.map(Location::from).collect::<Vec<_>>());
        }
        assert_eq!(tree_snapshot(self.directory.path()), before);
    }
}

/// Makes a file far too large to be read, without the blocks where the file system allows it.
fn make_huge(path: &Path) -> u64 {
    const TIB: u64 = 1 << 40;
    let file = File::create(path).unwrap();
    let length = [TIB, StatusFile::MAX_BYTES + 1]
        .into_iter()
        .find(|&length| file.set_len(length).is_ok());
    length.unwrap()
}
