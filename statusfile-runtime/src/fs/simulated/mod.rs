//! A simulated machine: processes, locks, faults, and a disk that knows what a crash may lose.
//!
//! It writes down every call, so that tests can show the protocol as text.

mod medium;
mod turns;

pub(crate) use medium::{Crash, Medium, Node};
pub(crate) use turns::Turns;

use super::{Contents, Entry, FileSystem, Kind, Lock, Opened, Standing};
use crate::name::temp_name;
use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// EIO, as a failing drive gives it.
pub(crate) const MEDIUM_ERROR: i32 = 5;

/// One process on a simulated machine. A clone is the same process.
#[derive(Clone)]
pub(crate) struct Simulated {
    machine: Arc<Mutex<Machine>>,
    process: usize,
    turns: Option<Arc<Turns>>,
}

struct Machine {
    medium: Medium,
    locks: Vec<Locked>,
    processes: usize,
    dead: HashSet<usize>,
    /// What each process that runs in turns has called and learnt, as a hash.
    seen: BTreeMap<usize, u64>,
    handles: usize,
    nonces: u64,
    calls: Vec<String>,
    fault: Option<(usize, Fault)>,
    lost_reply: Option<i32>,
}

struct Locked {
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
    Meanwhile(Box<dyn FnOnce() + Send>),
}

/// An open file.
pub(crate) struct File {
    fs: Simulated,
    node: usize,
    handle: usize,
    name: String,
}

impl Simulated {
    /// A machine with nothing but `/` and `/app` on its disk, and a process.
    pub(crate) fn new() -> Self {
        Self::with(Medium::new())
    }

    /// A machine that has just started, with this disk, and a process.
    pub(crate) fn with(medium: Medium) -> Self {
        let machine = Machine {
            medium,
            locks: Vec::new(),
            processes: 0,
            dead: HashSet::new(),
            seen: BTreeMap::new(),
            handles: 0,
            nonces: 0,
            calls: Vec::new(),
            fault: None,
            lost_reply: None,
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

    pub(crate) fn id(&self) -> usize {
        self.process
    }

    /// Drops whatever lock this process holds on the file at `path`.
    pub(crate) fn drop_lock(&self, path: &Path) {
        let mut machine = self.machine();
        let node = machine.medium.find(path).ok();
        let dropped = |held: &Locked| held.process == self.process && Some(held.node) == node;
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
        std::mem::take(&mut self.machine().calls)
    }

    /// Lets one call fail with an error of the operating system, after `calls` that do not.
    pub(crate) fn fail_after(&self, calls: usize, error: i32) {
        self.set_fault(calls, Fault::Fail(error));
    }

    /// Lets every call but the next `calls` fail, until the fault is forgotten.
    pub(crate) fn fail_from_then_on(&self, calls: usize, error: i32) {
        self.set_fault(calls, Fault::FailFromNowOn(error));
    }

    /// Lets one rename happen and report an error all the same, after `calls` other calls.
    pub(crate) fn lose_reply_after(&self, calls: usize, error: i32) {
        self.set_fault(calls, Fault::LoseReply(error));
    }

    /// Kills the process that makes the next call but `calls`, before it is made.
    pub(crate) fn kill_after(&self, calls: usize) {
        self.set_fault(calls, Fault::Kill);
    }

    /// Lets someone else act after `calls` calls, before the next.
    pub(crate) fn meanwhile_after(&self, calls: usize, act: impl FnOnce() + Send + 'static) {
        self.set_fault(calls, Fault::Meanwhile(Box::new(act)));
    }

    fn set_fault(&self, calls: usize, fault: Fault) {
        self.machine().fault = Some((calls, fault));
    }

    /// Forgets a fault, and tells whether it was still to come.
    pub(crate) fn forget_fault(&self) -> bool {
        match self.machine().fault.take() {
            Some((calls, Fault::FailFromNowOn(_))) => calls > 0,
            fault => fault.is_some(),
        }
    }

    /// Puts a regular file at `path`, durably, as a person would.
    pub(crate) fn put(&self, path: impl AsRef<Path>, bytes: &[u8]) {
        self.machine().medium.put(path.as_ref(), Node::file(bytes));
    }

    pub(crate) fn put_link(&self, path: impl AsRef<Path>, target: &str) {
        let link = Node::Link(target.into());
        self.machine().medium.put(path.as_ref(), link);
    }

    pub(crate) fn put_sparse(&self, path: impl AsRef<Path>, bytes: u64) {
        let file = Node::Sparse(bytes);
        self.machine().medium.put(path.as_ref(), file);
    }

    pub(crate) fn put_special(&self, path: impl AsRef<Path>) {
        self.machine().medium.put(path.as_ref(), Node::Special);
    }

    /// Removes the name `path`, durably.
    pub(crate) fn take_away(&self, path: impl AsRef<Path>) {
        self.machine().medium.take_away(path.as_ref());
    }

    /// The names in `directory`, sorted.
    pub(crate) fn names(&self, directory: impl AsRef<Path>) -> Vec<String> {
        let names = self.machine().medium.names_in(directory.as_ref());
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
    pub(crate) fn is_locked(&self) -> bool {
        !self.machine().locks.is_empty()
    }

    /// Lets one call happen when its turn has come.
    fn call(&self, text: impl FnOnce() -> String) -> io::Result<MutexGuard<'_, Machine>> {
        self.call_for(None, |_| text())
    }

    /// Writes a call down and lets it happen when its turn has come, unless a fault is due or the
    /// process is dead. It may be one that waits for a lock.
    fn call_for(
        &self,
        wants: Option<(usize, Lock)>,
        text: impl FnOnce(&Machine) -> String,
    ) -> io::Result<MutexGuard<'_, Machine>> {
        if let Some(turns) = &self.turns {
            turns.wait(self.process, wants);
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
        let text = text(&machine);
        self.note(&mut machine, &text);
        machine.calls.push(text);
        Ok(machine)
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

    fn open_file(&self, machine: &mut Machine, path: &Path) -> io::Result<Opened<File>> {
        let node = machine.medium.find(path)?;
        Ok(match machine.medium.node(node).kind() {
            None | Some(Kind::Special) => Opened::File(self.open_node(machine, node, path)),
            Some(kind) => Opened::NotAFile(kind),
        })
    }

    fn lock_now(&self, file: &File, lock: Lock, wants: Option<(usize, Lock)>) -> io::Result<bool> {
        let text = format!("lock {} {lock:?}", file.name).to_lowercase();
        let mut machine = self.call_for(wants, |_| text)?;
        let is_contended = machine.is_contended(file.node, lock);
        self.note(&mut machine, is_contended);
        if !is_contended {
            machine.locks.push(Locked {
                node: file.node,
                handle: file.handle,
                process: self.process,
                lock,
            });
        }
        Ok(!is_contended)
    }

    fn create_file(&self, machine: &mut Machine, path: &Path) -> io::Result<File> {
        let node = machine.medium.add(path, Node::file(b""))?;
        Ok(self.open_node(machine, node, path))
    }
}

impl FileSystem for Simulated {
    type File = File;
    type Directory = PathBuf;

    fn inspect(&self, path: &Path) -> io::Result<Entry> {
        let mut machine = self.call(|| format!("inspect {}", short(path)))?;
        let node = machine.medium.find(path).ok();
        let entry = match node.map(|node| machine.medium.node(node)) {
            None => Entry::Absent,
            Some(Node::Link(target)) => Entry::Link(target.clone()),
            Some(node) => node.kind().map_or(Entry::File, Entry::Other),
        };
        self.note(&mut machine, &entry);
        Ok(entry)
    }

    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        let mut machine = self.call(|| format!("resolve {}", short(path)))?;
        let target = machine.medium.target(path);
        let target = target.ok_or(ErrorKind::NotFound)?.to_owned();
        machine.medium.find(&target)?;
        self.note(&mut machine, &target);
        Ok(target)
    }

    fn list(&self, directory: &Path) -> io::Result<(Vec<OsString>, PathBuf)> {
        let mut machine = self.call(|| format!("list {}", short(directory)))?;
        machine.medium.find(directory)?;
        let names = machine.medium.names_in(directory);
        self.note(&mut machine, &names);
        Ok((names, directory.to_owned()))
    }

    fn read(&self, path: &Path, limit: u64) -> io::Result<Contents> {
        let mut machine = match self.call(|| format!("read {}", short(path))) {
            Err(error) if error.raw_os_error() == Some(MEDIUM_ERROR) => {
                return Ok(Contents::Unreadable(error));
            }
            machine => machine?,
        };
        let node = machine.medium.node(machine.medium.find(path)?);
        let contents = match (node, node.kind()) {
            (Node::File { bytes, .. }, _) if bytes.len() as u64 > limit => Contents::TooLarge {
                bytes: bytes.len() as u64,
            },
            (&Node::Sparse(bytes), _) if bytes > limit => Contents::TooLarge { bytes },
            (Node::File { bytes, .. }, _) => Contents::Whole {
                bytes: bytes.clone(),
                modified: Some(SystemTime::UNIX_EPOCH),
            },
            (_, kind) => Contents::NotAFile(kind.unwrap_or(Kind::Special)),
        };
        self.note(&mut machine, &contents);
        Ok(contents)
    }

    fn create_directory(&self, path: &Path, mode: u32) -> io::Result<()> {
        let mut machine = self.call(|| format!("create directory {} {mode:04o}", short(path)))?;
        machine.medium.add(path, Node::Directory).map(drop)
    }

    fn create_temp(&self, directory: &Path, mode: u32) -> io::Result<(PathBuf, File)> {
        let mut machine = self.call_for(None, |machine| {
            let (_, path) = machine.unused_temp(directory);
            format!("create {} {mode:04o}", short(&path))
        })?;
        let (nonce, path) = machine.unused_temp(directory);
        let file = self.create_file(&mut machine, &path)?;
        machine.nonces = nonce;
        Ok((path, file))
    }

    fn open_or_create(&self, path: &Path, mode: u32) -> io::Result<Opened<File>> {
        let mut machine = self.call(|| format!("open or create {} {mode:04o}", short(path)))?;
        match self.open_file(&mut machine, path) {
            Err(_) => self.create_file(&mut machine, path).map(Opened::File),
            opened => opened,
        }
    }

    fn open(&self, path: &Path) -> io::Result<Opened<File>> {
        let mut machine = self.call(|| format!("open {}", short(path)))?;
        self.open_file(&mut machine, path)
    }

    /// Waits only where processes run in turns: elsewhere nobody else runs meanwhile.
    fn lock(&self, file: &File, lock: Lock, wait: Duration) -> io::Result<Option<Standing>> {
        let wants = (!wait.is_zero()).then_some((file.node, lock));
        if !self.lock_now(file, lock, wants)? {
            return Ok(None);
        }
        let standing = self.standing(file);
        if standing.is_err() {
            self.unlock(file);
        }
        standing.map(Some)
    }

    fn try_lock(&self, file: &File, lock: Lock) -> io::Result<bool> {
        self.lock_now(file, lock, None)
    }

    fn settle(&self, file: &File, _path: &Path) -> io::Result<bool> {
        let mut machine = self.call(|| format!("settle {}", file.name))?;
        let is_named = machine.medium.is_named(file.node);
        self.note(&mut machine, is_named);
        Ok(is_named)
    }

    fn standing(&self, file: &File) -> io::Result<Standing> {
        let mut machine = self.call(|| format!("see what became of {}", file.name))?;
        let standing = match machine.medium.node(file.node).kind() {
            Some(kind) => Standing::NotAFile(kind),
            None if machine.medium.is_named(file.node) => Standing::Named,
            None => Standing::Removed,
        };
        self.note(&mut machine, standing);
        Ok(standing)
    }

    fn unlock(&self, file: &File) {
        if let Ok(mut machine) = self.call(|| format!("unlock {}", file.name)) {
            machine.locks.retain(|held| held.handle != file.handle);
        }
    }

    fn take_after(&self, file: &File, path: &Path) -> io::Result<()> {
        let machine = self.call(|| format!("make {} like {}", file.name, short(path)))?;
        machine.medium.find(path).map(drop)
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

    fn flush(&self, file: &File) -> io::Result<()> {
        let mut machine = self.call(|| format!("flush {}", file.name))?;
        machine.medium.flush(file.node);
        Ok(())
    }

    fn flush_directory(&self, directory: &Path) -> io::Result<()> {
        let mut machine = self.call(|| format!("flush {}", short(directory)))?;
        machine.medium.flush_directory(directory)
    }

    fn flush_listed(&self, directory: &PathBuf) -> io::Result<()> {
        self.flush_directory(directory)
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut machine = self.call(|| format!("rename {} to {}, new", short(from), short(to)))?;
        if machine.medium.find(to).is_ok() {
            return Err(ErrorKind::AlreadyExists.into());
        }
        machine.medium.rename(from, to)?;
        machine.reply()
    }

    fn replace(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut machine = self.call(|| format!("rename {} to {}", short(from), short(to)))?;
        machine.medium.rename(from, to)
    }

    fn link(&self, target: &Path, path: &Path) -> io::Result<()> {
        let text = || format!("link {} to {}", short(path), target.display());
        let mut machine = self.call(text)?;
        let link = Node::Link(target.to_owned());
        machine.medium.add(path, link).map(drop)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut machine = self.call(|| format!("remove {}", short(path)))?;
        machine.medium.remove(path)
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        let mut machine = self.call(|| format!("remove directory {}", short(path)))?;
        machine.medium.remove_directory(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let mut machine = self.fs.machine();
        if !machine.dead.contains(&self.fs.process) {
            machine.calls.push(format!("close {}", self.name));
            machine.locks.retain(|held| held.handle != self.handle);
        }
    }
}

impl Machine {
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

    /// Names do not come again when the machine starts anew.
    fn unused_temp(&self, directory: &Path) -> (u64, PathBuf) {
        let mut names = (self.nonces + 1..).map(|nonce| (nonce, directory.join(temp_name(nonce))));
        names
            .find(|(_, path)| self.medium.find(path).is_err())
            .unwrap()
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
        None => path.display().to_string(),
    }
}
