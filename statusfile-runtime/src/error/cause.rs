use std::fmt;
use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why the operating system refused a call: an [`io::Error`] that can be cloned and compared.
///
/// Two are equal if they have one kind and one text, which holds the number where there is one.
#[derive(Clone, Debug)]
pub struct Cause {
    error: Arc<io::Error>,
    /// The link that led to where this happened.
    link: Option<PathBuf>,
}

impl Cause {
    pub(super) fn behind(self, link: &Path) -> Self {
        let link = Some(link.to_owned());
        Self { link, ..self }
    }
}

impl From<io::Error> for Cause {
    fn from(error: io::Error) -> Self {
        Self {
            error: Arc::new(error),
            link: None,
        }
    }
}

impl Deref for Cause {
    type Target = io::Error;

    fn deref(&self) -> &io::Error {
        &self.error
    }
}

impl PartialEq for Cause {
    fn eq(&self, other: &Self) -> bool {
        self.kind() == other.kind() && self.to_string() == other.to_string()
    }
}

impl Eq for Cause {}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)?;
        match &self.link {
            Some(link) => write!(f, "; the link {} leads here", link.display()),
            None => Ok(()),
        }
    }
}
