//! The behaviour behind the [`statusfile`](https://docs.rs/statusfile) crate, which is the one to
//! depend on: the public types, the commit protocol and the recovery.
//!
//! A layer is a module, and uses those below it: `api` has the types and handles, `codec` makes values
//! sealed bytes and back, `place` says where a status lies, `store` keeps sealed bytes under numbers,
//! `fs` is the operating system and `error` what can go wrong. `ARCHITECTURE.md` has the map.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(test),
    warn(
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

#[cfg(not(any(
    windows,
    target_vendor = "apple",
    target_os = "android",
    target_os = "dragonfly",
    target_os = "freebsd",
    target_os = "linux",
    target_os = "netbsd",
    target_os = "openbsd"
)))]
compile_error!(
    "statusfile keeps a status in files that it locks: on Linux, Android, macOS, iOS, the BSDs and Windows. For other \
     targets, depend on it under [target.'cfg(...)'.dependencies], and do without it there"
);

mod api;
mod codec;
pub mod error;
mod fs;
mod place;
mod store;
mod trace;

#[cfg(feature = "watch")]
pub use api::Watch;
pub use api::{Autosave, AutosaveOptions, KeyedStatus, PersistentStatus, StatusFile, StatusLock};
pub use codec::docs::StatusSection;
pub use error::{Error, Location};
pub use store::options::{Durability, Publish};
pub use store::snapshot::{Generation, Loaded, Origin};

/// Statuses whose type is not known: for tools that show, verify and change any of them.
pub mod untyped {
    pub use crate::api::untyped::{Seal, UntypedFile, UntypedStatus};
    pub use crate::error::{Finding, Problem};
}

/// Ways to save what TOML has no form for, for `#[serde(with = "...")]`. The errors of a save say where
/// one is needed.
pub mod with {
    pub use crate::codec::with::{options, pairs};
}

/// What `#[derive(PersistentStatus)]` writes down. No part of the public API.
#[doc(hidden)]
pub mod __private {
    pub use crate::api::persistent::Keep;
    pub use crate::codec::docs::{FieldDoc, Fields, FieldsOf, NoSection};
    pub use crate::codec::key::{KeyField, KeyForm, Value};
    pub use crate::codec::schema::{Described, Schema, Succeed};
    pub use crate::place::declaration::{Declaration, FormerPlace};
    pub use crate::place::pattern::{Component, Pattern, checked};
    pub use crate::place::platform::Dir;
}

/// What the command asks besides. No part of the public API.
#[doc(hidden)]
pub mod __command {
    pub use crate::codec::compare::decimal;
    pub use crate::fs::{exchanges, refuses_to_replace};
}

#[cfg(test)]
mod protocol_tests;
