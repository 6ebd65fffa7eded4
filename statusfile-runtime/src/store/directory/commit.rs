//! Saving, step by step. The numbers are those of `docs/protocol.md`, which says for each step what
//! a crash there leaves behind. Step 1, encoding the value, is `codec`'s.

use super::Directory;
use super::front::{Front, Seen};
use super::layout::{LAST_GENERATION, PUBLISHED, generation_name};
use super::lock::Held;
use super::open::{Open, Removals};
use super::scene::Scene;
use super::temp::Temp;
use crate::error::{At, Change, Error, Step};
use crate::fs::{FileId, FileSystem, Stamp};
use crate::store::backend::{Edit, Gate, Over};
use crate::store::options::{Durability, Options, Publish};
use crate::store::saved::Saved;
use crate::store::sealed::Sealed;
use crate::trace;
use std::ffi::OsString;
use std::io::{self, ErrorKind};

/// A commit under the lock: what all its steps work on.
pub(super) struct Commit<'a, F: FileSystem> {
    pub(super) directory: &'a Directory<F>,
    pub(super) held: &'a Held<F>,
    pub(super) scene: &'a Scene,
    pub(super) new: Sealed,
    pub(super) staging: Staging,
}

/// Where a file is made that goes to the path, and where what comes out of there stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Staging {
    /// In the status directory.
    Within,
    /// Beside the path, as the status directory is a mount of its own.
    Beside,
}

/// What becomes of the text at the path that a commit replaces.
#[derive(Debug)]
pub(super) enum Replaced {
    /// The newest good generation holds it, if anything does.
    Kept,
    /// It is made a generation of its own.
    Adopted(Sealed),
    /// Someone has adopted it and not come to the end.
    AdoptedBefore,
    /// No load can use it: it is set aside.
    Mistaken,
}

impl Replaced {
    /// Whether it is to be kept for a person to look at, as no generation holds it.
    pub(super) fn is_for_a_person(&self, front: &Front) -> bool {
        match (front, self) {
            (_, Self::Mistaken) => true,
            (Front::Damage(seen, _), _) => seen.as_ref().is_none_or(|seen| !seen.bytes.is_empty()),
            _ => false,
        }
    }
}

/// What a commit has done at the path.
pub(super) enum Published<F: FileSystem> {
    Nothing,
    /// Put the new status there, where nothing was.
    Added(Put<F>),
    /// Put it there in exchange for what was there.
    Exchanged(Put<F>),
    /// Put it there in the place of what was there, which is gone.
    Replaced(Put<F>),
    /// Taken out what was there.
    TakenOut,
    /// Left there what someone has put there since the look.
    Beaten,
}

impl<F: FileSystem> Published<F> {
    /// What lies at the path by this commit.
    pub(super) fn put(&self) -> Option<&Put<F>> {
        match self {
            Self::Added(put) | Self::Exchanged(put) | Self::Replaced(put) => Some(put),
            Self::Nothing | Self::TakenOut | Self::Beaten => None,
        }
    }
}

pub(super) struct Put<F: FileSystem> {
    pub(super) stamp: Stamp,
    /// A copy that is to be synced for itself.
    pub(super) unsynced: Option<F::File>,
    /// Whether it has no attributes that the next copy is to have as well.
    pub(super) is_plain: bool,
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
        let scene = self.look(&held, Step::Look)?; // 4
        Commit::new(self, &held, &scene, new).run(Some(temp), gate)
    }

    /// The same for who has the lock already.
    pub(super) fn commit_under(
        &self,
        held: &Held<F>,
        new: &Sealed,
        over: &Over<'_, Scene>,
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
        Commit::new(self, held, scene, new).run(None, gate) // 2
    }

    fn refuse_changed(&self, over: &Over<'_, Scene>, scene: &Scene) -> Result<(), Error> {
        let has_changed = match over {
            Over::Still(seen) => self.status_in(scene)?.document.bytes() != seen.document.bytes(),
            Over::Nothing => self.status_in(scene).is_ok(),
            Over::Anything => false,
        };
        if has_changed {
            return Err(self.changed(Change::SinceRead));
        }
        Ok(())
    }

    fn write_and_lock(
        &self,
        new: &Sealed,
        mut above: Option<F::Dir>,
    ) -> Result<(Temp<F>, Held<F>), Error> {
        let mut removals = Removals::default();
        loop {
            let opened = self.open_or_make(above.take());
            let written = opened.and_then(|open| {
                let temp = self.full_temp(&open, new, &self.options)?;
                Ok((temp, self.lock_in(open, self.options.lock_timeout)?))
            });
            if let Some((temp, Some(held))) = removals.outlived(written)? {
                return Ok((temp, held));
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
        if self.syncs_before_naming(&open.own, temp.stamp().id) {
            self.sync_temp(&temp)?;
        } else if self.options.durability == Durability::Full {
            temp.start_writing();
        }
        Ok(temp)
    }

    /// Without syncs there is nothing to be put first.
    fn syncs_before_naming(&self, own: &F::Dir, id: FileId) -> bool {
        self.options.durability == Durability::Full && self.fs.may_revive(own, id)
    }
}

impl<'a, F: FileSystem> Commit<'a, F> {
    fn new(directory: &'a Directory<F>, held: &'a Held<F>, scene: &'a Scene, new: &Sealed) -> Self {
        Self {
            directory,
            held,
            scene,
            new: new.clone(),
            staging: Staging::Within,
        }
    }

    fn run(mut self, written: Option<Temp<F>>, gate: &dyn Gate) -> Result<u64, Error> {
        self.refuse_new_beginning()?;
        let replaced = self.replaced(gate)?; // 4
        self.make_way(written.as_ref())?;
        let has_changed = self.follow(&replaced);
        let temp = match written.filter(|_| !has_changed) {
            Some(temp) => temp,
            None => self.temp(&self.new)?,
        };
        let mut named = Vec::new();
        let mut published = Published::Nothing;
        self.adopt(&replaced, &mut named)
            .and_then(|()| self.name(temp, &mut named)) // 5
            .and_then(|()| self.publish(&named, &replaced, &mut published))
            .and_then(|()| self.sync(&named, &published)) // 6, 7
            .map_err(|error| self.take_back(&named, &published, error))?;
        let newest = named.last().map_or(0, |newest| newest.number);
        self.remember(&named, &published);
        drop((named, published));
        (self.directory.inscribe(self.held)).map_err(Error::after_rename)?;
        trace::saved(newest, self.new.bytes().len());
        self.retire(newest, &replaced); // 8
        self.directory.remember_seen(&self.held.open.above);
        self.held.saw(&self.new);
        Ok(newest)
    }

    /// Where this process has seen a status, and it was moved away.
    fn refuse_new_beginning(&self) -> Result<(), Error> {
        let is_first = matches!(self.scene.front, Front::Nothing) && self.scene.choice.is_empty();
        if !is_first {
            return Ok(());
        }
        let above = &self.held.open.above;
        self.directory.refuse_gone(|| Ok(Some(above.clone())))
    }

    /// The next save of this process need not read what this one has written.
    fn remember(&self, named: &[Named<F>], published: &Published<F>) {
        let newest = named.last().map(|newest| newest.temp.stamp());
        let put = published.put().map(|put| &put.stamp);
        for stamp in newest.into_iter().chain(put) {
            self.directory.remember(stamp, &self.new);
        }
        if let Some(put) = published.put().filter(|put| put.is_plain) {
            self.directory.fs.remember_plain(&put.stamp);
        }
    }

    fn temp(&self, status: &Sealed) -> Result<Temp<F>, Error> {
        let options = &self.scene.options;
        self.directory.full_temp(&self.held.open, status, options)
    }

    fn make_way(&self, written: Option<&Temp<F>>) -> Result<(), Error> {
        let (directory, open, scene) = (self.directory, &self.held.open, self.scene);
        let temps = scene.listing.temps.iter();
        let is_ours = |name: &&OsString| written.is_some_and(|temp| temp.is_named(name));
        directory.sweep(&open.own, temps.filter(|name| !is_ours(name)));
        if scene.choice.is_empty() {
            // Before there is one, as later saves rely on it: `mutants::no_sync_of_the_parents`.
            directory.sync_parents(open)?;
        }
        if scene.listing.published {
            let cleared = self.clear_published();
            cleared.at(Step::Look, directory.layout.within(PUBLISHED))?;
        }
        Ok(())
    }

    /// What is replaced, if that may be; an error before anything is removed:
    /// `edge_cases::what_a_newer_program_wrote_is_never_replaced`.
    fn replaced(&self, gate: &dyn Gate) -> Result<Replaced, Error> {
        let (layout, good) = (&self.directory.layout, self.scene.choice.good.as_ref());
        match &self.scene.front {
            Front::Edit(seen) => self.edit(seen, gate),
            Front::Status(_, sealed) => {
                let location = (&layout.path).into();
                sealed.admit(&layout.path, &gate.reader())?;
                gate.may_replace(sealed, &location)?;
                let is_newest = good.is_some_and(|good| {
                    good.number == self.scene.listing.newest() && good.sealed == *sealed
                });
                if is_newest {
                    return Ok(Replaced::Kept);
                }
                Ok(Replaced::Adopted(sealed.clone()))
            }
            Front::Damage(..) | Front::Nothing => {
                if let Some(good) = good {
                    let location = layout.generation(good.number);
                    good.sealed.admit(&location, &gate.reader())?;
                    gate.may_replace(&good.sealed, &location.into())?;
                }
                Ok(Replaced::Kept)
            }
        }
    }

    /// What becomes of a person's edit. What the gate lets go is in no generation.
    fn edit(&self, seen: &Seen, gate: &dyn Gate) -> Result<Replaced, Error> {
        let now = Saved::at(self.directory.fs.now());
        let made = (seen.stamp.modified).map_or(now, |modified| Saved::at(modified).min(now));
        let good = self.scene.choice.good.as_ref();
        let made = good.map_or(made, |good| made.later_than(good.sealed.label.saved));
        let edit = gate.adopt(&Edit {
            bytes: &seen.bytes,
            location: &(&self.directory.layout.path).into(),
            saved: made,
            newest: good.map(|good| &good.sealed),
        });
        let options = &self.scene.options;
        match edit {
            Ok(None) => Ok(Replaced::Kept),
            Ok(Some(edit)) => {
                let is_newest = good.is_some_and(|good| {
                    good.number == self.scene.listing.newest() && good.sealed.says_what(&edit)
                });
                if is_newest {
                    return Ok(Replaced::AdoptedBefore);
                }
                Ok(Replaced::Adopted(edit))
            }
            Err(error) => {
                let is_mistaken = matches!(error, Error::Decode { .. } | Error::Convert { .. });
                if is_mistaken && !options.editable && !options.as_found {
                    // Hours of work may hang on this save, and nobody is waiting to mend the text.
                    return Ok(Replaced::Mistaken);
                }
                Err(error)
            }
        }
    }

    /// Makes the text at the path the older status, durably and by its name, before anything takes its place:
    /// so it can neither be lost nor come back (`mutants::edit_adopted_late`).
    fn adopt(&self, replaced: &Replaced, named: &mut Vec<Named<F>>) -> Result<(), Error> {
        let (directory, own) = (self.directory, &self.held.open.own);
        match replaced {
            Replaced::Kept | Replaced::Mistaken => return Ok(()),
            Replaced::Adopted(text) => {
                self.name(self.temp(text)?, named)?;
                for adopted in named {
                    trace::adopted(&directory.layout.location, adopted.number);
                    directory.sync_temp(&adopted.temp)?;
                    adopted.is_synced = true;
                }
            }
            Replaced::AdoptedBefore => self.sync_older()?,
        }
        let synced = directory.sync_directory(own);
        synced.at(Step::SyncNames, &directory.layout.directory)
    }

    /// Gives the new status the next number; and a copy of it if there is nothing else to fall back on: from
    /// the first save on, no one damaged file takes every copy (`mutants::first_status_kept_once`).
    fn name(&self, temp: Temp<F>, named: &mut Vec<Named<F>>) -> Result<(), Error> {
        let own = &self.held.open.own;
        let is_alone = named.is_empty()
            && self.scene.choice.good.is_none()
            && self.scene.options.publish == Publish::Never;
        let second = is_alone.then(|| self.temp(&self.new)).transpose()?;
        let temps: Vec<_> = [temp].into_iter().chain(second).collect();
        for temp in &temps {
            if self.is_first() && !self.directory.syncs_before_naming(own, temp.stamp().id) {
                self.directory.sync_temp(temp)?;
            }
        }
        for temp in temps {
            self.rename(temp, named)?;
        }
        Ok(())
    }

    /// Nobody may have synced the names that are there. A power loss could keep one of the new ones alone, torn,
    /// where no save ever returned: `mutants::first_status_named_unsynced`.
    fn is_first(&self) -> bool {
        self.scene.choice.good.is_none() || !self.scene.was_saved
    }

    /// Whether what gets a name has to be on the disk before.
    pub(super) fn syncs_before_naming(&self, dir: &F::Dir, id: FileId) -> bool {
        self.is_first() || self.directory.syncs_before_naming(dir, id)
    }

    /// No two saves have one time, and none is earlier than the one before, whatever the clock says: another
    /// writer may have been quicker since the new status was sealed. And where nobody declares a type, the status
    /// stays what it was. Returns whether it has to be written once more for that.
    fn follow(&mut self, replaced: &Replaced) -> bool {
        let good = self.scene.choice.good.as_ref();
        let adopted = match replaced {
            Replaced::Adopted(text) => Some(text),
            _ => None,
        };
        let before = adopted.into_iter().chain(good.map(|good| &good.sealed));
        let mut has_changed = false;
        for before in before {
            if let Some(following) = self.new.after(before) {
                self.new = following;
                has_changed = true;
            }
        }
        has_changed
    }

    fn rename(&self, mut temp: Temp<F>, named: &mut Vec<Named<F>>) -> Result<(), Error> {
        let highest = self.scene.listing.highest() + named.len() as u64;
        let (number, renamed) = if highest == LAST_GENERATION {
            let cause = "there is no number after this one; remove this file if it is not a real \
                         status";
            (highest, Err(io::Error::new(ErrorKind::InvalidData, cause)))
        } else {
            (highest + 1, temp.rename(&generation_name(highest + 1)))
        };
        renamed.at(Step::Rename, self.directory.layout.generation(number))?;
        named.push(Named {
            number,
            temp,
            is_synced: false,
        });
        Ok(())
    }

    /// Before anything older goes: `mutants::no_directory_sync`, `mutants::deletion_before_the_sync`.
    ///
    /// The copy at the path first: what syncs the rest makes its name durable as well. The files before the
    /// directories: where one of those cannot be synced, a file system writes the name of a file with the file.
    /// The older status, too, as its writer may have died before its own sync:
    /// `mutants::no_sync_of_the_older_status`.
    fn sync(&self, named: &[Named<F>], published: &Published<F>) -> Result<(), Error> {
        let (directory, open) = (self.directory, &self.held.open);
        self.sync_published(published)?;
        for unsynced in named.iter().filter(|named| !named.is_synced) {
            directory.sync_temp(&unsynced.temp)?;
        }
        self.sync_older()?;
        let synced = directory.sync_directory(&open.own);
        synced.at(Step::SyncNames, &directory.layout.directory)?;
        match published {
            Published::Nothing => Ok(()),
            _ => directory.sync_above(open),
        }
    }

    fn sync_older(&self) -> Result<(), Error> {
        let own = &self.held.open.own;
        let older = self.scene.choice.good.as_ref();
        older.map_or(Ok(()), |older| {
            self.directory.sync_generation(own, older, Step::Sync)
        })
    }

    /// A save that fails before its status is durable leaves none. A failed sync is never tried again:
    /// the kernel may have dropped what it could not write, and call the next one a success.
    fn take_back(&self, named: &[Named<F>], published: &Published<F>, error: Error) -> Error {
        if named.is_empty() {
            return error;
        }
        let (directory, open) = (self.directory, &self.held.open);
        // What was at the path first, for good: an edit may be kept nowhere else.
        let taken_back = self.unpublish(published).and_then(|()| {
            let mut newest_first = named.iter().rev();
            let removed = newest_first.try_for_each(|it| {
                let name = generation_name(it.number);
                directory.fs.remove(&open.own, &name)
            });
            let synced = removed.and_then(|()| directory.sync_directory(&open.own));
            synced.at(Step::SyncNames, &directory.layout.directory)
        });
        match taken_back {
            Ok(()) => error,
            Err(_) => error.after_rename(),
        }
    }
}

/// A file of this commit that has its number.
pub(super) struct Named<F: FileSystem> {
    pub(super) number: u64,
    pub(super) temp: Temp<F>,
    is_synced: bool,
}
