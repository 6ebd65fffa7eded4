//! Sealed bytes under numbers. What is here knows no type, no serde and no TOML.

pub(crate) mod backend;
pub(crate) mod directory;
pub(crate) mod group;
pub(crate) mod limits;
#[cfg(test)]
pub(crate) mod memory;
pub(crate) mod options;
pub(crate) mod places;
pub(crate) mod reader;
pub(crate) mod saved;
pub(crate) mod sealed;
pub(crate) mod snapshot;
pub(crate) mod users;
