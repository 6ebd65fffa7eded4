//! Who keeps the lock for long, and may lose it: a cleaner removes its file, or someone moves its directory.

use super::Directory;
use super::layout::LOCK;
use super::lock::{Held, LastSeen};
use super::scene::Scene;
use crate::error::{At, Change, Error, Holder, Step};
use crate::fs::FileSystem;
use crate::store::places::Owned;
use crate::store::snapshot::Snapshot;
use std::time::Duration;

impl<F: FileSystem> Directory<F> {
    /// Takes the lock for who keeps it for long: a call of this process that waits for it in vain is told so. It sees
    /// what the status is, to know it again should the lock be lost.
    pub(super) fn lock_as(&self, owner: Holder, wait: Duration) -> Result<Held<F>, Error> {
        let mut held = self.lock(wait)?;
        held.owned = Some(self.place(&held.open.above)?.owned_by(owner));
        match self.recover_under(&held) {
            Ok(status) => {
                self.remember_seen(&held.open.above);
                held.saw(&status);
            }
            Err(Error::NotFound { .. }) => held.saw(LastSeen::Nothing),
            // Who loads or saves it is told.
            Err(_) => {}
        }
        Ok(held)
    }

    /// Sees that an owner has the lock that lies at the path now, and takes it again if not: a cleaner may have
    /// removed it, or someone has moved its directory. Others may have saved in between, so what is there is compared
    /// with what the owner knows, at first without making anything.
    pub(super) fn keep(&self, held: &mut Held<F>, wait: Duration) -> Result<(), Error> {
        let path = self.layout.within(LOCK);
        if self.fs.is_at(&path, held.found.id).at(Step::Lock, &path)? {
            return Ok(());
        }
        let seen = held.last_seen();
        self.refuse_another(&seen, self.recover())?;
        let owner = held.owned.as_ref().map_or(Holder::ThisProcess, Owned::by);
        let again = self.lock_as(owner, wait)?;
        self.refuse_another(&seen, self.recover_under(&again))?;
        *held = again;
        Ok(())
    }

    fn refuse_another(
        &self,
        seen: &LastSeen,
        found: Result<Snapshot<Scene>, Error>,
    ) -> Result<(), Error> {
        let found = match found {
            Err(Error::NotFound { .. }) => LastSeen::Nothing,
            found => LastSeen::from(&found?),
        };
        match (seen, found) {
            (LastSeen::Unknown, _) => Ok(()),
            (seen, found) if *seen == found => Ok(()),
            (_, LastSeen::Nothing) => Err(self.changed(Change::Gone)),
            _ => Err(self.changed(Change::WhileUnlocked)),
        }
    }
}
