//! What lies at a status, looked at once: everything after the look works on what it saw.

use super::Directory;
use super::choose::{Choice, Intact};
use super::front::{Front, Seen, is_cut_short};
use super::layout::{LOCK, Listing, damaged_name, generation_name};
use super::lock::Held;
use super::open::Open;
use crate::error::{At, Damage, DamageKind, Error, Step};
use crate::fs::{Contents, Entry, FileSystem, Stamp};
use crate::store::limits::MAX_BYTES;
use crate::store::options::{Options, Publish};
use crate::store::sealed::Sealed;
use crate::store::snapshot::{Document, Origin, Snapshot};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;

/// So many statuses are kept when nobody says how many should be: nothing is removed before there
/// are more. The next save of the program that knows keeps as many as it asks for.
const KEPT_UNASKED: usize = 10;

#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) front: Front,
    pub(crate) listing: Listing,
    pub(crate) choice: Choice,
    /// Whether a status was saved here and not removed, whatever is left of it.
    pub(crate) was_saved: bool,
    /// How the status is kept.
    pub(crate) options: Options,
}

/// What the disk does not give back is asked for once more.
pub(super) fn asked_again<E>(read: impl Fn() -> Result<Contents, E>) -> Result<Contents, E> {
    match read() {
        Ok(Contents::Unreadable(_)) => read(),
        contents => contents,
    }
}

/// What saves put at the path so far, as far as it tells.
fn publish_found(front: &Front, good: Option<&Intact>) -> Publish {
    match (front, good) {
        (Front::Nothing, Some(_)) => Publish::Never,
        (Front::Status(seen, _), Some(good)) if seen.stamp.id == good.stamp.id => Publish::Link,
        _ => Publish::Copy,
    }
}

impl<F: FileSystem> Directory<F> {
    /// Looks at everything, for who holds the lock.
    pub(super) fn look(&self, held: &Held<F>, step: Step) -> Result<Scene, Error> {
        let open = &held.open;
        let mut listing = self.list(&open.own, step)?;
        let front = self.front_known(open, &listing, step)?;
        let choice = self.choose_known(&open.own, &listing, step)?;
        if choice.is_empty() {
            self.pass_over_directories(&open.own, &mut listing);
        }
        let mut options = self.options;
        if options.as_found {
            options.keep = listing.generations.len().max(KEPT_UNASKED);
            options.mode = self.mode_found(open, &listing)?;
            options.publish = publish_found(&front, choice.good.as_ref());
        }
        Ok(Scene {
            front,
            listing,
            choice,
            was_saved: held.is_inscribed(),
            options,
        })
    }

    pub(super) fn list(&self, own: &F::Dir, step: Step) -> Result<Listing, Error> {
        let names = self.fs.list(own).at(step, &self.layout.directory)?;
        Ok(Listing::new(names))
    }

    /// A directory that somebody has made does not show that there was a status. Only where nothing else does
    /// either is it asked what was set aside.
    pub(super) fn pass_over_directories(&self, own: &F::Dir, listing: &mut Listing) {
        listing
            .damaged
            .retain(|&number| !self.is_directory(own, &damaged_name(number)));
    }

    pub(super) fn read(&self, own: &F::Dir, number: u64, step: Step) -> Result<Contents, Error> {
        let contents = self.fs.read(own, &generation_name(number), MAX_BYTES);
        contents.at(step, self.layout.generation(number))
    }

    /// A generation, or what is wrong with it.
    pub(super) fn intact(
        &self,
        own: &F::Dir,
        number: u64,
        step: Step,
    ) -> Result<Result<Intact, DamageKind>, Error> {
        let contents = asked_again(|| self.read(own, number, step))?;
        Ok(Intact::new(number, contents))
    }

    pub(super) fn choose(
        &self,
        own: &F::Dir,
        listing: &Listing,
        step: Step,
    ) -> Result<Choice, Error> {
        Choice::among(&listing.generations, |number| {
            self.intact(own, number, step)
        })
    }

    /// Remembers a text, so that the next save of this process need not read it.
    ///
    /// A file has it still if it is the same file, as long, and its time is the one that its seal names: who
    /// writes to it changes that, and no two saves have one. Where a file system keeps no such times, nothing
    /// is remembered, and all is read.
    pub(super) fn remember(&self, stamp: &Stamp, text: &Sealed) {
        if stamp.modified == Some(text.label.saved.time()) {
            self.fs.remember(*stamp, text.bytes());
        }
    }

    /// The text of a file, if this process knows what it is.
    pub(super) fn known(&self, dir: &F::Dir, name: &Path) -> Option<(Stamp, Sealed)> {
        let stamp = self.fs.stamp_of(dir, name).ok()??;
        let text = Sealed::open(self.fs.recall(&stamp)?);
        Some((stamp, text.ok()?))
    }

    fn front_known(&self, open: &Open<F>, listing: &Listing, step: Step) -> Result<Front, Error> {
        if let Some((stamp, text)) = self.known(&open.above, &self.layout.name) {
            let bytes = Arc::clone(text.bytes());
            return Ok(Front::Status(Seen { bytes, stamp }, text));
        }
        let texts = || self.good_texts(&open.own, listing, step);
        let front = self.front(&open.above, step, texts)?;
        if let Front::Status(seen, text) = &front {
            self.remember(&seen.stamp, text);
        }
        Ok(front)
    }

    fn choose_known(&self, own: &F::Dir, listing: &Listing, step: Step) -> Result<Choice, Error> {
        let Some(&number) = listing.generations.first() else {
            return Ok(Choice::default());
        };
        let Some((stamp, sealed)) = self.known(own, &generation_name(number)) else {
            let choice = self.choose(own, listing, step)?;
            if let Some(good) = &choice.good {
                self.remember(&good.stamp, &good.sealed);
            }
            return Ok(choice);
        };
        Ok(Choice {
            good: Some(Intact {
                number,
                sealed,
                stamp,
            }),
            damaged: Vec::new(),
        })
    }

    /// Every good generation, the newest first.
    pub(super) fn good_texts(
        &self,
        own: &F::Dir,
        listing: &Listing,
        step: Step,
    ) -> Result<Vec<Sealed>, Error> {
        let mut texts = Vec::new();
        for &number in &listing.generations {
            if let Ok(good) = self.intact(own, number, step)? {
                texts.push(good.sealed);
            }
        }
        Ok(texts)
    }

    /// What lies at the path; an error if that is something we neither read nor replace.
    pub(super) fn front(
        &self,
        above: &F::Dir,
        step: Step,
        known: impl FnOnce() -> Result<Vec<Sealed>, Error>,
    ) -> Result<Front, Error> {
        let read = || self.fs.read(above, &self.layout.name, MAX_BYTES);
        self.front_from(read, step, known)
    }

    pub(super) fn front_from(
        &self,
        read: impl Fn() -> io::Result<Contents>,
        step: Step,
        known: impl FnOnce() -> Result<Vec<Sealed>, Error>,
    ) -> Result<Front, Error> {
        let path = &self.layout.path;
        let (bytes, stamp) = match asked_again(read) {
            Ok(Contents::Whole { bytes, stamp }) => (Arc::new(bytes), stamp),
            Ok(Contents::Unreadable(cause)) => {
                return Ok(Front::Damage(None, DamageKind::Unreadable(cause.into())));
            }
            Ok(Contents::NotAFile(kind)) => {
                return Err(Error::refused(path, DamageKind::NotAFile(kind)));
            }
            Ok(Contents::TooLarge { bytes }) => {
                let most = MAX_BYTES;
                return Err(Error::refused(path, DamageKind::TooLarge { bytes, most }));
            }
            Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(Front::Nothing),
            Err(cause) if cause.kind() == ErrorKind::InvalidFilename => return Err(self.too_long()),
            Err(cause) => return Err(Error::io(step, path, cause)),
        };
        let known = if is_cut_short(&bytes) {
            known()?
        } else {
            Vec::new()
        };
        let front = Front::of(Seen { bytes, stamp }, &known, self.breaks_off);
        if let Front::Edit(seen) = &front {
            let admitted = (self.options.limits).admit_edit(&self.layout.location, &seen.bytes);
            admitted.map_err(|kind| Error::refused(path, kind))?;
        }
        Ok(front)
    }

    /// The permissions that the status was declared with, as far as its files tell: the lock says who may write, and
    /// the newest generation who may read.
    pub(super) fn mode_found(&self, open: &Open<F>, listing: &Listing) -> Result<u32, Error> {
        let writers = self.mode_of(&open.own, Path::new(LOCK))?;
        let newest = listing.generations.first().copied().map(generation_name);
        let readers = newest.map(|newest| self.mode_of(&open.own, &newest));
        // What somebody can write to is not as a save has left it.
        let readers = readers.transpose()?.flatten();
        let readers = readers.filter(|mode| mode & 0o222 == 0);
        let mode = match (writers, readers) {
            (None, None) => self.mode_of(&open.above, &self.layout.name)?,
            (writers, readers) => Some(writers.unwrap_or(0) | readers.unwrap_or(0)),
        };
        Ok(Options::possible_mode(mode.unwrap_or(Options::LEAST_MODE)))
    }

    /// Of a link the bits mean nothing.
    fn mode_of(&self, dir: &F::Dir, name: &Path) -> Result<Option<u32>, Error> {
        match self.fs.inspect(dir, name) {
            Ok(Entry::File) => self.fs.mode(dir, name).at(Step::Look, &self.layout.path),
            _ => Ok(None),
        }
    }

    /// The status in what was seen.
    ///
    /// Defaults replace a status only where none ever existed, so anything that shows that one did
    /// exist is damage.
    pub(super) fn status_in(&self, scene: &Scene) -> Result<Snapshot<Scene>, Error> {
        let layout = &self.layout;
        let mut skipped = Vec::new();
        let newest = scene.choice.good.as_ref();
        match &scene.front {
            Front::Status(_, sealed) => {
                return Ok(Snapshot {
                    location: (&layout.path).into(),
                    saved_at: Some(sealed.label.saved.time()),
                    document: Document::Sealed(sealed.clone()),
                    origin: Origin::Path,
                    skipped,
                    newest: None,
                    token: None,
                });
            }
            Front::Edit(seen) => {
                return Ok(Snapshot {
                    location: (&layout.path).into(),
                    saved_at: seen.stamp.modified,
                    document: Document::Edit(Arc::clone(&seen.bytes)),
                    origin: Origin::Edit,
                    skipped,
                    newest: newest.map(|good| good.sealed.clone()),
                    token: None,
                });
            }
            Front::Damage(_, kind) => skipped.push(Damage::new(&layout.path, kind.clone())),
            Front::Nothing => {}
        }
        let damaged = scene.choice.damaged.iter();
        skipped.extend(
            damaged.map(|(number, kind)| Damage::new(layout.generation(*number), kind.clone())),
        );
        if let Some(good) = newest {
            return Ok(self.snapshot(good.clone(), skipped));
        }
        if scene.choice.is_empty() {
            skipped.retain(|damage| !damage.kind.is_directory());
            let set_aside = scene.listing.damaged.iter();
            let set_aside = set_aside.map(|&number| layout.within(damaged_name(number)));
            skipped.extend(set_aside.map(|path| Damage::new(path, DamageKind::SetAside)));
            if skipped.is_empty() && scene.was_saved {
                skipped.push(Damage::new(layout.within(LOCK), DamageKind::Lost));
            }
        }
        Err(layout.none_good(skipped))
    }

    pub(super) fn snapshot(&self, good: Intact, skipped: Vec<Damage>) -> Snapshot<Scene> {
        Snapshot {
            location: self.layout.generation(good.number).into(),
            saved_at: Some(good.sealed.label.saved.time()),
            document: Document::Sealed(good.sealed),
            origin: Origin::Generation(good.number),
            skipped,
            newest: None,
            token: None,
        }
    }
}
