//! What a status is kept in, behind one interface: a directory, and whatever else there will be.

use super::limits::Limits;
use super::reader::Reader;
use super::saved::Saved;
use super::sealed::Sealed;
use super::snapshot::{Generation, Snapshot};
use crate::error::{Error, Holder, Location};
use std::time::Duration;

/// Keeps the sealed texts of one status, the last of which is the status.
///
/// After a crash at any moment, and with any one text damaged, there is a status if there was one,
/// and the last that a commit acknowledged or a later one if nothing is damaged.
pub(crate) trait Backend {
    /// Keeps everyone else from changing the status. A back end whose commits are conditional need
    /// not keep anyone out.
    type Guard;

    /// What a look has found out besides, so that a commit over it need not look again.
    type Token;

    /// Where the status is.
    fn location(&self) -> &Location;

    /// How long a call waits for others.
    fn patience(&self) -> Duration;

    /// How large what it keeps may be.
    fn limits(&self) -> Limits;

    /// The time to seal a text with.
    fn now(&self) -> Saved;

    /// Keeps others out, and waits for them no longer than `wait`.
    fn lock(&self, wait: Duration) -> Result<Self::Guard, Error>;

    /// The same for who keeps them out for long, and is to be named to those who wait in vain.
    fn lock_as(&self, _owner: Holder, wait: Duration) -> Result<Self::Guard, Error> {
        self.lock(wait)
    }

    /// Sees that a guard still keeps others out, which it does not if someone has removed what it is made of: then
    /// it is taken again, and that is [`Error::Changed`] if another has changed the status since the guard's holder
    /// saw it last.
    fn keep(&self, guard: &mut Self::Guard, wait: Duration) -> Result<(), Error>;

    /// The status: an edit, else the newest good generation.
    fn latest(&self, guard: Option<&Self::Guard>) -> Result<Snapshot<Self::Token>, Error>;

    /// The newest good generation, whatever people made of it since.
    fn latest_generation(&self) -> Result<Snapshot<Self::Token>, Error>;

    /// The generation of this number, if it is good.
    fn generation(
        &self,
        number: u64,
        guard: Option<&Self::Guard>,
    ) -> Result<Snapshot<Self::Token>, Error>;

    /// Every generation that is kept, the newest first.
    fn history(&self) -> Result<Vec<Generation>, Error>;

    /// Makes `new` the status, durably, and returns its number. What it replaces is kept.
    fn commit(
        &self,
        new: &Sealed,
        over: Over<'_, Self::Token>,
        gate: &dyn Gate,
        guard: Option<&Self::Guard>,
    ) -> Result<u64, Error>;

    /// Makes `new` the status, or lets another thread commit it or what came after it.
    fn commit_shared(&self, new: Sealed, gate: &dyn Gate) -> Result<(), Error> {
        self.commit(&new, Over::Anything, gate, None).map(drop)
    }

    /// Takes the status away, and all that belongs to it.
    fn remove(&self) -> Result<(), Error>;
}

/// What a commit may replace. If there is something else, it is [`Error::Changed`].
pub(crate) enum Over<'a, Token> {
    /// Whatever is there.
    Anything,
    /// Nothing at all.
    Nothing,
    /// Only what was seen.
    Still(&'a Snapshot<Token>),
}

/// The only questions that a back end asks about bytes which it cannot judge.
pub(crate) trait Gate {
    /// Whose statuses may be replaced, and up to which version. It tells those apart whose commits must not be
    /// shared, too, as they would answer otherwise.
    fn reader(&self) -> Reader;

    /// Of many statuses that are told apart, which one is saved: of two that have one place, none saves
    /// what is the other's.
    fn key(&self) -> Option<String> {
        None
    }

    /// An error if what is there is not to be replaced.
    fn may_replace(&self, _old: &Sealed, _location: &Location) -> Result<(), Error> {
        Ok(())
    }

    /// A person's edit, sealed, to be kept as the older status; `None` to let it go; an error to leave it
    /// alone and commit nothing.
    fn adopt(&self, edit: &Edit<'_>) -> Result<Option<Sealed>, Error>;
}

/// A person's edit, and what a back end knows of it.
pub(crate) struct Edit<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) location: &'a Location,
    /// When it was made; later than all that was saved before.
    pub(crate) saved: Saved,
    /// The newest good generation, of whose version it is without a seal.
    pub(crate) newest: Option<&'a Sealed>,
}
