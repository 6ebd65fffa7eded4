//! A file system in memory that writes down every call, fails on demand, and knows what a crash may
//! lose.
//!
//! A power cut keeps what was flushed. Of the changes of names that were not, it keeps a prefix, in
//! the order in which they were made; of written bytes that were not, none, half or all.

use super::{Contents, Entry, FileSystem, Kind, Lock, Opened};
use crate::name::temp_name;
use std::cell::{RefCell, RefMut};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, SystemTime};

/// EIO, as a failing drive gives it.
pub(crate) const MEDIUM_ERROR: i32 = 5;

/// One process on a simulated machine. A clone is the same process.
#[derive(Clone)]
pub(crate) struct Simulated {
    machine: Rc<RefCell<Machine>>,
    process: usize,
}

/// How much of the bytes that were written and not flushed a power cut keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unflushed {
    Nothing,
    Half,
    Everything,
}

#[derive(Default)]
struct Machine {
    nodes: Vec<Node>,
    names: BTreeMap<PathBuf, usize>,
    flushed_names: BTreeMap<PathBuf, usize>,
    unflushed: Vec<Change>,
    locks: Vec<Locked>,
    processes: usize,
    dead: Vec<usize>,
    handles: usize,
    nonces: u64,
    calls: Vec<String>,
    fault: Option<(usize, Fault)>,
    lost_reply: Option<i32>,
}

#[derive(Clone, Debug)]
enum Node {
    File { bytes: Vec<u8>, flushed: Vec<u8> },
    Directory,
    Link(PathBuf),
    Special,
}

/// A change of a name.
#[derive(Clone, Debug)]
enum Change {
    Add(PathBuf, usize),
    Remove(PathBuf),
    Rename(PathBuf, PathBuf),
}

#[derive(Debug)]
struct Locked {
    node: usize,
    handle: usize,
    process: usize,
    lock: Lock,
}

enum Fault {
    Fail(i32),
    LoseReply(i32),
    Kill,
    Meanwhile(Box<dyn FnOnce()>),
}

/// An open file.
pub(crate) struct File {
    fs: Simulated,
    node: usize,
    handle: usize,
    name: String,
}

impl Simulated {
    /// A machine with nothing but `/` and `/app` on it, and a process.
    pub(crate) fn new() -> Self {
        let names: BTreeMap<_, _> = [("/".into(), 0), ("/app".into(), 1)].into();
        Self::on(Machine {
            nodes: vec![Node::Directory, Node::Directory],
            flushed_names: names.clone(),
            names,
            ..Machine::default()
        })
    }

    fn on(machine: Machine) -> Self {
        Self {
            machine: Rc::new(RefCell::new(machine)),
            process: 0,
        }
    }

    /// Another process on the same machine.
    pub(crate) fn process(&self) -> Self {
        let mut machine = self.machine.borrow_mut();
        machine.processes += 1;
        Self {
            machine: Rc::clone(&self.machine),
            process: machine.processes,
        }
    }

    /// The calls made since this was asked last.
    pub(crate) fn take_calls(&self) -> Vec<String> {
        std::mem::take(&mut self.machine.borrow_mut().calls)
    }

    /// Lets one call fail with an error of the operating system, after `calls` that do not.
    pub(crate) fn fail_after(&self, calls: usize, error: i32) {
        self.set_fault(calls, Fault::Fail(error));
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
    pub(crate) fn meanwhile_after(&self, calls: usize, act: impl FnOnce() + 'static) {
        self.set_fault(calls, Fault::Meanwhile(Box::new(act)));
    }

    fn set_fault(&self, calls: usize, fault: Fault) {
        self.machine.borrow_mut().fault = Some((calls, fault));
    }

    /// Forgets a fault that did not happen yet, and tells whether there was one.
    pub(crate) fn forget_fault(&self) -> bool {
        self.machine.borrow_mut().fault.take().is_some()
    }

    /// How many changes of names a power cut may take back.
    pub(crate) fn unflushed_names(&self) -> usize {
        self.machine.borrow().unflushed.len()
    }

    /// The machine as it starts again after a power cut that keeps the first `names` of the changes
    /// of names that were not flushed. This machine goes on unharmed.
    pub(crate) fn after_power_cut(&self, names: usize, bytes: Unflushed) -> Self {
        let machine = self.machine.borrow();
        let mut kept = machine.flushed_names.clone();
        for change in &machine.unflushed[..names] {
            change.apply(&mut kept);
        }
        let reachable: BTreeMap<_, _> = kept
            .iter()
            .filter(|(path, _)| path.ancestors().all(|above| kept.contains_key(above)))
            .map(|(path, &node)| (path.clone(), node))
            .collect();
        let nodes = machine.nodes.iter();
        Self::on(Machine {
            nodes: nodes.map(|node| node.after_power_cut(bytes)).collect(),
            flushed_names: reachable.clone(),
            names: reachable,
            nonces: machine.nonces,
            ..Machine::default()
        })
    }

    /// Puts a regular file at `path`, durably, as a person would.
    pub(crate) fn put(&self, path: impl AsRef<Path>, bytes: &[u8]) {
        let (bytes, flushed) = (bytes.to_vec(), bytes.to_vec());
        self.put_node(path, Node::File { bytes, flushed });
    }

    pub(crate) fn put_link(&self, path: impl AsRef<Path>, target: &str) {
        self.put_node(path, Node::Link(target.into()));
    }

    pub(crate) fn put_special(&self, path: impl AsRef<Path>) {
        self.put_node(path, Node::Special);
    }

    /// Removes the name `path`, durably.
    pub(crate) fn take_away(&self, path: impl AsRef<Path>) {
        let mut machine = self.machine.borrow_mut();
        machine.names.remove(path.as_ref());
        machine.flushed_names.remove(path.as_ref());
    }

    fn put_node(&self, path: impl AsRef<Path>, node: Node) {
        let mut machine = self.machine.borrow_mut();
        let path = path.as_ref().to_owned();
        let node = machine.add_node(node);
        machine.unflushed.retain(|change| change.path() != path);
        machine.names.insert(path.clone(), node);
        machine.flushed_names.insert(path, node);
    }

    /// The names in `directory`, sorted.
    pub(crate) fn names(&self, directory: impl AsRef<Path>) -> Vec<String> {
        let names = self.machine.borrow().names_in(directory.as_ref());
        let names = names.iter().map(|name| name.to_string_lossy());
        names.map(String::from).collect()
    }

    /// The bytes of the regular file at `path`.
    pub(crate) fn bytes(&self, path: impl AsRef<Path>) -> Vec<u8> {
        let machine = self.machine.borrow();
        match &machine.nodes[machine.names[path.as_ref()]] {
            Node::File { bytes, .. } => bytes.clone(),
            other => panic!("{other:?}"),
        }
    }

    /// Whether anyone holds a lock.
    pub(crate) fn is_locked(&self) -> bool {
        !self.machine.borrow().locks.is_empty()
    }

    /// Writes a call down and lets it happen, unless a fault is due or the process is dead.
    fn call(&self, text: impl FnOnce() -> String) -> io::Result<RefMut<'_, Machine>> {
        let due = self.machine.borrow_mut().due_fault();
        if let Some(Fault::Meanwhile(act)) = due {
            act();
            return self.call(text);
        }
        let mut machine = self.machine.borrow_mut();
        match due {
            Some(Fault::Fail(error)) => return Err(io::Error::from_raw_os_error(error)),
            Some(Fault::LoseReply(error)) => machine.lost_reply = Some(error),
            Some(Fault::Kill) => machine.kill(self.process),
            Some(Fault::Meanwhile(_)) | None => {}
        }
        if machine.dead.contains(&self.process) {
            return Err(io::Error::other("this process is dead"));
        }
        machine.calls.push(text());
        Ok(machine)
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
        let node = machine.find(path)?;
        Ok(match machine.nodes[node].kind() {
            None => Opened::File(self.open_node(machine, node, path)),
            Some(kind) => Opened::NotAFile(kind),
        })
    }

    fn create_file(&self, machine: &mut Machine, path: &Path) -> io::Result<File> {
        let (bytes, flushed) = (Vec::new(), Vec::new());
        let node = machine.add_name(path, Node::File { bytes, flushed })?;
        Ok(self.open_node(machine, node, path))
    }
}

impl FileSystem for Simulated {
    type File = File;

    fn inspect(&self, path: &Path) -> io::Result<Entry> {
        let machine = self.call(|| format!("inspect {}", short(path)))?;
        let Some(&node) = machine.names.get(path) else {
            return Ok(Entry::Absent);
        };
        let node = &machine.nodes[node];
        Ok(match (node, node.kind()) {
            (Node::Link(target), _) => Entry::Link(target.clone()),
            (_, Some(kind)) => Entry::Other(kind),
            (_, None) => Entry::File,
        })
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<OsString>> {
        let machine = self.call(|| format!("list {}", short(directory)))?;
        machine.find(directory)?;
        Ok(machine.names_in(directory))
    }

    fn read(&self, path: &Path, limit: u64) -> io::Result<Contents> {
        let machine = match self.call(|| format!("read {}", short(path))) {
            Err(error) if error.raw_os_error() == Some(MEDIUM_ERROR) => {
                return Ok(Contents::Unreadable(error));
            }
            machine => machine?,
        };
        let node = &machine.nodes[machine.find(path)?];
        Ok(match (node, node.kind()) {
            (Node::File { bytes, .. }, _) if bytes.len() as u64 > limit => Contents::TooLarge {
                bytes: bytes.len() as u64,
            },
            (Node::File { bytes, .. }, _) => Contents::Whole {
                bytes: bytes.clone(),
                modified: Some(SystemTime::UNIX_EPOCH),
            },
            (_, kind) => Contents::NotAFile(kind.unwrap_or(Kind::Special)),
        })
    }

    fn create_directory(&self, path: &Path, mode: u32) -> io::Result<()> {
        let mut machine = self.call(|| format!("create directory {} {mode:04o}", short(path)))?;
        machine.add_name(path, Node::Directory).map(drop)
    }

    fn create_temp(&self, directory: &Path, mode: u32) -> io::Result<(PathBuf, File)> {
        let nonce = self.machine.borrow().nonces + 1;
        let path = directory.join(temp_name(nonce));
        let mut machine = self.call(|| format!("create {} {mode:04o}", short(&path)))?;
        let file = self.create_file(&mut machine, &path)?;
        machine.nonces = nonce;
        Ok((path, file))
    }

    fn open_lock(&self, path: &Path, mode: u32) -> io::Result<Opened<File>> {
        let mut machine = self.call(|| format!("open or create {} {mode:04o}", short(path)))?;
        if machine.names.contains_key(path) {
            self.open_file(&mut machine, path)
        } else {
            self.create_file(&mut machine, path).map(Opened::File)
        }
    }

    fn open(&self, path: &Path) -> io::Result<Opened<File>> {
        let mut machine = self.call(|| format!("open {}", short(path)))?;
        self.open_file(&mut machine, path)
    }

    /// Nobody else runs while a simulated process waits, so waiting would change nothing.
    fn lock(&self, file: &File, lock: Lock, _wait: Duration) -> io::Result<bool> {
        let mut machine = self.call(|| format!("lock {} {lock:?}", file.name).to_lowercase())?;
        let in_the_way = |held: &Locked| {
            held.node == file.node && (held.lock == Lock::Exclusive || lock == Lock::Exclusive)
        };
        if machine.locks.iter().any(in_the_way) {
            return Ok(false);
        }
        machine.locks.push(Locked {
            node: file.node,
            handle: file.handle,
            process: self.process,
            lock,
        });
        Ok(true)
    }

    fn unlock(&self, file: &File) {
        if let Ok(mut machine) = self.call(|| format!("unlock {}", file.name)) {
            machine.locks.retain(|held| held.handle != file.handle);
        }
    }

    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        let mut machine = self.call(|| format!("write {}", file.name))?;
        if let Node::File { bytes: written, .. } = &mut machine.nodes[file.node] {
            written.extend_from_slice(bytes);
        }
        Ok(())
    }

    fn flush(&self, file: &File) -> io::Result<()> {
        let mut machine = self.call(|| format!("flush {}", file.name))?;
        if let Node::File { bytes, flushed } = &mut machine.nodes[file.node] {
            flushed.clone_from(bytes);
        }
        Ok(())
    }

    fn flush_directory(&self, directory: &Path) -> io::Result<()> {
        let mut machine = self.call(|| format!("flush {}", short(directory)))?;
        machine.find(directory)?;
        let inside = |change: &Change| change.path().parent() == Some(directory);
        let machine = &mut *machine;
        for change in machine.unflushed.extract_if(.., |change| inside(change)) {
            change.apply(&mut machine.flushed_names);
        }
        Ok(())
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut machine = self.call(|| format!("rename {} to {}, new", short(from), short(to)))?;
        if machine.names.contains_key(to) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        machine.find(from)?;
        machine.change(Change::Rename(from.to_owned(), to.to_owned()));
        machine.reply()
    }

    fn replace(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut machine = self.call(|| format!("rename {} to {}", short(from), short(to)))?;
        machine.find(from)?;
        machine.change(Change::Rename(from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn link(&self, target: &Path, path: &Path) -> io::Result<()> {
        let text = || format!("link {} to {}", short(path), target.display());
        let mut machine = self.call(text)?;
        machine
            .add_name(path, Node::Link(target.to_owned()))
            .map(drop)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut machine = self.call(|| format!("remove {}", short(path)))?;
        let node = machine.find(path)?;
        if machine.nodes[node].kind() == Some(Kind::Directory) {
            return Err(ErrorKind::IsADirectory.into());
        }
        machine.change(Change::Remove(path.to_owned()));
        Ok(())
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let mut machine = self.fs.machine.borrow_mut();
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
            Some((0, _)) => self.fault.take().map(|(_, fault)| fault),
            Some((calls, _)) => {
                *calls -= 1;
                None
            }
            None => None,
        }
    }

    fn reply(&mut self) -> io::Result<()> {
        match self.lost_reply.take() {
            Some(error) => Err(io::Error::from_raw_os_error(error)),
            None => Ok(()),
        }
    }

    fn kill(&mut self, process: usize) {
        self.dead.push(process);
        self.locks.retain(|held| held.process != process);
    }

    fn find(&self, path: &Path) -> io::Result<usize> {
        match self.names.get(path) {
            Some(&node) => Ok(node),
            None => Err(ErrorKind::NotFound.into()),
        }
    }

    fn names_in(&self, directory: &Path) -> Vec<OsString> {
        let inside = |path: &&PathBuf| path.parent() == Some(directory);
        let inside = self.names.keys().filter(inside);
        inside
            .filter_map(|path| Some(path.file_name()?.to_owned()))
            .collect()
    }

    fn add_node(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn add_name(&mut self, path: &Path, node: Node) -> io::Result<usize> {
        if self.names.contains_key(path) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        if let Some(parent) = path.parent() {
            self.find(parent)?;
        }
        let node = self.add_node(node);
        self.change(Change::Add(path.to_owned(), node));
        Ok(node)
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.names);
        self.unflushed.push(change);
    }
}

impl Node {
    /// `None` for a regular file.
    fn kind(&self) -> Option<Kind> {
        match self {
            Self::File { .. } => None,
            Self::Directory => Some(Kind::Directory),
            Self::Link(_) => Some(Kind::Link),
            Self::Special => Some(Kind::Special),
        }
    }

    fn after_power_cut(&self, unflushed: Unflushed) -> Self {
        let Self::File { bytes, flushed } = self else {
            return self.clone();
        };
        let kept = match unflushed {
            Unflushed::Nothing => flushed.len(),
            Unflushed::Half => usize::midpoint(flushed.len(), bytes.len()),
            Unflushed::Everything => bytes.len(),
        };
        Self::File {
            bytes: bytes[..kept].to_vec(),
            flushed: bytes[..kept].to_vec(),
        }
    }
}

impl Change {
    fn path(&self) -> &Path {
        match self {
            Self::Add(path, _) | Self::Remove(path) | Self::Rename(_, path) => path,
        }
    }

    fn apply(&self, names: &mut BTreeMap<PathBuf, usize>) {
        match self {
            Self::Add(path, node) => {
                names.insert(path.clone(), *node);
            }
            Self::Remove(path) => {
                names.remove(path);
            }
            Self::Rename(from, to) => {
                if let Some(node) = names.remove(from) {
                    names.insert(to.clone(), node);
                }
            }
        }
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
