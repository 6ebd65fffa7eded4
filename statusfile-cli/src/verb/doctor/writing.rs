//! Whether anything can be written at all.

use super::answer::Answer;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

/// In bytes. More than a small file system has left that calls itself full.
const ENOUGH: usize = 64 << 10;

pub(super) fn writing(here: &Path) -> io::Result<Answer> {
    let path = here.join("writing");
    match fs::write(&path, vec![b'x'; ENOUGH]).and_then(|()| fs::remove_file(&path)) {
        Ok(()) => Ok(Answer::yes("files can be made and written here")),
        Err(cause) => refused(&cause).ok_or(cause),
    }
}

/// What it means that nothing can be made here; `None` if it is no matter of the file system.
pub(super) fn refused(cause: &io::Error) -> Option<Answer> {
    let meaning = match cause.kind() {
        ErrorKind::ReadOnlyFilesystem => {
            "the file system is read-only: statuses on it load, and no save works"
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "the file system, or the user's share of it, is full: statuses on it load, and a save fails and \
             leaves the one before"
        }
        _ => return None,
    };
    Some(Answer::problem(format!("{meaning} ({cause})")))
}
