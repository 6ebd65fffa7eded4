//! Whose things are that a save finds: what a stranger may have put there to get hold of the status is left alone.
//!
//! Loads ask nothing of owners.

use super::Directory;
use super::layout::temp_name;
use super::trust::{is_shared, may_be_strangers, refused};
use crate::error::{At, Error, Step};
use crate::fs::{Access, FileSystem, Made, ROOT};
use std::path::Path;

impl<F: FileSystem> Directory<F> {
    /// Whether a stranger may have put this into the directory `above`, and the status is not for them.
    pub(super) fn is_strangers(
        &self,
        above: &F::Dir,
        own: Access,
        mode: u32,
    ) -> Result<bool, Error> {
        let above = self.fs.access(above).at(Step::Look, self.layout.parent())?;
        let thing = Made { own, above };
        Ok(may_be_strangers(thing, || self.fs.user()) && !is_shared(thing, mode))
    }

    /// Before anything is made in a status directory: its owner could read all, and put anything in the place of it.
    pub(super) fn refuse_strangers(&self, above: &F::Dir, own: &F::Dir) -> Result<(), Error> {
        let fs = &self.fs;
        let path = &self.layout.directory;
        let access = fs.access(own).at(Step::Look, path)?;
        // A server may take this user for another: whose is what this process makes?
        let own_made = || fs.owner_of_made(own, &temp_name(fs.nonce()));
        let mode = self.options.mode;
        if self.is_strangers(above, access, mode)?
            && !own_made().is_ok_and(|owner| owner == access.owner)
        {
            return Err(refused(path, access.owner));
        }
        Ok(())
    }

    /// Before anything is made where a link leads: its maker chose the place.
    pub(super) fn refuse_strangers_links(&self, above: Option<&F::Dir>) -> Result<(), Error> {
        match self.strangers_link(above)? {
            Some((link, owner)) => Err(refused(link, owner)),
            None => Ok(()),
        }
    }

    /// The link that leads to the directory `above`, and whose it is, if no save may follow it: a stranger may have put
    /// it there. Root goes only where its owner could have saved, too.
    pub(super) fn strangers_link(
        &self,
        above: Option<&F::Dir>,
    ) -> Result<Option<(&Path, u32)>, Error> {
        let Some(link) = &self.layout.link else {
            return Ok(None);
        };
        let fs = &self.fs;
        let above = above.map(|above| fs.access(above)).transpose();
        let owner_above = above.at(Step::Look, self.layout.parent())?;
        let owner_above = owner_above.map(|above| above.owner);
        let leads_astray = |made: &&Made| {
            let owner = made.own.owner;
            may_be_strangers(**made, || fs.user())
                || fs.user() == ROOT && owner != ROOT && owner_above != Some(owner)
        };
        let made = link.made.iter().find(leads_astray);
        Ok(made.map(|made| (&*link.path, made.own.owner)))
    }
}
