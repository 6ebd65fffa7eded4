//! What can be done with names.

use super::answer::Answer;
use statusfile_runtime::__command::{exchanges, refuses_to_replace};
use std::fs;
use std::io;
use std::path::Path;

pub(super) fn rename(here: &Path) -> io::Result<Answer> {
    let [from, to, free] = ["from", "to", "free"].map(Path::new);
    fs::write(here.join(from), "")?;
    fs::write(here.join(to), "")?;
    if refuses_to_replace(here, from, to, free)? {
        return Ok(Answer::yes(
            "a rename refuses to replace, so two writers never take the same number",
        ));
    }
    // It may have been renamed.
    fs::write(here.join(from), "")?;
    let has_links = fs::hard_link(here.join(from), here.join("second")).is_ok();
    Ok(Answer::no(if has_links {
        "a rename cannot refuse to replace; saves give a second name in its place (a hard link), which refuses, \
         so two writers never take the same number"
    } else {
        "a rename cannot refuse to replace, and there are no hard links; saves look first, which is enough while \
         locks work"
    }))
}

pub(super) fn exchange(here: &Path) -> io::Result<Answer> {
    let (new, old) = (Path::new("new"), Path::new("old"));
    fs::write(here.join(new), "")?;
    fs::write(here.join(old), "")?;
    Ok(if exchanges(here, new, old)? {
        Answer::yes(
            "a save keeps whatever it replaces at the path, also what comes at the last moment",
        )
    } else {
        Answer::no(
            "two names cannot be exchanged; a save looks at the path once more and then replaces it, so \
             an edit that comes in between is lost",
        )
    })
}
