//! Spans and events for a subscriber, with the feature `tracing`: a span for each operation, and a
//! warning for what a person should know. Without the feature nothing of this is left.

#![cfg_attr(
    not(feature = "tracing"),
    allow(unused_variables, clippy::needless_pass_by_value)
)]

use crate::error::{Damage, Error, Location};
use std::fmt::Display;
use std::path::Path;
use std::time::Duration;
#[cfg(feature = "tracing")]
use tracing::{Span, debug_span, field::Empty, warn};

/// What users filter by: the crate that they depend on.
#[cfg(feature = "tracing")]
const TARGET: &str = "statusfile";

/// What is being done to a status.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Operation {
    Load,
    Save,
    Update,
    Restore,
    Remove,
}

/// The operation goes on until what this returns is dropped.
#[must_use]
pub(crate) fn enter(operation: Operation, location: &Location) -> impl Sized + use<> {
    /// Names of spans must be literals.
    #[cfg(feature = "tracing")]
    macro_rules! span {
        ($name:literal) => {
            debug_span!(
                target: TARGET, $name,
                path = %location, generation = Empty, bytes = Empty, lock_wait_ms = Empty,
            )
        };
    }
    #[cfg(feature = "tracing")]
    match operation {
        Operation::Load => span!("load"),
        Operation::Save => span!("save"),
        Operation::Update => span!("update"),
        Operation::Restore => span!("restore"),
        Operation::Remove => span!("remove"),
    }
    .entered()
}

pub(crate) fn saved(generation: u64, bytes: usize) {
    found(Some(generation), bytes, &[]);
}

/// `None` is an edit.
pub(crate) fn found(generation: Option<u64>, bytes: usize, skipped: &[Damage]) {
    #[cfg(feature = "tracing")]
    {
        Span::current()
            .record("generation", generation)
            .record("bytes", bytes);
        for damage in skipped {
            warn!(target: TARGET, path = %damage.location, "passed over a damaged status: {}", damage.kind);
        }
    }
}

pub(crate) fn waited(wait: Duration) {
    #[cfg(feature = "tracing")]
    Span::current().record(
        "lock_wait_ms",
        u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
    );
}

pub(crate) fn adopted(location: &Location, generation: u64) {
    #[cfg(feature = "tracing")]
    warn!(target: TARGET, path = %location, generation, "kept an edit as a status of its own");
}

/// Long before a limit is reached, as what is refused then is an edit or a save.
pub(crate) fn half_full(location: &Location, bytes: u64, most: u64) {
    #[cfg(feature = "tracing")]
    warn!(target: TARGET, path = %location, bytes, most, "the status takes more than half of the bytes that it may");
}

/// Comments are lost, and the value is not.
#[cfg(feature = "editable")]
pub(crate) fn layout_lost(location: &Location) {
    #[cfg(feature = "tracing")]
    warn!(target: TARGET, path = %location, "wrote the status anew, as it has no form in the layout of its file");
}

/// The next save puts it at the new place.
pub(crate) fn found_formerly(location: &Location) {
    #[cfg(feature = "tracing")]
    tracing::info!(target: TARGET, path = %location, "loaded the status from where it lay formerly");
}

/// An older status is loaded in its place.
pub(crate) fn not_decoded(error: &Error) {
    #[cfg(feature = "tracing")]
    warn!(target: TARGET, path = %error.location(), "passed over a status that does not decode: {error}");
}

/// It is tried again, unless nobody is left to.
pub(crate) fn not_saved(location: &Location, error: &Error) {
    #[cfg(feature = "tracing")]
    warn!(target: TARGET, path = %location, "an autosave failed: {error}");
}

pub(crate) fn set_aside(path: &Path) {
    #[cfg(feature = "tracing")]
    warn!(target: TARGET, path = %path.display(), "set aside what nothing loads");
}

/// Who knows it by that one sees the old status.
pub(crate) fn other_names(path: &Path) {
    #[cfg(feature = "tracing")]
    warn!(target: TARGET, path = %path.display(), "the file at the path had another name, which goes on to lead to the status before");
}

/// It is what loads.
pub(crate) fn beaten(path: &Path) {
    #[cfg(feature = "tracing")]
    warn!(target: TARGET, path = %path.display(), "left at the path what came there during a save");
}

/// The next save tries again.
pub(crate) fn unless_removed(path: &Path, removed: Result<(), impl Display>) {
    #[cfg(feature = "tracing")]
    if let Err(cause) = removed {
        warn!(target: TARGET, path = %path.display(), "cannot remove what is no longer needed: {cause}");
    }
}
