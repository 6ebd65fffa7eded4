use super::platform;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::SystemTime;

/// Tells a directory from another one that later lies at its path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    number: Option<(u64, u64)>,
    /// Numbers are used again, sometimes at once.
    created: Option<SystemTime>,
}

impl Identity {
    /// `None` if there is no such directory.
    pub(crate) fn of(path: &Path) -> io::Result<Option<Self>> {
        match fs::metadata(path) {
            Ok(metadata) => Ok(metadata.is_dir().then(|| Self {
                number: platform::number(&metadata),
                created: metadata.created().ok(),
            })),
            Err(cause) => match cause.kind() {
                ErrorKind::NotFound | ErrorKind::NotADirectory => Ok(None),
                _ => Err(cause),
            },
        }
    }
}
