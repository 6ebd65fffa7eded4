//! Values to sealed bytes and back. What is here touches no file.

mod defaults;
pub(crate) mod docs;
pub(crate) mod encode;
#[cfg(feature = "editable")]
pub(crate) mod layout;
pub(crate) mod prove;
pub(crate) mod schema;
mod snippet;
pub(crate) mod source;
pub(crate) mod untyped;
