//! The places that this process keeps statuses at, each once, whatever path leads there.
//!
//! A handle is made for each call, so what its calls share belongs to the place. Nothing here keeps a
//! file or a directory open.

use super::group::{Group, locked};
use super::options::Options;
use super::reader::Reader;
use crate::error::Holder;
use crate::fs::FileId;
use std::collections::HashMap;
use std::path::PathBuf;
use std::process;
use std::sync::{Arc, LazyLock, Mutex, Weak};

/// The resolved path: the directory that the status lies in, however it is called, and its name.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    directory: FileId,
    name: PathBuf,
}

/// What the threads of this process share that use a status.
#[derive(Default)]
pub(crate) struct Place {
    groups: Mutex<Vec<(Terms, Weak<Group>)>>,
    owner: Mutex<Weak<Holder>>,
}

/// Keeps a place for who has its lock for long, and says so to the others in this process.
pub(crate) struct Owned {
    _place: Arc<Place>,
    by: Arc<Holder>,
}

impl Owned {
    pub(crate) fn by(&self) -> Holder {
        Holder::clone(&self.by)
    }
}

/// How a status is kept, for whom, and its key: threads that would commit in another way do not share a commit.
type Terms = (Options, Reader, Option<String>);

/// A fork has a copy of the table, and none of the threads that are at work in it.
struct Table {
    /// The process that it is of.
    process: u32,
    places: HashMap<Key, Weak<Place>>,
}

impl Table {
    /// The table of this process.
    fn new() -> Self {
        Self {
            process: process::id(),
            places: HashMap::new(),
        }
    }

    /// A place that someone uses: as that is rare, it is only then that the system is asked which process this is.
    fn used(&mut self, key: &Key) -> Option<Arc<Place>> {
        let place = self.places.get(key).and_then(Weak::upgrade)?;
        if self.process == process::id() {
            return Some(place);
        }
        *self = Self::new();
        None
    }
}

static PLACES: LazyLock<Mutex<Table>> = LazyLock::new(|| Mutex::new(Table::new()));

impl Place {
    /// The place of this name in a directory that is open.
    pub(crate) fn of(directory: FileId, name: PathBuf) -> Arc<Self> {
        let key = Key { directory, name };
        let mut table = locked(&PLACES);
        if let Some(place) = table.used(&key) {
            return place;
        }
        let places = &mut table.places;
        places.retain(|_, place| place.strong_count() > 0);
        let place = Arc::default();
        places.insert(key, Arc::downgrade(&place));
        place
    }

    /// Those who commit here now, on these terms.
    pub(crate) fn group(&self, terms: Terms) -> Arc<Group> {
        let mut groups = locked(&self.groups);
        groups.retain(|(_, group)| group.strong_count() > 0);
        let known = groups.iter().find(|(other, _)| *other == terms);
        if let Some(group) = known.and_then(|(_, group)| group.upgrade()) {
            return group;
        }
        let group = Arc::default();
        groups.push((terms, Arc::downgrade(&group)));
        group
    }

    /// Says who has the lock, until what this returns is dropped.
    pub(crate) fn owned_by(self: Arc<Self>, holder: Holder) -> Owned {
        let by = Arc::new(holder);
        *locked(&self.owner) = Arc::downgrade(&by);
        Owned { _place: self, by }
    }

    /// Who in this process has the lock for long.
    pub(crate) fn owner(&self) -> Option<Holder> {
        let owner = locked(&self.owner).upgrade()?;
        Some(Holder::clone(&owner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::options::Durability;
    use std::time::Duration;

    fn place(directory: u64, name: &str) -> Arc<Place> {
        // No device has this number.
        Place::of(FileId(u64::MAX, directory), name.into())
    }

    #[test]
    fn a_place_is_one_as_long_as_someone_uses_it() {
        let first = place(1, "worker.toml");
        assert!(Arc::ptr_eq(&first, &place(1, "worker.toml")));
        assert!(!Arc::ptr_eq(&first, &place(1, "other.toml")));
        assert!(!Arc::ptr_eq(&first, &place(2, "worker.toml")));
        let unused = Arc::downgrade(&place(3, "worker.toml"));
        assert!(unused.upgrade().is_none());
    }

    #[test]
    fn a_fork_shares_no_place_with_its_parent() {
        let key = || Key {
            directory: FileId(u64::MAX, 5),
            name: "worker.toml".into(),
        };
        let parents = Arc::default();
        let mut table = Table {
            process: process::id() + 1,
            places: HashMap::from([(key(), Arc::downgrade(&parents))]),
        };
        assert!(table.used(&key()).is_none());
        let own = Arc::default();
        table.places.insert(key(), Arc::downgrade(&own));
        assert!(
            table
                .used(&key())
                .is_some_and(|used| Arc::ptr_eq(&used, &own))
        );
    }

    #[test]
    fn an_owner_is_one_until_it_lets_go_or_another_comes() {
        let place = || place(6, "worker.toml");
        assert_eq!(place().owner(), None);
        let first = place().owned_by(Holder::Autosave);
        assert_eq!(place().owner(), Some(Holder::Autosave));
        // The first has lost its lock.
        let second = place().owned_by(Holder::StatusLock);
        drop(first);
        assert_eq!(place().owner(), Some(Holder::StatusLock));
        drop(second);
        assert_eq!(place().owner(), None);
    }

    #[test]
    fn only_those_who_commit_in_the_same_way_share_a_group() {
        let place = place(4, "worker.toml");
        let own = Options::default();
        let worker = Reader {
            rust_name: || "worker",
            type_name: None,
            formerly: &[],
            previous: None,
            version: 1,
        };
        let group = place.group((own, worker, None));
        let shares = |terms| Arc::ptr_eq(&group, &place.group(terms));
        assert!(shares((own, worker, None)));
        for other in [
            Reader {
                version: 2,
                ..worker
            },
            Reader {
                rust_name: || "job",
                ..worker
            },
            Reader {
                type_name: Some("app/Worker"),
                ..worker
            },
        ] {
            assert!(!shares((own, other, None)));
        }
        assert!(!shares((own, worker, Some("id = 1".to_owned()))));
        for other in [
            Options { keep: 3, ..own },
            Options { mode: 0o640, ..own },
            Options {
                durability: Durability::Process,
                ..own
            },
            Options {
                lock_timeout: Duration::ZERO,
                ..own
            },
        ] {
            assert!(!shares((other, worker, None)));
        }
    }
}
