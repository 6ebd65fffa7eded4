use super::FileId;
use super::platform::file_id;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::SystemTime;

/// Tells a directory from another one that later lies at its path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    id: FileId,
    /// Numbers are used again, sometimes at once.
    created: Option<SystemTime>,
}

impl Identity {
    /// `None` if there is no such directory.
    pub(crate) fn of(path: &Path) -> io::Result<Option<Self>> {
        match fs::metadata(path) {
            Ok(metadata) => Ok(metadata.is_dir().then(|| Self {
                id: file_id(&metadata),
                created: metadata.created().ok(),
            })),
            Err(cause) => match cause.kind() {
                ErrorKind::NotFound | ErrorKind::NotADirectory => Ok(None),
                _ => Err(cause),
            },
        }
    }
}
