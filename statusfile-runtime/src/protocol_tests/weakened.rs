//! Deliberate weakenings of the protocol, to show that the walk through the crashes finds each.
//!
//! Each stands between the protocol, which stays the one that ships, and the machine: it leaves out a
//! call, puts it off, or tells a lie about what a call found.

use super::explorer::Explorer;
use super::{DIRECTORY, PATH};
use crate::fs::simulated::{Crash, File, Simulated};
use crate::fs::{Contents, Entry, FileSystem, Lock, Opened, Standing};
use crate::{name, seal};
use std::cell::Cell;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weakness {
    NoFileFlush,
    NoDirectoryFlush,
    NoFlushOfTheParents,
    NoFlushWhereTheEditWas,
    NoMarkWhereTheEditWas,
    DeletionBeforeTheFlush,
    CurrentBeforeTheFlush,
    NoSealCheck,
    DamagedNewestAmongTheSurvivors,
    GenerationFromAClock,
    EditIgnored,
    EditNotKept,
    FirstStatusKeptOnce,
    NoLock,
    LockReleasedEarly,
    SweepWithoutTheLock,
    TempFileTakenForGranted,
}

/// The machine as a weakened protocol sees it.
#[derive(Clone)]
pub(super) struct Weakened {
    fs: Simulated,
    weakness: Weakness,
    holds_lock: Rc<Cell<bool>>,
    flush_is_due: Rc<Cell<bool>>,
}

impl Weakened {
    pub(super) fn new(fs: Simulated, weakness: Weakness) -> Self {
        Self {
            fs,
            weakness,
            holds_lock: Rc::default(),
            flush_is_due: Rc::default(),
        }
    }

    fn is(&self, weakness: Weakness) -> bool {
        self.weakness == weakness
    }

    fn flush_if_due(&self) -> io::Result<()> {
        if self.flush_is_due.take() {
            self.fs.flush_directory(Path::new(DIRECTORY))?;
        }
        Ok(())
    }

    /// Whether a damaged file passes for a good one.
    fn is_credulous(&self) -> bool {
        match self.weakness {
            Weakness::NoSealCheck => !self.holds_lock.get(),
            Weakness::DamagedNewestAmongTheSurvivors => self.holds_lock.get(),
            _ => false,
        }
    }
}

impl FileSystem for Weakened {
    type File = File;
    type Directory = PathBuf;

    fn inspect(&self, path: &Path) -> io::Result<Entry> {
        match self.fs.inspect(path)? {
            Entry::File if path == Path::new(PATH) && self.is(Weakness::EditIgnored) => {
                Ok(Entry::Absent)
            }
            entry => Ok(entry),
        }
    }

    fn list(&self, directory: &Path) -> io::Result<(Vec<OsString>, PathBuf)> {
        let listed = self.fs.list(directory);
        if self.is(Weakness::LockReleasedEarly) {
            self.fs.drop_lock(&Path::new(DIRECTORY).join("lock"));
        }
        listed
    }

    fn read(&self, path: &Path, limit: u64) -> io::Result<Contents> {
        match self.fs.read(path, limit)? {
            Contents::Whole { bytes, modified }
                if self.is_credulous() && path != Path::new(PATH) =>
            {
                let text = String::from_utf8_lossy(&bytes);
                let lines = text.lines().filter(|line| !line.starts_with('#'));
                let text = lines.collect::<Vec<_>>().join("\n");
                let bytes = seal::seal(1, &text);
                Ok(Contents::Whole { bytes, modified })
            }
            contents => Ok(contents),
        }
    }

    fn create_directory(&self, path: &Path, mode: u32) -> io::Result<()> {
        self.fs.create_directory(path, mode)
    }

    fn create_temp(&self, directory: &Path, mode: u32) -> io::Result<(PathBuf, File)> {
        self.fs.create_temp(directory, mode)
    }

    fn open_or_create(&self, path: &Path, mode: u32) -> io::Result<Opened<File>> {
        let opened = self.fs.open_or_create(path, mode);
        if path.ends_with("edit.taken") && self.is(Weakness::NoMarkWhereTheEditWas) {
            self.fs.remove(path)?;
        }
        opened
    }

    fn open(&self, path: &Path) -> io::Result<Opened<File>> {
        self.fs.open(path)
    }

    fn lock(&self, file: &File, lock: Lock, wait: Duration) -> io::Result<Option<Standing>> {
        self.holds_lock.set(true);
        if self.is(Weakness::NoLock) {
            return Ok(Some(Standing::Named));
        }
        self.fs.lock(file, lock, wait)
    }

    fn try_lock(&self, file: &File, lock: Lock) -> io::Result<bool> {
        if lock == Lock::Shared && self.is(Weakness::SweepWithoutTheLock) {
            return Ok(true);
        }
        self.fs.try_lock(file, lock)
    }

    fn unlock(&self, file: &File) {
        let _ = self.flush_if_due();
        self.holds_lock.set(false);
        self.fs.unlock(file);
    }

    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        self.fs.write(file, bytes)
    }

    fn flush(&self, file: &File) -> io::Result<()> {
        match self.weakness {
            Weakness::NoFileFlush => Ok(()),
            _ => self.fs.flush(file),
        }
    }

    fn flush_directory(&self, directory: &Path) -> io::Result<()> {
        let is_above = directory != Path::new(DIRECTORY);
        let is_marked = self
            .fs
            .names(DIRECTORY)
            .contains(&String::from("edit.taken"));
        match self.weakness {
            Weakness::NoFlushOfTheParents if is_above && !is_marked => Ok(()),
            Weakness::NoFlushWhereTheEditWas if is_above && is_marked => Ok(()),
            Weakness::NoDirectoryFlush if !is_above => Ok(()),
            Weakness::DeletionBeforeTheFlush | Weakness::CurrentBeforeTheFlush if !is_above => {
                self.flush_is_due.set(true);
                Ok(())
            }
            _ => self.fs.flush_directory(directory),
        }
    }

    fn flush_listed(&self, directory: &PathBuf) -> io::Result<()> {
        self.flush_directory(directory)
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        let kept = name::Listing::new(self.fs.list(Path::new(DIRECTORY))?.0).generations;
        match self.weakness {
            Weakness::GenerationFromAClock => {
                let clock = 1_000 - kept.len() as u64 - kept.first().map_or(0, |newest| newest % 7);
                self.fs
                    .rename_new(from, &to.with_file_name(name::generation_name(clock)))
            }
            Weakness::FirstStatusKeptOnce if kept == [1] => self.fs.remove(from),
            Weakness::EditNotKept if self.fs.bytes(from).ends_with(b"\n# edit\n") => {
                self.fs.remove(from)
            }
            _ => self.fs.rename_new(from, to),
        }
    }

    fn replace(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.fs.replace(from, to)?;
        if to.ends_with("current") && self.is(Weakness::CurrentBeforeTheFlush) {
            self.flush_if_due()?;
        }
        Ok(())
    }

    fn link(&self, target: &Path, path: &Path) -> io::Result<()> {
        self.fs.link(target, path)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.fs.remove(path)
    }

    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        self.fs.resolve(path)
    }

    fn take_after(&self, file: &File, path: &Path) -> io::Result<()> {
        self.fs.take_after(file, path)
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        self.fs.remove_directory(path)
    }

    fn settle(&self, file: &File, path: &Path) -> io::Result<bool> {
        let settled = self.fs.settle(file, path)?;
        Ok(settled || self.is(Weakness::TempFileTakenForGranted))
    }

    fn standing(&self, file: &File) -> io::Result<Standing> {
        self.fs.standing(file)
    }
}

fn assert_found(weakness: Weakness, crash: Crash) {
    let explorer = Explorer::new(crash, move |fs| Weakened::new(fs, weakness));
    let result = match weakness {
        Weakness::CurrentBeforeTheFlush => explorer.explore(1),
        _ => explorer.without_links().explore(3),
    };
    match result {
        Ok(figures) => panic!("{weakness:?} was not found: {figures:?}"),
        Err(loss) => println!("{weakness:?}: {loss}\n"),
    }
}

#[test]
fn no_file_flush() {
    assert_found(Weakness::NoFileFlush, Crash::Prefix);
}

#[test]
fn no_directory_flush() {
    assert_found(Weakness::NoDirectoryFlush, Crash::Prefix);
}

#[test]
fn no_flush_of_the_parents() {
    assert_found(Weakness::NoFlushOfTheParents, Crash::Prefix);
}

#[test]
fn no_flush_where_the_edit_was() {
    assert_found(Weakness::NoFlushWhereTheEditWas, Crash::Prefix);
}

#[test]
fn no_mark_where_the_edit_was() {
    assert_found(Weakness::NoMarkWhereTheEditWas, Crash::Prefix);
}

#[test]
fn deletion_before_the_flush() {
    assert_found(Weakness::DeletionBeforeTheFlush, Crash::Subset);
}

#[test]
fn current_before_the_flush() {
    assert_found(Weakness::CurrentBeforeTheFlush, Crash::Subset);
}

#[test]
fn no_seal_check() {
    assert_found(Weakness::NoSealCheck, Crash::Prefix);
}

#[test]
fn damaged_newest_among_the_survivors() {
    assert_found(Weakness::DamagedNewestAmongTheSurvivors, Crash::Prefix);
}

#[test]
fn generation_from_a_clock() {
    assert_found(Weakness::GenerationFromAClock, Crash::Prefix);
}

#[test]
fn edit_ignored() {
    assert_found(Weakness::EditIgnored, Crash::Prefix);
}

#[test]
fn edit_not_kept() {
    assert_found(Weakness::EditNotKept, Crash::Prefix);
}

#[test]
fn first_status_kept_once() {
    assert_found(Weakness::FirstStatusKeptOnce, Crash::Prefix);
}

#[test]
fn and_the_links_are_right_where_nothing_is_weakened() {
    Explorer::new(Crash::Subset, |fs| fs).explore(1).unwrap();
}
