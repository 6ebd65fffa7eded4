//! A status of which the type is not known, for tools: its text, and where it comes from.

use crate::codec;
use crate::error::{Error, Step};
use crate::fs::{self, Contents, Disk, Entry, FileSystem};
use crate::history::Generation;
use crate::lock::Held;
use crate::name::DIRECTORY_ENDING;
use crate::recover::Found;
use crate::schema::{FIRST_VERSION, Schema};
use crate::seal;
use crate::snippet;
use crate::status_file::StatusFile;
use crate::store::{Options, Origin, Store};
use crate::trace::{self, Operation};
use crate::{Damage, MAX_BYTES};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use toml::Table;

#[cfg(feature = "watch")]
use crate::watch::Watch;

/// So many statuses are kept when nobody says how many should be: nothing is removed before there
/// are more. The next save of the program that knows keeps as many as it asks for.
const KEPT_UNASKED: usize = 10;

/// One status on disk whose type is not known: the file that [`StatusFile`] reads and writes, as text.
///
/// It is for tools that look at any status and change it, such as the command `statusfile`. A program
/// uses [`StatusFile`].
///
/// ```
/// # use serde::{Deserialize, Serialize};
/// use statusfile::{StatusFile, UntypedFile};
///
/// # #[derive(Serialize, Deserialize)]
/// # struct Worker { jobs: u64 }
/// # fn main() -> Result<(), statusfile::Error> {
/// # let directory = std::env::temp_dir().join(format!("statusfile-doc-untyped-{}", std::process::id()));
/// # let path = directory.join("worker.toml");
/// StatusFile::at(&path).save(&Worker { jobs: 41 })?; // by some program
///
/// let file = UntypedFile::at(&path);
/// let seen = file.read()?;
/// assert_eq!((seen.text.as_str(), seen.version), ("jobs = 41\n", 1));
///
/// file.replace(&seen, "jobs = 42\n")?;
/// assert_eq!(StatusFile::<Worker>::at(&path).load()?.jobs, 42);
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
    pub(crate) file: StatusFile<Table>,
}

/// A status as text. From [`UntypedFile`].
#[derive(Debug)]
#[non_exhaustive]
pub struct UntypedStatus {
    /// The text without its seal. It is TOML, unless a person made a slip in an edit.
    pub text: String,
    /// The version of the type that wrote it. An edit without a seal has that of the newest
    /// generation, or 1 where there is none.
    pub version: u32,
    /// What its first line says, if that is a seal.
    pub seal: Option<Seal>,
    /// The file that it is in.
    pub path: PathBuf,
    /// Which one that is. In an editable status a copy of the newest generation is that generation.
    pub origin: Origin,
    /// The size of the file in bytes, seal and all.
    pub bytes: u64,
    /// When the file was written, by the clock of its file system.
    pub saved_at: Option<SystemTime>,
    /// The newer files that were passed over because they are damaged, the newest first.
    pub skipped: Vec<Damage>,
    file: Vec<u8>,
}

/// The first line of a file: `#:statusfile 1 version=2 bytes=118 crc32=9f3a12bc`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Seal {
    /// The form of the file, which this crate gives it.
    pub format: u32,
    /// The version of the struct inside.
    pub version: u32,
    /// The length of everything after the line, in bytes.
    pub bytes: usize,
    /// The checksum of everything but itself.
    pub crc32: u32,
    /// Whether all of that is true. Of a generation it is, or it would be damaged; where a person
    /// has edited the text and left the line it is not.
    pub holds: bool,
}

impl UntypedFile {
    /// The status at `path`. Touches nothing yet.
    pub fn at(path: impl AsRef<Path>) -> Self {
        Self {
            file: StatusFile::at(path),
        }
    }

    /// How long a change waits for others that save the same status. 10 seconds unless asked; zero
    /// is one attempt.
    #[must_use]
    pub fn lock_timeout(mut self, lock_timeout: Duration) -> Self {
        self.file = self.file.lock_timeout(lock_timeout);
        self
    }

    /// Where the status lives, absolute.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// The status that counts: what [`StatusFile::load`] would decode.
    ///
    /// Takes no lock, changes nothing, and needs no permission but to read.
    ///
    /// # Errors
    ///
    /// Those of [`StatusFile::load`], but that any version is read, [`Error::Newer`] is about the
    /// form of the file alone, and [`Error::Decode`] about bytes that are no text.
    pub fn read(&self) -> Result<UntypedStatus, Error> {
        let _span = trace::enter(Operation::Load, self.path());
        let store = self.store()?;
        UntypedStatus::new(&store, store.recover()?)
    }

    /// The newest good generation, whatever people made of it since.
    ///
    /// # Errors
    ///
    /// Those of [`read`](Self::read) but what is about the file at the path.
    pub fn read_last_good(&self) -> Result<UntypedStatus, Error> {
        let _span = trace::enter(Operation::Load, self.path());
        let store = self.store()?;
        UntypedStatus::new(&store, store.recover_generation()?)
    }

    /// The status that a save gave this number, if it is kept.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] with [`NotFound`](std::io::ErrorKind::NotFound) if it is not kept,
    /// [`Error::Damaged`] if it is damaged, and those of [`read`](Self::read) that are about its text.
    pub fn read_generation(&self, number: u64) -> Result<UntypedStatus, Error> {
        let _span = trace::enter(Operation::Load, self.path());
        let store = self.store()?;
        let good = store.good_generation(number)?;
        let found = Found {
            path: store.layout.generation(number),
            bytes: good.bytes,
            origin: Origin::Generation(number),
            saved_at: good.modified,
            skipped: Vec::new(),
        };
        UntypedStatus::new(&store, found)
    }

    /// Every status that is kept, the newest first, good or damaged.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the files may not be read. A damaged one is no error but an entry that says so.
    pub fn history(&self) -> Result<Vec<Generation>, Error> {
        self.file.history()
    }

    /// Saves `text` as the new status, unless anyone has changed the status since `seen` was read. What
    /// was there is kept as the older status, an edit too.
    ///
    /// The version is that of `seen`; a seal on the first line of `text` is left out. Where `seen`
    /// is an edit with a slip in it, so that nobody can load it, `text` takes its place.
    ///
    /// Returns the status as it was saved.
    ///
    /// # Errors
    ///
    /// [`Error::Changed`], [`Error::Decode`] with line and column if `text` is not TOML, and those of
    /// [`StatusFile::save`].
    pub fn replace(&self, seen: &UntypedStatus, text: &str) -> Result<UntypedStatus, Error> {
        let _span = trace::enter(Operation::Save, self.path());
        let text = codec::utf8(self.path(), codec::text_of(text.as_bytes()))?;
        parse(self.path(), text)?;
        let change = self.begin(seen)?;
        let mut schema = Schema::untyped(seen.version);
        if seen.origin == Origin::Edit && seen.check().is_err() {
            schema = schema.mending_an_edit();
        }
        change.commit(&schema, &codec::sealed(self.path(), seen.version, text)?)
    }

    /// Makes the generation `number` the newest again, as [`StatusFile::restore`] does, unless anyone
    /// has changed the status since `seen` was read.
    ///
    /// Returns the status as it was saved.
    ///
    /// # Errors
    ///
    /// [`Error::Changed`], [`Error::Decode`] if an edit lies at the path that is not TOML, and those
    /// of [`read_generation`](Self::read_generation) and [`StatusFile::save`].
    pub fn restore(&self, seen: &UntypedStatus, number: u64) -> Result<UntypedStatus, Error> {
        let _span = trace::enter(Operation::Restore, self.path());
        let restored = self.read_generation(number)?;
        let change = self.begin(seen)?;
        change.commit(&Schema::untyped(seen.version), &restored.file)
    }

    /// Calls `on_change` whenever what [`read`](Self::read) gives has changed, as
    /// [`StatusFile::watch`] does.
    ///
    /// # Errors
    ///
    /// Those of [`StatusFile::watch`].
    #[cfg(feature = "watch")]
    pub fn watch(
        &self,
        mut on_change: impl FnMut(Result<UntypedStatus, Error>) + Send + 'static,
    ) -> Result<Watch, Error> {
        let file = self.clone();
        let editable = self.store()?.options.editable;
        let watched = self
            .file
            .clone()
            .read_as(Schema::untyped(FIRST_VERSION), editable);
        watched.watch(move |status| on_change(status.and_then(|_| file.read())))
    }

    /// As the status at the path is kept.
    pub(crate) fn store(&self) -> Result<Store<Disk>, Error> {
        let mut store = self.file.store()?;
        store.options.editable = store.people_edit_it()?;
        Ok(store)
    }

    fn begin(&self, seen: &UntypedStatus) -> Result<Change, Error> {
        let mut store = self.store()?;
        store.options.mode = store.mode_of_kept()?;
        let held = store.lock()?;
        store.options.editable = store.people_edit_it()?;
        store.options.keep = store.kept_generations()?.len().max(KEPT_UNASKED);
        if store.recover()?.bytes != seen.file {
            return Err(Error::Changed {
                path: self.path().to_owned(),
            });
        }
        Ok(Change { store, held })
    }
}

/// A change that nobody else can come between.
struct Change {
    store: Store<Disk>,
    held: Held<Disk>,
}

impl Change {
    fn commit(&self, schema: &Schema<Table>, status: &[u8]) -> Result<UntypedStatus, Error> {
        self.store.commit(schema, status, Some(&self.held))?;
        UntypedStatus::new(&self.store, self.store.recover_generation()?)
    }
}

impl UntypedStatus {
    fn new(store: &Store<Disk>, found: Found) -> Result<Self, Error> {
        let text = text_of(&found.path, &found.bytes)?.to_owned();
        let stamp = seal::split_edited(&found.bytes).map(|(stamp, _)| stamp);
        let version = match stamp {
            Some(stamp) => stamp.version,
            None => store.version_of_newest(),
        };
        Ok(Self {
            text,
            version,
            seal: Seal::of(&found.bytes),
            path: found.path,
            origin: found.origin,
            bytes: found.bytes.len() as u64,
            saved_at: found.saved_at,
            skipped: found.skipped,
            file: found.bytes,
        })
    }

    /// Whether the text is TOML.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] with the line and the column of the first slip in the file.
    pub fn check(&self) -> Result<(), Error> {
        check(&self.path, &self.file)
    }
}

impl Seal {
    fn of(file: &[u8]) -> Option<Self> {
        let (stamp, bytes, crc32) = seal::claim(file)?;
        Some(Self {
            format: stamp.format,
            version: stamp.version,
            bytes,
            crc32,
            holds: seal::open(file).is_ok(),
        })
    }
}

impl Store<Disk> {
    /// Whether a regular file lies at the path, or a link to one that a save has put there.
    fn people_edit_it(&self) -> Result<bool, Error> {
        let path = self.layout.path();
        let failed = |cause| Error::io(Step::Read, path, cause);
        match self.fs.inspect(path).map_err(failed)? {
            Entry::File => Ok(true),
            Entry::Link(target) if target != self.layout.link_target() => {
                let file = self.fs.resolve(path);
                Ok(file.is_ok_and(|file| self.bears_seal(&file)))
            }
            Entry::Link(_) | Entry::Absent | Entry::Other(_) => Ok(false),
        }
    }

    /// Not a generation: that of another status bears a seal too, and is never replaced.
    fn bears_seal(&self, file: &Path) -> bool {
        let directory = file.parent().and_then(Path::file_name);
        let ending = DIRECTORY_ENDING.as_bytes();
        if directory.is_some_and(|name| name.as_encoded_bytes().ends_with(ending)) {
            return false;
        }
        match self.fs.read(file, MAX_BYTES) {
            Ok(Contents::Whole { bytes, .. }) => seal::split_edited(&bytes).is_some(),
            _ => false,
        }
    }

    /// The permissions that the status was declared with, as far as its files tell.
    fn mode_of_kept(&self) -> Result<u32, Error> {
        let layout = &self.layout;
        let newest = self.kept_generations()?.first().copied();
        let newest = newest.map(|newest| layout.generation(newest));
        let files = [Some(layout.lock()), newest, Some(layout.path().to_owned())];
        for file in files.into_iter().flatten() {
            // Of a link the bits mean nothing.
            if !matches!(self.fs.inspect(&file), Ok(Entry::File)) {
                continue;
            }
            if let Some(mode) =
                fs::mode(&file).map_err(|cause| Error::io(Step::Look, &file, cause))?
            {
                return Ok(mode & 0o666 | Options::LEAST_MODE);
            }
        }
        Ok(Options::LEAST_MODE)
    }

    fn version_of_newest(&self) -> u32 {
        let newest = self.recover_generation().ok();
        let stamp = newest.and_then(|newest| Some(seal::open(&newest.bytes).ok()?.0));
        stamp.map_or(FIRST_VERSION, |stamp| stamp.version)
    }
}

/// The text of a file without its seal.
fn text_of<'a>(path: &Path, file: &'a [u8]) -> Result<&'a str, Error> {
    if let Some((stamp, _)) = seal::split_edited(file) {
        codec::check_version(stamp, path, u32::MAX)?;
    }
    codec::utf8(path, codec::text_of(file))
}

/// Whether `file` holds TOML. A seal is a comment.
pub(crate) fn check(path: &Path, file: &[u8]) -> Result<(), Error> {
    text_of(path, file)?;
    parse(path, codec::utf8(path, seal::without_mark(file))?)
}

fn parse(path: &Path, text: &str) -> Result<(), Error> {
    match toml::from_str::<Table>(text) {
        Ok(_) => Ok(()),
        Err(error) => {
            let span = error.span().unwrap_or(0..0);
            Err(snippet::decode_error(path, text, span, error.message()))
        }
    }
}
