//! What is not as a save leaves it: damaged, left behind, open to others, or not ours.

use super::Directory;
use super::choose::{Intact, read_twice};
use super::layout::{
    CURRENT, EDIT_TAKEN, LOCK, Listing, NEW_LINK, Name, damaged_name, generation_name,
};
use super::open::Open;
use super::scene::Front;
use crate::error::{DamageKind, Error, FileKind, Finding, Location, Problem, Step};
use crate::fs::{Entry, FileSystem, Lock, Opened};
use crate::store::options::MAX_BYTES;
use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::thread;
use std::time::Duration;

/// A save that is going on passes through states that nothing should stay in. Long enough for it to
/// get out of them, on slow drives too.
const A_SAVE: Duration = Duration::from_millis(200);

/// How often it is looked again in that time: where saves follow each other, one look may find each of
/// them in the same state.
const LOOKS: u32 = 4;

/// What is wrong with a text, which only who knows its language can tell.
pub(crate) type Judge = fn(&Location, &[u8]) -> Option<Problem>;

/// The status directory and the one above it, and what is found there.
struct Check<'a, F: FileSystem> {
    directory: &'a Directory<F>,
    open: Open<F>,
    judge: Judge,
    findings: Findings,
}

/// One after the other.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn push(&mut self, location: impl Into<Location>, problem: Problem) {
        self.0.push(Finding {
            location: location.into(),
            problem,
        });
    }

    fn damage(&mut self, location: impl Into<Location>, kind: DamageKind) {
        self.push(location, Problem::Damaged(kind));
    }

    /// What is refused because of what it is.
    fn refused(&mut self, error: Error, is_link: bool) -> Result<(), Error> {
        match error {
            Error::Unsafe { location, .. } if is_link => self.push(location, Problem::Link),
            Error::Unsafe { location, kind } => self.damage(location, kind),
            error => return Err(error),
        }
        Ok(())
    }
}

impl<F: FileSystem> Directory<F> {
    /// Everything at the status that is not as a save leaves it. If a save is going on, this looks
    /// again a few times, and reports what every look found.
    pub(crate) fn check(&self, judge: Judge) -> Result<Vec<Finding>, Error> {
        let mut findings = self.check_once(judge)?;
        for _ in 0..LOOKS {
            if !findings.iter().any(|finding| finding.problem.may_pass()) {
                break;
            }
            thread::sleep(A_SAVE / LOOKS);
            let again = self.check_once(judge)?;
            findings.retain(|before| !before.problem.may_pass() || again.contains(before));
        }
        Ok(findings)
    }

    fn check_once(&self, judge: Judge) -> Result<Vec<Finding>, Error> {
        let layout = &self.layout;
        let not_found = || Error::NotFound {
            location: layout.location().clone(),
        };
        let above = self.above(Step::Look)?.ok_or_else(not_found)?;
        let mut findings = Findings::default();
        // `None` is something that is never opened.
        let front = match self.front(&above, Step::Look) {
            Ok(front) => Some(front),
            Err(error) => {
                let link = DamageKind::NotAFile(FileKind::Link);
                let is_link = matches!(&error, Error::Unsafe { kind, .. } if *kind == link);
                findings.refused(error, is_link)?;
                None
            }
        };
        let own = match self.own(&above, Step::Look) {
            Ok(own) => own,
            Err(error) => {
                let entry = self.fs.inspect(&above, layout.directory_name());
                findings.refused(error, matches!(entry, Ok(Entry::Link(_))))?;
                None
            }
        };
        match &front {
            Some(Front::Empty(site)) => findings.damage(&site.path, DamageKind::Empty),
            Some(Front::Nothing) if own.is_none() && findings.0.is_empty() => {
                return Err(not_found());
            }
            Some(Front::Link) if own.is_none() && findings.0.is_empty() => {
                findings.damage(layout.path(), DamageKind::Dangling);
            }
            Some(Front::Edit { site, bytes, .. }) => {
                let location = Location::from(&site.path);
                if let Some(problem) = judge(&location, bytes) {
                    findings.push(location, problem);
                }
            }
            _ => {}
        }
        let Some(own) = own else {
            return Ok(findings.0);
        };
        let names = self.fs.list(&own);
        let mut names = names.map_err(|cause| Error::io(Step::Look, layout.directory(), cause))?;
        names.sort();
        let listing = Listing::new(names.iter().cloned());
        let is_empty = listing.generations.is_empty() && listing.damaged.is_empty();
        if is_empty && findings.0.is_empty() && matches!(front, Some(Front::Nothing)) {
            return Err(not_found());
        }
        let mut check = Check {
            directory: self,
            open: Open { above, own },
            judge,
            findings,
        };
        let newest = check.generations(&listing)?;
        check.links(newest, matches!(front, Some(Front::Link)))?;
        check.left_behind(&listing)?;
        check.foreign(&names)?;
        check.permissions(&listing, newest, matches!(front, Some(Front::Edit { .. })))?;
        Ok(check.findings.0)
    }
}

impl<F: FileSystem> Check<'_, F> {
    fn find(&mut self, name: impl AsRef<Path>, problem: Problem) {
        self.findings
            .push(self.directory.layout.within(name), problem);
    }

    fn inspect(&self, name: impl AsRef<Path>) -> Result<Entry, Error> {
        let entry = self.directory.fs.inspect(&self.open.own, name.as_ref());
        entry.map_err(|cause| self.failed(name, cause))
    }

    fn failed(&self, name: impl AsRef<Path>, cause: io::Error) -> Error {
        Error::io(Step::Look, self.directory.layout.within(name), cause)
    }

    /// Every generation; the newest good one is returned.
    fn generations(&mut self, listing: &Listing) -> Result<Option<u64>, Error> {
        let Directory { fs, layout, .. } = self.directory;
        let mut good = Vec::new();
        for &number in &listing.generations {
            let name = generation_name(number);
            match read_twice(|| fs.read(&self.open.own, &name, MAX_BYTES)) {
                Ok(contents) => match Intact::new(number, contents) {
                    Ok(found) => good.push(found),
                    Err(kind) => self.find(name, Problem::Damaged(kind)),
                },
                // A save has just retired it.
                Err(cause) if cause.kind() == ErrorKind::NotFound => {}
                Err(cause) => return Err(self.failed(name, cause)),
            }
        }
        for &number in &listing.damaged {
            self.find(damaged_name(number), Problem::Damaged(DamageKind::SetAside));
        }
        for found in &good {
            let location = layout.generation(found.number).into();
            if let Some(problem) = (self.judge)(&location, found.sealed.bytes()) {
                self.findings.push(location, problem);
            }
        }
        if let [only] = &good[..] {
            self.find(generation_name(only.number), Problem::Alone);
        }
        Ok(good.first().map(|newest| newest.number))
    }

    fn links(&mut self, newest: Option<u64>, is_linked: bool) -> Result<(), Error> {
        match self.inspect(CURRENT)? {
            Entry::Link(target) if newest.map(generation_name).as_ref() != Some(&target) => {
                let problem = if self.inspect(&target)? == Entry::Absent {
                    Problem::Damaged(DamageKind::Dangling)
                } else {
                    Problem::Astray { target }
                };
                self.find(CURRENT, problem);
            }
            Entry::Absent if is_linked => {
                let path = self.directory.layout.path();
                self.findings.damage(path, DamageKind::Dangling);
            }
            Entry::File | Entry::Other(_) => self.find(CURRENT, Problem::Foreign),
            Entry::Link(_) | Entry::Absent => {}
        }
        for name in [LOCK, EDIT_TAKEN] {
            if let Entry::Link(_) = self.inspect(name)? {
                self.find(name, Problem::Link);
            }
        }
        Ok(())
    }

    fn left_behind(&mut self, listing: &Listing) -> Result<(), Error> {
        for name in &listing.temps {
            if self.is_abandoned(Path::new(name)) {
                self.find(name, Problem::LeftBehind);
            }
        }
        for name in [EDIT_TAKEN, NEW_LINK] {
            if self.inspect(name)? != Entry::Absent {
                self.find(name, Problem::LeftBehind);
            }
        }
        Ok(())
    }

    /// Whether nobody holds the lock of a temp file, as its writer would.
    fn is_abandoned(&self, temp: &Path) -> bool {
        let fs = &self.directory.fs;
        match fs.open(&self.open.own, temp) {
            Ok(Opened::File(file)) => {
                let free = fs.try_lock(&file, Lock::Shared);
                fs.unlock(&file);
                matches!(free, Ok(true))
            }
            Ok(Opened::NotAFile(_)) => true,
            Err(_) => false,
        }
    }

    fn foreign(&mut self, names: &[OsString]) -> Result<(), Error> {
        for name in names.iter().filter(|name| Name::of(name).is_none()) {
            self.find(name, Problem::Foreign);
        }
        if let Entry::Other(kind) = self.inspect(LOCK)? {
            self.find(LOCK, Problem::Damaged(DamageKind::NotAFile(kind)));
        }
        Ok(())
    }

    /// Who may load is said by the newest generation, and who may save by the lock.
    fn permissions(
        &mut self,
        listing: &Listing,
        newest: Option<u64>,
        is_edited: bool,
    ) -> Result<(), Error> {
        let layout = &self.directory.layout;
        let Open { above, own } = self.open.clone();
        let Some(newest) = newest.or(listing.generations.first().copied()) else {
            return Ok(());
        };
        let Some(readers) = self.mode(&own, &generation_name(newest))? else {
            return Ok(());
        };
        let writers = self.mode(&own, Path::new(LOCK))?.unwrap_or(readers) & 0o222;
        let readers = readers & 0o444;
        let generations = listing
            .generations
            .iter()
            .map(|&number| generation_name(number));
        let damaged = listing.damaged.iter().map(|&number| damaged_name(number));
        self.allow(
            &own,
            Path::new(LOCK),
            layout.within(LOCK),
            readers | writers,
        )?;
        for name in generations.chain(damaged) {
            self.allow(&own, &name, layout.within(&name), readers)?;
        }
        // Who may write to a directory may put any status there.
        let here = Path::new(".");
        self.allow(&own, here, layout.directory(), !0o022 | writers)?;
        let sticky = self
            .mode(&above, here)?
            .is_some_and(|mode| mode & 0o1000 != 0);
        if !sticky {
            self.allow(&above, here, layout.parent(), !0o002 | writers)?;
        }
        if is_edited {
            self.allow(&above, layout.name(), layout.path(), !0o002 | writers)?;
        }
        Ok(())
    }

    /// Of a link the bits mean nothing.
    fn allow(
        &mut self,
        dir: &F::Dir,
        name: &Path,
        path: impl AsRef<Path>,
        allowed: u32,
    ) -> Result<(), Error> {
        let is_link = matches!(self.directory.fs.inspect(dir, name), Ok(Entry::Link(_)));
        let mode = self.mode(dir, name)?.filter(|_| !is_link).unwrap_or(0);
        let excess = mode & 0o777 & !allowed;
        if excess != 0 {
            self.findings
                .push(path.as_ref(), Problem::Open { mode, excess });
        }
        Ok(())
    }

    fn mode(&self, dir: &F::Dir, name: &Path) -> Result<Option<u32>, Error> {
        let mode = self.directory.fs.mode(dir, name);
        mode.map_err(|cause| self.failed(name, cause))
    }
}
