use super::persistent::Keep;
use super::status_file::StatusFile;
use crate::codec::key::{Key, OneKey, Value};
use crate::codec::schema::{FIRST_VERSION, Schema};
use crate::error::{At, Error, Step};
use crate::fs::Disk;
use crate::place::pattern::Pattern;
use crate::place::search;
use std::iter;
use std::path::{self, Path, PathBuf};

/// A value that outlives the process, one of many of its type: each is kept under a key of its own.
///
/// Derive [`PersistentStatus`](crate::PersistentStatus) with fields of the struct in braces, in
/// `path` or in `file`. The type then implements this trait instead of that one, since it has no
/// single place.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use statusfile::{KeyedStatus, PersistentStatus};
///
/// #[derive(Serialize, Deserialize, PersistentStatus)]
/// #[status(path = "jobs/{id}.toml")]
/// struct Job {
///     id: u64,
///     pages_done: u32,
/// }
///
/// fn run() -> Result<(), statusfile::Error> {
///     let new = Job { id: 17, pages_done: 0 };
///     let mut job = Job::load_or(new)?; // the last good status of job 17
///     job.pages_done += 1;
///     job.save()?; // at jobs/17.toml
///
///     assert_eq!(Job::load(17)?.pages_done, 1);
///     for (path, job) in Job::load_all()? {
///         match job {
///             Ok(job) => println!("{}: {} pages", job.id, job.pages_done),
///             Err(error) => eprintln!("{} is left out: {error}", path.display()),
///         }
///     }
///     Ok(())
/// }
/// # let directory = std::env::temp_dir().join(format!("statusfile-doc-keyed-{}", std::process::id()));
/// # std::fs::create_dir_all(&directory).unwrap();
/// # std::env::set_current_dir(&directory).unwrap();
/// # run().unwrap();
/// # std::env::set_current_dir(std::env::temp_dir()).unwrap();
/// # std::fs::remove_dir_all(directory).unwrap();
/// ```
///
/// # Keys
///
/// The values of a key become parts of names, so what a name may hold is the same on every
/// platform: no value is empty or contains `/`, `\`, `:`, `*`, `?`, `"`, `<`, `>`, `|` or a control
/// character, and no name made with one ends in a dot, a space or `.status`, or is the name of a
/// Windows device, such as `nul` or `com1.toml`. Anything else is an [`Error::Io`] at
/// [`Step::Place`] that says which value is wrong, and nothing is touched.
///
/// Two keys have one place if their `Display` is the same text, or where the file system takes two names
/// for one, as `A` and `a` where it ignores case. The key's field in the file decides then which of the
/// two it belongs to: to load or save the other is [`Error::Misplaced`], and the file stays as it is.
/// Give keys a `Display` that tells them apart, and avoid those that differ only in case, or in how
/// Unicode composes the same letters.
///
/// A status is only loaded where its own fields say that it belongs. A copy of `17.toml` as
/// `18.toml` is [`Error::Misplaced`] until its `id` is changed: to load it as it is would mean that
/// saving it replaces the status of job 17. Nor does a save of job 18 replace that copy.
///
/// A save proves that its key comes back with the value. Where it does not, as when
/// `skip_serializing_if` leaves it out, no load would find the status, and the save is
/// [`Error::Encode`]. With `#[status(prove = false)]` only the load finds out.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how its many statuses are told apart",
    label = "does not implement `KeyedStatus`",
    note = "derive `statusfile::PersistentStatus` for `{Self}` and put a field into its path, such as `#[status(path = \"jobs/{{id}}.toml\")]`"
)]
pub trait KeyedStatus: Keep {
    /// The type of the field in the path, or for several a tuple of theirs, in the order in which
    /// they stand there.
    ///
    /// Numbers, `bool` and `char` are passed as they are, a `String` as `&str`, and anything else
    /// by reference.
    type Key<'a>
    where
        Self: 'a;

    /// The version of the type, as [`PersistentStatus::VERSION`](crate::PersistentStatus::VERSION).
    const VERSION: u32 = FIRST_VERSION;

    /// Package and name of the type, as [`PersistentStatus::TYPE`](crate::PersistentStatus::TYPE).
    const TYPE: Option<&'static str> = None;

    /// How the type reads its files. The derive writes this.
    #[doc(hidden)]
    fn schema() -> Schema<Self> {
        Schema::new(Self::VERSION).named(Self::TYPE)
    }

    /// The key under which the status belongs, as its own fields say.
    fn key(&self) -> Self::Key<'_>;

    /// Where the status with this key lives and how it is kept. The derive writes this.
    ///
    /// Use it for what this trait leaves out, such as [`StatusFile::lock`]. Whatever is saved and
    /// loaded through it is of this key; another is [`Error::Misplaced`].
    ///
    /// # Errors
    ///
    /// [`Error::Io`] at [`Step::Place`] if a value of the key cannot be part of a name or has no form in
    /// TOML, or no directory can be found: on a system that knows no home directory of this user.
    fn status_file<'a>(key: Self::Key<'a>) -> Result<StatusFile<Self>, Error>
    where
        Self: 'a;

    /// A status of this type at another path than that of its key, kept as declared. Touches nothing
    /// yet.
    ///
    /// What is saved and loaded through it is not checked to be of any key.
    #[must_use]
    fn at(path: impl AsRef<Path>) -> StatusFile<Self> {
        StatusFile::declared_at(&Self::pattern().declaration, Self::schema(), path)
    }

    /// The path of the status with this key, whether or not one was saved.
    ///
    /// # Errors
    ///
    /// Those of [`status_file`](Self::status_file).
    fn status_path(key: Self::Key<'_>) -> Result<PathBuf, Error> {
        Self::status_file(key)?.into_path()
    }

    /// What the derive read from the type.
    #[doc(hidden)]
    fn pattern() -> Pattern;

    /// Saves the status under its own key. When this returns, it is on disk for good.
    ///
    /// # Errors
    ///
    /// Those of [`status_file`](Self::status_file) and [`StatusFile::save`], and [`Error::Misplaced`] if
    /// the status of another key lies there.
    fn save(&self) -> Result<(), Error> {
        Self::status_file(self.key())?.save(self)
    }

    /// The status that was saved last under this key. Takes no lock and changes nothing.
    ///
    /// # Errors
    ///
    /// Those of [`status_file`](Self::status_file) and [`StatusFile::load`], and
    /// [`Error::Misplaced`] if the status says that it is of another key.
    fn load(key: Self::Key<'_>) -> Result<Self, Error> {
        Self::status_file(key)?.load()
    }

    /// The status that was saved last under the key of `initial`, or `initial` where none ever was.
    /// Saves nothing.
    ///
    /// # Errors
    ///
    /// Those of [`load`](Self::load) but [`Error::NotFound`]: a status that cannot be read is never
    /// replaced by an initial one.
    fn load_or(initial: Self) -> Result<Self, Error> {
        match Self::load(initial.key()) {
            Err(Error::NotFound { .. }) => Ok(initial),
            loaded => loaded,
        }
    }

    /// Loads the status with this key, changes it and saves it, while everyone else's saves and
    /// updates of it wait.
    ///
    /// # Errors
    ///
    /// Those of [`load`](Self::load) and [`StatusFile::save`]; [`Error::NotFound`] where none was
    /// ever saved, and nothing is made then. [`Error::Misplaced`] too if `change` changes the key:
    /// nothing is saved then.
    fn update<R>(key: Self::Key<'_>, change: impl FnMut(&mut Self) -> R) -> Result<R, Error> {
        let file = Self::status_file(key)?;
        // The lock makes a directory, which would look like the remains of a status.
        file.load()?;
        change_and_save(&file, Err, change)
    }

    /// Like [`update`](Self::update), beginning with `initial` where none was ever saved under its
    /// key.
    ///
    /// ```
    /// # use serde::{Deserialize, Serialize};
    /// # use statusfile::{KeyedStatus, PersistentStatus};
    /// #[derive(Serialize, Deserialize, PersistentStatus)]
    /// #[status(path = "visits/{page}.toml", durability = "process")]
    /// struct Visits {
    ///     page: String,
    ///     count: u64,
    /// }
    ///
    /// # fn run() -> Result<(), statusfile::Error> {
    /// let none = Visits { page: "home".to_owned(), count: 0 };
    /// Visits::update_or(none, |visits| visits.count += 1)?;
    /// assert_eq!(Visits::load("home")?.count, 1);
    /// # Ok(())
    /// # }
    /// # let directory = std::env::temp_dir().join(format!("statusfile-doc-update-or-{}", std::process::id()));
    /// # std::fs::create_dir_all(&directory).unwrap();
    /// # std::env::set_current_dir(&directory).unwrap();
    /// # run().unwrap();
    /// # std::env::set_current_dir(std::env::temp_dir()).unwrap();
    /// # std::fs::remove_dir_all(directory).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`update`](Self::update) but [`Error::NotFound`].
    fn update_or<R>(initial: Self, change: impl FnMut(&mut Self) -> R) -> Result<R, Error> {
        let file = Self::status_file(initial.key())?;
        // A second look follows only where someone has put a status there.
        let mut initial = Some(initial);
        change_and_save(&file, |missing| initial.take().ok_or(missing), change)
    }

    /// Every status of this type that lies in its place, sorted by path and loaded one by one.
    ///
    /// One that cannot be loaded does not hide the others: its path comes with the error, and so
    /// does a directory on the way that cannot be read. Files and directories whose names are not
    /// of the pattern are passed over, and so is a status that is removed in the meantime. Where nothing
    /// was ever saved there is nothing to load.
    ///
    /// ```no_run
    /// # use serde::{Deserialize, Serialize};
    /// # use statusfile::{Error, KeyedStatus, PersistentStatus};
    /// # #[derive(Serialize, Deserialize, PersistentStatus)]
    /// # #[status(path = "jobs/{id}.toml")]
    /// # struct Job { id: u64 }
    /// // All of them, or the first error.
    /// let jobs: Vec<Job> = Job::load_all()?.map(|(_, job)| job).collect::<Result<_, _>>()?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the directory in which all of them lie cannot be found or read.
    fn load_all() -> Result<impl Iterator<Item = (PathBuf, Result<Self, Error>)>, Error> {
        let pattern = Self::pattern();
        let start = pattern.declaration.start()?;
        let start = path::absolute(&start).at(Step::Place, &start)?;
        let listed = search::matching(&Disk, &start, pattern.components)?;
        let statuses = listed.into_iter().map(|(path, looked)| {
            let file = Self::at(&path);
            let loaded = looked.and_then(|()| file.load());
            let loaded = loaded.and_then(|value| belongs(&value, &file).map(|()| value));
            (path, loaded)
        });
        // One that was removed since, or whose first save never came to its end.
        Ok(statuses.filter(|(_, status)| !matches!(status, Err(Error::NotFound { .. }))))
    }
}

impl<T: KeyedStatus> StatusFile<T> {
    /// What `#[derive(PersistentStatus)]` calls for one of many statuses.
    #[doc(hidden)]
    pub fn keyed(pattern: &Pattern, schema: Schema<T>, values: &[Value]) -> Result<Self, Error> {
        let texts: Vec<_> = values.iter().map(Value::text).collect();
        let path = pattern.place(&texts)?;
        let mut file = Self::declared_at(&pattern.declaration, schema, path);
        let key = Key::new(file.location().clone(), pattern.fields(), values)?;
        file.schema = file.schema.of_key(OneKey::new(key, key_of));
        Ok(file)
    }
}

/// The key under which a status belongs, as its own fields say.
fn key_of<T: KeyedStatus>(value: &T) -> Result<Key, Error> {
    let own = T::status_file(value.key())?;
    let unknown = || Key::new(own.location().clone(), iter::empty(), &[]);
    own.schema.one_key().cloned().map_or_else(unknown, Ok)
}

fn change_and_save<T: KeyedStatus, R>(
    file: &StatusFile<T>,
    initial: impl FnMut(Error) -> Result<T, Error>,
    mut change: impl FnMut(&mut T) -> R,
) -> Result<R, Error> {
    let typed = file.typed()?;
    typed.try_update(None, initial, |value| Ok(change(value)))
}

/// Refuses a status whose own fields say that it belongs at another path.
fn belongs<T: KeyedStatus>(value: &T, file: &StatusFile<T>) -> Result<(), Error> {
    let own = key_of(value)?;
    if own.location == *file.location() {
        return Ok(());
    }
    Err(Error::Misplaced {
        location: file.location().clone(),
        found: own.to_string(),
        belongs: own.location,
        asked: None,
    })
}
