//! A status of which the type is not known, for tools: its text, and where it comes from.

use super::Seen;
use super::status_file::StatusFile;
use crate::codec::encode::sealed;
use crate::codec::schema::FIRST_VERSION;
use crate::codec::untyped::{AnyVersion, checked, problem, text};
use crate::error::{Damage, Error, Finding, Location};
use crate::fs::Disk;
use crate::place::search;
use crate::store::backend::{Backend, Over};
use crate::store::sealed::{Head, Label, Sealed};
use crate::store::snapshot::{Document, Generation, Origin};
use crate::trace::{self, Operation};
use std::path::{self, Path, PathBuf};
use std::time::{Duration, SystemTime};

#[cfg(feature = "watch")]
use super::watch::{self, Debounce, RecommendedWatcher, Watch};

/// One status on disk whose type is not known: the file that [`StatusFile`](crate::StatusFile) reads
/// and writes, as text.
///
/// It is for tools that look at any status and change it, such as the command `statusfile`. A program
/// uses [`StatusFile`](crate::StatusFile).
///
/// ```
/// # use serde::{Deserialize, Serialize};
/// use statusfile::StatusFile;
/// use statusfile::untyped::UntypedFile;
///
/// # #[derive(Serialize, Deserialize)]
/// # struct Worker { jobs: u64 }
/// # fn main() -> Result<(), statusfile::Error> {
/// # let directory = std::env::temp_dir().join(format!("statusfile-doc-untyped-{}", std::process::id()));
/// # let path = directory.join("worker.toml");
/// StatusFile::undeclared(&path).save(&Worker { jobs: 41 })?; // by some program
///
/// let file = UntypedFile::at(&path);
/// let seen = file.read()?;
/// assert_eq!((seen.text.as_str(), seen.version), ("jobs = 41\n", 1));
///
/// file.replace(&seen, "jobs = 42\n")?;
/// assert_eq!(StatusFile::<Worker>::undeclared(&path).load()?.jobs, 42);
/// # std::fs::remove_dir_all(directory).unwrap();
/// # Ok(())
/// # }
/// ```
///
/// # How a status is kept
///
/// What a program has declared is taken over from what is there. The new file has the version, the
/// permissions and, as far as this process may give it away, the owner of those that are there. A
/// regular file at the path stays one, as for an editable status, and gets a copy of the newest text; a
/// link stays a link. No status is removed before there are ten, nor before there are more than there
/// were; the next save of the program keeps as many as it asks for.
///
/// A person's link at the path is followed only to a file that bears a seal, which is one that an
/// editable status has put there before. Any other file is never opened for it.
#[derive(Clone, Debug)]
pub struct UntypedFile {
    file: StatusFile<()>,
}

/// A status as text. From [`UntypedFile`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UntypedStatus {
    /// The text without its seal. It is TOML, unless a person made a mistake in an edit.
    pub text: String,
    /// The version of the type that wrote it. An edit without a seal has that of the newest
    /// generation, or 1 where there is none.
    pub version: u32,
    /// Package and name of that type, if it was declared. An edit without a seal has those of the newest
    /// generation.
    pub type_name: Option<String>,
    /// What its first line says, if that is a seal.
    pub seal: Option<Seal>,
    /// The file that it is in.
    pub location: Location,
    /// Which one that is. In an editable status a copy of the newest generation is that generation.
    pub origin: Origin,
    /// The size of the file in bytes, seal and all.
    pub bytes: u64,
    /// When it was saved, by the clock of who saved it; an edit, when its file was written.
    pub saved_at: Option<SystemTime>,
    /// The newer files that were passed over because they are damaged, the newest first.
    pub skipped: Vec<Damage>,
    /// As it was read: the fields above are the caller's to change.
    seen: Seen,
}

/// What the first line of a file says of the rest:
/// `#:statusfile 2 type=monitor/Worker version=1 saved=2026-11-25T20:11:14.482913Z bytes=118 crc32=9f3a12bc`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Seal {
    /// The format of the file, which this crate gives it.
    pub format: u32,
    /// The version of the type that wrote it.
    pub version: u32,
    /// When it was saved, by the clock of who saved it.
    pub saved: SystemTime,
    /// The length of everything after the line, in bytes, each line end counted as one.
    pub bytes: u64,
    /// The checksum of everything but itself.
    pub crc32: u32,
    /// Whether all of that is true. Of a generation it is, or it would be damaged; where a person
    /// has edited the text and left the line it is not.
    pub holds: bool,
}

impl UntypedFile {
    /// The status at `path`. Touches nothing yet.
    #[must_use]
    pub fn at(path: impl AsRef<Path>) -> Self {
        let mut file = StatusFile::undeclared(path);
        file.options.as_found = true;
        Self { file }
    }

    /// The status that `path` means, and the generation, if it names one: `path` may be that of the
    /// status itself, of its directory, of a file in there, or of a link to one.
    #[must_use]
    pub fn find(path: impl AsRef<Path>) -> (Self, Option<u64>) {
        let path = path.as_ref();
        let path = path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let (status, generation) = search::meant(&Disk, &path);
        (Self::at(status), generation)
    }

    /// Every status in `directory` and below, sorted by path, links not followed. A directory that
    /// cannot be looked into comes with the error.
    #[must_use]
    pub fn find_all(directory: impl AsRef<Path>) -> Vec<(PathBuf, Result<(), Error>)> {
        search::below(&Disk, directory.as_ref())
    }

    /// How long a change waits for others that save the same status. 10 seconds unless asked; zero
    /// is one attempt.
    #[must_use]
    pub fn lock_timeout(self, lock_timeout: Duration) -> Self {
        let file = self.file.lock_timeout(lock_timeout);
        Self { file }
    }

    /// Where the status is.
    #[must_use]
    pub fn location(&self) -> &Location {
        self.file.location()
    }

    /// The path of the status, absolute, if it lies on a file system.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.file.path()
    }

    /// The current status: what [`StatusFile::load`](crate::StatusFile::load) would decode.
    ///
    /// Takes no lock, changes nothing, and needs no permission but to read.
    ///
    /// # Errors
    ///
    /// Those of [`StatusFile::load`](crate::StatusFile::load), but that any version is read,
    /// [`Error::Newer`] is about the format of the file alone, and [`Error::Decode`] about bytes that
    /// are no text.
    pub fn read(&self) -> Result<UntypedStatus, Error> {
        let _span = trace::enter(Operation::Load, self.location());
        let directory = self.file.directory()?;
        status(directory.latest(None)?)
    }

    /// The newest good generation, without any edit made since.
    ///
    /// # Errors
    ///
    /// Those of [`read`](Self::read) but what is about the file at the path.
    pub fn read_last_good(&self) -> Result<UntypedStatus, Error> {
        let _span = trace::enter(Operation::Load, self.location());
        let directory = self.file.directory()?;
        status(directory.latest_generation()?)
    }

    /// The status that a save gave this number, if it is kept.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] with [`NotFound`](std::io::ErrorKind::NotFound) if it is not kept,
    /// [`Error::Damaged`] if it is damaged, and those of [`read`](Self::read) that are about its text.
    pub fn read_generation(&self, number: u64) -> Result<UntypedStatus, Error> {
        let _span = trace::enter(Operation::Load, self.location());
        let directory = self.file.directory()?;
        status(directory.generation(number, None)?)
    }

    /// The number of the newest generation that holds `status` byte for byte: after a save, which one lies
    /// at the path. `None` for an edit, and for what is kept as a generation no longer or not yet.
    ///
    /// ```
    /// # use serde::{Deserialize, Serialize};
    /// use statusfile::untyped::UntypedFile;
    /// use statusfile::{Origin, StatusFile};
    ///
    /// # #[derive(Serialize, Deserialize)]
    /// # struct Worker { jobs: u64 }
    /// # fn main() -> Result<(), statusfile::Error> {
    /// # let directory = std::env::temp_dir().join(format!("statusfile-doc-generation-{}", std::process::id()));
    /// # let path = directory.join("worker.toml");
    /// StatusFile::undeclared(&path).save(&Worker { jobs: 41 })?;
    ///
    /// let file = UntypedFile::at(&path);
    /// let seen = file.read()?;
    /// assert_eq!(seen.origin, Origin::Path);
    /// assert_eq!(file.generation_of(&seen)?, Some(1));
    /// # std::fs::remove_dir_all(directory).unwrap();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the generations may not be read. A damaged one holds nothing, and is no error.
    pub fn generation_of(&self, status: &UntypedStatus) -> Result<Option<u64>, Error> {
        let directory = self.file.directory()?;
        let bytes = status.seen.document.bytes();
        for kept in directory.history()? {
            // The rest is not read once more.
            if kept.version.is_err() || kept.bytes != Some(bytes.len() as u64) {
                continue;
            }
            match directory.generation(kept.number, None) {
                Ok(generation) if generation.document.bytes() == bytes => {
                    return Ok(Some(kept.number));
                }
                Ok(_) | Err(Error::Damaged { .. }) => {}
                // A save has just retired it.
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Every status that is kept, the newest first, good or damaged.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the files may not be read. A damaged one is no error but an entry that says so.
    pub fn history(&self) -> Result<Vec<Generation>, Error> {
        self.file.history()
    }

    /// Saves `text` as the new status, unless the status has changed since `seen` was read. What was
    /// there is kept as the older status, an edit too.
    ///
    /// The version is that of `seen`; a seal on the first line of `text` is left out. Where `seen`
    /// is an edit with a mistake in it, so that nobody can load it, `text` takes its place.
    ///
    /// Returns the status as it was saved.
    ///
    /// # Errors
    ///
    /// [`Error::Changed`], [`Error::Decode`] with line and column if `text` is not TOML, and those of
    /// [`StatusFile::save`](crate::StatusFile::save).
    pub fn replace(&self, seen: &UntypedStatus, text: &str) -> Result<UntypedStatus, Error> {
        let _span = trace::enter(Operation::Save, self.location());
        let text = checked(self.location(), text.as_bytes())?;
        let directory = self.file.directory()?;
        let label = Label {
            type_name: seen.type_name.clone(),
            version: seen.version,
            saved: directory.now(),
        };
        let new = sealed(self.location(), label, text, directory.limits())?;
        let repairs_edit = seen.origin == Origin::Edit && seen.check().is_err();
        self.commit(seen, &new, repairs_edit)
    }

    /// Makes the generation `number` the newest again, as
    /// [`StatusFile::restore`](crate::StatusFile::restore) does, unless the status has changed since
    /// `seen` was read.
    ///
    /// Returns the status as it was saved.
    ///
    /// # Errors
    ///
    /// [`Error::Changed`], [`Error::Decode`] if an edit lies at the path that is not TOML, and those
    /// of [`read_generation`](Self::read_generation) and
    /// [`StatusFile::save`](crate::StatusFile::save).
    pub fn restore(&self, seen: &UntypedStatus, number: u64) -> Result<UntypedStatus, Error> {
        let _span = trace::enter(Operation::Restore, self.location());
        match self.read_generation(number)?.seen.document {
            Document::Sealed(restored) => self.commit(seen, &restored, false),
            Document::Edit(_) => self.read(),
        }
    }

    fn commit(
        &self,
        seen: &UntypedStatus,
        new: &Sealed,
        repairs_edit: bool,
    ) -> Result<UntypedStatus, Error> {
        let directory = self.file.directory()?;
        let gate = AnyVersion { repairs_edit };
        let guard = directory.lock(directory.patience())?;
        let number = directory.commit(new, Over::Still(&seen.seen), &gate, Some(&guard))?;
        status(directory.generation(number, Some(&guard))?)
    }

    /// Calls `on_change` whenever what [`read`](Self::read) gives has changed, as
    /// [`StatusFile::watch`](crate::StatusFile::watch) does.
    ///
    /// # Errors
    ///
    /// Those of [`StatusFile::watch`](crate::StatusFile::watch).
    #[cfg(feature = "watch")]
    pub fn watch(
        &self,
        mut on_change: impl FnMut(Result<UntypedStatus, Error>) + Send + 'static,
    ) -> Result<Watch, Error> {
        let directory = self.file.directory()?;
        watch::start::<RecommendedWatcher>(directory, Debounce::default(), move |seen| {
            on_change(seen.and_then(status));
        })
    }

    /// Everything at the status that is not as a save leaves it: what is damaged or was, left behind
    /// by a writer that crashed, open to users who may not load or save, a link where none belongs, or
    /// not ours. An empty list means that all is well.
    ///
    /// Takes no lock but, for a moment, that of a temp file, and changes nothing. If a save is going on,
    /// it looks again a few times, and reports what every look found.
    ///
    /// ```
    /// # use serde::{Deserialize, Serialize};
    /// use statusfile::StatusFile;
    /// use statusfile::untyped::UntypedFile;
    ///
    /// # #[derive(Serialize, Deserialize)]
    /// # struct Worker { jobs: u64 }
    /// # fn main() -> Result<(), statusfile::Error> {
    /// # let directory = std::env::temp_dir().join(format!("statusfile-doc-verify-{}", std::process::id()));
    /// # let path = directory.join("worker.toml");
    /// StatusFile::undeclared(&path).save(&Worker { jobs: 41 })?;
    /// for finding in UntypedFile::at(&path).verify()? {
    ///     eprintln!("{finding}");
    /// }
    /// # std::fs::remove_dir_all(directory).unwrap();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there never was a status, and [`Error::Io`] if something may not be
    /// looked at.
    pub fn verify(&self) -> Result<Vec<Finding>, Error> {
        self.file.directory()?.check(problem)
    }
}

fn status(seen: Seen) -> Result<UntypedStatus, Error> {
    let bytes = seen.document.bytes();
    let head = Head::parse(bytes);
    let (version, type_name) = match (&head, &seen.newest) {
        (Some(head), _) => (head.version, head.type_name.map(str::to_owned)),
        (None, Some(newest)) => (newest.label.version, newest.label.type_name.clone()),
        (None, None) => (FIRST_VERSION, None),
    };
    Ok(UntypedStatus {
        text: text(&seen.location, bytes)?.to_owned(),
        version,
        type_name,
        seal: head.as_ref().and_then(Seal::of),
        location: seen.location.clone(),
        origin: seen.origin,
        bytes: bytes.len() as u64,
        saved_at: seen.saved_at,
        skipped: seen.skipped.clone(),
        seen,
    })
}

impl UntypedStatus {
    /// Whether the text is TOML.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] with the line and the column of the first mistake in the file.
    pub fn check(&self) -> Result<(), Error> {
        checked(&self.seen.location, self.seen.document.bytes()).map(drop)
    }
}

impl Seal {
    fn of(head: &Head<'_>) -> Option<Self> {
        let claim = head.claim?;
        Some(Self {
            format: head.format,
            version: head.version,
            saved: claim.saved.time(),
            bytes: claim.bytes,
            crc32: claim.crc32,
            holds: head.verify().is_ok(),
        })
    }
}
