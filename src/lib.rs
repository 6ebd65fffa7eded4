#![doc = include_str!("guide/links.md")]
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod guide;

pub use statusfile_derive::{PersistentStatus, StatusSection};
#[cfg(feature = "watch")]
#[doc(inline)]
pub use statusfile_runtime::Watch;
#[doc(inline)]
pub use statusfile_runtime::{
    Autosave, AutosaveOptions, Durability, Error, Generation, KeyedStatus, Loaded, Location,
    Origin, PersistentStatus, Publish, StatusFile, StatusLock, StatusSection, error, untyped, with,
};

#[doc(hidden)]
pub use statusfile_runtime::__private;
