#![doc = include_str!("guide/links.md")]
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod guide;

pub use statusfile_derive::{PersistentStatus, StatusSection};
#[doc(inline)]
pub use statusfile_runtime::{
    Autosave, Autosaving, Damage, Durability, Error, Finding, Flaw, Generation, KeyedStatus, Kind,
    Loaded, MAX_BYTES, Origin, PersistentStatus, Seal, StatusFile, StatusLock, StatusSection, Step,
    Trouble, UntypedFile, UntypedStatus, Versioned, refuses_to_replace,
};

#[cfg(feature = "watch")]
#[doc(inline)]
pub use statusfile_runtime::Watch;

#[doc(hidden)]
pub use statusfile_runtime::__private;
