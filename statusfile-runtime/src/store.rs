//! What a program asks of a status, on any file system.

use crate::codec;
use crate::damage::Damage;
use crate::error::Error;
use crate::fs::FileSystem;
use crate::group::Group;
use crate::lock::Held;
use crate::name::Layout;
use crate::recover::Found;
use crate::schema::Schema;
use crate::trace;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::{Duration, SystemTime};

/// How much a save withstands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Durability {
    /// A power cut: when a save returns, the status is flushed to the drive.
    #[default]
    Full,
    /// The end of the process, however it ends. A power cut can take back whatever the operating
    /// system had not written yet, which may be the last half minute's saves, or leave files that
    /// fail their seal. Saves are faster by the two flushes that they skip.
    Process,
}

/// How a status is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) keep: usize,
    pub(crate) mode: u32,
    pub(crate) durability: Durability,
    pub(crate) lock_timeout: Duration,
    /// Whether people edit a regular file at the path.
    pub(crate) editable: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            keep: Self::LEAST_KEPT,
            mode: Self::LEAST_MODE,
            durability: Durability::Full,
            lock_timeout: Duration::from_secs(10),
            editable: false,
        }
    }
}

impl Options {
    /// The newest status, and one to fall back on.
    pub(crate) const LEAST_KEPT: usize = 2;

    /// The owner may load and save.
    pub(crate) const LEAST_MODE: u32 = 0o600;

    /// A committed file is never written again, and its permissions say so: whoever edits it in
    /// place, through the link, is told instead of breaking its seal.
    pub(crate) fn file_mode(&self) -> u32 {
        self.mode & !0o222
    }

    /// Whoever may read the file may enter the directory.
    pub(crate) fn directory_mode(&self) -> u32 {
        self.mode | (self.mode & 0o444) >> 2
    }
}

/// A status, and what there is to know about where it came from.
#[derive(Debug)]
#[non_exhaustive]
pub struct Loaded<T> {
    /// The status.
    pub value: T,
    /// Which file it was in.
    pub origin: Origin,
    /// When that file was written, by the clock of its file system.
    pub saved_at: Option<SystemTime>,
    /// The newer files that were passed over because they are damaged, the newest first. Empty
    /// unless something is wrong with the disk, or someone wrote to the files.
    pub skipped: Vec<Damage>,
}

/// Which file a status was in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Origin {
    /// The one that a save gave this number. Every save takes the next one, but the first, and one
    /// that adopts an edit, two.
    Generation(u64),
    /// A regular file at the path itself, put there by a person or another program.
    Edit,
}

/// One status on one file system.
#[derive(Clone, Debug)]
pub(crate) struct Store<F> {
    pub(crate) fs: F,
    pub(crate) layout: Layout,
    pub(crate) options: Options,
}

impl<F: FileSystem> Store<F> {
    /// Saves `value`. `held` is the lock, if the caller has it already.
    pub(crate) fn save<T>(
        &self,
        schema: &Schema<T>,
        value: &T,
        held: Option<&Held<F>>,
    ) -> Result<(), Error>
    where
        T: Serialize + DeserializeOwned,
    {
        let text = codec::text(self.layout.path(), value)?; // 1
        self.save_text(schema, &text, held)
    }

    /// Saves a value that is `text` in TOML.
    pub(crate) fn save_text<T: DeserializeOwned>(
        &self,
        schema: &Schema<T>,
        text: &str,
        held: Option<&Held<F>>,
    ) -> Result<(), Error> {
        #[cfg(feature = "editable")]
        if self.options.editable {
            return self.save_in_layout(schema, text, held);
        }
        let status = codec::verified(schema, self.layout.path(), text)?;
        self.commit(schema, &status, held)
    }

    /// Saves `value`, or lets another thread of the group save it or what came after it.
    pub(crate) fn save_in_group<T>(
        &self,
        schema: &Schema<T>,
        value: &T,
        group: &Group,
    ) -> Result<(), Error>
    where
        T: Serialize + DeserializeOwned,
    {
        if self.options.editable {
            return self.save(schema, value, None);
        }
        let path = self.layout.path();
        let status = codec::verified(schema, path, &codec::text(path, value)?)?; // 1
        group.save(path, status, |status| self.commit(schema, status, None))
    }

    pub(crate) fn read<T: DeserializeOwned>(&self, schema: &Schema<T>) -> Result<Loaded<T>, Error> {
        Self::decode(schema, self.recover()?)
    }

    /// What was saved last, whatever people made of it since.
    pub(crate) fn read_last_good<T: DeserializeOwned>(
        &self,
        schema: &Schema<T>,
    ) -> Result<Loaded<T>, Error> {
        Self::decode(schema, self.recover_generation()?)
    }

    fn decode<T: DeserializeOwned>(schema: &Schema<T>, found: Found) -> Result<Loaded<T>, Error> {
        trace::found(found.origin, found.bytes.len(), &found.skipped);
        Ok(Loaded {
            value: codec::decode(schema, &found.path, &found.bytes)?,
            origin: found.origin,
            saved_at: found.saved_at,
            skipped: found.skipped,
        })
    }

    pub(crate) fn load<T: DeserializeOwned>(&self, schema: &Schema<T>) -> Result<T, Error> {
        self.read(schema).map(|loaded| loaded.value)
    }

    pub(crate) fn load_or_default<T>(&self, schema: &Schema<T>) -> Result<T, Error>
    where
        T: DeserializeOwned + Default,
    {
        match self.load(schema) {
            Err(Error::NotFound { .. }) => Ok(T::default()),
            loaded => loaded,
        }
    }

    pub(crate) fn update<T, R>(
        &self,
        schema: &Schema<T>,
        change: impl FnOnce(&mut T) -> R,
    ) -> Result<R, Error>
    where
        T: Serialize + DeserializeOwned + Default,
    {
        let held = self.lock()?;
        self.update_under(schema, &held, change)
    }

    /// An update by a caller who has the lock already.
    pub(crate) fn update_under<T, R>(
        &self,
        schema: &Schema<T>,
        held: &Held<F>,
        change: impl FnOnce(&mut T) -> R,
    ) -> Result<R, Error>
    where
        T: Serialize + DeserializeOwned + Default,
    {
        let mut value = self.load_or_default(schema)?;
        let result = change(&mut value);
        self.save(schema, &value, Some(held))?;
        Ok(result)
    }
}
