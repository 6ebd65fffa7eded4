//! Values of a type in a back end: what every handle does its work with.

use super::former::{self, Declared};
use crate::codec::encode::Encoded;
#[cfg(feature = "editable")]
use crate::codec::layout::lay_out;
use crate::codec::schema::Schema;
use crate::error::{Change, Error, Holder};
use crate::store::backend::{Backend, Over};
use crate::store::sealed::Sealed;
use crate::store::snapshot::{Document, Loaded, Snapshot};
use crate::trace::{self, Operation};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::{Duration, Instant};

/// As long as others may have the lock in passing. Who wants it for good does not wait for who keeps it.
const A_SAVE: Duration = Duration::from_millis(250);

/// A status of a type.
pub(crate) struct Typed<B, T> {
    pub(crate) backend: B,
    pub(crate) schema: Schema<T>,
    formerly: Declared,
}

impl<B, T> Typed<B, T> {
    pub(crate) fn new(backend: B, schema: Schema<T>) -> Self {
        Self {
            backend,
            schema,
            formerly: None,
        }
    }

    /// Where no status was ever saved, the one of a former place is loaded.
    pub(super) fn declared(self, formerly: Declared) -> Self {
        Self { formerly, ..self }
    }
}

impl<B: Backend, T: Serialize + DeserializeOwned> Typed<B, T> {
    pub(crate) fn decode<Token>(&self, seen: &Snapshot<Token>) -> Result<Loaded<T>, Error> {
        let bytes = seen.document.bytes();
        trace::found(seen.origin.generation(), bytes.len(), &seen.skipped);
        let newest = seen.newest.as_ref();
        Ok(Loaded {
            value: (self.schema).decode_file(&seen.location, &seen.document, newest)?,
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
        match look(&self.backend) {
            Err(missing @ Error::NotFound { .. }) => self.formerly()?.ok_or(missing),
            seen => self.decode(&seen?),
        }
    }

    /// What lies at a former place.
    fn formerly(&self) -> Result<Option<Loaded<T>>, Error> {
        let seen = former::find(self.formerly)?;
        seen.map(|seen| self.decode(&seen)).transpose()
    }

    pub(crate) fn read(&self) -> Result<Loaded<T>, Error> {
        self.traced_load(|backend| backend.latest(None))
    }

    /// What was saved last, without the edits that people made since, and without what a tool has saved
    /// that does not know the type.
    pub(crate) fn read_last_good(&self) -> Result<Loaded<T>, Error> {
        let newest = self.traced_load(|backend| match backend.latest(None) {
            Ok(latest) if matches!(latest.document, Document::Sealed(_)) => Ok(latest),
            _ => backend.latest_generation(),
        });
        let Err(refused @ (Error::Decode { .. } | Error::Convert { .. } | Error::Foreign { .. })) =
            newest
        else {
            return newest;
        };
        trace::not_decoded(&refused);
        let older = self.backend.history()?.into_iter();
        let mut older = older.filter_map(|kept| self.read_generation(kept.number).ok());
        older.next().ok_or(refused)
    }

    pub(crate) fn read_generation(&self, number: u64) -> Result<Loaded<T>, Error> {
        let _span = trace::enter(Operation::Load, self.backend.location());
        self.decode(&self.backend.generation(number, None)?)
    }

    pub(crate) fn load(&self) -> Result<T, Error> {
        self.read().map(|loaded| loaded.value)
    }

    /// Saves the status of this number again, as a new generation, with the same text.
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

    /// Takes the lock to keep it. Who has it for longer than a save takes is an owner as well.
    pub(crate) fn lock_for_good(&self, owner: Holder) -> Result<B::Guard, Error> {
        self.backend
            .lock_as(owner, self.backend.patience().min(A_SAVE))
    }

    /// Sees that an owner still has the lock.
    pub(crate) fn keep(&self, guard: &mut B::Guard) -> Result<(), Error> {
        self.backend
            .keep(guard, self.backend.patience().min(A_SAVE))
    }

    /// Saves a value that is encoded already. The guard is the caller's, if they have it already.
    ///
    /// Where people edit the status, the lock comes first, as what they made of it must not change in
    /// between.
    pub(crate) fn save_encoded(&self, new: Encoded, guard: Option<&B::Guard>) -> Result<(), Error> {
        let _span = trace::enter(Operation::Save, self.backend.location());
        if !self.schema.editable {
            return self.commit(new, Over::Anything, guard);
        }
        self.locked(guard, |guard| match self.backend.latest(Some(guard)) {
            Ok(seen) => self.commit(new, Over::Still(&seen), Some(guard)),
            Err(Error::NotFound { .. } | Error::Damaged { .. }) => {
                self.commit(new, Over::Anything, Some(guard))
            }
            Err(failed) => Err(failed),
        })
    }

    /// Acts under the lock, which is taken for it unless the caller has it.
    fn locked<R>(
        &self,
        guard: Option<&B::Guard>,
        act: impl FnOnce(&B::Guard) -> Result<R, Error>,
    ) -> Result<R, Error> {
        match guard {
            Some(guard) => act(guard),
            None => act(&self.lock()?),
        }
    }

    fn commit(
        &self,
        #[cfg_attr(not(feature = "editable"), expect(unused_mut))] mut new: Encoded,
        over: Over<'_, B::Token>,
        guard: Option<&B::Guard>,
    ) -> Result<(), Error> {
        #[cfg(feature = "editable")]
        self.lay_out(&mut new, &over)?;
        let new = self.proved(&new)?;
        let committed = self.backend.commit(&new, over, &self.schema, guard);
        committed.map(drop)
    }

    /// What is committed: proved to load, under a seal of now.
    fn proved(&self, new: &Encoded) -> Result<Sealed, Error> {
        let Self {
            backend, schema, ..
        } = self;
        schema.proved(backend.location(), new, backend.now(), backend.limits())
    }

    /// Where people edit the status, gives what is saved the layout of what it replaces.
    #[cfg(feature = "editable")]
    fn lay_out(&self, new: &mut Encoded, over: &Over<'_, B::Token>) -> Result<(), Error> {
        if !self.schema.editable {
            return Ok(());
        }
        let former = match over {
            Over::Still(_) => None,
            Over::Anything | Over::Nothing => former::find(self.formerly)?,
        };
        let before = match (over, &former) {
            (Over::Still(seen), _) => &seen.document.bytes()[..],
            (_, Some(former)) => &former.document.bytes()[..],
            (_, None) => &[],
        };
        lay_out(new, self.backend.location(), self.schema.fields, before);
        Ok(())
    }

    pub(crate) fn save(&self, value: &T, guard: Option<&B::Guard>) -> Result<(), Error> {
        let new = self.schema.encode(self.backend.location(), value)?;
        self.save_encoded(new, guard)
    }

    /// Saves `value`, or lets another thread save it or what came after it.
    pub(crate) fn save_shared(&self, value: &T) -> Result<(), Error> {
        let location = self.backend.location();
        let _span = trace::enter(Operation::Save, location);
        let new = self.proved(&self.schema.encode(location, value)?)?;
        self.backend.commit_shared(new, &self.schema)
    }

    /// Changes the status, or the `initial` one where none was ever saved, and saves it unless one of
    /// the two fails.
    ///
    /// Where the lock keeps nobody out, and someone has changed the status in between, `change` is
    /// called again, on what is there by then.
    pub(crate) fn try_update<R>(
        &self,
        guard: Option<&B::Guard>,
        mut initial: impl FnMut(Error) -> Result<T, Error>,
        mut change: impl FnMut(&mut T) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let _span = trace::enter(Operation::Update, self.backend.location());
        self.locked(guard, |guard| {
            let begun = Instant::now();
            loop {
                let latest = self.backend.latest(Some(guard));
                let (mut value, over) = match &latest {
                    Ok(seen) => (self.decode(seen)?.value, Over::Still(seen)),
                    Err(missing @ Error::NotFound { .. }) => {
                        let value = match self.formerly()? {
                            Some(former) => former.value,
                            None => initial(missing.clone())?,
                        };
                        (value, Over::Nothing)
                    }
                    Err(failed) => return Err(failed.clone()),
                };
                let result = change(&mut value)?;
                let new = self.schema.encode(self.backend.location(), &value)?;
                match self.commit(new, over, Some(guard)) {
                    Err(Error::Changed {
                        how: Change::SinceRead,
                        ..
                    }) if begun.elapsed() < self.backend.patience() => {}
                    saved => return saved.map(|()| result),
                }
            }
        })
    }
}

impl<B: Backend, T: Serialize + DeserializeOwned + Default> Typed<B, T> {
    pub(crate) fn load_or_default(&self) -> Result<T, Error> {
        match self.load() {
            Err(Error::NotFound { .. }) => Ok(T::default()),
            loaded => loaded,
        }
    }

    pub(crate) fn update<R>(&self, mut change: impl FnMut(&mut T) -> R) -> Result<R, Error> {
        self.try_update(None, |_| Ok(T::default()), |value| Ok(change(value)))
    }
}
