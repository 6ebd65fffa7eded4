//! Where a status lies. What is here knows no bytes.

pub(crate) mod declaration;
pub(crate) mod pattern;
pub(crate) mod platform;
pub(crate) mod search;
