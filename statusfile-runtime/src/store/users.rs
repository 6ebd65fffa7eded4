//! Which type uses each path in this process: the second to come is told, whatever the first has done there.
//!
//! Two types may have one name in their files, as in two modules, and then no file tells them apart. So every
//! call with a type comes here first. It takes no system call.

use super::group::locked;
use super::reader::Reader;
use crate::error::{Error, Location};
use crate::fs::bounded::Bounded;
use std::ffi::{OsStr, OsString};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

/// So many paths are remembered: that of each type, and enough of those with a key.
const MOST: usize = 4096;

static USERS: LazyLock<Mutex<Users>> = LazyLock::new(|| Mutex::new(Users::new()));

struct Users {
    paths: Bounded<OsString, User>,
    /// By what they are in lower case.
    twins: Bounded<String, Arc<Twins>>,
}

struct User {
    reader: Reader,
    twins: Arc<Twins>,
}

/// Paths that differ in case alone.
struct Twins {
    first: Location,
    are_several: AtomicBool,
}

/// What is to be found out about a path before it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// Nothing, as this process has used it before, and none that differs from it in case alone.
    Known,
    /// Whether another one leads to the same status; perhaps this one, which was used before.
    Unknown(Option<Location>),
}

impl Users {
    fn new() -> Self {
        Self {
            paths: Bounded::of(MOST),
            twins: Bounded::of(MOST),
        }
    }

    fn begin(&mut self, location: &Location, reader: Reader) -> Arc<Twins> {
        let spelling = spelling(location);
        let twins = if let Some(twins) = self.twins.get(&spelling) {
            twins.are_several.store(true, Ordering::Relaxed);
            Arc::clone(twins)
        } else {
            let alone = Arc::new(Twins {
                first: location.clone(),
                are_several: AtomicBool::new(false),
            });
            self.twins.insert(spelling, Arc::clone(&alone));
            alone
        };
        let user = User {
            reader,
            twins: Arc::clone(&twins),
        };
        self.paths.insert(bytes(location).to_owned(), user);
        twins
    }
}

impl Twins {
    /// The first of them, for another one.
    fn other_than(&self, location: &Location) -> Option<Location> {
        (self.first != *location).then(|| self.first.clone())
    }
}

/// Says that a type uses the status at `location`; an error if another one does.
pub(crate) fn add(location: &Location, reader: Reader) -> Result<Spelling, Error> {
    let mut users = locked(&USERS);
    let Some(user) = users.paths.get_mut(bytes(location)) else {
        let twins = users.begin(location, reader);
        return Ok(Spelling::Unknown(twins.other_than(location)));
    };
    if user.reader != reader {
        let newer = user.reader.newer_of(reader);
        user.reader = newer.ok_or_else(|| Error::TwoTypes {
            location: location.clone(),
            first: (user.reader.rust_name)(),
            second: (reader.rust_name)(),
        })?;
    }
    let are_several = user.twins.are_several.load(Ordering::Relaxed);
    Ok(if are_several {
        Spelling::Unknown(user.twins.other_than(location))
    } else {
        Spelling::Known
    })
}

/// Nothing is left there, so that another type may begin.
pub(crate) fn forget(location: &Location) {
    let mut users = locked(&USERS);
    users.paths.remove(bytes(location));
    let spelling = spelling(location);
    let twins = users.twins.get(&spelling);
    if twins.is_some_and(|twins| twins.first == *location) {
        users.twins.remove(&spelling);
    }
}

/// They are faster to look up than the parts of a path.
fn bytes(location: &Location) -> &OsStr {
    match location {
        Location::Path(path) => path.as_os_str(),
        Location::Url(url) => OsStr::new(url),
    }
}

/// The same for all paths that a file system may take for one.
fn spelling(location: &Location) -> String {
    location.to_string().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    const READER: Reader = Reader {
        rust_name: || "worker",
        type_name: None,
        formerly: &[],
        previous: None,
        version: 1,
    };

    #[test]
    fn a_path_is_asked_about_once_unless_another_differs_in_case_alone() {
        let [one, other, twin] =
            ["/users/a.toml", "/users/b.toml", "/users/A.toml"].map(Location::from);
        let add = |location| add(location, READER).unwrap();
        let unknown = Spelling::Unknown(None);
        assert_eq!([add(&one), add(&other)], [unknown.clone(), unknown.clone()]);
        assert_eq!([add(&one), add(&other)], [Spelling::Known, Spelling::Known]);
        let of_twin = Spelling::Unknown(Some(one.clone()));
        assert_eq!(add(&twin), of_twin);
        for _ in 0..2 {
            assert_eq!([add(&one), add(&twin)], [unknown.clone(), of_twin.clone()]);
            forget(&twin);
        }
        assert_eq!(add(&other), Spelling::Known);
        forget(&one);
        assert_eq!(add(&twin), unknown);
    }
}
