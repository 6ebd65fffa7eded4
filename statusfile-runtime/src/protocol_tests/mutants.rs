//! Deliberate weakenings of the protocol, to show that the walk through the crashes finds each.
//!
//! Each stands between the protocol, which stays the one that ships, and the machine: it leaves out a
//! call, puts it off, or tells something wrong about what a call found.

use super::model::Explorer;
use super::{DIRECTORY, PATH, sealed_status};
use crate::error::Holder;
use crate::fs::simulated::{Crash, Directory, File, Simulated};
use crate::fs::{
    Access, Contents, Entry, FileId, FileSystem, Link, Lock, Locked, Opened, Platform, Stamp,
};
use crate::store::directory::layout::{Listing, generation_name};
use crate::store::options::Publish;
use std::cell::{Cell, RefCell};
use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weakness {
    NoFileSync,
    NoSyncOfTheOlderStatus,
    NoDirectorySync,
    NoSyncOfTheParents,
    NoSyncAbove,
    NoSyncOfTheCopy,
    CopyNotWrittenOut,
    DeletionBeforeTheSync,
    NoSealCheck,
    DamagedNewestAmongTheSurvivors,
    GenerationFromAClock,
    PathIgnored,
    TimeIgnored,
    EditNotKept,
    EditAdoptedLate,
    FirstStatusKeptOnce,
    FirstStatusNamedUnsynced,
    StatusNamedUnsynced,
    NoLock,
    LockReleasedEarly,
    SweepWithoutTheLock,
    TempFileTakenForGranted,
    ListingFromTheOpening,
    LostLockNotSeen,
}

/// The machine as a weakened protocol sees it.
#[derive(Clone)]
pub(super) struct Weakened {
    fs: Simulated,
    weakness: Weakness,
    holds_lock: Rc<Cell<bool>>,
    sync_is_due: Rc<Cell<bool>>,
    has_exchanged: Rc<Cell<bool>>,
    /// What the status directory held when it was opened.
    opened: Rc<RefCell<Vec<String>>>,
}

impl Weakened {
    pub(super) fn new(fs: Simulated, weakness: Weakness) -> Self {
        Self {
            fs,
            weakness,
            holds_lock: Rc::default(),
            sync_is_due: Rc::default(),
            has_exchanged: Rc::default(),
            opened: Rc::default(),
        }
    }

    fn is(&self, weakness: Weakness) -> bool {
        self.weakness == weakness
    }

    fn sync_if_due(&self) -> io::Result<()> {
        if self.sync_is_due.take() {
            self.fs.sync_directory(&self.own())?;
        }
        Ok(())
    }

    fn own(&self) -> Directory {
        Directory::at(&self.fs, Path::new(DIRECTORY))
    }

    fn told_wrong(&self, contents: Contents) -> Contents {
        match contents {
            Contents::Whole { bytes, stamp } if self.is_credulous() => {
                let text = String::from_utf8_lossy(&bytes);
                let is_edit = text.ends_with("# edit\n");
                let lines = text.lines().filter(|line| !line.starts_with('#'));
                let text = lines.collect::<Vec<_>>().join("\n");
                let sealed = sealed_status(&text).bytes().to_vec();
                let bytes = if is_edit { bytes } else { sealed };
                Contents::Whole { bytes, stamp }
            }
            Contents::Whole { bytes, stamp } if self.is(Weakness::TimeIgnored) => {
                let modified = None;
                let stamp = Stamp { modified, ..stamp };
                Contents::Whole { bytes, stamp }
            }
            contents => contents,
        }
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
    fn nonce(&self) -> u64 {
        self.fs.nonce()
    }

    fn remember(&self, stamp: Stamp, bytes: &Arc<Vec<u8>>) {
        self.fs.remember(stamp, bytes);
    }

    fn recall(&self, stamp: &Stamp) -> Option<Arc<Vec<u8>>> {
        self.fs.recall(stamp)
    }

    fn remember_seen(&self, path: &Path, directory: FileId) {
        self.fs.remember_seen(path, directory);
    }

    fn forget_seen(&self, path: &Path) {
        self.fs.forget_seen(path);
    }

    fn recall_seen(&self, path: &Path) -> Option<FileId> {
        self.fs.recall_seen(path)
    }

    fn target(&self, path: &Path) -> io::Result<Option<Link>> {
        self.fs.target(path)
    }

    fn are_one(&self, path: &Path, other: &Path) -> bool {
        self.fs.are_one(path, other)
    }

    fn read_path(&self, path: &Path, limit: u64) -> io::Result<Contents> {
        if self.is(Weakness::PathIgnored) {
            return Err(ErrorKind::NotFound.into());
        }
        let contents = self.fs.read_path(path, limit)?;
        Ok(self.told_wrong(contents))
    }

    fn read(&self, dir: &Directory, name: &Path, limit: u64) -> io::Result<Contents> {
        if self.is(Weakness::PathIgnored) && Path::new(PATH).ends_with(name) {
            return Err(ErrorKind::NotFound.into());
        }
        let contents = self.fs.read(dir, name, limit)?;
        Ok(self.told_wrong(contents))
    }

    fn open_or_create(&self, dir: &Directory, name: &Path, mode: u32) -> io::Result<Opened<File>> {
        self.fs.open_or_create(dir, name, mode)
    }

    fn open(&self, dir: &Directory, name: &Path) -> io::Result<Opened<File>> {
        self.fs.open(dir, name)
    }

    fn holder(&self, file: &File) -> Holder {
        self.fs.holder(file)
    }

    fn lock(
        &self,
        file: &File,
        lock: Lock,
        wait: Duration,
        is_current: &dyn Fn() -> bool,
    ) -> io::Result<Option<Opened<Locked>>> {
        self.holds_lock.set(true);
        if self.is(Weakness::NoLock) {
            let id = self.fs.stamp(file)?.id;
            let (bytes, names) = (0, 1);
            return Ok(Some(Opened::File(Locked { id, bytes, names })));
        }
        self.fs.lock(file, lock, wait, is_current)
    }

    fn try_lock(&self, file: &File, lock: Lock) -> io::Result<bool> {
        if lock == Lock::Shared && self.is(Weakness::SweepWithoutTheLock) {
            return Ok(true);
        }
        self.fs.try_lock(file, lock)
    }

    fn unlock(&self, file: &File) {
        let _ = self.sync_if_due();
        self.holds_lock.set(false);
        self.fs.unlock(file);
    }

    fn stamp(&self, file: &File) -> io::Result<Stamp> {
        self.fs.stamp(file)
    }

    fn now(&self) -> SystemTime {
        self.fs.now()
    }

    fn set_modified(&self, file: &File, time: SystemTime) -> io::Result<()> {
        self.fs.set_modified(file, time)
    }

    fn write_over(&self, file: &File, bytes: &[u8]) -> io::Result<()> {
        self.fs.write_over(file, bytes)
    }

    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        self.fs.write(file, bytes)
    }
}

impl Platform for Weakened {
    type File = File;
    type Dir = Directory;

    fn open_directory(&self, path: &Path) -> io::Result<Directory> {
        self.fs.open_directory(path)
    }

    fn enter(&self, above: &Directory, name: &Path) -> io::Result<Directory> {
        let own = self.fs.enter(above, name);
        self.opened.replace(self.fs.names(DIRECTORY));
        own
    }

    fn create_directory(&self, above: &Directory, name: &Path, mode: u32) -> io::Result<Directory> {
        self.fs.create_directory(above, name, mode)
    }

    fn directory_id(&self, dir: &Directory) -> io::Result<FileId> {
        self.fs.directory_id(dir)
    }

    fn list(&self, dir: &Directory) -> io::Result<Vec<OsString>> {
        let mut listed = self.fs.list(dir);
        if let (Ok(names), Weakness::ListingFromTheOpening) = (&mut listed, self.weakness) {
            let opened = self.opened.borrow();
            names.retain(|name| opened.iter().any(|before| name == before.as_str()));
        }
        if self.is(Weakness::LockReleasedEarly) {
            self.fs.drop_lock(&Path::new(DIRECTORY).join("lock"));
        }
        listed
    }

    fn inspect(&self, dir: &Directory, name: &Path) -> io::Result<Entry> {
        self.fs.inspect(dir, name)
    }

    fn mode(&self, dir: &Directory, name: &Path) -> io::Result<Option<u32>> {
        self.fs.mode(dir, name)
    }

    fn stamp_of(&self, dir: &Directory, name: &Path) -> io::Result<Option<Stamp>> {
        self.fs.stamp_of(dir, name)
    }

    fn leads_to(&self, dir: &Directory, name: &Path, id: FileId) -> io::Result<bool> {
        let same = self.fs.leads_to(dir, name, id)?;
        let is_temp = name.extension().is_some_and(|ending| ending == "tmp");
        Ok(same || is_temp && self.is(Weakness::TempFileTakenForGranted))
    }

    fn is_at(&self, path: &Path, id: FileId) -> io::Result<bool> {
        Ok(self.fs.is_at(path, id)? || self.is(Weakness::LostLockNotSeen))
    }

    fn create(
        &self,
        dir: &Directory,
        name: &Path,
        mode: u32,
        like: Option<Access>,
    ) -> io::Result<(File, Stamp)> {
        self.fs.create(dir, name, mode, like)
    }

    fn write_out(&self, dir: &Directory, file: &File, stamp: &Stamp) -> io::Result<bool> {
        match self.weakness {
            Weakness::CopyNotWrittenOut | Weakness::NoFileSync => Ok(false),
            Weakness::NoSyncOfTheCopy => Ok(true),
            _ => self.fs.write_out(dir, file, stamp),
        }
    }

    fn sync(&self, file: &File, stamp: Option<&Stamp>) -> io::Result<()> {
        match self.weakness {
            Weakness::NoFileSync => Ok(()),
            Weakness::FirstStatusNamedUnsynced
                if matches!(&*self.fs.name_of(file), "published" | "1.tmp") =>
            {
                Ok(())
            }
            _ => self.fs.sync(file, stamp),
        }
    }

    fn sync_name(&self, dir: &Directory, name: &Path, stamp: &Stamp) -> io::Result<()> {
        match self.weakness {
            Weakness::NoSyncOfTheOlderStatus => Ok(()),
            _ => self.fs.sync_name(dir, name, stamp),
        }
    }

    fn may_revive(&self, dir: &Directory, id: FileId) -> bool {
        !self.is(Weakness::StatusNamedUnsynced) && self.fs.may_revive(dir, id)
    }

    fn sync_directory(&self, dir: &Directory) -> io::Result<()> {
        let is_above = !dir.is_at(Path::new(DIRECTORY));
        match self.weakness {
            Weakness::NoSyncOfTheParents if is_above && !self.has_exchanged.get() => Ok(()),
            Weakness::NoSyncAbove if is_above && self.has_exchanged.get() => Ok(()),
            Weakness::NoDirectorySync if !is_above => Ok(()),
            Weakness::EditAdoptedLate if !self.has_exchanged.get() => Ok(()),
            Weakness::DeletionBeforeTheSync if !is_above => {
                self.sync_is_due.set(true);
                Ok(())
            }
            _ => self.fs.sync_directory(dir),
        }
    }

    fn rename_new(
        &self,
        dir: &Directory,
        from: &Path,
        into: &Directory,
        to: &Path,
    ) -> io::Result<()> {
        let kept = Listing::new(self.fs.list(dir)?).generations;
        match self.weakness {
            _ if !into.is_at(Path::new(DIRECTORY)) => self.fs.rename_new(dir, from, into, to),
            Weakness::GenerationFromAClock => {
                let clock = 1_000 - kept.len() as u64 - kept.first().map_or(0, |newest| newest % 7);
                let to = generation_name(clock);
                self.fs.rename_new(dir, from, into, &to)
            }
            Weakness::FirstStatusKeptOnce if kept == [1] => self.fs.remove(dir, from),
            Weakness::EditNotKept
                if self
                    .fs
                    .bytes(Path::new(DIRECTORY).join(from))
                    .ends_with(b"\n# edit\n") =>
            {
                self.fs.remove(dir, from)
            }
            _ => self.fs.rename_new(dir, from, into, to),
        }
    }

    fn replace(
        &self,
        dir: &Directory,
        from: &Path,
        to_dir: &Directory,
        to: &Path,
    ) -> io::Result<()> {
        self.fs.replace(dir, from, to_dir, to)
    }

    fn exchange(
        &self,
        dir: &Directory,
        name: &Path,
        into: &Directory,
        other: &Path,
    ) -> io::Result<bool> {
        self.has_exchanged.set(true);
        self.fs.exchange(dir, name, into, other)
    }

    fn link(&self, dir: &Directory, name: &Path, second: &Path) -> io::Result<()> {
        self.fs.link(dir, name, second)
    }

    fn remove(&self, dir: &Directory, name: &Path) -> io::Result<()> {
        self.fs.remove(dir, name)
    }

    fn remove_directory(&self, above: &Directory, name: &Path) -> io::Result<()> {
        self.fs.remove_directory(above, name)
    }
}

fn assert_found(weakness: Weakness, crash: Crash) {
    let explorer = Explorer::new(crash, move |fs| Weakened::new(fs, weakness));
    let result = match weakness {
        // A copy at the path would hide it.
        Weakness::StatusNamedUnsynced => {
            let explorer = explorer.publishing(Publish::Never);
            explorer.after_saves(2).explore(1)
        }
        Weakness::FirstStatusKeptOnce => explorer.publishing(Publish::Never).explore(3),
        _ => explorer.explore(3),
    };
    match result {
        Ok(figures) => panic!("{weakness:?} was not found: {figures:?}"),
        Err(loss) => println!("{weakness:?}: {loss}\n"),
    }
}

#[test]
fn no_file_sync() {
    assert_found(Weakness::NoFileSync, Crash::Prefix);
}

#[test]
fn no_sync_of_the_older_status() {
    assert_found(Weakness::NoSyncOfTheOlderStatus, Crash::Prefix);
}

#[test]
fn no_directory_sync() {
    assert_found(Weakness::NoDirectorySync, Crash::Prefix);
}

#[test]
fn no_sync_of_the_parents() {
    assert_found(Weakness::NoSyncOfTheParents, Crash::Prefix);
}

#[test]
fn no_sync_above() {
    assert_found(Weakness::NoSyncAbove, Crash::Prefix);
}

#[test]
fn no_sync_of_the_copy() {
    assert_found(Weakness::NoSyncOfTheCopy, Crash::Prefix);
}

/// A power loss, another one, and a damaged file would take all that is whole.
#[test]
#[ignore = "takes a minute"]
fn copy_not_written_out() {
    assert_found(Weakness::CopyNotWrittenOut, Crash::Prefix);
}

#[test]
#[ignore = "takes a minute"]
fn deletion_before_the_sync() {
    assert_found(Weakness::DeletionBeforeTheSync, Crash::Subset);
}

#[test]
fn no_seal_check() {
    assert_found(Weakness::NoSealCheck, Crash::Prefix);
}

#[test]
#[ignore = "takes half a minute"]
fn damaged_newest_among_the_survivors() {
    assert_found(Weakness::DamagedNewestAmongTheSurvivors, Crash::Prefix);
}

#[test]
fn generation_from_a_clock() {
    assert_found(Weakness::GenerationFromAClock, Crash::Prefix);
}

#[test]
fn path_ignored() {
    assert_found(Weakness::PathIgnored, Crash::Prefix);
}

#[test]
fn time_ignored() {
    assert_found(Weakness::TimeIgnored, Crash::Prefix);
}

#[test]
fn edit_adopted_late() {
    assert_found(Weakness::EditAdoptedLate, Crash::Subset);
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
fn first_status_named_unsynced() {
    assert_found(Weakness::FirstStatusNamedUnsynced, Crash::Subset);
}

#[test]
fn status_named_unsynced() {
    assert_found(Weakness::StatusNamedUnsynced, Crash::Revival);
}
