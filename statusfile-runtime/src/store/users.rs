//! Which type uses each path in this process: the second to come is told, whatever the first has done there.
//!
//! Two types may have one name in their files, as in two modules, and then no file tells them apart. So every
//! call with a type comes here first. It takes no system call.

use super::group::locked;
use super::reader::Reader;
use crate::error::{Error, Location};
use crate::fs::bounded::Bounded;
use std::sync::{LazyLock, Mutex};

/// So many paths are remembered: that of each type, and enough of those with a key.
const MOST: usize = 4096;

static USERS: LazyLock<Mutex<Bounded<Location, Reader>>> =
    LazyLock::new(|| Mutex::new(Bounded::of(MOST)));

/// Says that a type uses the status at `location`; an error if another one does.
pub(crate) fn add(location: &Location, reader: Reader) -> Result<(), Error> {
    let mut users = locked(&USERS);
    let Some(&first) = users.get(location) else {
        users.insert(location.clone(), reader);
        return Ok(());
    };
    if first == reader {
        return Ok(());
    }
    match first.newer_of(reader) {
        Some(newer) => {
            users.insert(location.clone(), newer);
            Ok(())
        }
        None => Err(Error::TwoTypes {
            location: location.clone(),
            first: (first.rust_name)(),
            second: (reader.rust_name)(),
        }),
    }
}

/// Nothing is left there, so that another type may begin.
pub(crate) fn forget(location: &Location) {
    locked(&USERS).remove(location);
}
