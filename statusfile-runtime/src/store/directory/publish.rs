//! Settings that people edit: a copy of the newest generation at the path.

use super::commit::Commit;
use super::scene::{Front, Site};
use crate::error::{At, Error, Step};
use crate::fs::FileSystem;
use std::io::ErrorKind;
use std::path::Path;

impl<F: FileSystem> Commit<'_, F> {
    /// Puts a synced copy of the newest generation where people edit it. Until this is done, an old
    /// copy there wins.
    ///
    /// An edit made since the look stays: it came after this save, and wins over it.
    pub(super) fn publish(&self) -> Result<(), Error> {
        let layout = &self.directory.layout;
        let at_path = self.directory.at_path(&self.held.open.above);
        let site = self.scene.front.site().unwrap_or(&at_path);
        let parent = site.path.parent().unwrap_or(&site.path);
        let replaced = match self.replace_from(&self.held.open.own, &layout.directory, site) {
            // A person's link leads to another file system.
            Err(Error::Io { cause, .. }) if cause.kind() == ErrorKind::CrossesDevices => {
                self.replace_from(&site.directory, parent, site)
            }
            replaced => replaced,
        };
        match replaced {
            Ok(true) => {
                let synced = self.directory.sync_directory(&site.directory);
                synced
                    .at(Step::Publish, parent)
                    .map_err(Error::after_rename)
            }
            Ok(false) => Ok(()),
            // The old copy wins, so nobody can load the new status.
            Err(error) if matches!(self.scene.front, Front::Edit { .. }) => Err(error),
            Err(error) => Err(error.after_rename()),
        }
    }

    /// Replaces what is at the site by a temp file made in `from`, unless someone edited it since the
    /// look. Who could read and write it can go on to.
    fn replace_from(&self, from: &F::Dir, path: &Path, site: &Site<F::Dir>) -> Result<bool, Error> {
        let directory = self.directory;
        let mode = self.scene.options.mode;
        let temp = directory.write_temp(from, path, &self.new, mode)?;
        if self.scene.front.site().is_some() {
            let copied = temp.copy_owner_and_mode(&site.directory, &site.name);
            copied.at(Step::Publish, &site.path)?;
        }
        directory.sync_temp(&temp)?;
        let front = directory.front(&self.held.open.above, Step::Publish)?;
        let is_same = front.is_same(&self.scene.front);
        if is_same {
            let replaced = temp.replace(&site.directory, &site.name);
            replaced.at(Step::Publish, &site.path)?;
        }
        Ok(is_same)
    }
}
