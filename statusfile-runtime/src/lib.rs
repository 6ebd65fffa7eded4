//! The behaviour behind the [`statusfile`](https://docs.rs/statusfile) crate, which is the one to
//! depend on: the commit protocol, the recovery, and the types that both speak in.

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

#[cfg(feature = "tokio")]
mod asynchronous;
mod autosave;
mod codec;
mod commit;
mod damage;
mod declaration;
mod directory;
mod editable;
mod error;
mod examine;
mod fill;
mod finding;
mod fs;
mod group;
mod history;
mod keyed;
#[cfg(feature = "editable")]
mod layout_kept;
mod listing;
mod lock;
mod name;
mod pattern;
mod persistent;
mod recover;
mod remove;
mod retire;
mod schema;
mod seal;
mod section;
mod snippet;
mod status_file;
mod store;
mod temp;
mod trace;
mod untyped;
#[cfg(feature = "watch")]
mod watch;

pub use autosave::{Autosave, Autosaving};
pub use damage::{Damage, Flaw};
pub use error::{Error, Step, Versioned};
pub use finding::{Finding, Trouble};
pub use fs::{Kind, refuses_to_replace};
pub use history::Generation;
pub use keyed::KeyedStatus;
pub use persistent::PersistentStatus;
pub use section::StatusSection;
pub use status_file::{StatusFile, StatusLock};
pub use store::{Durability, Loaded, Origin};
pub use untyped::{Seal, UntypedFile, UntypedStatus};
#[cfg(feature = "watch")]
pub use watch::Watch;

/// The largest status there can be, in bytes: 256 MiB. A larger file is never read into memory.
pub const MAX_BYTES: u64 = 256 << 20;

/// What `#[derive(PersistentStatus)]` writes down. No part of the public API.
#[doc(hidden)]
pub mod __private {
    pub use crate::declaration::{Declaration, Dir};
    pub use crate::pattern::{Component, KeyField, Pattern, Value, checked};
    pub use crate::persistent::Keep;
    pub use crate::schema::{Schema, Succeed};
    pub use crate::section::{FieldDoc, Fields, FieldsOf, NoSection};
}

#[cfg(test)]
mod protocol_tests;
