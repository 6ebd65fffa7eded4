//! Values to sealed bytes and back. What is here touches no file.

mod defaults;
pub(crate) mod docs;
pub(crate) mod encode;
#[cfg(feature = "editable")]
pub(crate) mod layout;
mod mistake;
pub(crate) mod schema;
mod source;
pub(crate) mod untyped;
pub(crate) mod with;
