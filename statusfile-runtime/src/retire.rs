//! What follows once a new status is durable: step 8 of a save.

use crate::commit::Kept;
use crate::error::{Error, Step};
use crate::fs::FileSystem;
use crate::name::generation_name;
use crate::recover::AtPath;
use crate::store::Store;
use crate::trace;
use std::io::{self, ErrorKind};
use std::path::Path;

impl<F: FileSystem> Store<F> {
    /// Points the links at the new status, which is durable by now, and removes what is no longer
    /// needed.
    ///
    /// Only an edit that goes on to win over the new status is worth an error. Whatever else fails
    /// here leaves a link or a file behind that the next save deals with.
    pub(crate) fn retire(
        &self,
        kept: &Kept<F::Directory>,
        newest: u64,
        status: &[u8],
    ) -> Result<(), Error> {
        let layout = &self.layout;
        let current = layout.current();
        let pointed = self.point(&current, Path::new(&generation_name(newest)));
        trace::unless_linked(&current, pointed);
        let replaced = match &kept.at_path {
            _ if self.options.editable => self.publish(kept, status),
            AtPath::Nothing => {
                self.link_path();
                Ok(())
            }
            AtPath::Link => Ok(()),
            AtPath::Empty { .. } | AtPath::Edit { .. } => self.replace_edit(&kept.at_path),
        };

        let damaged = kept.survey.damaged.len();
        let (damaged, good) = kept.listing.generations.split_at(damaged);
        self.set_aside(damaged.first().copied(), &kept.listing.damaged);
        let added = usize::try_from(newest - kept.newest()).unwrap_or(usize::MAX);
        let retired = good.iter().skip(self.options.keep.saturating_sub(added));
        for &generation in damaged.iter().skip(1).chain(retired).rev() {
            self.tidy(&layout.generation(generation));
        }
        replaced
    }

    fn link_path(&self) {
        let path = self.layout.path();
        trace::unless_linked(path, self.fs.link(self.layout.link_target(), path));
    }

    fn tidy(&self, path: &Path) {
        trace::unless_removed(path, self.fs.remove(path));
    }

    /// Makes `link` point at `target`, whatever it was before.
    fn point(&self, link: &Path, target: &Path) -> io::Result<()> {
        let new = self.layout.new_link();
        match self.fs.link(target, &new) {
            Err(cause) if cause.kind() == ErrorKind::AlreadyExists => {
                self.fs.remove(&new)?;
                self.fs.link(target, &new)?;
            }
            linked => linked?,
        }
        self.fs.replace(&new, link)
    }

    /// Puts the link where the edit was, now that the edit is kept as a generation.
    ///
    /// An edit made since then stays: it came after this save, and wins over it.
    fn replace_edit(&self, before: &AtPath) -> Result<(), Error> {
        let path = self.layout.path();
        if !self.at_path(Step::RemoveEdit)?.is_same(before) {
            return Ok(());
        }
        let marker = self.layout.edit_taken();
        self.fs
            .open_or_create(&marker, self.options.mode)
            .and_then(|_marker| self.fs.remove(path))
            .map_err(|cause| Error::io(Step::RemoveEdit, path, cause))?;
        self.link_path();
        self.finish_taking_edit().map_err(Error::after_rename)
    }

    /// Makes it durable that an edit is gone from the path. If that were left to chance, a power cut
    /// could bring the edit back, and it would win over all that was saved since; so this flushes
    /// even where saves do not.
    pub(crate) fn finish_taking_edit(&self) -> Result<(), Error> {
        let parent = self.layout.parent();
        self.fs
            .flush_directory(parent)
            .map_err(|cause| Error::io(Step::FlushParents, parent, cause))?;
        self.tidy(&self.layout.edit_taken());
        Ok(())
    }

    /// Sets a damaged generation aside, for a person to look at. Of those set aside `before`, the
    /// newest stays until there is another.
    fn set_aside(&self, generation: Option<u64>, before: &[u64]) {
        let replaced = generation.is_some_and(|generation| {
            let (from, to) = (
                self.layout.generation(generation),
                self.layout.damaged(generation),
            );
            let replaced = self.fs.replace(&from, &to).is_ok();
            if replaced {
                trace::set_aside(&to);
            }
            replaced
        });
        let stays = if replaced {
            generation
        } else {
            before.first().copied()
        };
        for &generation in before.iter().filter(|&&before| Some(before) != stays) {
            self.tidy(&self.layout.damaged(generation));
        }
    }
}
