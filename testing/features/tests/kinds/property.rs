//! What must be true of every value, whatever its kind and whoever saves it.

use crate::risks::{First, Latest, Second};
use crate::spelling::Choices;
use crate::ways::{Kept, Way, is_kept_or_refused, spelled};
use statusfile::{Error, PersistentStatus, StatusFile};
use std::path::Path;

/// `new` takes the place of `old` in every way, or in none.
pub(crate) fn comes_back_or_is_refused<T: Kept>(
    file: fn(&Path) -> StatusFile<T>,
    (old, new): (&T, &T),
    choices: Vec<u8>,
    ways: &[Way<T>],
) {
    let directory = tempfile::tempdir().unwrap();
    let file = file(&directory.path().join("status.toml"));
    let edit = spelled(old, &mut Choices::new(choices));
    is_kept_or_refused(&file, (old, new), edit.as_deref(), ways);
}

/// What the first version saved, the latest loads as what it was converted to, replaces it and restores it;
/// what cannot be converted stays, and what is of a newer version is safe from an older one.
pub(crate) fn is_converted_or_left_alone(first: &First, new: &Latest) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("status.toml");
    let (old_file, file) = (First::at(&path), Latest::at(&path));
    match old_file.save(first) {
        Ok(()) => assert_eq!(&old_file.load().unwrap(), first),
        Err(Error::Encode { .. }) => {
            assert!(matches!(file.load(), Err(Error::NotFound { .. })));
            return;
        }
        Err(error) => panic!("{error}"),
    }
    let number = old_file.history().unwrap()[0].number;
    let is_first = || assert_eq!(&old_file.load().unwrap(), first);
    let converted = match Second::try_from(first.clone()) {
        Ok(second) => Latest::from(second),
        Err(reason) => {
            let refused = file.load();
            let says = |message: &String| *message == reason;
            assert!(matches!(&refused, Err(Error::Convert { message, .. }) if says(message)));
            let refused = file.update(|_| panic!("called"));
            assert!(matches!(refused, Err(Error::Convert { .. })));
            is_first();
            return;
        }
    };
    assert_eq!(file.load().unwrap(), converted);
    match file.update(|held| held.clone_from(new)) {
        Ok(()) => {}
        Err(Error::Encode { .. }) => return is_first(),
        Err(error) => panic!("{error}"),
    }
    assert_eq!(&file.load().unwrap(), new);
    assert!(matches!(old_file.load(), Err(Error::Foreign { .. })));
    assert!(matches!(old_file.save(first), Err(Error::Foreign { .. })));
    assert_eq!(&file.load().unwrap(), new);
    assert_eq!(file.restore(number).unwrap(), converted);
    assert_eq!(file.load().unwrap(), converted);
    is_first();
}
