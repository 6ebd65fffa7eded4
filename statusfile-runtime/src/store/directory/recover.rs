//! Which of the files that are kept holds the status.

use super::Directory;
use super::choose::Choice;
use super::lock::Held;
use super::open::Open;
use super::scene::{Front, Scene};
use crate::error::{Damage, DamageKind, Error, Step};
use crate::fs::FileSystem;
use crate::store::sealed::Head;
use crate::store::snapshot::Snapshot;
use std::time::{Duration, Instant};

/// How often a load looks again, without the lock, when saves overtake it.
const TRIES: usize = 4;

/// How long it then waits for the lock before it looks without it once more.
const PAUSE: Duration = Duration::from_millis(5);

/// Why a look has found no status. It may come and go with the saves that are going on.
enum Miss {
    /// No generation was listed. A listing may miss names that come and go while it is read.
    NoneKept,
    /// A file was gone before it was opened.
    Overtaken,
}

type Attempt<D> = Result<Box<Snapshot<Scene<D>>>, (Miss, Error)>;

impl<F: FileSystem> Directory<F> {
    /// The status: a person's edit, else the newest good generation.
    pub(super) fn recover(&self, at_path: bool) -> Result<Snapshot<Scene<F::Dir>>, Error> {
        let Some(above) = self.above(Step::Read)? else {
            return Err(self.layout.none_good(Vec::new()));
        };
        let attempt = || self.attempt(&above, at_path);
        let mut last = attempt()?;
        for _ in 1..TRIES {
            if last.is_err() {
                last = attempt()?;
            }
        }
        if let Err((Miss::Overtaken, _)) = last {
            last = self.settle(&above, attempt)?;
        }
        last.map(|found| *found).map_err(|(_, error)| error)
    }

    /// The same for who holds the lock, with what was seen.
    pub(super) fn recover_under(&self, held: &Held<F>) -> Result<Snapshot<Scene<F::Dir>>, Error> {
        let scene = self.look(held, Step::Read)?;
        let status = self.status_in(&scene)?;
        let token = Some(scene);
        Ok(Snapshot { token, ..status })
    }

    /// Looks with the lock, so that nobody saves in between. Where someone keeps it, and saves all the
    /// same, looks on without it for as long as it would wait for it.
    fn settle(
        &self,
        above: &F::Dir,
        attempt: impl Fn() -> Result<Attempt<F::Dir>, Error>,
    ) -> Result<Attempt<F::Dir>, Error> {
        let begun = Instant::now();
        let patience = self.options.lock_timeout;
        loop {
            let above = above.clone();
            let own = self.own(&above, Step::Read)?;
            let locked = own.map(|own| {
                let open = Open { above, own };
                self.lock_to_read(open, patience.min(PAUSE))
            });
            let locked = match locked.transpose() {
                Err(error @ Error::Locked { .. }) => Err(error),
                settled => Ok(settled?),
            };
            match (attempt()?, locked) {
                (Err((Miss::Overtaken, _)), Err(_)) if begun.elapsed() < patience => {}
                (Err((Miss::Overtaken, _)), Err(error)) => return Err(error),
                (last, _) => return Ok(last),
            }
        }
    }

    fn attempt(&self, above: &F::Dir, at_path: bool) -> Result<Attempt<F::Dir>, Error> {
        let front = if at_path {
            self.front(above, Step::Read)?
        } else {
            Front::Nothing
        };
        let mut options = self.options;
        options.editable |= options.as_found && front.site().is_some();
        // What a seal says of an edit needs no look at the generations.
        let is_sealed = match &front {
            Front::Edit { bytes, .. } => Head::parse(bytes).is_some(),
            _ => false,
        };
        let own = if is_sealed && !options.editable {
            None
        } else {
            self.own(above, Step::Read)?
        };
        let (mut listing, mut choice, mut was_saved) = Default::default();
        if let Some(own) = own {
            listing = self.list(&own, Step::Read)?;
            if listing.generations.is_empty() {
                was_saved = self.was_saved(&own, Step::Read)?;
            }
            choice = match self.choose(&own, &listing, Step::Read) {
                // The edit is the status, whatever is wrong with what it may be a copy of.
                Err(_) if is_sealed => Choice::default(),
                Err(error) if error.is_not_found() => {
                    let gone = Damage::new(error.location().clone(), DamageKind::Missing);
                    return Ok(Err((Miss::Overtaken, self.layout.none_good(vec![gone]))));
                }
                chosen => chosen?,
            };
        }
        let scene = Scene {
            front,
            listing,
            choice,
            was_saved,
            options,
        };
        match self.status_in(&scene) {
            Err(error) if scene.listing.generations.is_empty() => Ok(Err((Miss::NoneKept, error))),
            status => status.map(|found| Ok(Box::new(found))),
        }
    }
}
