//! A simulated machine: processes, locks, faults, and a disk that knows what a crash may lose.
//!
//! It writes down every call, so that tests can show the protocol as text.

mod medium;
mod turns;

pub(crate) use medium::{Crash, Medium, Node};
use medium::{Key, key};
pub(crate) use turns::Turns;

use super::{
    Access, Contents, Entry, FileId, FileSystem, Link, Lock, Locked, Made, Opened, Platform, Stamp,
};
use crate::error::{FileKind, Holder};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ffi::OsString;
use std::fmt::{Debug, Display};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// EIO, as a failing drive gives it; on Windows `ERROR_CRC`.
pub(crate) const MEDIUM_ERROR: i32 = if cfg!(windows) { 23 } else { 5 };

/// A text in which paths have `/` between names, as they have elsewhere.
pub(crate) fn with_slashes(text: impl Display) -> String {
    text.to_string().replace(std::path::MAIN_SEPARATOR, "/")
}

/// One process on a simulated machine. A clone is the same process.
#[derive(Clone)]
pub(crate) struct Simulated {
    machine: Arc<Mutex<Machine>>,
    process: usize,
    turns: Option<Arc<Turns>>,
}

struct Machine {
    /// Tells machines apart.
    serial: u64,
    medium: Medium,
    locks: Vec<Holding>,
    processes: usize,
    dead: HashSet<usize>,
    /// What each process that runs in turns has called and learned, as a hash.
    seen: BTreeMap<usize, u64>,
    handles: usize,
    nonces: u64,
    /// Seconds since 1970.
    clock: u64,
    /// Written down, if a test shows them.
    calls: Option<Vec<String>>,
    fault: Option<(usize, Fault)>,
    /// What someone else does before the call of this text.
    awaited: Option<(&'static str, Act)>,
    lost_reply: Option<i32>,
    mode: Option<u32>,
    /// Whose it is, where that is not root and nobody else may write.
    owners: HashMap<usize, Access>,
    /// As which user processes act.
    user: u32,
    /// As which user a server sees them.
    user_by_server: Option<u32>,
    /// Whether the disk is that of another machine.
    is_remote: bool,
    /// What was synced, by the process that did.
    synced: HashSet<FileId>,
    /// What is known of files, by the process that knows it.
    known: HashMap<Stamp, Arc<Vec<u8>>>,
    /// Where each process has seen a status.
    seen_at: HashMap<(usize, PathBuf), FileId>,
    /// The files that are known to have no attributes, and whether those at the path have some.
    plain: HashSet<Stamp>,
    has_attributes: bool,
}

struct Holding {
    node: usize,
    handle: usize,
    process: usize,
    lock: Lock,
}

enum Fault {
    Fail(i32),
    FailFromNowOn(i32),
    LoseReply(i32),
    Kill,
    Meanwhile(Act),
}

type Act = Box<dyn FnOnce() + Send>;

/// An open directory, which is gone once its path leads to another or to none.
#[derive(Clone, Debug)]
pub(crate) struct Directory {
    key: Key,
    node: usize,
}

impl Directory {
    /// The directory at `path`, without a call; one that is gone if there is none.
    pub(crate) fn at(fs: &Simulated, path: &Path) -> Self {
        let node = fs.machine().medium.find(path).unwrap_or(usize::MAX);
        Self {
            key: key(path),
            node,
        }
    }

    fn join(&self, name: &Path) -> Key {
        let name = name.to_str().unwrap_or_default().replace('\\', "/");
        match &*self.key {
            "" => name.into(),
            above => format!("{above}/{name}").into(),
        }
    }

    pub(crate) fn is_at(&self, path: &Path) -> bool {
        self.key == key(path)
    }
}

/// An open file.
pub(crate) struct File {
    fs: Simulated,
    node: usize,
    handle: usize,
    name: String,
}

impl Simulated {
    /// A machine with nothing but the directory `app` on its disk, and a process.
    pub(crate) fn new() -> Self {
        let fs = Self::with(Medium::new());
        fs.machine().calls = Some(Vec::new());
        fs
    }

    /// A machine that has just started, with this disk, and a process. It does not write down the
    /// calls, as there are too many where such machines are made by the thousand.
    pub(crate) fn with(medium: Medium) -> Self {
        static MACHINES: AtomicU64 = AtomicU64::new(0);
        let machine = Machine {
            serial: MACHINES.fetch_add(1, Ordering::Relaxed),
            medium,
            locks: Vec::new(),
            processes: 0,
            dead: HashSet::new(),
            seen: BTreeMap::new(),
            handles: 0,
            nonces: 0,
            clock: 0,
            calls: None,
            fault: None,
            awaited: None,
            lost_reply: None,
            mode: None,
            owners: HashMap::new(),
            user: 0,
            user_by_server: None,
            is_remote: false,
            synced: HashSet::new(),
            known: HashMap::new(),
            seen_at: HashMap::new(),
            plain: HashSet::new(),
            has_attributes: false,
        };
        Self {
            machine: Arc::new(Mutex::new(machine)),
            process: 0,
            turns: None,
        }
    }

    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A person gives the file at the path attributes.
    pub(crate) fn give_attributes(&self) {
        self.machine().has_attributes = true;
    }

    /// Another process on the same machine.
    pub(crate) fn process(&self) -> Self {
        let mut machine = self.machine();
        machine.processes += 1;
        Self {
            machine: Arc::clone(&self.machine),
            process: machine.processes,
            turns: None,
        }
    }

    /// Another process, whose every call waits for its turn.
    pub(crate) fn process_in_turns(&self, turns: &Arc<Turns>) -> Self {
        let process = self.process();
        turns.begin(process.process);
        Self {
            turns: Some(Arc::clone(turns)),
            ..process
        }
    }

    pub(crate) fn number(&self) -> usize {
        self.process
    }

    /// Drops the lock that this process holds on the file at `path`, if any.
    pub(crate) fn drop_lock(&self, path: &Path) {
        let mut machine = self.machine();
        let node = machine.medium.find(path).ok();
        let dropped = |held: &Holding| held.process == self.process && Some(held.node) == node;
        machine.locks.retain(|held| !dropped(held));
    }

    /// Ends a process by its number.
    pub(crate) fn kill(&self, process: usize) {
        self.machine().kill(process);
    }

    /// Whether someone holds a lock that is in the way of this one.
    pub(crate) fn is_contended(&self, node: usize, lock: Lock) -> bool {
        self.machine().is_contended(node, lock)
    }

    /// A number that is the same for machines that will go on in the same way, as long as the same
    /// processes run on them.
    pub(crate) fn fingerprint(&self) -> u64 {
        let machine = self.machine();
        let mut hasher = DefaultHasher::new();
        machine.medium.hash(&mut hasher);
        machine.seen.hash(&mut hasher);
        for held in &machine.locks {
            (held.node, held.process).hash(&mut hasher);
        }
        hasher.finish()
    }

    /// The disk as it is.
    pub(crate) fn medium(&self) -> Medium {
        self.machine().medium.clone()
    }

    /// The calls made since this was asked last.
    pub(crate) fn take_calls(&self) -> Vec<String> {
        self.machine()
            .calls
            .as_mut()
            .map(std::mem::take)
            .unwrap_or_default()
    }

    /// Lets one call fail with an error of the operating system, after `calls` that do not.
    pub(crate) fn fail_after(&self, calls: usize, error: i32) {
        self.set_fault(calls, Fault::Fail(error));
    }

    /// Lets every call after the next `calls` fail, until the fault is forgotten.
    pub(crate) fn fail_from_then_on(&self, calls: usize, error: i32) {
        self.set_fault(calls, Fault::FailFromNowOn(error));
    }

    /// Lets one rename happen and report an error all the same, after `calls` other calls.
    pub(crate) fn lose_reply_after(&self, calls: usize, error: i32) {
        self.set_fault(calls, Fault::LoseReply(error));
    }

    /// Lets the process crash that makes a call after `calls` others, before that call is made.
    pub(crate) fn kill_after(&self, calls: usize) {
        self.set_fault(calls, Fault::Kill);
    }

    /// Lets someone else act after `calls` calls, before the next.
    pub(crate) fn meanwhile_after(&self, calls: usize, act: impl FnOnce() + Send + 'static) {
        self.set_fault(calls, Fault::Meanwhile(Box::new(act)));
    }

    /// Lets someone else act before the next call that is written down like this. Within the act, a fault strikes
    /// that very call.
    pub(crate) fn meanwhile_before(&self, call: &'static str, act: impl FnOnce() + Send + 'static) {
        self.machine().awaited = Some((call, Box::new(act)));
    }

    fn set_fault(&self, calls: usize, fault: Fault) {
        self.machine().fault = Some((calls, fault));
    }

    /// Forgets a fault, and reports whether it was still to come.
    pub(crate) fn forget_fault(&self) -> bool {
        let mut machine = self.machine();
        let is_awaited = machine.awaited.take().is_some();
        match machine.fault.take() {
            Some((calls, Fault::FailFromNowOn(_))) => calls > 0,
            fault => fault.is_some() || is_awaited,
        }
    }

    /// Sets the clock, in seconds since 1970.
    pub(crate) fn set_clock(&self, clock: u64) {
        self.machine().clock = clock;
    }

    /// Puts a regular file at `path`, durably, as a person would.
    pub(crate) fn put(&self, path: impl AsRef<Path>, bytes: &[u8]) {
        self.machine().medium.put(path.as_ref(), Node::file(bytes));
    }

    /// Writes to the file at `path`, durably, as a person would whose editor does not make another.
    pub(crate) fn write_in_place(&self, path: impl AsRef<Path>, bytes: &[u8]) {
        let mut machine = self.machine();
        machine
            .medium
            .write_in_place(path.as_ref(), Node::file(bytes));
    }

    pub(crate) fn put_link(&self, path: impl AsRef<Path>, target: &str) {
        let link = Node::Link(target.into());
        self.machine().medium.put(path.as_ref(), link);
    }

    pub(crate) fn put_directory(&self, path: impl AsRef<Path>) {
        self.machine().medium.put(path.as_ref(), Node::Directory);
    }

    /// Makes `second` another name of the file at `path`.
    pub(crate) fn put_second_name(&self, path: impl AsRef<Path>, second: impl AsRef<Path>) {
        let mut machine = self.machine();
        machine
            .medium
            .put_second_name(path.as_ref(), second.as_ref());
    }

    pub(crate) fn put_sparse(&self, path: impl AsRef<Path>, bytes: u64) {
        let file = Node::Sparse(bytes);
        self.machine().medium.put(path.as_ref(), file);
    }

    pub(crate) fn put_special(&self, path: impl AsRef<Path>) {
        self.machine().medium.put(path.as_ref(), Node::Special);
    }

    /// Makes what lies at `path` this user's and this group's, with these permissions.
    pub(crate) fn own(&self, path: impl AsRef<Path>, owner: u32, group: u32, mode: u32) {
        let mut machine = self.machine();
        let node = machine.medium.find(path.as_ref()).unwrap();
        let access = Access { owner, group, mode };
        machine.owners.insert(node, access);
    }

    /// Lets all processes act as another user than root.
    pub(crate) fn act_as(&self, user: u32) {
        self.machine().user = user;
    }

    /// Lets a server take them for this user.
    pub(crate) fn be_taken_for(&self, user: u32) {
        self.machine().user_by_server = Some(user);
    }

    /// Makes the disk that of another machine.
    pub(crate) fn move_disk_away(&self) {
        self.machine().is_remote = true;
    }

    /// Removes the name `path`, durably.
    pub(crate) fn give_all_the_mode(&self, mode: u32) {
        self.machine().mode = Some(mode);
    }

    pub(crate) fn take_away(&self, path: impl AsRef<Path>) {
        self.machine().medium.take_away(path.as_ref());
    }

    /// The names in `directory`, sorted.
    pub(crate) fn names(&self, directory: impl AsRef<Path>) -> Vec<String> {
        let names = self.machine().medium.names_in(&key(directory.as_ref()));
        let names = names.iter().map(|name| name.to_string_lossy());
        names.map(String::from).collect()
    }

    /// The bytes of the regular file at `path`.
    pub(crate) fn bytes(&self, path: impl AsRef<Path>) -> Vec<u8> {
        let machine = self.machine();
        match machine
            .medium
            .node(machine.medium.find(path.as_ref()).unwrap())
        {
            Node::File { bytes, .. } => bytes.clone(),
            other => panic!("{other:?}"),
        }
    }

    /// Whether anyone holds a lock.
    /// The name that an open file has now, or had when it was opened.
    pub(crate) fn name_of(&self, file: &File) -> String {
        self.machine().name_of(file)
    }

    pub(crate) fn is_locked(&self) -> bool {
        !self.machine().locks.is_empty()
    }

    /// Lets one call happen when its turn has come.
    fn call(&self, text: impl Fn() -> String) -> io::Result<MutexGuard<'_, Machine>> {
        self.call_for(None, |_| text())
    }

    /// Writes a call down and lets it happen when its turn has come, unless a fault is due or the
    /// process is dead. It may be one that waits for a lock.
    fn call_for(
        &self,
        wants: Option<(usize, Lock)>,
        text: impl Fn(&Machine) -> String,
    ) -> io::Result<MutexGuard<'_, Machine>> {
        if let Some(turns) = &self.turns {
            turns.wait(self.process, wants);
        }
        let awaited = self.machine().due_act(&text);
        if let Some(act) = awaited {
            act();
        }
        let due = self.machine().due_fault();
        if let Some(Fault::Meanwhile(act)) = due {
            act();
            return self.call_for(wants, text);
        }
        let mut machine = self.machine();
        match due {
            Some(Fault::Fail(error) | Fault::FailFromNowOn(error)) => {
                return Err(io::Error::from_raw_os_error(error));
            }
            Some(Fault::LoseReply(error)) => machine.lost_reply = Some(error),
            Some(Fault::Kill) => machine.kill(self.process),
            Some(Fault::Meanwhile(_)) | None => {}
        }
        if machine.dead.contains(&self.process) {
            return Err(io::Error::other("this process is dead"));
        }
        if self.turns.is_some() || machine.calls.is_some() {
            let text = text(&machine);
            self.note(&mut machine, &text);
            if let Some(calls) = &mut machine.calls {
                calls.push(text);
            }
        }
        Ok(machine)
    }

    /// Differs from one machine and from one process to the next, as they share no memory.
    fn file_id(&self, machine: &Machine, node: usize) -> FileId {
        FileId((machine.serial << 32) + self.process as u64, node as u64)
    }

    fn stamp_of_node(&self, machine: &Machine, node: usize) -> Stamp {
        Stamp {
            id: self.file_id(machine, node),
            modified: Some(machine.medium.node(node).modified()),
            bytes: machine.medium.node(node).length(),
            access: machine.access(node),
            changed: None,
            names: machine.medium.names_of(node) as u64,
        }
    }

    /// Notes what this process learns, if that matters.
    fn note(&self, machine: &mut Machine, learnt: impl Debug) {
        if self.turns.is_some() {
            let seen = machine.seen.entry(self.process).or_default();
            let mut hasher = DefaultHasher::new();
            (*seen, format!("{learnt:?}")).hash(&mut hasher);
            *seen = hasher.finish();
        }
    }

    fn open_node(&self, machine: &mut Machine, node: usize, path: &Path) -> File {
        machine.handles += 1;
        File {
            fs: self.clone(),
            node,
            handle: machine.handles,
            name: short(path),
        }
    }

    fn open_as_directory(&self, key: Key) -> io::Result<Directory> {
        let mut machine = self.call(|| format!("open {}", short(Path::new(&*key))))?;
        let node = machine.medium.find_key(&key);
        self.note(&mut machine, &node);
        let node = node?;
        match machine.medium.node(node) {
            Node::Directory => Ok(Directory { key, node }),
            _ => Err(ErrorKind::NotADirectory.into()),
        }
    }

    fn open_file(
        &self,
        machine: &mut Machine,
        dir: &Directory,
        name: &Path,
    ) -> io::Result<Opened<File>> {
        let node = machine.medium.find_key(&machine.within(dir, name)?)?;
        Ok(match machine.medium.node(node).kind() {
            None | Some(FileKind::Special) => Opened::File(self.open_node(machine, node, name)),
            Some(kind) => Opened::NotAFile(kind),
        })
    }

    fn lock_now(&self, file: &File, lock: Lock, wants: Option<(usize, Lock)>) -> io::Result<bool> {
        let text = |_: &Machine| format!("lock {} {lock:?}", file.name).to_lowercase();
        let mut machine = self.call_for(wants, text)?;
        let is_contended = machine.is_contended(file.node, lock);
        self.note(&mut machine, is_contended);
        if !is_contended {
            machine.locks.push(Holding {
                node: file.node,
                handle: file.handle,
                process: self.process,
                lock,
            });
        }
        Ok(!is_contended)
    }

    fn read_key(
        &self,
        path: &Path,
        limit: u64,
        find: impl FnOnce(&Machine) -> io::Result<Key>,
    ) -> io::Result<Contents> {
        let mut machine = match self.call(|| format!("read {}", short(path))) {
            Err(error) if error.raw_os_error() == Some(MEDIUM_ERROR) => {
                return Ok(Contents::Unreadable(error));
            }
            machine => machine?,
        };
        let number = machine.medium.find_key(&find(&machine)?)?;
        let node = machine.medium.node(number);
        let contents = match (node, node.kind()) {
            (Node::File { bytes, .. }, _) if bytes.len() as u64 > limit => Contents::TooLarge {
                bytes: bytes.len() as u64,
            },
            (&Node::Sparse(bytes), _) if bytes > limit => Contents::TooLarge { bytes },
            (Node::File { bytes, .. }, _) => Contents::Whole {
                bytes: bytes.clone(),
                stamp: self.stamp_of_node(&machine, number),
            },
            (_, kind) => Contents::NotAFile(kind.unwrap_or(FileKind::Special)),
        };
        match &contents {
            // Which machine it is on does not matter.
            Contents::Whole { bytes, .. } => self.note(&mut machine, bytes),
            contents => self.note(&mut machine, contents),
        }
        Ok(contents)
    }

    fn create_file(&self, machine: &mut Machine, dir: &Directory, name: &Path) -> io::Result<File> {
        let path = machine.within(dir, name)?;
        let node = machine.medium.add(&path, Node::file(b""))?;
        Ok(self.open_node(machine, node, name))
    }
}

impl FileSystem for Simulated {
    fn remember(&self, stamp: Stamp, bytes: &Arc<Vec<u8>>) {
        self.machine().known.insert(stamp, Arc::clone(bytes));
    }

    fn recall(&self, stamp: &Stamp) -> Option<Arc<Vec<u8>>> {
        self.machine().known.get(stamp).cloned()
    }

    fn remember_seen(&self, path: &Path, directory: FileId) {
        let place = (self.process, path.to_owned());
        self.machine().seen_at.insert(place, directory);
    }

    fn forget_seen(&self, path: &Path) {
        let place = (self.process, path.to_owned());
        self.machine().seen_at.remove(&place);
    }

    fn recall_seen(&self, path: &Path) -> Option<FileId> {
        let place = (self.process, path.to_owned());
        self.machine().seen_at.get(&place).copied()
    }

    fn remember_plain(&self, stamp: &Stamp) {
        self.machine().plain.insert(*stamp);
    }

    fn is_plain(&self, stamp: &Stamp) -> bool {
        self.machine().plain.contains(stamp)
    }

    fn nonce(&self) -> u64 {
        let mut machine = self.machine();
        machine.nonces += 1;
        machine.nonces
    }

    /// Every look at the clock takes a second. Where processes run in turns, each has a clock of its own that
    /// stands still: what they write must not depend on who was first.
    fn now(&self) -> SystemTime {
        let mut machine = self.machine();
        machine.clock += 1;
        let seconds = match self.turns {
            Some(_) => 1000 * self.process as u64,
            None => machine.clock,
        };
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    /// Without a call: no process that runs in turns makes or removes a link.
    fn target(&self, path: &Path) -> io::Result<Option<Link>> {
        let machine = self.machine();
        let Some(to) = machine.medium.target(path).map(Path::to_owned) else {
            return Ok(None);
        };
        let access = |path: &Path| machine.medium.find(path).map(|node| machine.access(node));
        let (own, above) = (access(path)?, access(path.parent().unwrap_or(path))?);
        let made = Made { own, above };
        Ok(Some(Link { to, made }))
    }

    fn are_one(&self, path: &Path, other: &Path) -> bool {
        let machine = self.machine();
        let node = |path| machine.medium.find(path).ok();
        node(other).is_some() && node(path) == node(other)
    }

    fn read(&self, dir: &Directory, name: &Path, limit: u64) -> io::Result<Contents> {
        self.read_key(name, limit, |machine| machine.within(dir, name))
    }

    fn read_path(&self, path: &Path, limit: u64) -> io::Result<Contents> {
        self.read_key(path, limit, |_| Ok(key(path)))
    }

    fn open_or_create(&self, dir: &Directory, name: &Path, mode: u32) -> io::Result<Opened<File>> {
        let mut machine = self.call(|| format!("open or create {} {mode:04o}", short(name)))?;
        match self.open_file(&mut machine, dir, name) {
            Err(_) => self.create_file(&mut machine, dir, name).map(Opened::File),
            opened => opened,
        }
    }

    fn open(&self, dir: &Directory, name: &Path) -> io::Result<Opened<File>> {
        let mut machine = self.call(|| format!("open {}", short(name)))?;
        self.open_file(&mut machine, dir, name)
    }

    /// Waits only where processes run in turns: elsewhere nobody else runs in between.
    fn lock(
        &self,
        file: &File,
        lock: Lock,
        wait: Duration,
        _is_current: &dyn Fn() -> bool,
    ) -> io::Result<Option<Opened<Locked>>> {
        let wants = (!wait.is_zero()).then_some((file.node, lock));
        if !self.lock_now(file, lock, wants)? {
            return Ok(None);
        }
        let machine = self.machine();
        let node = machine.medium.node(file.node);
        Ok(Some(match node.kind() {
            Some(kind) => Opened::NotAFile(kind),
            None => Opened::File(Locked {
                id: FileId(0, file.node as u64),
                bytes: node.length(),
                names: machine.medium.names_of(file.node) as u64,
            }),
        }))
    }

    fn try_lock(&self, file: &File, lock: Lock) -> io::Result<bool> {
        self.lock_now(file, lock, None)
    }

    fn unlock(&self, file: &File) {
        if let Ok(mut machine) = self.call(|| format!("unlock {}", file.name)) {
            machine.locks.retain(|held| held.handle != file.handle);
        }
    }

    fn holder(&self, file: &File) -> Holder {
        let machine = self.machine();
        let held = machine.locks.iter().find(|held| held.node == file.node);
        match held.map(|held| held.process) {
            None => Holder::Unknown,
            Some(process) if process == self.process => Holder::ThisProcess,
            Some(process) => Holder::Process {
                id: process.try_into().unwrap_or_default(),
                name: None,
                since: None,
            },
        }
    }

    fn stamp(&self, file: &File) -> io::Result<Stamp> {
        Ok(self.stamp_of_node(&self.machine(), file.node))
    }

    fn write_over(&self, file: &File, bytes: &[u8]) -> io::Result<()> {
        let mut machine = self.call(|| format!("write {}", file.name))?;
        machine.medium.write_over(file.node, bytes);
        Ok(())
    }

    /// A write that fails has written half.
    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        match self.call(|| format!("write {}", file.name)) {
            Ok(mut machine) => {
                machine.medium.write(file.node, bytes);
                Ok(())
            }
            Err(error) => {
                let mut machine = self.machine();
                if !machine.dead.contains(&self.process) {
                    machine.medium.write(file.node, &bytes[..bytes.len() / 2]);
                }
                Err(error)
            }
        }
    }

    fn set_modified(&self, file: &File, time: SystemTime) -> io::Result<()> {
        let mut machine = self.call(|| format!("date {}", file.name))?;
        machine.medium.set_modified(file.node, time);
        Ok(())
    }
}

impl Platform for Simulated {
    type File = File;
    type Dir = Directory;

    /// Not in turns: no process that runs in them makes or removes what lies above a status.
    fn open_directory(&self, path: &Path) -> io::Result<Directory> {
        let at_once = Self {
            turns: None,
            ..self.clone()
        };
        at_once.open_as_directory(key(path))
    }

    fn enter(&self, above: &Directory, name: &Path) -> io::Result<Directory> {
        self.open_as_directory(above.join(name))
    }

    fn create_directory(&self, above: &Directory, name: &Path, mode: u32) -> io::Result<Directory> {
        let mut machine = self.call(|| format!("create directory {} {mode:04o}", short(name)))?;
        let key = machine.within(above, name)?;
        let node = machine.medium.add(&key, Node::Directory)?;
        Ok(Directory { key, node })
    }

    fn directory_id(&self, dir: &Directory) -> io::Result<FileId> {
        Ok(self.file_id(&self.machine(), dir.node))
    }

    fn longest_name(&self, _dir: &Directory) -> Option<u64> {
        Some(255)
    }

    fn access(&self, dir: &Directory) -> io::Result<Access> {
        Ok(self.machine().access(dir.node))
    }

    fn user(&self) -> u32 {
        self.machine().user
    }

    fn owner_of_made(&self, _dir: &Directory, name: &Path) -> io::Result<u32> {
        let machine = self.call(|| format!("see whose {} is", short(name)))?;
        Ok(machine.user_by_server.unwrap_or(machine.user))
    }

    fn list(&self, dir: &Directory) -> io::Result<Vec<OsString>> {
        let mut machine = self.call(|| format!("list {}", short(Path::new(&*dir.key))))?;
        machine.check(dir)?;
        let names = machine.medium.names_in(&dir.key);
        self.note(&mut machine, &names);
        Ok(names)
    }

    fn inspect(&self, dir: &Directory, name: &Path) -> io::Result<Entry> {
        let mut machine = self.call(|| format!("inspect {}", short(name)))?;
        let node = machine.find(dir, name);
        let entry = match node.map(|node| machine.medium.node(node)) {
            None => Entry::Absent,
            Some(Node::Link(target)) => Entry::Link(target.clone()),
            Some(node) => node.kind().map_or(Entry::File, Entry::Other),
        };
        self.note(&mut machine, &entry);
        Ok(entry)
    }

    /// Files have no permissions here, unless all were given the same.
    fn mode(&self, _dir: &Directory, name: &Path) -> io::Result<Option<u32>> {
        let text = || format!("see the mode of {}", short(name));
        self.call(text).map(|machine| machine.mode)
    }

    fn stamp_of(&self, dir: &Directory, name: &Path) -> io::Result<Option<Stamp>> {
        let mut machine = self.call(|| format!("look at {}", short(name)))?;
        let file = machine.find(dir, name);
        let file = file.filter(|&node| machine.medium.node(node).kind().is_none());
        let stamp = file.map(|node| self.stamp_of_node(&machine, node));
        let learnt = stamp.map(|stamp| (stamp.id.1, stamp.modified, stamp.bytes));
        self.note(&mut machine, learnt);
        Ok(stamp)
    }

    fn leads_to(&self, dir: &Directory, name: &Path, id: FileId) -> io::Result<bool> {
        let mut machine = self.call(|| format!("compare {}", short(name)))?;
        let node = machine.find(dir, name);
        let same = node == usize::try_from(id.1).ok();
        self.note(&mut machine, same);
        Ok(same)
    }

    fn is_at(&self, path: &Path, id: FileId) -> io::Result<bool> {
        let mut machine = self.call(|| format!("compare {}", short(path)))?;
        let node = machine.medium.find(path).ok();
        let same = node == usize::try_from(id.1).ok();
        self.note(&mut machine, same);
        Ok(same)
    }

    fn create(
        &self,
        dir: &Directory,
        name: &Path,
        mode: u32,
        like: Option<Access>,
    ) -> io::Result<(File, Stamp)> {
        let text = || match like {
            Some(_) => format!("create {} like what it replaces", short(name)),
            None => format!("create {} {mode:04o}", short(name)),
        };
        let mut machine = self.call(text)?;
        let file = self.create_file(&mut machine, dir, name)?;
        let stamp = self.stamp_of_node(&machine, file.node);
        Ok((file, stamp))
    }

    /// It is no call that is counted, as most file systems have none for it.
    fn take_attributes(&self, _from: (&Directory, &Path, FileId), _to: &File) -> bool {
        self.machine().has_attributes
    }

    /// Nothing that comes later is durable without these bytes. It is no call that is counted.
    fn write_out(&self, _dir: &Directory, file: &File, _stamp: &Stamp) -> io::Result<bool> {
        let mut machine = self.machine();
        if machine.dead.contains(&self.process) {
            return Err(io::Error::other("this process is dead"));
        }
        machine.medium.sync(file.node);
        Ok(machine.medium.commits_in_order())
    }

    fn sync(&self, file: &File, stamp: Option<&Stamp>) -> io::Result<()> {
        let text = |machine: &Machine| format!("sync {}", machine.name_of(file));
        let mut machine = self.call_for(None, text)?;
        machine.medium.sync(file.node);
        machine.synced.extend(stamp.map(|stamp| stamp.id));
        Ok(())
    }

    fn hear_of_close(&self, _dir: &Directory, file: &File, _stamp: &Stamp) -> io::Result<()> {
        if self.machine().is_remote {
            let text = |machine: &Machine| format!("hear of {}", machine.name_of(file));
            drop(self.call_for(None, text)?);
        }
        Ok(())
    }

    fn sync_name(&self, dir: &Directory, name: &Path, stamp: &Stamp) -> io::Result<()> {
        if self.machine().synced.contains(&stamp.id) {
            return Ok(());
        }
        let mut machine = self.call(|| format!("open and sync {}", short(name)))?;
        let node = machine.medium.find_key(&machine.within(dir, name)?)?;
        machine.medium.sync(node);
        Ok(())
    }

    fn may_revive(&self, _dir: &Directory, _id: FileId) -> bool {
        self.machine().medium.may_revive()
    }

    fn sync_file_system(&self, dir: &Directory) -> io::Result<()> {
        let mut machine = self.call(|| format!("sync all with {}", short(Path::new(&*dir.key))))?;
        machine.medium.sync_all();
        Ok(())
    }

    fn sync_directory(&self, dir: &Directory) -> io::Result<()> {
        let mut machine = self.call(|| format!("sync {}", short(Path::new(&*dir.key))))?;
        machine.check(dir)?;
        machine.medium.sync_directory(&dir.key)
    }

    fn rename_new(
        &self,
        dir: &Directory,
        from: &Path,
        into: &Directory,
        to: &Path,
    ) -> io::Result<()> {
        let mut machine = self.call(|| format!("rename {} to {}, new", short(from), short(to)))?;
        let (from, to) = (machine.within(dir, from)?, machine.within(into, to)?);
        if machine.medium.find_key(&to).is_ok() {
            return Err(ErrorKind::AlreadyExists.into());
        }
        machine.medium.rename(&from, &to)?;
        machine.reply()
    }

    fn replace(
        &self,
        dir: &Directory,
        from: &Path,
        to_dir: &Directory,
        to: &Path,
    ) -> io::Result<()> {
        let mut machine = self.call(|| format!("rename {} to {}", short(from), short(to)))?;
        let (from, to) = (machine.within(dir, from)?, machine.within(to_dir, to)?);
        machine.medium.rename(&from, &to)
    }

    fn exchange(
        &self,
        dir: &Directory,
        name: &Path,
        into: &Directory,
        other: &Path,
    ) -> io::Result<bool> {
        let text = || format!("exchange {} and {}", short(name), short(other));
        let mut machine = self.call(text)?;
        let (name, other) = (machine.within(dir, name)?, machine.within(into, other)?);
        machine.medium.exchange(&name, &other)
    }

    fn link(&self, dir: &Directory, name: &Path, second: &Path) -> io::Result<()> {
        let mut machine = self.call(|| format!("link {} as {}", short(name), short(second)))?;
        let (name, second) = (machine.within(dir, name)?, machine.within(dir, second)?);
        machine.medium.link(&name, &second)
    }

    fn remove(&self, dir: &Directory, name: &Path) -> io::Result<()> {
        let mut machine = self.call(|| format!("remove {}", short(name)))?;
        let path = machine.within(dir, name)?;
        machine.medium.remove(&path)
    }

    fn remove_directory(&self, above: &Directory, name: &Path) -> io::Result<()> {
        let mut machine = self.call(|| format!("remove directory {}", short(name)))?;
        let path = machine.within(above, name)?;
        machine.medium.remove_directory(&path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let mut machine = self.fs.machine();
        if !machine.dead.contains(&self.fs.process) {
            let text = format!("close {}", machine.name_of(self));
            if let Some(calls) = &mut machine.calls {
                calls.push(text);
            }
            machine.locks.retain(|held| held.handle != self.handle);
        }
    }
}

impl Machine {
    fn access(&self, node: usize) -> Access {
        self.owners.get(&node).copied().unwrap_or_default()
    }

    fn name_of(&self, file: &File) -> String {
        let mut paths = self.medium.paths();
        let now = paths.find(|path| self.medium.find(path).ok() == Some(file.node));
        now.map_or_else(|| file.name.clone(), short)
    }

    /// The fault that strikes the call made now.
    fn due_fault(&mut self) -> Option<Fault> {
        match &mut self.fault {
            Some((0, Fault::FailFromNowOn(error))) => Some(Fault::FailFromNowOn(*error)),
            Some((0, _)) => self.fault.take().map(|(_, fault)| fault),
            Some((calls, _)) => {
                *calls -= 1;
                None
            }
            None => None,
        }
    }

    /// What someone else does before the call made now.
    fn due_act(&mut self, text: impl FnOnce(&Self) -> String) -> Option<Act> {
        let (call, _) = self.awaited.as_ref()?;
        if text(self) != *call {
            return None;
        }
        self.awaited.take().map(|(_, act)| act)
    }

    /// The path of a name in a directory that is still where it was opened.
    fn within(&self, dir: &Directory, name: &Path) -> io::Result<Key> {
        self.check(dir)?;
        Ok(dir.join(name))
    }

    /// What a name stands for, if it stands for anything.
    fn find(&self, dir: &Directory, name: &Path) -> Option<usize> {
        self.medium.find_key(&self.within(dir, name).ok()?).ok()
    }

    fn check(&self, dir: &Directory) -> io::Result<()> {
        match self.medium.find_key(&dir.key)? {
            node if node == dir.node => Ok(()),
            _ => Err(ErrorKind::NotFound.into()),
        }
    }

    fn reply(&mut self) -> io::Result<()> {
        match self.lost_reply.take() {
            Some(error) => Err(io::Error::from_raw_os_error(error)),
            None => Ok(()),
        }
    }

    fn kill(&mut self, process: usize) {
        self.dead.insert(process);
        self.locks.retain(|held| held.process != process);
    }

    fn is_contended(&self, node: usize, lock: Lock) -> bool {
        self.locks.iter().any(|held| {
            held.node == node && (held.lock == Lock::Exclusive || lock == Lock::Exclusive)
        })
    }
}

/// A path as the golden texts show it: without its directory, as there is but one status, and a temp
/// file without the zeros in front.
fn short(path: &Path) -> String {
    match path.file_name() {
        Some(name) => name.to_string_lossy().trim_start_matches('0').to_owned(),
        None => "/".to_owned(),
    }
}
