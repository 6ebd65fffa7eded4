//! A status that this process has seen and that is not there: where it was moved away or unmounted, another one must not
//! begin in its place. Where it was removed, it may.

use super::Directory;
use crate::error::{At, Change, Error, Step};
use crate::fs::FileSystem;

impl<F: FileSystem> Directory<F> {
    /// Remembers that a status lies here, in this directory above.
    pub(super) fn remember_seen(&self, above: &F::Dir) {
        let directory = self.fs.directory_id(above).ok();
        let remember = |directory| self.fs.remember_seen(&self.layout.path, directory);
        directory.into_iter().for_each(remember);
    }

    /// This process has removed it.
    pub(super) fn forget_seen(&self) {
        self.fs.forget_seen(&self.layout.path);
    }

    /// Refuses to find that there is no status, if this process has seen one in a directory that was here then and is
    /// not here now. In the same directory someone else has removed it.
    pub(super) fn refuse_gone(
        &self,
        above: impl FnOnce() -> Result<Option<F::Dir>, Error>,
    ) -> Result<(), Error> {
        let Some(seen) = self.fs.recall_seen(&self.layout.path) else {
            return Ok(());
        };
        let now = above()?.map(|above| self.fs.directory_id(&above));
        if now.transpose().at(Step::Place, self.layout.parent())? == Some(seen) {
            return Ok(());
        }
        Err(self.changed(Change::Gone))
    }

    pub(super) fn changed(&self, how: Change) -> Error {
        let location = self.layout.location.clone();
        Error::Changed { location, how }
    }
}
