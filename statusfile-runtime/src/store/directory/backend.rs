//! A directory as a back end.

use super::Directory;
use super::lock::Held;
use super::scene::Scene;
use crate::error::{Error, Holder, Location, Step};
use crate::fs::FileSystem;
use crate::store::backend::{Backend, Gate, Over};
use crate::store::limits::Limits;
use crate::store::saved::Saved;
use crate::store::sealed::Sealed;
use crate::store::snapshot::{Generation, Snapshot};
use std::time::Duration;

impl<F: FileSystem> Backend for Directory<F> {
    type Guard = Held<F>;
    /// What a look under the lock has found.
    type Token = Scene;

    fn location(&self) -> &Location {
        &self.layout.location
    }

    fn patience(&self) -> Duration {
        self.options.lock_timeout
    }

    fn limits(&self) -> Limits {
        self.options.limits
    }

    fn now(&self) -> Saved {
        Saved::at(self.fs.now())
    }

    fn lock(&self, wait: Duration) -> Result<Held<F>, Error> {
        self.told_with_link(Directory::lock(self, wait))
    }

    fn lock_as(&self, owner: Holder, wait: Duration) -> Result<Held<F>, Error> {
        self.told_with_link(Directory::lock_as(self, owner, wait))
    }

    fn keep(&self, held: &mut Held<F>, wait: Duration) -> Result<(), Error> {
        self.told_with_link(Directory::keep(self, held, wait))
    }

    fn latest(&self, guard: Option<&Held<F>>) -> Result<Snapshot<Scene>, Error> {
        match guard {
            Some(held) => self.recover_under(held),
            None => self.recover(),
        }
    }

    fn latest_generation(&self) -> Result<Snapshot<Scene>, Error> {
        self.recover_generation()
    }

    fn generation(&self, number: u64, guard: Option<&Held<F>>) -> Result<Snapshot<Scene>, Error> {
        self.read_generation(number, guard)
    }

    fn history(&self) -> Result<Vec<Generation>, Error> {
        self.list_generations()
    }

    fn commit(
        &self,
        new: &Sealed,
        over: Over<'_, Scene>,
        gate: &dyn Gate,
        guard: Option<&Held<F>>,
    ) -> Result<u64, Error> {
        self.told_with_link(match (guard, over) {
            (Some(held), over) => self.commit_under(held, new, &over, gate),
            (None, Over::Anything) => self.commit_alone(new, None, gate),
            (None, over) => self.commit_under(&self.lock(self.patience())?, new, &over, gate),
        })
    }

    fn commit_shared(&self, new: Sealed, gate: &dyn Gate) -> Result<(), Error> {
        self.through_links(|this| this.told_with_link(this.commit_in_group(new.clone(), gate)))
    }

    fn remove(&self) -> Result<(), Error> {
        self.told_with_link(self.remove_all())?;
        self.forget_seen();
        Ok(())
    }
}

impl<F: FileSystem> Directory<F> {
    /// Takes the lock if nobody else has it, for who asks again.
    #[cfg(feature = "tokio")]
    pub(crate) fn lock_at_once(&self) -> Result<Option<Held<F>>, Error> {
        self.told_with_link(self.ask(Duration::ZERO).map(Result::ok))
    }

    fn told_with_link<R>(&self, done: Result<R, Error>) -> Result<R, Error> {
        done.map_err(|error| match &self.layout.link {
            Some(link) => error.behind(&link.path),
            None => error,
        })
    }

    fn commit_in_group(&self, new: Sealed, gate: &dyn Gate) -> Result<(), Error> {
        let Some(above) = self.above(Step::Make)? else {
            return self.commit_alone(&new, None, gate).map(drop);
        };
        // Others find the group as long as someone has the place.
        let place = self.place(&above)?;
        let group = place.group((self.options, gate.reader(), gate.key()));
        group.save(self.location(), new, |newest| {
            self.commit_alone(newest, Some(above), gate).map(drop)
        })
    }
}
