//! A status in a directory beside its path. `docs/protocol.md` has the whole protocol.

mod backend;
mod check;
pub(crate) mod choose;
pub(crate) mod commit;
mod history;
pub(crate) mod layout;
pub(crate) mod lock;
mod open;
mod publish;
mod recover;
mod remove;
mod retire;
pub(crate) mod scene;
mod temp;

use super::options::Options;
use layout::Layout;

/// One status on one file system, and how it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Directory<F> {
    pub(crate) fs: F,
    pub(crate) layout: Layout,
    pub(crate) options: Options,
}
