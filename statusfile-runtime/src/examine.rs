//! What is not as a save leaves it: damaged, left behind, open to others, or not ours.

use crate::MAX_BYTES;
use crate::damage::Flaw;
use crate::error::{Error, Step};
use crate::finding::{Finding, Trouble};
use crate::fs::{self, Contents, Disk, Entry, FileSystem, Kind, Lock, Opened};
use crate::name::{Listing, generation_name};
use crate::recover::{AtPath, Good};
use crate::store::Store;
use crate::untyped::{self, UntypedFile};
use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::thread;
use std::time::Duration;

/// A save that is going on passes through states that nothing should stay in. Long enough for it to
/// get out of them, on slow drives too.
const A_SAVE: Duration = Duration::from_millis(200);

impl UntypedFile {
    /// Everything at the status that is not as a save leaves it: what is damaged or was, left behind
    /// by a killed writer, open to users who may not load or save, a link where none belongs, or not
    /// ours. An empty list means that all is well.
    ///
    /// Takes no lock but, for a moment, that of a temp file, and changes nothing. If a save is going on,
    /// it looks twice, and tells what both looks found.
    ///
    /// ```
    /// # use serde::{Deserialize, Serialize};
    /// use statusfile::{StatusFile, UntypedFile};
    ///
    /// # #[derive(Serialize, Deserialize)]
    /// # struct Worker { jobs: u64 }
    /// # fn main() -> Result<(), statusfile::Error> {
    /// # let directory = std::env::temp_dir().join(format!("statusfile-doc-examine-{}", std::process::id()));
    /// # let path = directory.join("worker.toml");
    /// StatusFile::at(&path).save(&Worker { jobs: 41 })?;
    /// for finding in UntypedFile::at(&path).examine()? {
    ///     eprintln!("{finding}");
    /// }
    /// # std::fs::remove_dir_all(directory).unwrap();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there never was a status, and [`Error::Io`] if something may not be
    /// looked at.
    pub fn examine(&self) -> Result<Vec<Finding>, Error> {
        let store = self.store()?;
        let mut findings = store.examine()?;
        if findings.iter().any(|finding| finding.trouble.may_pass()) {
            thread::sleep(A_SAVE);
            let again = self.store()?.examine()?;
            findings.retain(|before| {
                !before.trouble.may_pass() || again.iter().any(|now| before.is_same(now))
            });
        }
        Ok(findings)
    }
}

/// What is found, one after the other.
struct Examination<'a> {
    store: &'a Store<Disk>,
    findings: Vec<Finding>,
}

impl Store<Disk> {
    fn examine(&self) -> Result<Vec<Finding>, Error> {
        let mut examination = Examination {
            store: self,
            findings: Vec::new(),
        };
        let at_path = examination.at_path()?;
        let names = self.names_to_examine()?;
        let is_there = names.is_some();
        let names = names.unwrap_or_default();
        let listing = Listing::new(names.iter().cloned());
        let none_kept = listing.generations.is_empty() && listing.damaged.is_empty();
        if none_kept && matches!(at_path, Some(AtPath::Nothing)) {
            return Err(Error::NotFound {
                path: self.layout.path().to_owned(),
            });
        }
        let newest = examination.generations(&listing)?;
        if let Some(AtPath::Edit { file, bytes, .. }) = &at_path {
            examination.text(file, bytes);
        }
        examination.links(newest)?;
        if is_there {
            examination.left_behind(&listing)?;
            examination.foreign(&names)?;
            examination.permissions(&listing, newest)?;
        }
        Ok(examination.findings)
    }

    /// `None` if there is no status directory.
    fn names_to_examine(&self) -> Result<Option<Vec<OsString>>, Error> {
        match self.fs.list(self.layout.directory()) {
            Ok((mut names, _)) => {
                names.sort();
                Ok(Some(names))
            }
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(Error::io(Step::Look, self.layout.directory(), cause)),
        }
    }
}

impl Examination<'_> {
    fn find(&mut self, path: &Path, trouble: Trouble) {
        self.findings.push(Finding {
            path: path.to_owned(),
            trouble,
        });
    }

    /// `None` if something lies there that is never opened.
    fn at_path(&mut self) -> Result<Option<AtPath>, Error> {
        match self.store.at_path(Step::Look) {
            Ok(at_path) => {
                if let AtPath::Empty { file } = &at_path {
                    self.find(file, Trouble::Damaged(Flaw::Empty));
                }
                Ok(Some(at_path))
            }
            Err(Error::Unsafe { path, flaw }) => {
                let trouble = match flaw {
                    Flaw::NotAFile(Kind::Link) => Trouble::Link,
                    flaw => Trouble::Damaged(flaw),
                };
                self.find(&path, trouble);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Every generation; the newest good one is returned.
    fn generations(&mut self, listing: &Listing) -> Result<Option<u64>, Error> {
        let layout = &self.store.layout;
        let mut good = Vec::new();
        for &generation in &listing.generations {
            let path = layout.generation(generation);
            match self.read_twice(&path) {
                Ok(contents) => match Good::new(generation, contents) {
                    Ok(found) => good.push(found),
                    Err(flaw) => self.find(&path, Trouble::Damaged(flaw)),
                },
                // A save has just retired it.
                Err(cause) if cause.kind() == ErrorKind::NotFound => {}
                Err(cause) => return Err(Error::io(Step::Look, &path, cause)),
            }
        }
        for &generation in &listing.damaged {
            self.find(
                &layout.damaged(generation),
                Trouble::Damaged(Flaw::SetAside),
            );
        }
        for found in &good {
            self.text(&layout.generation(found.generation), &found.bytes);
        }
        if let [only] = &good[..] {
            self.find(&layout.generation(only.generation), Trouble::Alone);
        }
        Ok(good.first().map(|newest| newest.generation))
    }

    /// As a load does: what the medium does not give back is asked for twice.
    fn read_twice(&self, path: &Path) -> io::Result<Contents> {
        match self.store.fs.read(path, MAX_BYTES)? {
            Contents::Unreadable(_) => self.store.fs.read(path, MAX_BYTES),
            contents => Ok(contents),
        }
    }

    fn text(&mut self, path: &Path, bytes: &[u8]) {
        match untyped::check(path, bytes) {
            Err(Error::Newer { found, known, .. }) => {
                self.find(path, Trouble::Newer { found, known });
            }
            Err(Error::Decode {
                line,
                column,
                message,
                ..
            }) => {
                self.find(
                    path,
                    Trouble::NotToml {
                        line,
                        column,
                        message,
                    },
                );
            }
            _ => {}
        }
    }

    fn links(&mut self, newest: Option<u64>) -> Result<(), Error> {
        let layout = &self.store.layout;
        let current = layout.current();
        match self.inspect(&current)? {
            Entry::Link(target) => {
                let wanted = newest.map(generation_name);
                if wanted
                    .as_deref()
                    .is_none_or(|wanted| Path::new(wanted) != target)
                {
                    let exists = self.inspect(&layout.directory().join(&target))? != Entry::Absent;
                    let trouble = if exists {
                        Trouble::Astray { target }
                    } else {
                        Trouble::Damaged(Flaw::Dangling)
                    };
                    self.find(&current, trouble);
                }
            }
            Entry::Absent => {
                if matches!(self.inspect(layout.path())?, Entry::Link(target) if target == layout.link_target())
                {
                    self.find(layout.path(), Trouble::Damaged(Flaw::Dangling));
                }
            }
            Entry::File | Entry::Other(_) => self.find(&current, Trouble::Foreign),
        }
        for path in [
            layout.directory().to_owned(),
            layout.lock(),
            layout.edit_taken(),
        ] {
            if let Entry::Link(_) = self.inspect(&path)? {
                self.find(&path, Trouble::Link);
            }
        }
        Ok(())
    }

    fn left_behind(&mut self, listing: &Listing) -> Result<(), Error> {
        let layout = &self.store.layout;
        for name in &listing.temps {
            let path = layout.directory().join(name);
            if self.is_abandoned(&path) {
                self.find(&path, Trouble::LeftBehind);
            }
        }
        for path in [layout.edit_taken(), layout.new_link()] {
            if self.inspect(&path)? != Entry::Absent {
                self.find(&path, Trouble::LeftBehind);
            }
        }
        Ok(())
    }

    /// Whether nobody holds the lock of a temp file, as its writer would.
    fn is_abandoned(&self, temp: &Path) -> bool {
        let fs = &self.store.fs;
        match fs.open(temp) {
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
        let layout = &self.store.layout;
        let fixed = [
            layout.lock(),
            layout.current(),
            layout.edit_taken(),
            layout.new_link(),
        ];
        for name in names {
            let path = layout.directory().join(name);
            let is_ours =
                fixed.contains(&path) || Listing::new([name.clone()]) != Listing::default();
            if !is_ours {
                self.find(&path, Trouble::Foreign);
            }
        }
        if let Entry::Other(kind) = self.inspect(&layout.lock())? {
            self.find(&layout.lock(), Trouble::Damaged(Flaw::NotAFile(kind)));
        }
        Ok(())
    }

    /// Who may load is said by the newest generation, and who may save by the lock.
    fn permissions(&mut self, listing: &Listing, newest: Option<u64>) -> Result<(), Error> {
        let layout = &self.store.layout;
        let Some(newest) = newest.or(listing.generations.first().copied()) else {
            return Ok(());
        };
        let Some(readers) = mode(&layout.generation(newest))? else {
            return Ok(());
        };
        let writers = mode(&layout.lock())?.unwrap_or(readers) & 0o222;
        let readers = readers & 0o444;
        let mut allowed = vec![(layout.lock(), readers | writers)];
        for &generation in &listing.generations {
            allowed.push((layout.generation(generation), readers));
        }
        for &generation in &listing.damaged {
            allowed.push((layout.damaged(generation), readers));
        }
        for (path, allowed) in allowed {
            self.permissions_of(&path, allowed)?;
        }
        // Whoever may write to a directory may put any status there.
        self.permissions_of(layout.directory(), !0o022 | writers)?;
        let sticky = mode(layout.parent())?.is_some_and(|mode| mode & 0o1000 != 0);
        if !sticky {
            self.permissions_of(layout.parent(), !0o002 | writers)?;
        }
        if let Entry::File = self.inspect(layout.path())? {
            self.permissions_of(layout.path(), !0o002 | writers)?;
        }
        Ok(())
    }

    fn permissions_of(&mut self, path: &Path, allowed: u32) -> Result<(), Error> {
        let is_link = matches!(self.inspect(path)?, Entry::Link(_));
        if let Some(mode) = mode(path)?.filter(|_| !is_link) {
            let excess = mode & 0o777 & !allowed;
            if excess != 0 {
                self.find(path, Trouble::Open { mode, excess });
            }
        }
        Ok(())
    }

    fn inspect(&self, path: &Path) -> Result<Entry, Error> {
        let entry = self.store.fs.inspect(path);
        entry.map_err(|cause| Error::io(Step::Look, path, cause))
    }
}

fn mode(path: &Path) -> Result<Option<u32>, Error> {
    fs::mode(path).map_err(|cause| Error::io(Step::Look, path, cause))
}
