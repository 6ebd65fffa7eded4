#![doc = include_str!("../README.md")]

pub use statusfile_derive::PersistentStatus;
#[doc(inline)]
pub use statusfile_runtime::{
    Damage, Durability, Error, Flaw, KeyedStatus, Kind, Loaded, MAX_BYTES, Origin,
    PersistentStatus, StatusFile, StatusLock, Step, Versioned,
};

#[doc(hidden)]
pub use statusfile_runtime::__private;
