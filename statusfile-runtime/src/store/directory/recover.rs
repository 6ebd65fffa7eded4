//! Which of the files that are kept holds the status.

use super::Directory;
use super::choose::Choice;
use super::front::Front;
use super::layout::Listing;
use super::lock::Held;
use super::scene::Scene;
use crate::error::{Damage, DamageKind, Error, Step};
use crate::fs::FileSystem;
use crate::store::limits::MAX_BYTES;
use crate::store::sealed::Head;
use crate::store::snapshot::Snapshot;
use std::io::ErrorKind;
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

type Attempt = Result<Box<Snapshot<Scene>>, (Miss, Error)>;

impl<F: FileSystem> Directory<F> {
    /// The status: what lies at the path, else the newest good generation.
    pub(super) fn recover(&self) -> Result<Snapshot<Scene>, Error> {
        self.through_links(|this| {
            let found = this.recover_by(|| match this.front_by_path() {
                Err(error) if error.is_not_found() => Ok(this.overtaken(&error)),
                front => this.attempt(front?),
            });
            this.unless_gone(found, || this.above(Step::Read))
        })
    }

    /// The newest good generation.
    pub(super) fn recover_generation(&self) -> Result<Snapshot<Scene>, Error> {
        self.recover_by(|| self.attempt(Front::Nothing))
    }

    /// The status for who holds the lock, with what was seen.
    pub(super) fn recover_under(&self, held: &Held<F>) -> Result<Snapshot<Scene>, Error> {
        let scene = self.look(held, Step::Read)?;
        let above = || Ok(Some(held.open.above.clone()));
        let status = self.unless_gone(self.status_in(&scene), above)?;
        let token = Some(scene);
        Ok(Snapshot { token, ..status })
    }

    /// That there is none, unless that is because it was moved away.
    fn unless_gone(
        &self,
        found: Result<Snapshot<Scene>, Error>,
        above: impl FnOnce() -> Result<Option<F::Dir>, Error>,
    ) -> Result<Snapshot<Scene>, Error> {
        if let Err(Error::NotFound { .. }) = found {
            self.refuse_gone(above)?;
        }
        found
    }

    fn recover_by(
        &self,
        attempt: impl Fn() -> Result<Attempt, Error>,
    ) -> Result<Snapshot<Scene>, Error> {
        let mut last = attempt()?;
        for _ in 1..TRIES {
            if last.is_err() {
                last = attempt()?;
            }
        }
        if let Err((Miss::Overtaken, _)) = last {
            last = self.settle(attempt)?;
        }
        last.map(|found| *found).map_err(|(_, error)| error)
    }

    /// Looks with the lock, so that nobody saves in between. Where someone keeps it, and saves all the
    /// same, looks on without it for as long as it would wait for it.
    fn settle(&self, attempt: impl Fn() -> Result<Attempt, Error>) -> Result<Attempt, Error> {
        let begun = Instant::now();
        let patience = self.options.lock_timeout;
        loop {
            let open = self.open_to_read(Step::Read)?;
            let asked = open.map(|open| self.ask_to_read(open, patience.min(PAUSE)));
            let answer = asked.transpose()?.flatten();
            let waited = begun.elapsed();
            match (attempt()?, answer) {
                (Err((Miss::Overtaken, _)), Some(Err(_))) if waited < patience => {}
                (Err((Miss::Overtaken, _)), Some(Err(mut taken))) => {
                    taken.waited = waited;
                    return Err(self.locked(&taken));
                }
                (last, _) => return Ok(last),
            }
        }
    }

    /// A save has just retired what was listed, or a removal has taken it.
    fn overtaken(&self, error: &Error) -> Attempt {
        let gone = Damage::new(error.location().clone(), DamageKind::Missing);
        Err((Miss::Overtaken, self.layout.none_good(vec![gone])))
    }

    /// What lies at the path, without opening the directory above, which nearly every load can do without.
    pub(super) fn front_by_path(&self) -> Result<Front, Error> {
        let read = || self.fs.read_path(&self.layout.path, MAX_BYTES);
        self.front_from(read, Step::Read, || {
            match self.open_to_read(Step::Read)? {
                Some(open) => {
                    let listing = self.list(&open.own, Step::Read)?;
                    self.good_texts(&open.own, &listing, Step::Read)
                }
                None => Ok(Vec::new()),
            }
        })
    }

    /// A whole text at the path is the status, whatever lies behind it; of an edit without a seal, the newest
    /// generation tells the version.
    fn attempt(&self, front: Front) -> Result<Attempt, Error> {
        let is_complete = match &front {
            Front::Status(..) => true,
            Front::Edit(seen) => Head::parse(&seen.bytes).is_some(),
            Front::Damage(..) | Front::Nothing => false,
        };
        let open = match &front {
            _ if is_complete => None,
            // What is too long a name for a status directory need not be one for a file.
            Front::Edit(_) => self.open_to_read(Step::Read).or_else(unless_too_long)?,
            _ => self.open_to_read(Step::Read)?,
        };
        let behind = match open.map(|open| self.behind(&open.own)).transpose() {
            Err(error) if error.is_not_found() => return Ok(self.overtaken(&error)),
            behind => behind?,
        };
        let (listing, choice, was_saved) = behind.unwrap_or_default();
        let scene = Scene {
            front,
            listing,
            choice,
            was_saved,
            options: self.options,
        };
        match self.status_in(&scene) {
            Err(error) if scene.choice.is_empty() => Ok(Err((Miss::NoneKept, error))),
            status => status.map(|found| Ok(Box::new(found))),
        }
    }

    /// What lies behind the path. Without the lock, all of it may be retired or removed in between.
    fn behind(&self, own: &F::Dir) -> Result<(Listing, Choice, bool), Error> {
        let mut listing = self.list(own, Step::Read)?;
        let choice = self.choose(own, &listing, Step::Read)?;
        if !choice.is_empty() {
            return Ok((listing, choice, false));
        }
        self.pass_over_directories(own, &mut listing);
        let was_saved = self.was_saved(own, Step::Read)?;
        Ok((listing, choice, was_saved))
    }
}

/// No status directory can have such a name.
fn unless_too_long<T>(error: Error) -> Result<Option<T>, Error> {
    match error.io_error() {
        Some(cause) if cause.kind() == ErrorKind::InvalidFilename => Ok(None),
        _ => Err(error),
    }
}
