#![doc = include_str!("../README.md")]

pub use statusfile_derive::{PersistentStatus, StatusSection};
#[doc(inline)]
pub use statusfile_runtime::{
    Damage, Durability, Error, Flaw, Generation, KeyedStatus, Kind, Loaded, MAX_BYTES, Origin,
    PersistentStatus, StatusFile, StatusLock, StatusSection, Step, Versioned,
};

#[doc(hidden)]
pub use statusfile_runtime::__private;
