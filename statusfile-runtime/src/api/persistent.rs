use super::autosave::Autosave;
use super::status_file::StatusFile;
use crate::codec::schema::{Described, FIRST_VERSION, Schema};
use crate::error::Error;
use crate::place::declaration::Declaration;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};

#[cfg(feature = "watch")]
use super::watch::Watch;

/// A value that outlives the process.
///
/// Derive it beside serde's traits. With no attribute at all the status lives in the platform's
/// state directory, under the names of your package and of the type; `#[status(...)]` says
/// otherwise; the derive's documentation has a table of its keys.
///
/// ```no_run
/// use serde::{Deserialize, Serialize};
/// use statusfile::PersistentStatus;
///
/// #[derive(Serialize, Deserialize, Default, PersistentStatus)]
/// struct Worker {
///     jobs_done: u64,
///     last_job: Option<String>,
/// }
///
/// fn main() -> Result<(), statusfile::Error> {
///     let mut worker = Worker::load_or_default()?; // the last good status
///     worker.jobs_done += 1;
///     worker.save() // on disk for good when this returns
/// }
/// ```
///
/// Every method is a [`StatusFile`] method on [`status_file`](Self::status_file), which has more of
/// them: `Worker::status_file()?.read()?` says where a status came from, and
/// `Worker::status_file()?.lock()?` keeps everyone else from changing it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say where its status is kept",
    label = "does not implement `PersistentStatus`",
    note = "add `#[derive(serde::Serialize, serde::Deserialize, statusfile::PersistentStatus)]` to `{Self}`"
)]
pub trait PersistentStatus: Keep {
    /// The version of the type, which its files name: `#[status(version = 2)]`. 1 unless declared.
    ///
    /// A program refuses files of a later version than it knows ([`Error::Newer`]), and reads those of
    /// an earlier one by the type that is declared as `previous`.
    const VERSION: u32 = FIRST_VERSION;

    /// Package and name of the type, which its files name, as in `monitor/Worker`. The derive writes this.
    const TYPE: Option<&'static str> = None;

    /// How the type reads its files. The derive writes this.
    #[doc(hidden)]
    fn schema() -> Schema<Self> {
        Schema::new(Self::VERSION).named(Self::TYPE)
    }

    /// What the derive read from the type.
    #[doc(hidden)]
    #[must_use]
    fn declaration() -> Declaration {
        Declaration::new("", "")
    }

    /// The status of this type at another path than its own, kept as declared: version, `previous`,
    /// `keep` and all the rest. Touches nothing yet.
    ///
    /// ```
    /// # use serde::{Deserialize, Serialize};
    /// # use statusfile::PersistentStatus;
    /// #[derive(Serialize, Deserialize, Default, PersistentStatus)]
    /// #[status(keep = 5)]
    /// struct Worker {
    ///     jobs_done: u64,
    /// }
    ///
    /// # fn main() -> Result<(), statusfile::Error> {
    /// # let directory = std::env::temp_dir().join(format!("statusfile-doc-at-path-{}", std::process::id()));
    /// let file = Worker::at(directory.join("worker-7.toml"));
    /// file.update(|worker| worker.jobs_done += 1)?;
    /// assert_eq!(file.load()?.jobs_done, 1);
    /// # std::fs::remove_dir_all(directory).unwrap();
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    fn at(path: impl AsRef<Path>) -> StatusFile<Self> {
        StatusFile::declared_at(&Self::declaration(), Self::schema(), path)
    }

    /// Where the status lives and how it is kept, as the derive read it from the type. Where nothing was saved there
    /// yet, it loads what lies where the type was kept before, as `#[status(formerly = "...")]` says. Without the
    /// derive, this is what there is to write: `Ok(Self::at(path))`.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] at [`Step::Place`](crate::error::Step::Place) if no directory for it can be found:
    /// on a system that knows no home directory of this user.
    fn status_file() -> Result<StatusFile<Self>, Error> {
        let place = Self::declaration().place()?;
        Ok(Self::at(place).formerly(Self::declaration))
    }

    /// The path of the status, whether or not one was saved: to show to a person, or to a script.
    ///
    /// # Errors
    ///
    /// Those of [`status_file`](Self::status_file).
    fn status_path() -> Result<PathBuf, Error> {
        Self::status_file()?.into_path()
    }

    /// Saves the status. When this returns, it is on disk for good.
    ///
    /// It saves `self` and nothing else, so it takes back what anyone saved after `self` was loaded,
    /// this program included: [`update`](Self::update) changes the status on disk and not `self`.
    ///
    /// ```no_run
    /// # use serde::{Deserialize, Serialize};
    /// # use statusfile::PersistentStatus;
    /// # #[derive(Serialize, Deserialize, Default, PersistentStatus)]
    /// # struct Worker { jobs_done: u64 }
    /// # fn main() -> Result<(), statusfile::Error> {
    /// let worker = Worker::load_or_default()?;
    /// Worker::update(|worker| worker.jobs_done += 1)?;
    /// worker.save()?; // takes the update back: `worker` is older
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`StatusFile::save`].
    fn save(&self) -> Result<(), Error> {
        Self::status_file()?.save(self)
    }

    /// The status that was saved last. Takes no lock and changes nothing.
    ///
    /// # Errors
    ///
    /// Those of [`StatusFile::load`].
    fn load() -> Result<Self, Error> {
        Self::status_file()?.load()
    }

    /// The status that was saved last, or the default where none ever was. Saves nothing.
    ///
    /// # Errors
    ///
    /// Those of [`StatusFile::load_or_default`].
    fn load_or_default() -> Result<Self, Error>
    where
        Self: Default,
    {
        Self::status_file()?.load_or_default()
    }

    /// The status that a program saved last, without any edit made since: to go on with
    /// when [`load`](Self::load) has shown a mistake in it.
    ///
    /// # Errors
    ///
    /// Those of [`StatusFile::load_last_good`].
    fn load_last_good() -> Result<Self, Error> {
        Self::status_file()?.load_last_good()
    }

    /// Loads the status (or the default), changes it and saves it, while everyone else's saves and
    /// updates wait.
    ///
    /// # Errors
    ///
    /// Those of [`StatusFile::update`].
    fn update<R>(change: impl FnMut(&mut Self) -> R) -> Result<R, Error>
    where
        Self: Default,
    {
        Self::status_file()?.update(change)
    }

    /// Loads the status (or the default), keeps it in memory, and saves it in the background, at most
    /// once a second.
    ///
    /// ```no_run
    /// # use serde::{Deserialize, Serialize};
    /// # use statusfile::PersistentStatus;
    /// # #[derive(Serialize, Deserialize, Default, PersistentStatus)]
    /// # struct Worker { jobs_done: u64 }
    /// fn main() -> Result<(), statusfile::Error> {
    ///     let worker = Worker::autosave()?;
    ///     for _job in 0..1_000_000 {
    ///         worker.update(|worker| worker.jobs_done += 1); // a change in memory
    ///     }
    ///     worker.close() // on disk for good when this returns
    /// }
    /// ```
    ///
    /// See [`StatusFile::autosave`] for what is saved when, and what happens when it cannot be.
    ///
    /// # Errors
    ///
    /// Those of [`StatusFile::autosave`].
    fn autosave() -> Result<Autosave<Self>, Error>
    where
        Self: Default + Send + 'static,
    {
        Self::status_file()?.autosave()
    }

    /// Like [`save`](Self::save), without blocking the runtime: from async code, on tokio.
    ///
    /// ```no_run
    /// # use serde::{Deserialize, Serialize};
    /// # use statusfile::PersistentStatus;
    /// # #[derive(Serialize, Deserialize, Default, PersistentStatus)]
    /// # struct Worker { jobs_done: u64 }
    /// #[tokio::main]
    /// async fn main() -> Result<(), statusfile::Error> {
    ///     let mut worker = Worker::load_async().await?;
    ///     worker.jobs_done += 1;
    ///     worker.save_async().await // on disk for good when this is ready
    /// }
    /// ```
    ///
    /// See [`StatusFile::save_async`] for what happens when the future is dropped before it is ready.
    ///
    /// # Errors
    ///
    /// Those of [`StatusFile::save_async`].
    #[cfg(feature = "tokio")]
    fn save_async(&self) -> impl Future<Output = Result<(), Error>> + Send + use<Self>
    where
        Self: 'static,
    {
        let saving = Self::status_file().map(|file| file.save_async(self));
        async move { saving?.await }
    }

    /// Like [`load`](Self::load), without blocking the runtime: from async code, on tokio.
    ///
    /// # Errors
    ///
    /// Those of [`StatusFile::load_async`].
    #[cfg(feature = "tokio")]
    #[must_use]
    fn load_async() -> impl Future<Output = Result<Self, Error>> + Send + use<Self>
    where
        Self: Send + 'static,
    {
        let loading = Self::status_file().map(|file| file.load_async());
        async move { loading?.await }
    }

    /// Like [`update`](Self::update), without blocking the runtime: from async code, on tokio.
    ///
    /// # Errors
    ///
    /// Those of [`StatusFile::update_async`].
    #[cfg(feature = "tokio")]
    fn update_async<R: Send + 'static>(
        change: impl FnMut(&mut Self) -> R + Send + 'static,
    ) -> impl Future<Output = Result<R, Error>> + Send
    where
        Self: Default + 'static,
    {
        let updating = Self::status_file().map(|file| file.update_async(change));
        async move { updating?.await }
    }

    /// Saves the status at another path than its own, with the same options.
    ///
    /// ```
    /// # use serde::{Deserialize, Serialize};
    /// # use statusfile::PersistentStatus;
    /// #[derive(Serialize, Deserialize, PersistentStatus)]
    /// struct Worker {
    ///     jobs_done: u64,
    /// }
    ///
    /// # fn main() -> Result<(), statusfile::Error> {
    /// # let directory = std::env::temp_dir().join(format!("statusfile-doc-save-to-{}", std::process::id()));
    /// let path = directory.join("worker-7.toml");
    /// Worker { jobs_done: 3 }.save_to(&path)?;
    /// assert_eq!(Worker::load_from(&path)?.jobs_done, 3);
    /// # std::fs::remove_dir_all(directory).unwrap();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`StatusFile::save`].
    fn save_to(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        Self::at(path).save(self)
    }

    /// Loads the status that was saved at another path than its own.
    ///
    /// # Errors
    ///
    /// Those of [`StatusFile::load`].
    fn load_from(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::at(path).load()
    }

    /// Calls `on_change` whenever the status changes: with every new status, no matter which process
    /// saves it, and with every edit.
    ///
    /// ```no_run
    /// use serde::{Deserialize, Serialize};
    /// use statusfile::PersistentStatus;
    ///
    /// #[derive(Serialize, Deserialize, Default, PersistentStatus)]
    /// struct Settings {
    ///     theme: String,
    /// }
    ///
    /// fn main() -> Result<(), statusfile::Error> {
    ///     let watch = Settings::watch(|settings| match settings {
    ///         Ok(settings) => println!("the theme is now {}", settings.theme),
    ///         Err(error) => eprintln!("{error}"),
    ///     })?;
    ///     // ...
    ///     drop(watch); // nothing is called after this
    ///     Ok(())
    /// }
    /// ```
    ///
    /// See [`StatusFile::watch`] for what exactly is reported, and when.
    ///
    /// # Errors
    ///
    /// Those of [`StatusFile::watch`].
    #[cfg(feature = "watch")]
    fn watch(on_change: impl FnMut(Result<Self, Error>) + Send + 'static) -> Result<Watch, Error>
    where
        Self: 'static,
    {
        Self::status_file()?.watch(on_change)
    }
}

impl<T: PersistentStatus> Described for T {
    fn described() -> Schema<Self> {
        T::schema()
    }
}

/// serde's two traits in one, with an error that says what to add where one is missing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be kept as a status",
    label = "lacks `serde::Serialize`, `serde::Deserialize` or both",
    note = "add `#[derive(serde::Serialize, serde::Deserialize)]` to `{Self}`, and to every type it holds"
)]
pub trait Keep: Serialize + DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned> Keep for T {}
