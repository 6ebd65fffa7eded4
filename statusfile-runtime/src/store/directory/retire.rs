//! What follows once a new status is durable: step 8 of a save.

use super::Directory;
use super::commit::Commit;
use super::layout::{CURRENT, EDIT_TAKEN, NEW_LINK, damaged_name, generation_name};
use super::scene::{Front, Site};
use crate::error::{At, Error, Step};
use crate::fs::FileSystem;
use crate::trace;
use std::io::{self, ErrorKind};
use std::path::Path;

impl<F: FileSystem> Commit<'_, F> {
    /// Points the links at the new status, which is durable by now, and removes what is no longer
    /// needed.
    ///
    /// Fails only if an edit would still win over the new status. Whatever else fails here leaves a
    /// link or a file behind that the next save deals with.
    pub(super) fn retire(&self, newest: u64) -> Result<(), Error> {
        let (scene, layout) = (self.scene, &self.directory.layout);
        // Before the older status goes, so that people and scripts always find a file: `crashes`.
        let pointed = self.point(&generation_name(newest));
        trace::unless_linked(&layout.within(CURRENT), pointed);
        let replaced = match &scene.front {
            _ if scene.options.editable => self.publish(),
            Front::Nothing => {
                self.link_path();
                Ok(())
            }
            Front::Link => Ok(()),
            Front::Empty(site) | Front::Edit { site, .. } => self.replace_edit(site),
        };

        let damaged = scene.choice.damaged.len();
        let (damaged, good) = scene.listing.generations.split_at(damaged);
        self.set_aside(damaged.first().copied(), &scene.listing.damaged);
        // The new status is one of those that are kept, and so is an edit that was adopted.
        let added = usize::try_from(newest - scene.listing.newest()).unwrap_or(usize::MAX);
        let kept = scene.options.keep.saturating_sub(added);
        // The oldest first, so that a crash leaves none that is older than one that is gone.
        for &number in damaged.iter().skip(1).chain(good.iter().skip(kept)).rev() {
            self.tidy(&generation_name(number));
        }
        replaced
    }

    fn link_path(&self) {
        let Directory { fs, layout, .. } = self.directory;
        let linked = fs.link(&layout.link_target(), &self.held.open.above, &layout.name);
        trace::unless_linked(&layout.path, linked);
    }

    fn tidy(&self, name: &Path) {
        let removed = self.directory.fs.remove(&self.held.open.own, name);
        trace::unless_removed(&self.directory.layout.within(name), removed);
    }

    /// Makes `current` point at `target`, whatever it was before.
    fn point(&self, target: &Path) -> io::Result<()> {
        let (fs, own, new) = (&self.directory.fs, &self.held.open.own, Path::new(NEW_LINK));
        match fs.link(target, own, new) {
            Err(cause) if cause.kind() == ErrorKind::AlreadyExists => {
                fs.remove(own, new)?;
                fs.link(target, own, new)?;
            }
            linked => linked?,
        }
        fs.replace(own, new, own, Path::new(CURRENT))
    }

    /// Puts the link where the edit was, now that the edit is kept as a generation.
    ///
    /// An edit made since then stays: it came after this save, and wins over it.
    fn replace_edit(&self, site: &Site<F::Dir>) -> Result<(), Error> {
        let fs = &self.directory.fs;
        let front = self
            .directory
            .front(&self.held.open.above, Step::RemoveEdit)?;
        if !front.is_same(&self.scene.front) {
            return Ok(());
        }
        // Before the edit goes, for who saves next if this process ends before the sync:
        // `mutants::no_mark_where_the_edit_was`.
        fs.open_or_create(
            &self.held.open.own,
            Path::new(EDIT_TAKEN),
            self.scene.options.mode,
        )
        .and_then(|_mark| fs.remove(&site.directory, &site.name))
        .at(Step::RemoveEdit, &site.path)?;
        self.link_path();
        self.finish_taking_edit().map_err(Error::after_rename)
    }

    /// Makes it durable that an edit is gone from the path. If that were left to chance, a power loss
    /// could bring the edit back, and it would win over all that was saved since; so this syncs even
    /// where saves do not.
    pub(super) fn finish_taking_edit(&self) -> Result<(), Error> {
        let Directory { fs, layout, .. } = self.directory;
        let synced = fs.sync_directory(&self.held.open.above);
        synced.at(Step::SyncParents, layout.parent())?;
        self.tidy(Path::new(EDIT_TAKEN));
        Ok(())
    }

    /// Sets a damaged generation aside, for a person to look at. Of those set aside `before`, the
    /// newest stays until there is another.
    fn set_aside(&self, generation: Option<u64>, before: &[u64]) {
        let (fs, own) = (&self.directory.fs, &self.held.open.own);
        let replaced = generation.filter(|&number| {
            let to = damaged_name(number);
            let moved = fs.replace(own, &generation_name(number), own, &to).is_ok();
            if moved {
                trace::set_aside(&self.directory.layout.within(to));
            }
            moved
        });
        let stays = replaced.or(before.first().copied());
        for &number in before.iter().filter(|&&before| Some(before) != stays) {
            self.tidy(&damaged_name(number));
        }
    }
}
