//! A status in memory: the second back end, which keeps the interface honest. It locks nobody out;
//! each commit says over what it may go.

use super::backend::{Backend, Edit, Gate, Over};
use super::directory::choose::Intact;
use super::limits::Limits;
use super::options::Options;
use super::saved::Saved;
use super::sealed::Sealed;
use super::snapshot::{Document, Generation, Origin, Snapshot};
use crate::error::{Change, Damage, DamageKind, Error, Location, Step};
use crate::fs::{Access, Contents, FileId, Stamp};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

#[derive(Clone)]
pub(crate) struct Memory {
    location: Location,
    pub(crate) options: Options,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    /// Files by their numbers, good or not.
    generations: BTreeMap<u64, Vec<u8>>,
    edit: Option<Vec<u8>>,
}

impl Memory {
    pub(crate) fn new() -> Self {
        Self {
            location: Location::Url("memory:worker".to_owned()),
            options: Options::default(),
            kept: Arc::default(),
        }
    }

    /// What a person writes, who asks nobody.
    pub(crate) fn edit(&self, bytes: &[u8]) {
        self.kept().edit = Some(bytes.to_vec());
    }

    pub(crate) fn damage(&self, number: u64) {
        self.kept().generations.insert(number, b"jobs".to_vec());
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file(&self, number: u64) -> Location {
        Location::Url(format!("{}/{number}", self.location))
    }

    fn intact(&self, number: u64, bytes: &[u8]) -> Result<Snapshot<u64>, DamageKind> {
        let contents = Contents::Whole {
            bytes: bytes.to_vec(),
            stamp: Stamp {
                id: FileId(0, number),
                modified: None,
                bytes: bytes.len() as u64,
                access: Access::default(),
                changed: None,
                names: 1,
            },
        };
        let good = Intact::new(number, contents)?;
        Ok(Snapshot {
            saved_at: Some(good.sealed.label.saved.time()),
            document: Document::Sealed(good.sealed),
            location: self.file(number),
            origin: Origin::Generation(number),
            skipped: Vec::new(),
            newest: None,
            token: Some(number),
        })
    }

    fn newest(&self, kept: &Kept) -> Result<Snapshot<u64>, Error> {
        let mut skipped = Vec::new();
        for (&number, bytes) in kept.generations.iter().rev() {
            match self.intact(number, bytes) {
                Ok(found) => return Ok(Snapshot { skipped, ..found }),
                Err(kind) => skipped.push(Damage::new(self.file(number), kind)),
            }
        }
        let location = self.location.clone();
        if skipped.is_empty() {
            return Err(Error::NotFound { location });
        }
        Err(Error::Damaged {
            location,
            candidates: skipped,
        })
    }

    fn status(&self, kept: &Kept) -> Result<Snapshot<u64>, Error> {
        let Some(edit) = &kept.edit else {
            return self.newest(kept);
        };
        let admitted = self.options.limits.admit_edit(&self.location, edit);
        admitted.map_err(|kind| Error::refused(self.location.clone(), kind))?;
        Ok(Snapshot {
            document: Document::Edit(Arc::new(edit.clone())),
            location: self.location.clone(),
            origin: Origin::Edit,
            saved_at: None,
            skipped: Vec::new(),
            newest: self
                .newest(kept)
                .ok()
                .and_then(|newest| match newest.document {
                    Document::Sealed(newest) => Some(newest),
                    Document::Edit(_) => None,
                }),
            token: None,
        })
    }
}

impl Backend for Memory {
    type Guard = ();
    type Token = u64;

    fn location(&self) -> &Location {
        &self.location
    }

    fn patience(&self) -> Duration {
        self.options.lock_timeout
    }

    fn limits(&self) -> Limits {
        self.options.limits
    }

    fn now(&self) -> Saved {
        Saved::at(SystemTime::now())
    }

    fn lock(&self, _wait: Duration) -> Result<(), Error> {
        Ok(())
    }

    fn keep(&self, (): &mut (), _wait: Duration) -> Result<(), Error> {
        Ok(())
    }

    fn latest(&self, _guard: Option<&()>) -> Result<Snapshot<u64>, Error> {
        self.status(&self.kept())
    }

    fn latest_generation(&self) -> Result<Snapshot<u64>, Error> {
        self.newest(&self.kept())
    }

    fn generation(&self, number: u64, _guard: Option<&()>) -> Result<Snapshot<u64>, Error> {
        let kept = self.kept();
        let Some(bytes) = kept.generations.get(&number) else {
            let cause = io::Error::new(ErrorKind::NotFound, "it does not exist");
            return Err(Error::io(Step::Read, self.file(number), cause));
        };
        self.intact(number, bytes).map_err(|kind| Error::Damaged {
            location: self.location.clone(),
            candidates: vec![Damage::new(self.file(number), kind)],
        })
    }

    fn history(&self) -> Result<Vec<Generation>, Error> {
        let kept = self.kept();
        let newest_first = kept.generations.iter().rev();
        Ok(newest_first
            .map(|(&number, bytes)| {
                let label = Sealed::open(bytes.clone()).map(|sealed| sealed.label);
                Generation {
                    number,
                    location: self.file(number),
                    saved_at: label.as_ref().ok().map(|label| label.saved.time()),
                    bytes: Some(bytes.len() as u64),
                    version: label.map(|label| label.version),
                }
            })
            .collect())
    }

    fn commit(
        &self,
        new: &Sealed,
        over: Over<'_, u64>,
        gate: &dyn Gate,
        _guard: Option<&()>,
    ) -> Result<u64, Error> {
        let mut kept = self.kept();
        let has_changed = match (over, self.status(&kept)) {
            (Over::Nothing, now) => now.is_ok(),
            (Over::Still(seen), Ok(now)) => {
                (seen.token, seen.document.bytes()) != (now.token, now.document.bytes())
            }
            (Over::Still(_), Err(_)) => true,
            (Over::Anything, _) => false,
        };
        if has_changed {
            let location = self.location.clone();
            let how = Change::SinceRead;
            return Err(Error::Changed { location, how });
        }
        let mut before = None;
        let mut now = self.now();
        if let Ok(Snapshot {
            document: Document::Sealed(good),
            location,
            ..
        }) = self.newest(&kept)
        {
            good.admit(&location, &gate.reader())?;
            if kept.edit.is_none() {
                gate.may_replace(&good, &location)?;
            }
            now = now.later_than(good.label.saved);
            before = Some(good);
        }
        let adopted = match &kept.edit {
            Some(edit) => gate.adopt(&Edit {
                bytes: edit,
                location: &self.location,
                saved: now,
                newest: before.as_ref(),
            })?,
            None => None,
        };
        let before = adopted.as_ref().or(before.as_ref());
        let later = before.and_then(|before| new.after(before));
        let new = later.as_ref().unwrap_or(new);
        let second = before.is_none();
        let copy = second.then(|| new.clone());
        let mut number = kept.generations.keys().next_back().copied().unwrap_or(0);
        for file in adopted.into_iter().chain([new.clone()]).chain(copy) {
            number += 1;
            kept.generations.insert(number, file.bytes().to_vec());
        }
        kept.edit = None;
        while kept.generations.len() > self.options.keep {
            kept.generations.pop_first();
        }
        Ok(number)
    }

    fn remove(&self) -> Result<(), Error> {
        *self.kept() = Kept::default();
        Ok(())
    }
}
