//! What lies at a status, looked at once: everything after the look works on what it saw.

use super::Directory;
use super::choose::{Choice, Intact};
use super::layout::{DIRECTORY_ENDING, LOCK, Listing, damaged_name, generation_name};
use super::lock::Held;
use super::open::Open;
use crate::error::{At, Damage, DamageKind, Error, FileKind, Step};
use crate::fs::{Contents, Entry, FileSystem};
use crate::store::limits::MAX_BYTES;
use crate::store::options::Options;
use crate::store::sealed::Head;
use crate::store::snapshot::{Document, Origin, Snapshot};
use std::io::ErrorKind;
use std::mem::discriminant;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// So many statuses are kept when nobody says how many should be: nothing is removed before there
/// are more. The next save of the program that knows keeps as many as it asks for.
const KEPT_UNASKED: usize = 10;

#[derive(Clone, Debug)]
pub(crate) struct Scene<D> {
    pub(crate) front: Front<D>,
    pub(crate) listing: Listing,
    pub(crate) choice: Choice,
    /// Whether a status was saved here and not removed, whatever is left of it.
    pub(crate) was_saved: bool,
    /// How the status is kept.
    pub(crate) options: Options,
}

/// What lies at the path that the user named.
#[derive(Clone, Debug)]
pub(crate) enum Front<D> {
    Nothing,
    /// Our own link.
    Link,
    /// A regular file that holds nothing: no edit, but what a torn write leaves behind.
    Empty(Site<D>),
    Edit {
        site: Site<D>,
        bytes: Arc<Vec<u8>>,
        modified: Option<SystemTime>,
    },
}

/// Where a file at the path lies: at the path, or where a person's link there leads to.
#[derive(Clone, Debug)]
pub(crate) struct Site<D> {
    pub(crate) directory: D,
    pub(crate) name: PathBuf,
    pub(crate) path: PathBuf,
}

impl<D> Front<D> {
    /// Whether nobody has been there between two looks.
    pub(crate) fn is_same(&self, before: &Self) -> bool {
        match (self, before) {
            (Self::Edit { bytes: now, .. }, Self::Edit { bytes, .. }) => now == bytes,
            (now, before) => discriminant(now) == discriminant(before),
        }
    }

    pub(crate) fn site(&self) -> Option<&Site<D>> {
        match self {
            Self::Empty(site) | Self::Edit { site, .. } => Some(site),
            Self::Nothing | Self::Link => None,
        }
    }
}

impl<F: FileSystem> Directory<F> {
    /// Looks at everything, for who holds the lock.
    pub(super) fn look(&self, held: &Held<F>, step: Step) -> Result<Scene<F::Dir>, Error> {
        let open = &held.open;
        let front = self.front(&open.above, step)?;
        let listing = self.list(&open.own, step)?;
        let choice = self.choose(&open.own, &listing, step)?;
        let mut options = self.options;
        if options.as_found {
            options.editable = front.site().is_some();
            options.keep = listing.generations.len().max(KEPT_UNASKED);
            options.mode = self.mode_found(open, &listing)?;
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

    pub(super) fn read(&self, own: &F::Dir, number: u64, step: Step) -> Result<Contents, Error> {
        let contents = self.fs.read(own, &generation_name(number), MAX_BYTES);
        contents.at(step, self.layout.generation(number))
    }

    /// A generation, or what is wrong with it. What the disk does not give back is asked for once more.
    pub(super) fn intact(
        &self,
        own: &F::Dir,
        number: u64,
        step: Step,
    ) -> Result<Result<Intact, DamageKind>, Error> {
        let contents = match self.read(own, number, step)? {
            Contents::Unreadable(_) => self.read(own, number, step)?,
            contents => contents,
        };
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

    /// What lies at the path; an error if that is something we neither read nor replace.
    pub(super) fn front(&self, above: &F::Dir, step: Step) -> Result<Front<F::Dir>, Error> {
        let layout = &self.layout;
        let refused = |kind| Err(Error::refused(&layout.path, kind));
        let entry = self.fs.inspect(above, &layout.name);
        let site = match entry.at(step, &layout.path)? {
            Entry::Absent => return Ok(Front::Nothing),
            Entry::Link(target) if target == layout.link_target() => return Ok(Front::Link),
            Entry::Link(_) => match self.follow() {
                Some(site) => site.at(step, &layout.path)?,
                None => return refused(DamageKind::NotAFile(FileKind::Link)),
            },
            Entry::Other(kind) => return refused(DamageKind::NotAFile(kind)),
            Entry::File => self.at_path(above),
        };
        match self.fs.read(&site.directory, &site.name, MAX_BYTES) {
            Ok(Contents::Whole { bytes, .. }) if bytes.is_empty() => Ok(Front::Empty(site)),
            Ok(Contents::Whole { bytes, stamp }) => {
                match self.options.limits.admit_edit(&layout.location, &bytes) {
                    Ok(()) => Ok(Front::Edit {
                        site,
                        bytes: Arc::new(bytes),
                        modified: stamp.modified,
                    }),
                    Err(kind) => refused(kind),
                }
            }
            Ok(Contents::TooLarge { bytes }) => refused(DamageKind::TooLarge {
                bytes,
                most: MAX_BYTES,
            }),
            // A save has just put the link where the edit was.
            Ok(Contents::NotAFile(FileKind::Link)) => Ok(Front::Link),
            Ok(Contents::NotAFile(kind)) => refused(DamageKind::NotAFile(kind)),
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(Front::Nothing),
            Ok(Contents::Unreadable(cause)) | Err(cause) => Err(cause).at(step, &layout.path),
        }
    }

    /// The path itself, where no link leads elsewhere.
    pub(super) fn at_path(&self, above: &F::Dir) -> Site<F::Dir> {
        Site {
            directory: above.clone(),
            name: self.layout.name.clone(),
            path: self.layout.path.clone(),
        }
    }

    /// Where a person's link at the path leads to, such as a repository of dotfiles; `None` if it is
    /// not to be followed.
    fn follow(&self) -> Option<std::io::Result<Site<F::Dir>>> {
        if !self.options.editable && !self.options.as_found {
            return None;
        }
        let site = self.fs.resolve(&self.layout.path).and_then(|path| {
            let (parent, name) = (path.parent(), path.file_name());
            let (parent, name) = parent.zip(name).ok_or(ErrorKind::IsADirectory)?;
            Ok(Site {
                directory: self.fs.open_directory(parent)?,
                name: name.into(),
                path,
            })
        });
        if self.options.as_found {
            return site.ok().filter(|site| self.bears_seal(site)).map(Ok);
        }
        Some(site)
    }

    /// Whether an editable status has put the file there. Not if it is a generation: that of another
    /// status bears a seal too, and is never replaced.
    fn bears_seal(&self, site: &Site<F::Dir>) -> bool {
        let directory = site.path.parent().and_then(Path::file_name);
        let ending = DIRECTORY_ENDING.as_bytes();
        if directory.is_some_and(|name| name.as_encoded_bytes().ends_with(ending)) {
            return false;
        }
        let contents = self.fs.read(&site.directory, &site.name, MAX_BYTES);
        matches!(contents, Ok(Contents::Whole { bytes, .. }) if Head::parse(&bytes).is_some())
    }

    /// The permissions that the status was declared with, as far as its files tell.
    pub(super) fn mode_found(&self, open: &Open<F>, listing: &Listing) -> Result<u32, Error> {
        let newest = listing.generations.first().copied().map(generation_name);
        let files = [
            Some((&open.own, Path::new(LOCK))),
            newest.as_deref().map(|newest| (&open.own, newest)),
            Some((&open.above, &*self.layout.name)),
        ];
        for (directory, name) in files.into_iter().flatten() {
            // Of a link the bits mean nothing.
            if let Ok(Entry::File) = self.fs.inspect(directory, name) {
                let mode = self.fs.mode(directory, name);
                if let Some(mode) = mode.at(Step::Look, &self.layout.path)? {
                    return Ok(Options::possible_mode(mode));
                }
            }
        }
        Ok(Options::LEAST_MODE)
    }

    /// The status in what was seen.
    ///
    /// Defaults replace a status only where none ever existed, so anything that shows that one did
    /// exist is damage.
    pub(super) fn status_in(
        &self,
        scene: &Scene<F::Dir>,
    ) -> Result<Snapshot<Scene<F::Dir>>, Error> {
        let layout = &self.layout;
        let mut skipped = Vec::new();
        let newest = scene.choice.good.as_ref();
        match &scene.front {
            Front::Edit {
                site,
                bytes,
                modified,
            } => {
                // In a file that people edit, a copy of the newest generation is no edit.
                let is_copied =
                    |good: &&Intact| scene.options.editable && good.sealed.bytes() == bytes;
                let copied = newest.filter(is_copied);
                return Ok(Snapshot {
                    document: Document::Edit(Arc::clone(bytes)),
                    location: (&site.path).into(),
                    origin: copied.map_or(Origin::Edit, |good| Origin::Generation(good.number)),
                    saved_at: *modified,
                    skipped,
                    newest: newest.map(|good| good.sealed.clone()),
                    token: None,
                });
            }
            Front::Empty(site) => skipped.push(Damage::new(&site.path, DamageKind::Empty)),
            Front::Link if scene.listing.generations.is_empty() => {
                skipped.push(Damage::new(&layout.path, DamageKind::Dangling));
            }
            Front::Link | Front::Nothing => {}
        }
        let damaged = scene.choice.damaged.iter();
        skipped.extend(
            damaged.map(|(number, kind)| Damage::new(layout.generation(*number), kind.clone())),
        );
        if let Some(good) = newest {
            return Ok(self.snapshot(good.clone(), skipped));
        }
        if scene.listing.generations.is_empty() {
            let set_aside = scene.listing.damaged.iter();
            let set_aside = set_aside.map(|&number| layout.within(damaged_name(number)));
            skipped.extend(set_aside.map(|path| Damage::new(path, DamageKind::SetAside)));
            if skipped.is_empty() && scene.was_saved {
                skipped.push(Damage::new(layout.within(LOCK), DamageKind::Lost));
            }
        }
        Err(layout.none_good(skipped))
    }

    pub(super) fn snapshot(&self, good: Intact, skipped: Vec<Damage>) -> Snapshot<Scene<F::Dir>> {
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
