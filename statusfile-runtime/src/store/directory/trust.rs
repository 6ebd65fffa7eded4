//! Who may have put something where it lies, and whether a save uses it: by owners and permissions alone.

use crate::error::{DamageKind, Error};
use crate::fs::{Made, OPEN_TO_ALL, ROOT};
use std::path::Path;

/// In a mode: the group may write.
const OPEN_TO_GROUP: u32 = 0o020;

/// In a mode, with [`OPEN_TO_ALL`]: everyone may add names, and remove their own.
const STICKY: u32 = 0o1000;

/// Whether somebody who is not to be trusted can have made this: everyone may write where it lies, or this is root in
/// the directory of another; and it belongs to somebody who is neither root, nor this user, nor the owner of that
/// directory.
pub(super) fn may_be_strangers(thing: Made, user: impl Fn() -> u32) -> bool {
    let Made { own, above } = thing;
    if own.owner == ROOT || own.owner == above.owner {
        return false;
    }
    let user = user();
    let is_open = above.mode & OPEN_TO_ALL != 0 || user == ROOT && above.owner != ROOT;
    is_open && own.owner != user
}

/// Whether a status with this mode is for whoever has made this.
pub(super) fn is_shared(thing: Made, mode: u32) -> bool {
    let Made { own, above } = thing;
    let for_group = above.mode & OPEN_TO_ALL == 0 && own.group == above.group;
    mode & OPEN_TO_ALL != 0 || for_group && mode & OPEN_TO_GROUP != 0
}

/// Whether a link may be followed at all: what Linux does with `protected_symlinks` set (proc(5)).
pub(super) fn is_followed(thing: Made, user: impl Fn() -> u32) -> bool {
    let in_a_directory_of_all = thing.above.mode & (STICKY | OPEN_TO_ALL) == STICKY | OPEN_TO_ALL;
    !(in_a_directory_of_all && may_be_strangers(thing, user))
}

pub(super) fn refused(path: &Path, owner: u32) -> Error {
    Error::refused(path, DamageKind::Untrusted { owner })
}
