//! What is not as a save leaves it: damaged, left behind, open to others, or not ours.

use super::Directory;
use super::choose::Intact;
use super::front::Front;
use super::layout::{LOCK, Listing, Name, aside_name, damaged_name, directory_of, generation_name};
use super::open::Open;
use crate::error::{At, DamageKind, Error, Finding, Location, Problem, Step};
use crate::fs::{Entry, FileSystem, Lock, Opened, ROOT, Stamp};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
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

/// What was found so far, one after the other.
struct Check<'a, F> {
    directory: &'a Directory<F>,
    judge: Judge,
    findings: Vec<Finding>,
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
        let above = self
            .above(Step::Look)?
            .ok_or_else(|| layout.none_good(Vec::new()))?;
        let mut check = Check {
            directory: self,
            judge,
            findings: Vec::new(),
        };
        let front = self.front_by_path();
        let front = check.unless_refused(front, &above, &layout.name)?;
        let own = self.own(&above, Step::Look);
        let own = check.unless_refused(own, &above, &layout.directory_name)?;
        check.links(&above)?;
        let is_alone = matches!(own, Some(None));
        let own = own.flatten();
        let names = own.as_ref().map(|own| self.fs.list(own)).transpose();
        let names = names.at(Step::Look, &layout.directory)?;
        let mut names = names.unwrap_or_default();
        names.sort();
        let listing = Listing::new(names.iter().cloned());
        let is_empty = listing.generations.is_empty() && listing.damaged.is_empty();
        match &front {
            Some(Front::Nothing) if is_empty && check.findings.is_empty() => match &own {
                Some(own) if self.was_saved(own, Step::Look)? => {
                    check.find_within(LOCK, Problem::Damaged(DamageKind::Lost));
                }
                _ => return Err(layout.none_good(Vec::new())),
            },
            Some(Front::Damage(_, kind)) => {
                check.find(&layout.path, Problem::Damaged(kind.clone()));
            }
            Some(Front::Status(seen, _) | Front::Edit(seen)) => {
                check.judge((&layout.path).into(), &seen.bytes);
            }
            Some(Front::Nothing) | None => {}
        }
        let Some(own) = own else {
            if is_alone {
                check.copies(front.as_ref(), &listing, &[]);
            }
            return Ok(check.findings);
        };
        let good = check.generations(&own, &listing)?;
        check.copies(front.as_ref(), &listing, &good);
        check.other_names(front.as_ref(), &good);
        check.lock(&own)?;
        check.left_behind(&own, &names);
        let newest = good.first().map(|newest| newest.number);
        check.permissions(&above, &own, &listing, newest)?;
        check.owners(Open { above, own }, &listing)?;
        Ok(check.findings)
    }
}

impl<F: FileSystem> Check<'_, F> {
    fn find(&mut self, location: impl Into<Location>, problem: Problem) {
        let location = location.into();
        self.findings.push(Finding { location, problem });
    }

    /// Something of this name in the status directory.
    fn find_within(&mut self, name: impl AsRef<Path>, problem: Problem) {
        self.find(self.directory.layout.within(name), problem);
    }

    fn judge(&mut self, location: Location, bytes: &[u8]) {
        if let Some(problem) = (self.judge)(&location, bytes) {
            self.find(location, problem);
        }
    }

    /// What was looked at, or `None` if it was refused because of what it is: that is found, then.
    fn unless_refused<T>(
        &mut self,
        looked: Result<T, Error>,
        above: &F::Dir,
        name: &Path,
    ) -> Result<Option<T>, Error> {
        match looked {
            Err(Error::Unsafe { location, kind }) => {
                let entry = self.directory.fs.inspect(above, name);
                let is_link = matches!(entry, Ok(Entry::Link(_)));
                let damaged = Problem::Damaged(kind);
                self.find(location, if is_link { Problem::Link } else { damaged });
                Ok(None)
            }
            looked => looked.map(Some),
        }
    }

    /// Every generation; the good ones are returned, the newest first.
    fn generations(&mut self, own: &F::Dir, listing: &Listing) -> Result<Vec<Intact>, Error> {
        let directory = self.directory;
        let mut good = Vec::new();
        for &number in &listing.generations {
            match directory.intact(own, number, Step::Look) {
                Ok(Ok(found)) => good.push(found),
                Ok(Err(kind)) if kind.is_directory() => {
                    self.find_within(generation_name(number), Problem::Foreign);
                }
                Ok(Err(kind)) => self.find_within(generation_name(number), Problem::Damaged(kind)),
                // A save has just retired it.
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
        let damaged = listing.damaged.iter().map(|&number| damaged_name(number));
        let aside = listing.aside.iter().map(|&number| aside_name(number));
        for set_aside in damaged.chain(aside) {
            self.find_within(set_aside, Problem::Damaged(DamageKind::SetAside));
        }
        for found in &good {
            let location = directory.layout.generation(found.number);
            self.judge(location.into(), found.sealed.bytes());
        }
        Ok(good)
    }

    /// What was saved before there was a link, or by who replaced it by a file for a while.
    fn links(&mut self, above: &F::Dir) -> Result<(), Error> {
        let Directory { fs, layout, .. } = self.directory;
        if let Some((link, owner)) = self.directory.strangers_link(Some(above))? {
            self.find(link, Problem::Untrusted { owner });
        }
        let beside = layout.link.as_ref().map(|link| directory_of(&link.path));
        if let Some(beside) = beside.filter(|beside| fs.open_directory(beside).is_ok()) {
            self.find(beside, Problem::Bypassed);
        }
        Ok(())
    }

    /// How the file at the path and the generations go together.
    fn copies(&mut self, front: Option<&Front>, listing: &Listing, good: &[Intact]) {
        let path = &self.directory.layout.path;
        match (front, good) {
            (Some(Front::Status(_, sealed)), [newest, ..])
                if newest.number == listing.newest() && newest.sealed != *sealed =>
            {
                let newest = newest.number;
                self.find(path, Problem::Behind { newest });
            }
            (Some(Front::Status(..)), []) => self.find(path, Problem::Alone),
            (Some(Front::Damage(..) | Front::Nothing) | None, [only]) => {
                self.find_within(generation_name(only.number), Problem::Alone);
            }
            _ => {}
        }
    }

    /// One name of the file at the path is that of the newest generation, where that is the same file.
    fn other_names(&mut self, front: Option<&Front>, good: &[Intact]) {
        let Some(seen) = front.and_then(Front::seen) else {
            return;
        };
        let own = good.iter().filter(|good| good.stamp.id == seen.stamp.id);
        if seen.stamp.names > 1 + own.count() as u64 {
            self.find(&self.directory.layout.path, Problem::OtherNames);
        }
    }

    fn lock(&mut self, own: &F::Dir) -> Result<(), Error> {
        let lock = self.directory.fs.inspect(own, Path::new(LOCK));
        match lock.at(Step::Look, self.directory.layout.within(LOCK))? {
            Entry::Link(_) => self.find_within(LOCK, Problem::Link),
            Entry::Other(kind) => {
                self.find_within(LOCK, Problem::Damaged(DamageKind::NotAFile(kind)));
            }
            Entry::File | Entry::Absent => {}
        }
        Ok(())
    }

    /// What a save leaves when it is killed, and what none makes.
    fn left_behind(&mut self, own: &F::Dir, names: &[OsString]) {
        for name in names {
            let problem = match Name::of(name) {
                None => Problem::Foreign,
                Some(Name::Temp) if self.is_abandoned(own, Path::new(name)) => Problem::LeftBehind,
                Some(_) => continue,
            };
            self.find_within(name, problem);
        }
    }

    /// Whether nobody holds the lock of a temp file, as its writer would.
    fn is_abandoned(&self, own: &F::Dir, temp: &Path) -> bool {
        let fs = &self.directory.fs;
        match fs.open(own, temp) {
            Ok(Opened::File(file)) => {
                let free = fs.try_lock(&file, Lock::Shared);
                fs.unlock(&file);
                matches!(free, Ok(true))
            }
            Ok(Opened::NotAFile(_)) => true,
            Err(_) => false,
        }
    }

    /// Who may load is said by the newest generation, and who may save by the lock.
    fn permissions(
        &mut self,
        above: &F::Dir,
        own: &F::Dir,
        listing: &Listing,
        newest: Option<u64>,
    ) -> Result<(), Error> {
        let layout = &self.directory.layout;
        let Some(newest) = newest.or(listing.generations.first().copied()) else {
            return Ok(());
        };
        let Some(readers) = self.mode(own, &generation_name(newest))? else {
            return Ok(());
        };
        let (lock, here) = (Path::new(LOCK), Path::new("."));
        let writers = self.mode(own, lock)?.unwrap_or(readers) & 0o222;
        let readers = readers & 0o444;
        // Who may read a lock may hold it.
        self.allow(own, lock, layout.within(LOCK), writers | (writers << 1))?;
        let generations = listing.generations.iter();
        let generations = generations.map(|&number| generation_name(number));
        let damaged = listing.damaged.iter().map(|&number| damaged_name(number));
        let aside = listing.aside.iter().map(|&number| aside_name(number));
        for name in generations.chain(damaged).chain(aside) {
            self.allow(own, &name, layout.within(&name), readers)?;
        }
        // Who may write to a directory may put any status there, but for one that is sticky.
        self.allow(own, here, &layout.directory, !0o022 | writers)?;
        if self.mode(above, here)?.unwrap_or(0) & 0o1000 == 0 {
            self.allow(above, here, layout.parent(), !0o002 | writers)?;
        }
        self.allow(above, &layout.name, &layout.path, !0o002 | writers)
    }

    /// What saves refuse, or the owner of the status directory cannot load. Who shares a status leaves files of many.
    fn owners(&mut self, open: Open<F>, listing: &Listing) -> Result<(), Error> {
        let Directory { fs, layout, .. } = self.directory;
        let mode = self.directory.mode_found(&open, listing)?;
        let Open { above, own } = open;
        let access = fs.access(&own).at(Step::Look, &layout.directory)?;
        let expected = access.owner;
        if self.directory.is_strangers(&above, access, mode)? {
            let owner = expected;
            self.find(&layout.directory, Problem::Untrusted { owner });
        }
        let generations = listing.generations.iter().map(|&it| generation_name(it));
        let inside = generations.chain([PathBuf::from(LOCK)]);
        let files = inside.map(|name| (&own, layout.within(&name), name));
        let files = files.chain([(&above, layout.path.clone(), layout.name.clone())]);
        for (dir, path, name) in files {
            let Some(Stamp { access, .. }) = fs.stamp_of(dir, &name).at(Step::Look, &path)? else {
                continue;
            };
            let owner = access.owner;
            let is_shared = mode & 0o022 != 0;
            let is_hidden = expected != ROOT && access.mode & 0o044 == 0;
            let is_strangers = self.directory.is_strangers(&above, access, mode)?;
            if owner != expected && !is_shared && (is_hidden || is_strangers) {
                self.find(path, Problem::Owner { owner, expected });
            }
        }
        Ok(())
    }

    /// Of a link the bits mean nothing.
    fn allow(
        &mut self,
        dir: &F::Dir,
        name: &Path,
        path: impl Into<Location>,
        allowed: u32,
    ) -> Result<(), Error> {
        let is_link = matches!(self.directory.fs.inspect(dir, name), Ok(Entry::Link(_)));
        let mode = self.mode(dir, name)?.filter(|_| !is_link).unwrap_or(0);
        let excess = mode & 0o777 & !allowed;
        if excess != 0 {
            self.find(path, Problem::Open { mode, excess });
        }
        Ok(())
    }

    fn mode(&self, dir: &F::Dir, name: &Path) -> Result<Option<u32>, Error> {
        let Directory { fs, layout, .. } = self.directory;
        fs.mode(dir, name).at(Step::Look, layout.within(name))
    }
}
