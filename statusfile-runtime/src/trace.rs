//! What whoever listens is told, with the feature `tracing`: a span for each operation, and a warning
//! for what a person should know of. Without the feature nothing of this is left.

#[cfg(feature = "tracing")]
pub(crate) use on::*;

#[cfg(not(feature = "tracing"))]
pub(crate) use off::*;

/// What is being done to a status.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Operation {
    Load,
    Save,
    Update,
    Restore,
    Remove,
}

#[cfg(feature = "tracing")]
mod on {
    use super::Operation;
    use crate::Origin;
    use crate::damage::Damage;
    use crate::error::Error;
    use std::fmt::Display;
    use std::path::Path;
    use std::time::Duration;
    use tracing::field::Empty;
    use tracing::span::EnteredSpan;
    use tracing::{Span, debug, debug_span, warn};

    /// What users filter by: the crate that they depend on.
    const TARGET: &str = "statusfile";

    /// Names of spans must be literals.
    macro_rules! span {
        ($name:literal, $path:expr) => {
            debug_span!(
                target: TARGET,
                $name,
                path = %$path.display(),
                generation = Empty,
                bytes = Empty,
                lock_wait_ms = Empty,
            )
        };
    }

    pub(crate) fn enter(operation: Operation, path: &Path) -> EnteredSpan {
        match operation {
            Operation::Load => span!("load", path),
            Operation::Save => span!("save", path),
            Operation::Update => span!("update", path),
            Operation::Restore => span!("restore", path),
            Operation::Remove => span!("remove", path),
        }
        .entered()
    }

    pub(crate) fn saved(generation: u64, bytes: usize) {
        Span::current().record("generation", generation);
        Span::current().record("bytes", bytes);
    }

    pub(crate) fn found(origin: Origin, bytes: usize, skipped: &[Damage]) {
        if let Origin::Generation(generation) = origin {
            Span::current().record("generation", generation);
        }
        Span::current().record("bytes", bytes);
        for damage in skipped {
            warn!(target: TARGET, path = %damage.path.display(), "passed over a damaged status: {}", damage.flaw);
        }
    }

    pub(crate) fn waited(wait: Duration) {
        let millis = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        Span::current().record("lock_wait_ms", millis);
    }

    pub(crate) fn adopted(path: &Path, generation: u64) {
        warn!(target: TARGET, path = %path.display(), generation, "kept an edit as a status of its own");
    }

    /// It is tried again, unless nobody is left to.
    pub(crate) fn not_saved(path: &Path, error: &Error) {
        warn!(target: TARGET, path = %path.display(), "an autosave failed: {error}");
    }

    pub(crate) fn set_aside(path: &Path) {
        warn!(target: TARGET, path = %path.display(), "set a damaged status aside");
    }

    /// The next save tries again.
    pub(crate) fn unless_removed(path: &Path, removed: Result<(), impl Display>) {
        if let Err(cause) = removed {
            warn!(target: TARGET, path = %path.display(), "cannot remove what is no longer needed: {cause}");
        }
    }

    /// Not every file system has links, and no load needs one.
    pub(crate) fn unless_linked(path: &Path, linked: Result<(), impl Display>) {
        if let Err(cause) = linked {
            debug!(target: TARGET, path = %path.display(), "cannot make a link: {cause}");
        }
    }
}

#[cfg(not(feature = "tracing"))]
mod off {
    use super::Operation;
    use crate::Origin;
    use crate::damage::Damage;
    use crate::error::Error;
    use std::fmt::Display;
    use std::path::Path;
    use std::time::Duration;

    #[must_use]
    pub(crate) struct NoSpan;

    pub(crate) fn enter(_: Operation, _: &Path) -> NoSpan {
        NoSpan
    }

    pub(crate) fn saved(_: u64, _: usize) {}

    pub(crate) fn found(_: Origin, _: usize, _: &[Damage]) {}

    pub(crate) fn waited(_: Duration) {}

    pub(crate) fn adopted(_: &Path, _: u64) {}

    pub(crate) fn not_saved(_: &Path, _: &Error) {}

    pub(crate) fn set_aside(_: &Path) {}

    pub(crate) fn unless_removed(_: &Path, _: Result<(), impl Display>) {}

    pub(crate) fn unless_linked(_: &Path, _: Result<(), impl Display>) {}
}
