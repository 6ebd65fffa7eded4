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
    /// Those paths in lower case, and whether several of them are one then.
    spellings: Bounded<String, Arc<AtomicBool>>,
}

struct User {
    reader: Reader,
    has_twin: Arc<AtomicBool>,
}

/// What is to be found out about a path before it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// Nothing, as this process has used it before, and none that differs from it in case alone.
    Known,
    /// Whether another one leads to the same status.
    Unknown,
}

impl Users {
    fn new() -> Self {
        Self {
            paths: Bounded::of(MOST),
            spellings: Bounded::of(MOST),
        }
    }

    fn begin(&mut self, location: &Location, reader: Reader) {
        let spelling = spelling(location);
        let has_twin = if let Some(twin) = self.spellings.get(&spelling) {
            twin.store(true, Ordering::Relaxed);
            Arc::clone(twin)
        } else {
            let alone = Arc::default();
            self.spellings.insert(spelling, Arc::clone(&alone));
            alone
        };
        let user = User { reader, has_twin };
        self.paths.insert(bytes(location).to_owned(), user);
    }
}

/// Says that a type uses the status at `location`; an error if another one does.
pub(crate) fn add(location: &Location, reader: Reader) -> Result<Spelling, Error> {
    let mut users = locked(&USERS);
    let Some(user) = users.paths.get_mut(bytes(location)) else {
        users.begin(location, reader);
        return Ok(Spelling::Unknown);
    };
    if user.reader != reader {
        let newer = user.reader.newer_of(reader);
        user.reader = newer.ok_or_else(|| Error::TwoTypes {
            location: location.clone(),
            first: (user.reader.rust_name)(),
            second: (reader.rust_name)(),
        })?;
    }
    let has_twin = user.has_twin.load(Ordering::Relaxed);
    Ok(if has_twin {
        Spelling::Unknown
    } else {
        Spelling::Known
    })
}

/// Nothing is left there, so that another type may begin.
pub(crate) fn forget(location: &Location) {
    let mut users = locked(&USERS);
    users.paths.remove(bytes(location));
    users.spellings.remove(&spelling(location));
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
        assert_eq!(add(&one), Spelling::Unknown);
        assert_eq!(add(&other), Spelling::Unknown);
        assert_eq!([add(&one), add(&other)], [Spelling::Known; 2]);
        assert_eq!(add(&twin), Spelling::Unknown);
        assert_eq!([add(&one), add(&twin)], [Spelling::Unknown; 2]);
        assert_eq!(add(&other), Spelling::Known);
    }
}
