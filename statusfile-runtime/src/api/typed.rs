//! Values of a type in a back end: what every handle does its work with.

use crate::codec::encode::encode;
#[cfg(feature = "editable")]
use crate::codec::layout::in_layout;
use crate::codec::schema::Schema;
use crate::error::Error;
use crate::store::backend::{Backend, Over};
use crate::store::snapshot::{Document, Loaded, Snapshot};
use crate::trace::{self, Operation};
use serde::Serialize;
use serde::de::DeserializeOwned;
#[cfg(feature = "editable")]
use std::borrow::Cow;
use std::time::Instant;

/// A status of a type.
pub(crate) struct Typed<B, T> {
    pub(crate) backend: B,
    pub(crate) schema: Schema<T>,
}

impl<B: Backend, T: DeserializeOwned> Typed<B, T> {
    pub(crate) fn decode(&self, seen: &Snapshot<B::Token>) -> Result<Loaded<T>, Error> {
        let bytes = seen.document.bytes();
        trace::found(seen.origin.generation(), bytes.len(), &seen.skipped);
        Ok(Loaded {
            value: self.schema.decode_file(&seen.location, bytes)?,
            origin: seen.origin,
            saved_at: seen.saved_at,
            skipped: seen.skipped.clone(),
        })
    }

    fn traced_load(
        &self,
        look: impl FnOnce(&B) -> Result<Snapshot<B::Token>, Error>,
    ) -> Result<Loaded<T>, Error> {
        let _span = trace::enter(Operation::Load, self.backend.location());
        self.decode(&look(&self.backend)?)
    }

    pub(crate) fn read(&self) -> Result<Loaded<T>, Error> {
        self.traced_load(|backend| backend.latest(None))
    }

    /// What was saved last, without the edits that people made since.
    pub(crate) fn read_last_good(&self) -> Result<Loaded<T>, Error> {
        self.traced_load(B::latest_generation)
    }

    pub(crate) fn read_generation(&self, number: u64) -> Result<Loaded<T>, Error> {
        self.traced_load(|backend| backend.generation(number, None))
    }

    pub(crate) fn load(&self) -> Result<T, Error> {
        self.read().map(|loaded| loaded.value)
    }

    pub(crate) fn load_or_default(&self) -> Result<T, Error>
    where
        T: Default,
    {
        Ok(if_found(self.load())?.unwrap_or_default())
    }

    /// Saves the status of this number again, as a new generation, byte for byte.
    pub(crate) fn restore(&self, number: u64) -> Result<T, Error> {
        let _span = trace::enter(Operation::Restore, self.backend.location());
        let guard = self.lock()?;
        let seen = self.backend.generation(number, Some(&guard))?;
        let value = self.decode(&seen)?.value;
        if let Document::Sealed(sealed) = &seen.document {
            self.backend
                .commit(sealed, Over::Anything, &self.schema, Some(&guard))?;
        }
        Ok(value)
    }

    pub(crate) fn lock(&self) -> Result<B::Guard, Error> {
        self.backend.lock(self.backend.patience())
    }

    /// Saves a value that is `text` in TOML.
    ///
    /// Where people edit the status, the lock comes first, as what they made of it must not change in
    /// between.
    pub(crate) fn save_text(&self, text: &str, guard: Option<&B::Guard>) -> Result<(), Error> {
        let _span = trace::enter(Operation::Save, self.backend.location());
        if !self.schema.editable {
            return self.commit(text, None, Over::Anything, guard);
        }
        let own = match guard {
            Some(_) => None,
            None => Some(self.lock()?),
        };
        let guard = guard.or(own.as_ref());
        let seen = match self.backend.latest(guard) {
            Err(Error::NotFound { .. } | Error::Damaged { .. }) => None,
            seen => Some(seen?),
        };
        self.commit(text, seen.as_ref(), Over::Anything, guard)
    }

    /// Commits a text over what was `seen`, or else as `otherwise` says.
    fn commit(
        &self,
        text: &str,
        seen: Option<&Snapshot<B::Token>>,
        otherwise: Over<'_, B::Token>,
        guard: Option<&B::Guard>,
    ) -> Result<(), Error> {
        #[cfg(feature = "editable")]
        let text = &self.laid_out(text, seen);
        let new = self.schema.proved(self.backend.location(), text)?;
        let over = seen.map_or(otherwise, Over::Still);
        self.backend
            .commit(&new, over, &self.schema, guard)
            .map(drop)
    }

    /// Where people edit the status, the text in the layout of what is there.
    #[cfg(feature = "editable")]
    fn laid_out<'a>(&self, text: &'a str, before: Option<&Snapshot<B::Token>>) -> Cow<'a, str> {
        if !self.schema.editable {
            return Cow::Borrowed(text);
        }
        let before = before.map_or(&[][..], |seen| seen.document.bytes());
        Cow::Owned(in_layout(self.schema.fields, text, before))
    }
}

impl<B: Backend, T: Serialize + DeserializeOwned> Typed<B, T> {
    /// Saves `value`. The guard is the caller's, if they have it already.
    pub(crate) fn save(&self, value: &T, guard: Option<&B::Guard>) -> Result<(), Error> {
        let text = encode(self.backend.location(), value)?;
        self.save_text(&text, guard)
    }

    /// Saves `value`, or lets another thread save it or what came after it.
    pub(crate) fn save_shared(&self, value: &T) -> Result<(), Error> {
        if self.schema.editable {
            return self.save(value, None);
        }
        let location = self.backend.location();
        let _span = trace::enter(Operation::Save, location);
        let new = self.schema.proved(location, &encode(location, value)?)?;
        self.backend.commit_shared(new, &self.schema)
    }

    pub(crate) fn update<R>(&self, change: impl FnMut(&mut T) -> R) -> Result<R, Error>
    where
        T: Default,
    {
        let _span = trace::enter(Operation::Update, self.backend.location());
        self.update_under(&self.lock()?, change)
    }

    /// An update by a caller who has the guard already. Where that keeps nobody out, and someone has
    /// changed the status in between, `change` is called again, on what is there by then.
    pub(crate) fn update_under<R>(
        &self,
        guard: &B::Guard,
        mut change: impl FnMut(&mut T) -> R,
    ) -> Result<R, Error>
    where
        T: Default,
    {
        let begun = Instant::now();
        loop {
            let seen = if_found(self.backend.latest(Some(guard)))?;
            let mut value = match &seen {
                Some(seen) => self.decode(seen)?.value,
                None => T::default(),
            };
            let result = change(&mut value);
            let text = encode(self.backend.location(), &value)?;
            let saved = self.commit(&text, seen.as_ref(), Over::Nothing, Some(guard));
            match saved {
                Err(Error::Changed { .. }) if begun.elapsed() < self.backend.patience() => {}
                saved => return saved.map(|()| result),
            }
        }
    }
}

/// `None` where nothing was ever saved.
pub(crate) fn if_found<F>(found: Result<F, Error>) -> Result<Option<F>, Error> {
    match found {
        Err(Error::NotFound { .. }) => Ok(None),
        found => found.map(Some),
    }
}
