use super::OnDisk;
use super::former::{self, Declared};
use super::status_lock::StatusLock;
use super::typed::Typed;
use crate::codec::schema::{FIRST_VERSION, Schema};
use crate::codec::source::breaks_off;
use crate::error::{At, Error, Holder, Location, Step};
use crate::fs::Disk;
use crate::place::declaration::Declaration;
use crate::store::backend::Backend;
use crate::store::directory::Directory;
use crate::store::limits::{Limits, MAX_BYTES};
use crate::store::options::{Durability, Options, Publish};
use crate::store::snapshot::{Generation, Loaded};
use crate::store::users::{self, Spelling};
use crate::trace::{self, Operation};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::fmt;
use std::io::ErrorKind;
use std::path::{self, Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

#[cfg(feature = "watch")]
use super::watch::{self, Debounce, RecommendedWatcher, Watch};

/// One status on disk: where it lives and how it is kept.
///
/// This is what [`PersistentStatus`](crate::PersistentStatus) does its work with:
/// [`at`](crate::PersistentStatus::at) makes one for a path that is known only at run time. Use it
/// directly for types without the derive, or for what the trait leaves out: [`read`](Self::read) and
/// [`lock`](Self::lock).
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use statusfile::StatusFile;
///
/// #[derive(Serialize, Deserialize, Default)]
/// struct Job {
///     pages_done: u32,
/// }
///
/// # fn main() -> Result<(), statusfile::Error> {
/// # let directory = std::env::temp_dir().join(format!("statusfile-doc-at-{}", std::process::id()));
/// let file = StatusFile::<Job>::undeclared(directory.join("job-17.toml")).keep(3);
///
/// let mut job = file.load_or_default()?;
/// job.pages_done += 1;
/// file.save(&job)?;
/// assert_eq!(file.load()?.pages_done, 1);
/// # std::fs::remove_dir_all(directory).unwrap();
/// # Ok(())
/// # }
/// ```
///
/// # On disk
///
/// For the path `job-17.toml`, the newest status is the file `job-17.toml`, an ordinary one: read it, copy it,
/// edit it, put a backup in its place. What lies there is what loads, and the next save keeps it as the older
/// status. An edit needs no seal, and an old one on its first line may stay. Behind it, in the directory
/// `job-17.toml.status`, lie the newest status once more and the older one, for the case that the file is damaged
/// or gone. Those are read-only because they are never written again. If `job-17.toml` is a link, all of this
/// lies beside the file that it leads to.
pub struct StatusFile<T> {
    location: Location,
    pub(super) options: Options,
    pub(super) schema: Schema<T>,
    formerly: Declared,
}

impl StatusFile<()> {
    /// The largest status there can be, in bytes: 256 MiB. A larger file is never read into memory. A
    /// status may be given a lower limit: see [`max_bytes`](Self::max_bytes).
    pub const MAX_BYTES: u64 = MAX_BYTES;
}

impl<T> StatusFile<T> {
    /// The status at `path` of a type that declares nothing: version 1, with no older ones. Touches
    /// nothing yet.
    ///
    /// A type that derives [`PersistentStatus`](crate::PersistentStatus) has
    /// [`at`](crate::PersistentStatus::at), which knows what it has declared.
    ///
    /// A relative path is taken from the working directory as it is now; changing that later does
    /// not move the status. Directories that are missing are made by the first save.
    #[must_use]
    pub fn undeclared(path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        Self {
            location: absolute(path).into(),
            options: Options::default(),
            schema: Schema::new(FIRST_VERSION),
            formerly: None,
        }
    }

    /// Where nothing was saved yet, what lies at the former places is loaded.
    pub(super) fn formerly(self, declaration: fn() -> Declaration) -> Self {
        let formerly = Some(declaration);
        Self { formerly, ..self }
    }

    /// The status at `path`, kept as declared.
    pub(crate) fn declared_at(
        declaration: &Declaration,
        schema: Schema<T>,
        path: impl AsRef<Path>,
    ) -> Self {
        let file = Self::undeclared(path);
        let otherwise = file.options;
        Self { schema, ..file }
            .keep(declaration.keep.unwrap_or(otherwise.keep))
            .mode(declaration.mode.unwrap_or(otherwise.mode))
            .durability(declaration.durability.unwrap_or(otherwise.durability))
            .lock_timeout(declaration.lock_timeout.unwrap_or(otherwise.lock_timeout))
            .publish(declaration.publish.unwrap_or(otherwise.publish))
            .with(|options| {
                options.limits = declaration.max_bytes.map_or(otherwise.limits, Limits::of);
            })
    }

    /// How many statuses are kept: the newest and those before it. 2 unless asked, and never less,
    /// so that there is always one to fall back on.
    ///
    /// Threads share a commit only if all options of their handles are the same, this one too.
    #[must_use]
    pub fn keep(self, keep: usize) -> Self {
        self.with(|options| options.keep = keep.max(Options::LEAST_KEPT))
    }

    /// How large the status may be, in bytes, seal and all. Unless asked, what is saved may have
    /// [256 MiB](StatusFile::MAX_BYTES), and an edit 16 MiB; a limit that is given is for both. It is no
    /// less than 1 KiB, and no more than 256 MiB.
    ///
    /// A save of more is [`Error::Encode`], and nothing was written. A larger edit is [`Error::Unsafe`],
    /// and left alone, as to decode one takes many times its size in memory. What was saved under
    /// another limit is loaded all the same. From half of the limit on, each save is a warning, with the
    /// feature `tracing`.
    #[must_use]
    pub fn max_bytes(self, max_bytes: u64) -> Self {
        self.with(|options| options.limits = Limits::of(max_bytes))
    }

    /// What a save withstands. [`Durability::Full`] unless asked.
    #[must_use]
    pub fn durability(self, durability: Durability) -> Self {
        self.with(|options| options.durability = durability)
    }

    /// What a save puts at the path. [`Publish::Copy`] unless asked.
    ///
    /// An editable status is a copy, whatever is asked: people write into it.
    #[must_use]
    pub fn publish(self, publish: Publish) -> Self {
        self.with(|options| options.publish = publish)
    }

    /// How long a save waits for other processes and threads that save the same status. 10 seconds
    /// unless asked; zero is one attempt.
    #[must_use]
    pub fn lock_timeout(self, lock_timeout: Duration) -> Self {
        self.with(|options| options.lock_timeout = lock_timeout)
    }

    /// Who may load and save, as Unix permission bits. `0o600` unless asked: the owner alone.
    ///
    /// Users that may read can load, users that may write can save; the owner always can. Directories
    /// that are made get the `x` bits that go with it, and the umask takes nothing away; those that exist
    /// stay as they are. Committed files have no `w` bits, since saves never write to them. Elsewhere
    /// than on Unix this has no effect.
    ///
    /// A file belongs to the user that saves, and to their group unless the directory hands down its
    /// own (`chmod g+s`). What root makes in a directory of another user is given to that user.
    #[must_use]
    pub fn mode(self, mode: u32) -> Self {
        self.with(|options| options.mode = Options::possible_mode(mode))
    }

    /// People edit this status: the layout and the comments that they give it stay.
    ///
    /// Where what they have written is no status, [`load`](Self::load) and [`save`](Self::save) show the mistake,
    /// and [`load_last_good`](Self::load_last_good) has what was saved last. Where nobody says that people edit
    /// it, a save sets the mistake aside instead.
    #[cfg(feature = "editable")]
    #[must_use]
    pub fn editable(mut self) -> Self {
        self.schema.editable = true;
        self
    }

    /// Whether each save proves that its value can be loaded again. It does unless asked.
    ///
    /// A save decodes what it is about to write, encodes what came out once more, and compares the two
    /// texts. What would be loaded as another value, or not at all, is [`Error::Encode`] with the name of
    /// the field. This takes about eight times as long as the encoding; `false` is for those who have
    /// measured that, and who have tests that save every kind of value.
    #[must_use]
    pub fn prove(mut self, prove: bool) -> Self {
        self.schema.prove = prove;
        self
    }

    fn with(mut self, change: impl FnOnce(&mut Options)) -> Self {
        change(&mut self.options);
        self
    }

    /// Where the status is. For a path, what lies there is a link to the newest status, or a copy of
    /// it where people edit it.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// The path of the status, absolute, if it lies on a file system.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.location.path()
    }

    pub(crate) fn into_path(self) -> Result<PathBuf, Error> {
        let path = self.path().map(Path::to_owned);
        path.ok_or_else(|| Error::io(Step::Place, self.location, ErrorKind::Unsupported.into()))
    }

    /// Removes the status and everything that belongs to it, once nobody else is changing it.
    ///
    /// When this returns, none of it is left: the statuses that were kept, damaged ones among them, a
    /// person's edit, the link at the path, the lock. Nothing there is no error. What others keep in
    /// the status directory stays, and so does that directory then. A crash in between leaves the
    /// status as it was or none, never an older one.
    ///
    /// Any program may remove a status, also one whose version is newer than it knows. A program whose status was moved
    /// away or unmounted says by this that it may begin again. What lies where the type was kept
    /// [`formerly`](crate::PersistentStatus::status_file) goes as well.
    ///
    /// # Errors
    ///
    /// [`Error::Locked`], [`Error::Unsafe`] if something lies at the path that is neither ours nor a
    /// regular file, and [`Error::Io`] at [`Step::Remove`] with the file that could not be removed.
    pub fn remove(&self) -> Result<(), Error> {
        let _span = trace::enter(Operation::Remove, self.location());
        let directory = self.directory()?;
        // First, so that nothing comes back from there if this ends half way.
        former::remove(self.formerly, self.schema.reader)?;
        directory.remove()?;
        users::forget(self.location());
        users::forget(directory.location());
        Ok(())
    }

    pub(super) fn directory(&self) -> Result<OnDisk, Error> {
        self.unfollowed()?.followed()
    }

    fn unfollowed(&self) -> Result<OnDisk, Error> {
        let path = self.path().unwrap_or(Path::new(""));
        let absolute = if path.is_absolute() || path.file_name().is_none() {
            // What names no file has no layout, and that says so.
            Cow::Borrowed(path)
        } else {
            // It had no absolute form, and gets another chance, and its error.
            path::absolute(path).at(Step::Place, path)?.into()
        };
        let mut options = self.options;
        if self.schema.editable {
            options.editable = true;
            options.publish = Publish::Copy;
        }
        Directory::at(Disk, &absolute, options, breaks_off)
    }

    pub(super) fn typed(&self) -> Result<Typed<OnDisk, T>, Error> {
        self.typed_on(self.directory()?)
    }

    /// For a load, or a save that takes the lock itself.
    fn at_once(&self) -> Result<Typed<OnDisk, T>, Error> {
        self.typed_on(self.unfollowed()?)
    }

    fn typed_on(&self, backend: OnDisk) -> Result<Typed<OnDisk, T>, Error> {
        let schema = self.schema.clone();
        let spelling = users::add(self.location(), schema.reader)?;
        match spelling {
            // Of those that have a key, that tells which one it is.
            Spelling::Unknown(twin) if schema.one_key().is_none() => {
                let twin = twin.as_ref().and_then(Location::path);
                let spelled = backend.refuse_other_spelling(twin);
                spelled.inspect_err(|_| users::forget(self.location()))?;
            }
            _ => {}
        }
        if backend.location() != self.location() {
            users::add(backend.location(), schema.reader)?;
        }
        Ok(Typed::new(backend, schema).declared(self.formerly))
    }
}

/// What has no absolute form, such as an empty path, is refused when it is used, and so is what names no file: Windows
/// would resolve `..`, and then it named a directory.
fn absolute(path: &Path) -> PathBuf {
    let absolute = path.file_name().and_then(|_| path::absolute(path).ok());
    absolute.unwrap_or_else(|| path.to_owned())
}

impl<T: Serialize + DeserializeOwned> StatusFile<T> {
    /// Saves `value`. When this returns, it is on disk for good, and what was saved before it is
    /// kept as the older status.
    ///
    /// Threads that save one status in the same way share a commit: while one of them saves, the others
    /// wait together, and then what came last is saved for all of them. So a hundred threads take
    /// hardly longer than two. What came before it is replaced without ever being a generation.
    ///
    /// # Errors
    ///
    /// The last good status stays what [`load`](Self::load) returns, whatever fails, except after
    /// [`Error::NotDurable`]. [`Error::Encode`] if TOML cannot hold the value or it is larger
    /// than [`max_bytes`](Self::max_bytes), [`Error::Locked`] if
    /// others saved all the while, [`Error::Changed`] if this process has seen a status here whose directory was moved
    /// away or unmounted since, [`Error::Newer`] if a newer program saved last, [`Error::Foreign`] if another
    /// type did, [`Error::TwoTypes`] if this process uses the path with another type,
    /// [`Error::Decode`] or [`Error::Convert`] if a person's edit lies at the path that is no `T` and
    /// cannot become one, [`Error::Unsafe`] if something lies there that is no regular file or too large, and
    /// [`Error::Io`] with the step that failed.
    pub fn save(&self, value: &T) -> Result<(), Error> {
        if self.schema.editable {
            return self.typed()?.save(value, None);
        }
        self.at_once()?.save_shared(value)
    }

    /// The status that was saved last, or a person's edit of it.
    ///
    /// Takes no lock, changes nothing, and needs no permission but to read.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there never was one, [`Error::Changed`] if this process has seen one whose directory was
    /// moved away or unmounted since, [`Error::Damaged`] if no good copy is left,
    /// [`Error::Decode`] if it is no `T`, [`Error::Convert`] if it is of an older version and cannot
    /// become one, [`Error::Newer`] if a newer program wrote it, [`Error::Foreign`] if another type did,
    /// [`Error::TwoTypes`] if this process uses the path with another type, [`Error::Unsafe`] if something lies at
    /// the path that is no regular file or too large, and [`Error::Io`] if it may not be read.
    pub fn load(&self) -> Result<T, Error> {
        self.at_once()?.load()
    }

    /// The status that a program saved last, without any edit made since: to go on with when
    /// [`load`](Self::load) has shown their mistake.
    ///
    /// Where that does not decode either, as a tool that does not know the type may have changed it, it is
    /// the newest of those before it that does.
    ///
    /// # Errors
    ///
    /// Those of [`load`](Self::load) but what is about the file at the path.
    pub fn load_last_good(&self) -> Result<T, Error> {
        self.typed()?.read_last_good().map(|loaded| loaded.value)
    }

    /// The status, or `T::default()` where none was ever saved. Nothing is saved by this.
    ///
    /// # Errors
    ///
    /// Those of [`load`](Self::load) but [`Error::NotFound`]: a status that cannot be read is never
    /// replaced by a default.
    pub fn load_or_default(&self) -> Result<T, Error>
    where
        T: Default,
    {
        self.at_once()?.load_or_default()
    }

    /// Loads the status (or the default), changes it and saves it, while everyone else's saves and
    /// updates wait. So no update is lost, across threads and processes.
    ///
    /// Where a status is kept without a lock, `change` is called again if someone else was faster; on a
    /// file system it is called once. What `change` returns has no say in whether the status is saved.
    /// Where that depends on the status, use [`lock`](Self::lock). If `change` panics, nothing is saved. Saving the same status
    /// inside it waits for itself, and fails with [`Error::Locked`].
    ///
    /// ```
    /// # use serde::{Deserialize, Serialize};
    /// # use statusfile::StatusFile;
    /// #[derive(Serialize, Deserialize, Default)]
    /// struct Tickets {
    ///     next: u64,
    /// }
    ///
    /// # fn main() -> Result<(), statusfile::Error> {
    /// # let directory = std::env::temp_dir().join(format!("statusfile-doc-update-{}", std::process::id()));
    /// let tickets = StatusFile::<Tickets>::undeclared(directory.join("tickets.toml"));
    /// let mine = tickets.update(|tickets| {
    ///     tickets.next += 1;
    ///     tickets.next
    /// })?;
    /// assert_eq!(mine, 1);
    /// # std::fs::remove_dir_all(directory).unwrap();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`load_or_default`](Self::load_or_default) and [`save`](Self::save).
    pub fn update<R>(&self, change: impl FnMut(&mut T) -> R) -> Result<R, Error>
    where
        T: Default,
    {
        self.typed()?.update(change)
    }

    /// Like [`load`](Self::load), with a report: which file the status was in, when that was saved,
    /// and which newer files are damaged.
    ///
    /// ```
    /// # use serde::{Deserialize, Serialize};
    /// # use statusfile::{Origin, StatusFile};
    /// # #[derive(Serialize, Deserialize, Default)]
    /// # struct Job { pages_done: u32 }
    /// # fn main() -> Result<(), statusfile::Error> {
    /// # let directory = std::env::temp_dir().join(format!("statusfile-doc-read-{}", std::process::id()));
    /// let file = StatusFile::<Job>::undeclared(directory.join("job.toml"));
    /// file.save(&Job { pages_done: 7 })?;
    ///
    /// let loaded = file.read()?;
    /// for damage in &loaded.skipped {
    ///     eprintln!("warning: {damage}");
    /// }
    /// assert_eq!(loaded.value.pages_done, 7);
    /// assert_eq!(loaded.origin, Origin::Path);
    /// # std::fs::remove_dir_all(directory).unwrap();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`load`](Self::load).
    pub fn read(&self) -> Result<Loaded<T>, Error> {
        self.at_once()?.read()
    }

    /// Every status that is kept, the newest first, good or damaged.
    ///
    /// A person's edit at the path is none of them until a save keeps it.
    ///
    /// ```
    /// # use serde::{Deserialize, Serialize};
    /// # use statusfile::StatusFile;
    /// # #[derive(Serialize, Deserialize, Default)]
    /// # struct Job { pages_done: u32 }
    /// # fn main() -> Result<(), statusfile::Error> {
    /// # let directory = std::env::temp_dir().join(format!("statusfile-doc-history-{}", std::process::id()));
    /// let file = StatusFile::<Job>::undeclared(directory.join("job.toml")).keep(10);
    /// for pages_done in 1..=5 {
    ///     file.save(&Job { pages_done })?;
    /// }
    ///
    /// for generation in file.history()? {
    ///     match &generation.version {
    ///         Ok(version) => println!("{}: version {version}", generation.number),
    ///         Err(flaw) => println!("{}: {flaw}", generation.number),
    ///     }
    /// }
    ///
    /// let before = file.history()?[1].number;
    /// assert_eq!(file.load_generation(before)?.value.pages_done, 4);
    /// assert_eq!(file.restore(before)?.pages_done, 4); // the newest again, as a generation of its own
    /// assert_eq!(file.load()?.pages_done, 4);
    /// # std::fs::remove_dir_all(directory).unwrap();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the files may not be read. A damaged one is no error but an entry that says so.
    pub fn history(&self) -> Result<Vec<Generation>, Error> {
        self.directory()?.history()
    }

    /// The status that a save gave this number, if it is kept.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] with [`NotFound`](std::io::ErrorKind::NotFound) if it is not kept,
    /// [`Error::Damaged`] if it is damaged, and those of [`load`](Self::load) that are about its text.
    pub fn load_generation(&self, number: u64) -> Result<Loaded<T>, Error> {
        self.typed()?.read_generation(number)
    }

    /// Makes an older status the newest again, and returns it.
    ///
    /// This is a save of the text of that generation, as it stands: durable, under a number of its
    /// own, and what was the newest is kept as the older status.
    ///
    /// # Errors
    ///
    /// Those of [`load_generation`](Self::load_generation) and [`save`](Self::save).
    pub fn restore(&self, number: u64) -> Result<T, Error> {
        self.typed()?.restore(number)
    }

    /// Locks the status until the guard is dropped: for a long transaction, or so that only one
    /// instance of a program runs.
    ///
    /// Others can still load. Save through the guard: any other save waits for it to be dropped, in
    /// this process too. The operating system drops the lock of a process that ends, however it
    /// ends.
    ///
    /// ```
    /// # use serde::{Deserialize, Serialize};
    /// # use statusfile::{Error, StatusFile};
    /// # use std::time::Duration;
    /// # #[derive(Serialize, Deserialize, Default)]
    /// # struct Daemon { restarts: u32 }
    /// # fn main() -> Result<(), Error> {
    /// # let directory = std::env::temp_dir().join(format!("statusfile-doc-lock-{}", std::process::id()));
    /// let file = StatusFile::<Daemon>::undeclared(directory.join("daemon.toml")).lock_timeout(Duration::ZERO);
    /// let only = match file.lock() {
    ///     Err(Error::Locked { .. }) => panic!("already running"),
    ///     only => only?,
    /// };
    /// let mut daemon = only.load_or_default()?;
    /// daemon.restarts += 1;
    /// only.save(&daemon)?;
    /// assert!(matches!(file.lock(), Err(Error::Locked { .. })));
    /// # drop(only);
    /// # std::fs::remove_dir_all(directory).unwrap();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Locked`] if someone else held it for all of [`lock_timeout`](Self::lock_timeout),
    /// [`Error::Unsafe`] if the lock is no regular file, and [`Error::Io`] if it cannot be made or
    /// this file system has no locks.
    pub fn lock(&self) -> Result<StatusLock<T>, Error> {
        let typed = self.typed()?;
        let (backend, patience) = (&typed.backend, typed.backend.patience());
        let guard = Mutex::new(backend.lock_as(Holder::StatusLock, patience)?);
        Ok(StatusLock { typed, guard })
    }

    /// Calls `on_change` whenever what [`load`](Self::load) gives has changed: with every new
    /// status, no matter which process saved it, and with every edit.
    ///
    /// It is called from a thread of its own, by one call after the other, until the [`Watch`] is
    /// dropped.
    ///
    /// ```
    /// # use serde::{Deserialize, Serialize};
    /// # use statusfile::StatusFile;
    /// # use std::sync::mpsc;
    /// # #[derive(Serialize, Deserialize)]
    /// # struct Settings { theme: String }
    /// # fn main() -> Result<(), statusfile::Error> {
    /// # let directory = std::env::temp_dir().join(format!("statusfile-doc-watch-{}", std::process::id()));
    /// let file = StatusFile::<Settings>::undeclared(directory.join("settings.toml"));
    /// let (sender, receiver) = mpsc::channel();
    /// let watch = file.watch(move |settings| {
    ///     let _ = sender.send(settings);
    /// })?;
    ///
    /// // In another program, perhaps:
    /// file.save(&Settings { theme: "dark".to_owned() })?;
    ///
    /// assert_eq!(receiver.recv().unwrap()?.theme, "dark");
    /// drop(watch); // nothing is called after this
    /// # std::fs::remove_dir_all(directory).unwrap();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # What is reported
    ///
    /// - Every status and every edit that appears after this returned, once; not the one that is
    ///   there already. A save is a new status even if its value is the same. The saves of this
    ///   process count too, so a callback that saves is called again.
    /// - When changes follow each other in less than 100 milliseconds, only the last of them. Where
    ///   they do not end, the newest, once a second.
    /// - What keeps the status from being loaded, once: a mistake in an edit, files that are damaged,
    ///   a status that was removed. When it is repaired, the status that is loaded then.
    /// - That changes may go unnoticed, as [`Error::Io`] at [`Step::Watch`], once. It is tried again.
    ///
    /// Nothing needs to be there yet: directories that are missing are waited for, and none is made.
    /// They may also be removed and made again, or be replaced.
    ///
    /// # How
    ///
    /// By what the operating system reports of changes in the status directory and the one above,
    /// which must be readable; on Linux this takes an inotify instance for each watch, and a user has
    /// 128 of them. Every half minute, and whenever something happened there, the status is loaded
    /// and compared. So on network mounts, which do not report changes made by other hosts, a change
    /// is reported after half a minute; as is one that nothing reports elsewhere, such as
    /// another directory taking the place of one further up, and on the BSDs a write into an edit
    /// that is there already. If a link at the path leads to another directory, as into dotfiles, that
    /// one is not watched: an edit of the file there is reported after half a minute, too.
    ///
    /// An editor that writes a file bit by bit, and pauses, has the half of it reported, too. Most
    /// put the whole file there at once.
    ///
    /// A panic in the callback ends the watch.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] at [`Step::Watch`] if the operating system cannot watch a directory: it may not
    /// be read, or too many are watched already.
    #[cfg(feature = "watch")]
    pub fn watch(
        &self,
        mut on_change: impl FnMut(Result<T, Error>) + Send + 'static,
    ) -> Result<Watch, Error>
    where
        T: 'static,
    {
        let typed = self.typed()?;
        let directory = typed.backend.clone();
        watch::start::<RecommendedWatcher>(directory, Debounce::default(), move |seen| {
            on_change(seen.and_then(|seen| Ok(typed.decode(&seen)?.value)));
        })
    }
}

impl<T> Clone for StatusFile<T> {
    fn clone(&self) -> Self {
        Self {
            location: self.location.clone(),
            options: self.options,
            schema: self.schema.clone(),
            formerly: self.formerly,
        }
    }
}

impl<T> fmt::Debug for StatusFile<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatusFile")
            .field("location", self.location())
            .field("options", &self.options)
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn handles_can_be_shared_and_sent_whatever_they_hold() {
        fn is_shareable<T: Send + Sync + 'static>() {}
        is_shareable::<StatusFile<Cell<u8>>>();
        is_shareable::<StatusLock<Cell<u8>>>();
        is_shareable::<Error>();
        #[cfg(feature = "watch")]
        is_shareable::<Watch>();
    }

    #[test]
    fn options_are_never_less_than_what_is_needed() {
        let file = StatusFile::<u8>::undeclared("/a").keep(0).mode(0o4044);
        let options = file.options;
        assert_eq!((options.keep, options.mode), (2, 0o644));
    }
}
