//! Saving, step by step. The numbers are those of `docs/protocol.md`, which says for each step what
//! a crash there leaves behind. Step 1, encoding the value, is `codec`'s.

use super::Directory;
use super::layout::{LAST_GENERATION, generation_name};
use super::lock::Held;
use super::open::Open;
use super::scene::{Front, Scene};
use super::temp::Temp;
use crate::error::{At, Error, Step};
use crate::fs::FileSystem;
use crate::store::backend::{Edit, Gate, Over};
use crate::store::options::{Durability, Options};
use crate::store::saved::Saved;
use crate::store::sealed::Sealed;
use crate::trace;
use std::ffi::OsString;
use std::io::{self, ErrorKind};

/// How often a writer may find that its directory was removed before it has made its temp file.
const TRIES: usize = 16;

/// A commit under the lock: what all its steps work on.
pub(super) struct Commit<'a, F: FileSystem> {
    pub(super) directory: &'a Directory<F>,
    pub(super) held: &'a Held<F>,
    pub(super) scene: &'a Scene<F::Dir>,
    pub(super) new: Sealed,
}

impl<F: FileSystem> Directory<F> {
    /// Makes `new` the newest generation, and returns its number.
    pub(super) fn commit_alone(
        &self,
        new: &Sealed,
        above: Option<F::Dir>,
        gate: &dyn Gate,
    ) -> Result<u64, Error> {
        let (temp, held) = self.write_and_lock(new, above)?; // 2, 3, and 9 when it is dropped
        let commit = Commit {
            directory: self,
            held: &held,
            scene: &self.look(&held, Step::Look)?, // 4
            new: new.clone(),
        };
        commit.run(Some(temp), gate)
    }

    /// The same for who has the lock already.
    pub(super) fn commit_under(
        &self,
        held: &Held<F>,
        new: &Sealed,
        over: &Over<'_, Scene<F::Dir>>,
        gate: &dyn Gate,
    ) -> Result<u64, Error> {
        let looked;
        let seen = match over {
            Over::Still(seen) => seen.token.as_ref(),
            Over::Anything | Over::Nothing => None,
        };
        let scene = if let Some(scene) = seen {
            scene
        } else {
            looked = self.look(held, Step::Look)?; // 4
            self.refuse_changed(over, &looked)?;
            &looked
        };
        let commit = Commit {
            directory: self,
            held,
            scene,
            new: new.clone(),
        };
        commit.run(None, gate) // 2
    }

    fn refuse_changed(
        &self,
        over: &Over<'_, Scene<F::Dir>>,
        scene: &Scene<F::Dir>,
    ) -> Result<(), Error> {
        let has_changed = match over {
            Over::Still(seen) => self.status_in(scene)?.document.bytes() != seen.document.bytes(),
            Over::Nothing => self.status_in(scene).is_ok(),
            Over::Anything => false,
        };
        let location = self.layout.location.clone();
        if has_changed {
            return Err(Error::Changed { location });
        }
        Ok(())
    }

    fn write_and_lock(
        &self,
        new: &Sealed,
        mut above: Option<F::Dir>,
    ) -> Result<(Temp<F>, Held<F>), Error> {
        let mut removed = 0;
        loop {
            let open = self.open_or_make(above.take())?;
            match self.full_temp(&open, new, &self.options) {
                Ok(temp) => {
                    if let Some(held) = self.lock_in(open, self.options.lock_timeout)? {
                        return Ok((temp, held));
                    }
                }
                // A removal took the directory before there was anything in it.
                Err(error) if error.is_not_found() && removed < TRIES => removed += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// A temp file that holds all of a status.
    ///
    /// Where a number of a removed file may be used again, a name that is on the disk before what it
    /// stands for leads to what that number was before: an older status, or another one's, whole, under a
    /// seal that holds. It would win. So the file is on the disk there before it gets a generation's name:
    /// `mutants::status_named_unsynced`.
    fn full_temp(
        &self,
        open: &Open<F>,
        status: &Sealed,
        options: &Options,
    ) -> Result<Temp<F>, Error> {
        let (path, mode) = (&self.layout.directory, options.file_mode());
        let temp = self.write_temp(&open.own, path, status, mode)?; // 2
        // Not under the lock, if that can be.
        if self.syncs_before_naming(&open.own) {
            self.sync_temp(&temp)?;
        }
        Ok(temp)
    }

    /// Without syncs there is nothing to be put first.
    fn syncs_before_naming(&self, own: &F::Dir) -> bool {
        self.options.durability == Durability::Full && self.fs.may_revive(own)
    }
}

impl<F: FileSystem> Commit<'_, F> {
    fn run(mut self, written: Option<Temp<F>>, gate: &dyn Gate) -> Result<u64, Error> {
        self.make_way(written.as_ref(), gate)?; // 4
        let edit = self.edit(gate)?;
        if let (None, Some(good)) = (&edit, &self.scene.choice.good) {
            let location = self.directory.layout.generation(good.number).into();
            gate.may_replace(&good.sealed, &location)?;
        }
        let is_late = self.come_later(edit.as_ref());
        let temp = match written.filter(|_| !is_late) {
            Some(temp) => temp,
            None => self.temp(&self.new)?,
        };
        let mut named = Vec::new();
        self.name(temp, edit.as_ref(), &mut named) // 5
            .and_then(|()| self.sync(&named)) // 6, 7
            .map_err(|error| self.take_back(&named, error))?;
        let newest = named.last().map_or(0, |newest| newest.number);
        drop(named);
        (self.directory.inscribe(self.held)).map_err(Error::after_rename)?;
        trace::saved(newest, self.new.bytes().len());
        self.retire(newest)?; // 8
        Ok(newest)
    }

    fn temp(&self, status: &Sealed) -> Result<Temp<F>, Error> {
        let options = &self.scene.options;
        self.directory.full_temp(&self.held.open, status, options)
    }

    fn make_way(&self, written: Option<&Temp<F>>, gate: &dyn Gate) -> Result<(), Error> {
        let (directory, open, scene) = (self.directory, &self.held.open, self.scene);
        if let Some(good) = &scene.choice.good {
            // Before anything is removed: `edge_cases::what_a_newer_program_wrote_is_never_replaced`.
            let location = directory.layout.generation(good.number);
            let known = gate.newest_known();
            good.sealed.refuse_newer(location, known)?;
        }
        let temps = scene.listing.temps.iter();
        let is_ours = |name: &&OsString| written.is_some_and(|temp| temp.is_named(name));
        directory.sweep(&open.own, temps.filter(|name| !is_ours(name)));
        if scene.listing.generations.is_empty() {
            // Before there is one, as later saves rely on it: `mutants::no_sync_of_the_parents`.
            directory.sync_parents(&open.above)?;
        }
        if scene.listing.edit_taken {
            self.finish_taking_edit()?;
        }
        Ok(())
    }

    /// Gives the next numbers to a person's edit, which becomes the older status, and to the new status;
    /// and to a copy of it if there is nothing good to fall back on: from the first save on, no one
    /// damaged file takes every copy (`mutants::first_status_kept_once`).
    fn name(
        &self,
        temp: Temp<F>,
        edit: Option<&Sealed>,
        named: &mut Vec<Named<F>>,
    ) -> Result<(), Error> {
        let mut temps = Vec::new();
        if let Some(edit) = edit {
            temps.push(self.temp(edit)?);
        }
        temps.push(temp);
        if edit.is_none() && self.scene.choice.good.is_none() {
            temps.push(self.temp(&self.new)?);
        }
        let is_first = self.scene.choice.good.is_none() || !self.scene.was_saved;
        if is_first && !self.directory.syncs_before_naming(&self.held.open.own) {
            // Nobody may have synced the names that are there. A power loss could keep one of these
            // alone, torn, where no save ever returned: `mutants::first_status_named_unsynced`.
            let mut temps = temps.iter();
            temps.try_for_each(|temp| self.directory.sync_temp(temp))?;
        }
        for temp in temps {
            self.rename(temp, named)?;
        }
        if edit.is_some() {
            let adopted = self.scene.listing.newest() + 1;
            trace::adopted(&self.directory.layout.location, adopted);
        }
        Ok(())
    }

    /// No two saves have one time, and none is earlier than the one before, whatever the clock says:
    /// another writer may have been quicker since the new status was sealed. Returns whether it has to be
    /// written with another time.
    fn come_later(&mut self, edit: Option<&Sealed>) -> bool {
        let good = self.scene.choice.good.as_ref();
        let before = edit.or(good.map(|good| &good.sealed));
        let later = before.and_then(|before| self.new.not_before(before));
        later.map(|later| self.new = later).is_some()
    }

    /// A person's edit at the path, which the new status will replace.
    fn edit(&self, gate: &dyn Gate) -> Result<Option<Sealed>, Error> {
        let Front::Edit {
            site,
            bytes,
            modified,
        } = &self.scene.front
        else {
            return Ok(None);
        };
        let now = Saved::at(self.directory.fs.now());
        let made = modified.map_or(now, |modified| Saved::at(modified).min(now));
        let good = self.scene.choice.good.as_ref().map(|good| &good.sealed);
        // Nobody has edited a copy, whether or not it decodes as what the type is today:
        // `edge_cases::a_copy_that_nobody_edited_is_not_decoded`.
        if good.is_some_and(|good| good.bytes() == bytes) {
            return Ok(None);
        }
        let made = good.map_or(made, |good| made.later_than(good.label.saved));
        let edit = gate.adopt(&Edit {
            bytes,
            location: &(&site.path).into(),
            saved: made,
            newest: good,
        })?;
        Ok(edit.filter(|edit| !good.is_some_and(|good| good.says_what(edit))))
    }

    fn rename(&self, mut temp: Temp<F>, named: &mut Vec<Named<F>>) -> Result<(), Error> {
        let newest = self.scene.listing.newest() + named.len() as u64;
        let (number, renamed) = if newest == LAST_GENERATION {
            let cause = "there is no number after this one; remove this file if it is not a real \
                         status";
            (newest, Err(io::Error::new(ErrorKind::InvalidData, cause)))
        } else {
            (newest + 1, temp.rename(&generation_name(newest + 1)))
        };
        renamed.at(Step::Rename, self.directory.layout.generation(number))?;
        named.push(Named { number, temp });
        Ok(())
    }

    /// Before anything older goes: `mutants::no_directory_sync`, `mutants::deletion_before_the_sync`.
    ///
    /// The files first: where a directory cannot be synced, a file system writes the name of a file with
    /// the file. The older status, too, as its writer may have died before its own sync:
    /// `mutants::no_sync_of_the_older_status`.
    fn sync(&self, named: &[Named<F>]) -> Result<(), Error> {
        let (directory, own) = (self.directory, &self.held.open.own);
        for Named { temp, .. } in named {
            directory.sync_temp(temp)?;
        }
        if let Some(older) = &self.scene.choice.good {
            directory.sync_generation(own, older, Step::Sync)?;
        }
        let synced = directory.sync_directory(own);
        synced.at(Step::SyncNames, &directory.layout.directory)
    }

    /// A save that fails before its status is durable leaves none. A failed sync is never tried again:
    /// the kernel may have dropped what it could not write, and call the next one a success.
    fn take_back(&self, named: &[Named<F>], error: Error) -> Error {
        if named.is_empty() {
            return error;
        }
        let (fs, own) = (&self.directory.fs, &self.held.open.own);
        let mut newest_first = named.iter().rev();
        let removed = newest_first.try_for_each(|it| fs.remove(own, &generation_name(it.number)));
        match removed.and_then(|()| self.directory.sync_directory(own)) {
            Ok(()) => error,
            Err(_) => error.after_rename(),
        }
    }
}

/// A file of this commit that has its number, and need not be synced yet.
struct Named<F: FileSystem> {
    number: u64,
    temp: Temp<F>,
}
