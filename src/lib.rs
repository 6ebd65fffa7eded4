#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub use statusfile_derive::PersistentStatus;
#[doc(inline)]
pub use statusfile_runtime::{
    Damage, Durability, Error, Flaw, Kind, Loaded, MAX_BYTES, Origin, PersistentStatus, StatusFile,
    StatusLock, Step, Versioned,
};

#[cfg(feature = "watch")]
#[doc(inline)]
pub use statusfile_runtime::Watch;

#[doc(hidden)]
pub use statusfile_runtime::__private;
