//! Values to sealed bytes and back. What is here touches no file.

mod checked;
pub(crate) mod compare;
mod defaults;
pub(crate) mod docs;
pub(crate) mod encode;
pub(crate) mod key;
#[cfg(feature = "editable")]
pub(crate) mod layout;
mod mistake;
mod path;
mod prove;
pub(crate) mod schema;
pub(crate) mod source;
pub(crate) mod untyped;
pub(crate) mod with;
