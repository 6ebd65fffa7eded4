use std::fmt;
use std::io;
use std::ops::Deref;
use std::sync::Arc;

/// Why the operating system refused a call: an [`io::Error`] that can be cloned and compared.
///
/// Two are equal if they have one kind and one text, which holds the number where there is one.
#[derive(Clone, Debug)]
pub struct Cause(Arc<io::Error>);

impl From<io::Error> for Cause {
    fn from(error: io::Error) -> Self {
        Self(Arc::new(error))
    }
}

impl Deref for Cause {
    type Target = io::Error;

    fn deref(&self) -> &io::Error {
        &self.0
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
        self.0.fmt(f)
    }
}
