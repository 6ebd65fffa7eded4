//! Which of the files that are kept holds the status.

use crate::damage::{Damage, Flaw};
use crate::error::{Error, Step};
use crate::fs::{Contents, Entry, FileSystem, Kind};
use crate::name::Listing;
use crate::seal::{self, Stamp};
use crate::store::Store;
use crate::{MAX_BYTES, Origin};
use std::io::{self, ErrorKind};
use std::mem::discriminant;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// How often a load looks again, without the lock, when saves overtake it.
const TRIES: usize = 4;

/// How long it then waits for the lock before it looks without it once more.
const PAUSE: Duration = Duration::from_millis(5);

/// A status as it lies on disk.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    pub(crate) bytes: Vec<u8>,
    pub(crate) origin: Origin,
    pub(crate) saved_at: Option<SystemTime>,
    pub(crate) skipped: Vec<Damage>,
}

/// What lies at the path that the user named.
#[derive(Debug)]
pub(crate) enum AtPath {
    Nothing,
    /// Our own link.
    Link,
    /// A regular file that holds nothing: no edit, but what a torn write leaves behind.
    Empty {
        file: PathBuf,
    },
    Edit {
        /// The path, or where a person's link at the path leads to.
        file: PathBuf,
        bytes: Vec<u8>,
        modified: Option<SystemTime>,
    },
}

impl AtPath {
    /// Whether nobody has been there between two looks.
    pub(crate) fn is_same(&self, before: &Self) -> bool {
        match (self, before) {
            (Self::Edit { bytes: now, .. }, Self::Edit { bytes, .. }) => now == bytes,
            (now, before) => discriminant(now) == discriminant(before),
        }
    }
}

/// The newest good generation, and what was found damaged on the way to it.
#[derive(Debug)]
pub(crate) struct Survey {
    pub(crate) good: Option<Good>,
    pub(crate) damaged: Vec<(u64, Flaw)>,
}

#[derive(Debug)]
pub(crate) struct Good {
    pub(crate) generation: u64,
    pub(crate) stamp: Stamp,
    pub(crate) bytes: Vec<u8>,
    pub(crate) modified: Option<SystemTime>,
}

impl Good {
    /// The generation, if its seal holds.
    pub(crate) fn new(generation: u64, contents: Contents) -> Result<Self, Flaw> {
        match contents {
            Contents::Whole { bytes, modified } => Ok(Self {
                generation,
                stamp: seal::open(&bytes)?.0,
                bytes,
                modified,
            }),
            Contents::TooLarge { bytes } => Err(Flaw::TooLarge { bytes }),
            Contents::NotAFile(kind) => Err(Flaw::NotAFile(kind)),
            Contents::Unreadable(cause) => Err(Flaw::Unreadable(Arc::new(cause))),
        }
    }
}

/// Reads the generations of a listing, the newest first, until one is good.
///
/// A file that the medium does not give back, asked twice, is damaged. One that may not be read is not, nor one
/// that cannot be opened at the moment: passing over it would bring back an older status for no
/// reason, so that is an error.
pub(crate) fn survey(
    listing: &Listing,
    mut read: impl FnMut(u64) -> io::Result<Contents>,
) -> Result<Survey, (u64, io::Error)> {
    let mut damaged = Vec::new();
    for &generation in &listing.generations {
        let mut read = || read(generation).map_err(|cause| (generation, cause));
        let contents = match read()? {
            Contents::Unreadable(_) => read()?,
            contents => contents,
        };
        match Good::new(generation, contents) {
            Ok(good) => {
                let good = Some(good);
                return Ok(Survey { good, damaged });
            }
            Err(flaw) => damaged.push((generation, flaw)),
        }
    }
    Ok(Survey {
        good: None,
        damaged,
    })
}

enum Attempt {
    Found(Found),
    /// No generation is kept; the error says what that means.
    NoneKept(Error),
    /// A file was gone before it was opened: saves are going on.
    Overtaken(PathBuf),
}

impl<F: FileSystem> Store<F> {
    /// The status that counts: a person's edit, else the newest good generation.
    pub(crate) fn recover(&self) -> Result<Found, Error> {
        self.recover_beside(|| self.at_path(Step::Read))
    }

    /// The newest good generation, whatever lies at the path.
    pub(crate) fn recover_generation(&self) -> Result<Found, Error> {
        self.recover_beside(|| Ok(AtPath::Nothing))
    }

    fn recover_beside(&self, at_path: impl Fn() -> Result<AtPath, Error>) -> Result<Found, Error> {
        let attempt = || self.attempt(at_path()?);
        let mut last = attempt()?;
        for _ in 1..TRIES {
            match last {
                Attempt::Found(found) => return Ok(found),
                Attempt::NoneKept(_) | Attempt::Overtaken(_) => last = attempt()?,
            }
        }
        if let Attempt::Overtaken(_) = last {
            last = self.settle(attempt)?;
        }
        match last {
            Attempt::Found(found) => Ok(found),
            Attempt::NoneKept(error) => Err(error),
            Attempt::Overtaken(path) => Err(Error::Damaged {
                path: self.layout.path().to_owned(),
                candidates: vec![Damage::new(path, Flaw::Missing)],
            }),
        }
    }

    /// Looks with the lock, so that nobody saves meanwhile. Where someone keeps it, and saves all the
    /// same, looks on without it for as long as it would wait for it.
    fn settle(&self, attempt: impl Fn() -> Result<Attempt, Error>) -> Result<Attempt, Error> {
        let begun = Instant::now();
        let patience = self.options.lock_timeout;
        let mut impatient = self.clone();
        impatient.options.lock_timeout = patience.min(PAUSE);
        loop {
            let locked = match impatient.lock_to_read() {
                Err(error @ Error::Locked { .. }) => Err(error),
                settled => Ok(settled?),
            };
            match (attempt()?, locked) {
                (Attempt::Overtaken(_), Err(_)) if begun.elapsed() < patience => {}
                (Attempt::Overtaken(_), Err(error)) => return Err(error),
                (last, _) => return Ok(last),
            }
        }
    }

    fn attempt(&self, at_path: AtPath) -> Result<Attempt, Error> {
        let layout = &self.layout;
        let mut skipped = Vec::new();
        match at_path {
            AtPath::Edit {
                file,
                bytes,
                modified,
            } => {
                return Ok(Attempt::Found(Found {
                    path: file,
                    origin: self.origin_of_edit(&bytes),
                    bytes,
                    saved_at: modified,
                    skipped,
                }));
            }
            AtPath::Empty { ref file } => skipped.push(Damage::new(file.clone(), Flaw::Empty)),
            AtPath::Nothing | AtPath::Link => {}
        }

        let listing = match self.fs.list(layout.directory()) {
            Ok((names, _)) => Listing::new(names),
            Err(cause) if cause.kind() == ErrorKind::NotFound => Listing::default(),
            Err(cause) => return Err(Error::io(Step::Read, layout.directory(), cause)),
        };
        if listing.generations.is_empty() {
            return Ok(Attempt::NoneKept(self.none_kept(&at_path, &listing)));
        }
        let read = |generation| self.fs.read(&layout.generation(generation), MAX_BYTES);
        let survey = match survey(&listing, read) {
            Ok(survey) => survey,
            Err((generation, cause)) if cause.kind() == ErrorKind::NotFound => {
                return Ok(Attempt::Overtaken(layout.generation(generation)));
            }
            Err((generation, cause)) => {
                return Err(Error::io(Step::Read, &layout.generation(generation), cause));
            }
        };
        for (generation, flaw) in survey.damaged {
            skipped.push(Damage::new(layout.generation(generation), flaw));
        }
        match survey.good {
            Some(good) => Ok(Attempt::Found(Found {
                path: layout.generation(good.generation),
                bytes: good.bytes,
                origin: Origin::Generation(good.generation),
                saved_at: good.modified,
                skipped,
            })),
            None => Err(Error::Damaged {
                path: layout.path().to_owned(),
                candidates: skipped,
            }),
        }
    }

    /// In a file that people edit, a copy of the newest generation is no edit.
    fn origin_of_edit(&self, bytes: &[u8]) -> Origin {
        let newest = || {
            if !self.options.editable {
                return None;
            }
            let (names, _) = self.fs.list(self.layout.directory()).ok()?;
            let listing = Listing::new(names);
            let read = |generation| self.fs.read(&self.layout.generation(generation), MAX_BYTES);
            survey(&listing, read).ok()?.good
        };
        match newest().filter(|newest| newest.bytes == bytes) {
            Some(newest) => Origin::Generation(newest.generation),
            None => Origin::Edit,
        }
    }

    /// What lies at the path; an error if that is something we neither read nor replace.
    pub(crate) fn at_path(&self, step: Step) -> Result<AtPath, Error> {
        let path = self.layout.path();
        let refuse = |flaw| Error::Unsafe {
            path: path.to_owned(),
            flaw,
        };
        let failed = |cause| Error::io(step, path, cause);
        let file = match self.fs.inspect(path).map_err(failed)? {
            Entry::Absent => return Ok(AtPath::Nothing),
            Entry::Link(target) if target == self.layout.link_target() => return Ok(AtPath::Link),
            // Someone keeps their settings elsewhere.
            Entry::Link(_) if self.options.editable => self.fs.resolve(path).map_err(failed)?,
            Entry::Link(_) => return Err(refuse(Flaw::NotAFile(Kind::Link))),
            Entry::Other(kind) => return Err(refuse(Flaw::NotAFile(kind))),
            Entry::File => path.to_owned(),
        };
        match self.fs.read(&file, MAX_BYTES) {
            Ok(Contents::Whole { bytes, .. }) if bytes.is_empty() => Ok(AtPath::Empty { file }),
            Ok(Contents::Whole { bytes, modified }) => Ok(AtPath::Edit {
                file,
                bytes,
                modified,
            }),
            Ok(Contents::TooLarge { bytes }) => Err(refuse(Flaw::TooLarge { bytes })),
            // A save has just put the link where the edit was.
            Ok(Contents::NotAFile(Kind::Link)) => Ok(AtPath::Link),
            Ok(Contents::NotAFile(kind)) => Err(refuse(Flaw::NotAFile(kind))),
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(AtPath::Nothing),
            Ok(Contents::Unreadable(cause)) | Err(cause) => Err(failed(cause)),
        }
    }

    /// Defaults replace a status only where none ever existed, so anything that shows that one did
    /// exist is damage.
    fn none_kept(&self, at_path: &AtPath, listing: &Listing) -> Error {
        let layout = &self.layout;
        let path = layout.path().to_owned();
        let mut candidates = Vec::new();
        match at_path {
            AtPath::Link => candidates.push(Damage::new(path.clone(), Flaw::Dangling)),
            AtPath::Empty { file } => candidates.push(Damage::new(file.clone(), Flaw::Empty)),
            AtPath::Nothing | AtPath::Edit { .. } => {}
        }
        for &generation in &listing.damaged {
            candidates.push(Damage::new(layout.damaged(generation), Flaw::SetAside));
        }
        if candidates.is_empty() {
            Error::NotFound { path }
        } else {
            Error::Damaged { path, candidates }
        }
    }
}
