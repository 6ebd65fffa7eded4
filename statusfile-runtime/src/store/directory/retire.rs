//! What follows once a new status is durable: step 8 of a save.

use super::commit::{Commit, Replaced};
use super::layout::{SET_ASIDE, aside_name, damaged_name, generation_name};
use crate::fs::FileSystem;
use crate::trace;
use std::path::Path;

impl<F: FileSystem> Commit<'_, F> {
    /// Removes what is no longer needed, now that the new status is durable.
    ///
    /// Whatever fails here leaves a file behind that the next save deals with.
    pub(super) fn retire(&self, newest: u64, replaced: &Replaced) {
        let scene = self.scene;
        if replaced.is_for_a_person(&scene.front) {
            let _ = self.set_published_aside();
        }
        for &number in scene.listing.aside.iter().skip(SET_ASIDE - 1) {
            self.tidy(&aside_name(number));
        }
        let looked_at = scene.choice.damaged.len();
        let good = scene.listing.generations.iter().skip(looked_at);
        let mut damaged = scene.choice.damaged_files().map(|(number, _)| number);
        self.set_aside(damaged.next().copied(), &scene.listing.damaged);
        // The new status is one of those that are kept, and so is a text that was adopted. What that has beaten
        // stays for one save more, as nobody may have looked at it yet.
        let added = usize::try_from(newest - scene.listing.highest()).unwrap_or(usize::MAX);
        let kept = scene.options.keep.saturating_sub(added).max(1);
        // The oldest first, so that a crash leaves none that is older than one that is gone.
        let no_longer_kept: Vec<_> = damaged.chain(good.skip(kept)).collect();
        for &number in no_longer_kept.into_iter().rev() {
            self.tidy(&generation_name(number));
        }
    }

    fn tidy(&self, name: &Path) {
        let removed = self.directory.fs.remove(&self.held.open.own, name);
        trace::unless_removed(&self.directory.layout.within(name), removed);
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
