//! Both forms of `#[status(crate = ...)]` find the renamed dependency.

use persist::{Error, PersistentStatus, StatusFile};
use statusfile_renamed_test::{AsPath, InString};

fn status_file<T: PersistentStatus>() -> Result<StatusFile<T>, Error> {
    T::status_file()
}

#[test]
fn in_a_string() {
    assert!(status_file::<InString>().is_ok());
}

#[test]
fn as_a_path() {
    assert!(status_file::<AsPath<String>>().is_ok());
}
