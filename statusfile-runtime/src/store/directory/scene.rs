//! What lies at a status, looked at once: everything after the look works on what it saw.

use super::Directory;
use super::choose::{Choice, Intact};
use super::layout::{DIRECTORY_ENDING, LOCK, Listing, damaged_name, generation_name};
use super::open::Open;
use crate::error::{Damage, DamageKind, Error, FileKind, Step};
use crate::fs::{Contents, Entry, FileSystem};
use crate::store::options::{MAX_BYTES, Options};
use crate::store::sealed::Head;
use crate::store::snapshot::{Document, Origin, Snapshot};
use std::io::ErrorKind;
use std::mem::discriminant;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

#[derive(Clone, Debug)]
pub(crate) struct Scene<D> {
    pub(crate) front: Front<D>,
    pub(crate) listing: Listing,
    pub(crate) choice: Choice,
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
    pub(super) fn look(&self, open: &Open<F>, step: Step) -> Result<Scene<F::Dir>, Error> {
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
            options,
        })
    }

    pub(super) fn list(&self, own: &F::Dir, step: Step) -> Result<Listing, Error> {
        let names = self.fs.list(own);
        let names = names.map_err(|cause| Error::io(step, self.layout.directory(), cause))?;
        Ok(Listing::new(names))
    }

    pub(super) fn choose(
        &self,
        own: &F::Dir,
        listing: &Listing,
        step: Step,
    ) -> Result<Choice, Error> {
        let choice = Choice::among(&listing.generations, |number| {
            self.fs.read(own, &generation_name(number), MAX_BYTES)
        });
        choice.map_err(|(number, cause)| Error::io(step, self.layout.generation(number), cause))
    }

    /// What lies at the path; an error if that is something we neither read nor replace.
    pub(super) fn front(&self, above: &F::Dir, step: Step) -> Result<Front<F::Dir>, Error> {
        let path = self.layout.path();
        let refuse = |kind| Error::Unsafe {
            location: self.layout.location().clone(),
            kind,
        };
        let failed = |cause| Error::io(step, path, cause);
        let entry = self.fs.inspect(above, self.layout.name());
        let site = match entry.map_err(failed)? {
            Entry::Absent => return Ok(Front::Nothing),
            Entry::Link(target) if target == self.layout.link_target() => return Ok(Front::Link),
            Entry::Link(_) => match self.follow() {
                Some(site) => site.map_err(failed)?,
                None => return Err(refuse(DamageKind::NotAFile(FileKind::Link))),
            },
            Entry::Other(kind) => return Err(refuse(DamageKind::NotAFile(kind))),
            Entry::File => Site {
                directory: above.clone(),
                name: self.layout.name().to_owned(),
                path: path.to_owned(),
            },
        };
        match self.fs.read(&site.directory, &site.name, MAX_BYTES) {
            Ok(Contents::Whole { bytes, .. }) if bytes.is_empty() => Ok(Front::Empty(site)),
            Ok(Contents::Whole { bytes, modified }) => Ok(Front::Edit {
                site,
                bytes: Arc::new(bytes),
                modified,
            }),
            Ok(Contents::TooLarge { bytes }) => Err(refuse(DamageKind::TooLarge {
                bytes,
                most: MAX_BYTES,
            })),
            // A save has just put the link where the edit was.
            Ok(Contents::NotAFile(FileKind::Link)) => Ok(Front::Link),
            Ok(Contents::NotAFile(kind)) => Err(refuse(DamageKind::NotAFile(kind))),
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(Front::Nothing),
            Ok(Contents::Unreadable(cause)) | Err(cause) => Err(failed(cause)),
        }
    }

    /// Where a person's link at the path leads to, such as a repository of dotfiles; `None` if it is
    /// not to be followed.
    fn follow(&self) -> Option<std::io::Result<Site<F::Dir>>> {
        if !self.options.editable && !self.options.as_found {
            return None;
        }
        let site = self.fs.resolve(self.layout.path()).and_then(|path| {
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
        match self.fs.read(&site.directory, &site.name, MAX_BYTES) {
            Ok(Contents::Whole { bytes, .. }) => Head::parse(&bytes).is_some(),
            _ => false,
        }
    }

    /// The permissions that the status was declared with, as far as its files tell.
    pub(super) fn mode_found(&self, open: &Open<F>, listing: &Listing) -> Result<u32, Error> {
        let newest = listing.generations.first().copied().map(generation_name);
        let files = [
            Some((&open.own, PathBuf::from(LOCK))),
            newest.map(|newest| (&open.own, newest)),
            Some((&open.above, self.layout.name().to_owned())),
        ];
        for (directory, name) in files.into_iter().flatten() {
            // Of a link the bits mean nothing.
            if !matches!(self.fs.inspect(directory, &name), Ok(Entry::File)) {
                continue;
            }
            let mode = self.fs.mode(directory, &name);
            let mode = mode.map_err(|cause| Error::io(Step::Look, self.layout.path(), cause))?;
            if let Some(mode) = mode {
                return Ok(Options::possible_mode(mode));
            }
        }
        Ok(Options::LEAST_MODE)
    }

    /// The status in what was seen.
    ///
    /// Defaults replace a status only where none ever existed, so anything that shows that one did
    /// exist is damage.
    pub(super) fn status_in<T>(
        &self,
        scene: &Scene<F::Dir>,
        token: T,
    ) -> Result<Snapshot<T>, Error> {
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
                    token,
                });
            }
            Front::Empty(site) => skipped.push(Damage::new(&site.path, DamageKind::Empty)),
            Front::Link if scene.listing.generations.is_empty() => {
                skipped.push(Damage::new(layout.path(), DamageKind::Dangling));
            }
            Front::Link | Front::Nothing => {}
        }
        let damaged = scene.choice.damaged.iter();
        skipped.extend(
            damaged.map(|(number, kind)| Damage::new(layout.generation(*number), kind.clone())),
        );
        if let Some(good) = newest {
            return Ok(Snapshot {
                document: Document::Sealed(good.sealed.clone()),
                location: layout.generation(good.number).into(),
                origin: Origin::Generation(good.number),
                saved_at: good.modified,
                skipped,
                token,
            });
        }
        if scene.listing.generations.is_empty() {
            let set_aside = scene
                .listing
                .damaged
                .iter()
                .map(|&n| layout.within(damaged_name(n)));
            skipped.extend(set_aside.map(|path| Damage::new(path, DamageKind::SetAside)));
        }
        let location = layout.location().clone();
        Err(if skipped.is_empty() {
            Error::NotFound { location }
        } else {
            Error::Damaged {
                location,
                candidates: skipped,
            }
        })
    }
}

/// So many statuses are kept when nobody says how many should be: nothing is removed before there
/// are more. The next save of the program that knows keeps as many as it asks for.
const KEPT_UNASKED: usize = 10;
