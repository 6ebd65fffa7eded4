use std::fmt;
use std::path::{Path, PathBuf};

/// Where a status lies, or one of its files: a path, or the URL of an object in a store.
///
/// It prints as people write it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Location {
    /// On a file system.
    Path(PathBuf),
    /// In an object store.
    Url(String),
}

impl Location {
    /// The path, if this is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Path(path) => Some(path),
            Self::Url(_) => None,
        }
    }
}

impl<P: AsRef<Path>> From<P> for Location {
    fn from(path: P) -> Self {
        Self::Path(path.as_ref().to_owned())
    }
}

impl From<&Location> for Location {
    fn from(location: &Location) -> Self {
        location.clone()
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.display().fmt(f),
            Self::Url(url) => f.write_str(url),
        }
    }
}
