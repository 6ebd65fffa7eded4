//! Whether permissions do anything.

use super::answer::Answer;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Those of what a save makes, if it is for its user alone; and what lets everyone read.
const TRIED: [u32; 3] = [0o600, 0o400, 0o644];

pub(super) fn modes(here: &Path) -> io::Result<Answer> {
    let path = here.join("modes");
    fs::write(&path, "")?;
    for wanted in TRIED {
        // Some file systems say so, and some do nothing.
        let set = fs::set_permissions(&path, Permissions::from_mode(wanted));
        let mode = fs::metadata(&path)?.permissions().mode() & 0o777;
        if mode != wanted {
            let why = set.err().map(|cause| format!(" ({cause})"));
            let why = why.unwrap_or_default();
            return Ok(Answer::no(format!(
                "a file that is given mode {wanted:o} has {mode:o}{why}: `mode` does nothing here, and who may read \
                 and write a status is up to how this is mounted"
            )));
        }
    }
    Ok(Answer::yes(
        "files have the permissions that they are given, so a status is for those whom its `mode` lets in",
    ))
}
