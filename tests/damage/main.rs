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

use common::{replace, set_aside, tree_snapshot};
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

/// `worker(1)` is generation 2 and `worker(2)` is generation 3.
fn saved_twice() -> Place {
    let place = Place::new();
    place.file.save(&worker(1)).unwrap();
    place.file.save(&worker(2)).unwrap();
    assert_eq!(place.kept(), ["2.toml", "3.toml"]);
    place
}

impl Place {
    fn newest(&self) -> PathBuf {
        self.generation(3)
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

    /// Expects generation 2 in place of the damaged generation 3, and all of that kept by a save.
    fn falls_back(&self) -> DamageKind {
        let Loaded {
            value,
            origin,
            skipped,
            ..
        } = self.file.read().unwrap();
        assert_eq!((value, origin), (worker(1), Origin::Generation(2)));
        assert_eq!(self.file.load().unwrap(), worker(1));
        let [damage] = <[_; 1]>::try_from(skipped).unwrap();
        assert_eq!(damage.location.path(), Some(&*self.newest()));

        self.file.save(&worker(3)).unwrap();
        assert_eq!(self.kept(), ["2.toml", "3.damaged", "4.toml"]);
        let loaded = self.file.read().unwrap();
        assert_eq!((loaded.value, loaded.skipped.len()), (worker(3), 0));
        damage.kind
    }

    fn falls_back_from(&self, bytes: &[u8]) -> DamageKind {
        replace(&self.newest(), bytes);
        let kind = self.falls_back();
        assert_eq!(fs::read(set_aside(&self.path, 3)).unwrap(), bytes);
        kind
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
            let both = [self.newest(), self.generation(2)];
            assert_eq!(named, both.map(Location::from));
        }
        assert_eq!(tree_snapshot(self.directory.path()), before);
    }
}

/// Whether what lies at `path` is our link, or would be on a system that has links.
fn is_our_link(path: &Path) -> bool {
    !cfg!(unix) || fs::read_link(path).unwrap() == Path::new("worker.toml.status/current")
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
