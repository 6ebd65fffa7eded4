//! Which of the files that are kept holds the status.

use super::Directory;
use super::choose::Choice;
use super::commit::Token;
use super::lock::Held;
use super::open::Open;
use super::scene::{Front, Scene};
use crate::error::{Damage, DamageKind, Error, Location, Step};
use crate::fs::FileSystem;
use crate::store::snapshot::Snapshot;
use std::time::{Duration, Instant};

/// How often a load looks again, without the lock, when saves overtake it.
const TRIES: usize = 4;

/// How long it then waits for the lock before it looks without it once more.
const PAUSE: Duration = Duration::from_millis(5);

enum Attempt<F: FileSystem> {
    Found(Box<Snapshot<Token<F>>>),
    /// No generation was listed; the error says what that means. A listing may miss names that come
    /// and go while it is read.
    NoneKept(Error),
    /// A file was gone before it was opened: saves are going on.
    Overtaken(Location),
}

impl<F: FileSystem> Directory<F> {
    /// The status: a person's edit, else the newest good generation.
    pub(super) fn recover(&self, at_path: bool) -> Result<Snapshot<Token<F>>, Error> {
        let Some(above) = self.above(Step::Read)? else {
            return Err(self.layout.none_good(Vec::new()));
        };
        let attempt = || self.attempt(&above, at_path);
        let mut last = attempt()?;
        for _ in 1..TRIES {
            match last {
                Attempt::Found(found) => return Ok(*found),
                Attempt::NoneKept(_) | Attempt::Overtaken(_) => last = attempt()?,
            }
        }
        if let Attempt::Overtaken(_) = last {
            last = self.settle(&above, attempt)?;
        }
        match last {
            Attempt::Found(found) => Ok(*found),
            Attempt::NoneKept(error) => Err(error),
            Attempt::Overtaken(gone) => {
                let missing = Damage::new(gone, DamageKind::Missing);
                Err(self.layout.none_good(vec![missing]))
            }
        }
    }

    /// The same for who holds the lock, with what was seen.
    pub(super) fn recover_under(&self, held: &Held<F>) -> Result<Snapshot<Token<F>>, Error> {
        let scene = self.look(&held.open, Step::Read)?;
        let status = self.status_in(&scene, ())?;
        Ok(status.with_token(Some(scene)))
    }

    /// Looks with the lock, so that nobody saves in between. Where someone keeps it, and saves all the
    /// same, looks on without it for as long as it would wait for it.
    fn settle(
        &self,
        above: &F::Dir,
        attempt: impl Fn() -> Result<Attempt<F>, Error>,
    ) -> Result<Attempt<F>, Error> {
        let begun = Instant::now();
        let patience = self.options.lock_timeout;
        loop {
            let own = self.own(above, Step::Read)?;
            let open = own.map(|own| Open {
                above: above.clone(),
                own,
            });
            let locked = open.map(|open| self.lock_to_read(open, patience.min(PAUSE)));
            let locked = match locked.transpose() {
                Err(error @ Error::Locked { .. }) => Err(error),
                settled => Ok(settled?),
            };
            match (attempt()?, locked) {
                (Attempt::Overtaken(_), Err(_)) if begun.elapsed() < patience => {}
                (Attempt::Overtaken(_), Err(error)) => return Err(error),
                (last, _) => return Ok(last),
            }
        }
    }

    fn attempt(&self, above: &F::Dir, at_path: bool) -> Result<Attempt<F>, Error> {
        let front = if at_path {
            self.front(above, Step::Read)?
        } else {
            Front::Nothing
        };
        let mut options = self.options;
        options.editable |= options.as_found && front.site().is_some();
        let is_edit = matches!(front, Front::Edit { .. });
        let own = if is_edit && !options.editable {
            None
        } else {
            self.own(above, Step::Read)?
        };
        let (listing, choice) = if let Some(own) = own {
            let listing = self.list(&own, Step::Read)?;
            match self.choose(&own, &listing, Step::Read) {
                Ok(choice) => (listing, choice),
                // The edit is the status, whatever is wrong with what it may be a copy of.
                Err(_) if is_edit => (listing, Choice::default()),
                Err(error) if error.is_not_found() => {
                    return Ok(Attempt::Overtaken(error.location().clone()));
                }
                Err(error) => return Err(error),
            }
        } else {
            Default::default()
        };
        let scene = Scene {
            front,
            listing,
            choice,
            options,
        };
        match self.status_in(&scene, None) {
            Err(error) if scene.listing.generations.is_empty() => Ok(Attempt::NoneKept(error)),
            status => status.map(|found| Attempt::Found(Box::new(found))),
        }
    }
}
