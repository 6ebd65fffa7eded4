use super::platform;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

/// The permission bits of what `path` names, which is not followed if it is a link. `None` if there
/// is nothing, and where there are no such bits.
pub(crate) fn mode(path: &Path) -> io::Result<Option<u32>> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(platform::mode(&metadata)),
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(cause),
    }
}
