//! What is on the disk of a simulated machine, and what a power loss may leave of it.

use crate::error::FileKind;
use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::iter;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// A path below the root, its names parted by slashes. Machines are copied by the thousand, and these
/// with them.
pub(super) type Key = Arc<str>;

/// The key of a path, whatever an absolute one begins with on the system that the tests run on.
pub(super) fn key(path: &Path) -> Key {
    let names = path.components().filter_map(|component| match component {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    names.collect::<Vec<_>>().join("/").into()
}

/// The key of the directory that a name lies in; the root lies in none.
fn above(key: &str) -> Option<&str> {
    match key.rsplit_once('/') {
        Some((above, _)) => Some(above),
        None => (!key.is_empty()).then_some(""),
    }
}

/// Names, what they name, and which of both would survive a power loss for certain.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Medium {
    nodes: Vec<Node>,
    names: BTreeMap<Key, usize>,
    synced_names: BTreeMap<Key, usize>,
    unsynced: Vec<Change>,
    /// The kind of power loss that the file system is known for.
    made_for: Option<Crash>,
    renames: Renames,
    /// Whether each directory is a mount of its own.
    is_divided: bool,
    /// Whether `A` and `a` are one name.
    ignores_case: bool,
}

/// What renames of a file system can do to a name that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Renames {
    Exchange,
    Replace,
    /// And someone has every file open.
    ReplaceNothingOpen,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    File {
        bytes: Vec<u8>,
        synced: Vec<u8>,
        /// `None`: now, by a clock that nobody else reads.
        modified: Option<SystemTime>,
    },
    /// A file of so many bytes, whatever they are.
    Sparse(u64),
    Directory,
    Link(PathBuf),
    Special,
}

/// A change of names that was not synced yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Change {
    Add(Key, usize),
    Remove(Key),
    Rename(Key, Key, usize),
    /// Two names and what they stand for from then on.
    Exchange(Key, usize, Key, usize),
}

/// Which of the unsynced changes of names a power loss keeps. Each may keep none, half or all of the
/// unsynced bytes of the files besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Crash {
    /// The first so many, as a file system with an ordered journal does.
    Prefix,
    /// Any of them, each whole.
    Subset,
    /// Any of them, and of each rename the removal of the old name, the new name, both or neither.
    Halves,
    /// Any of them, each whole, and in the place of files that were never synced perhaps one that was
    /// removed: a name is on the disk before the inode that it stands for, whose number was used before.
    Revival,
}

/// How much of the bytes that were written and not synced a power loss keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unsynced {
    Nothing,
    Half,
    Everything,
    /// What this other file held, where nothing is synced.
    Another(usize),
}

impl Medium {
    /// Nothing but the root and `app` in it, synced. Paths begin below the root.
    pub(super) fn new() -> Self {
        let names: BTreeMap<Key, _> = [("".into(), 0), ("app".into(), 1)].into();
        Self {
            nodes: vec![Node::Directory, Node::Directory],
            synced_names: names.clone(),
            names,
            unsynced: Vec::new(),
            made_for: None,
            renames: Renames::Exchange,
            is_divided: false,
            ignores_case: false,
        }
    }

    /// The same disk, with a file system for this kind of power loss.
    pub(crate) fn made_for(self, crash: Crash) -> Self {
        Self {
            made_for: Some(crash),
            ..self
        }
    }

    /// Whether it uses what belonged to a removed file again at once.
    pub(super) fn may_revive(&self) -> bool {
        self.made_for == Some(Crash::Revival)
    }

    /// Whether a name is never durable without what was written out before.
    pub(super) fn commits_in_order(&self) -> bool {
        self.made_for == Some(Crash::Prefix)
    }

    /// The same disk, with a file system that cannot exchange names.
    pub(crate) fn without_exchange(self) -> Self {
        Self {
            renames: Renames::Replace,
            ..self
        }
    }

    /// The same disk, with a file system that replaces no open file, and readers who have each open.
    pub(crate) fn in_use(self) -> Self {
        Self {
            renames: Renames::ReplaceNothingOpen,
            ..self
        }
    }

    /// The same disk, with directories that no rename leads out of.
    pub(crate) fn divided(self) -> Self {
        Self {
            is_divided: true,
            ..self
        }
    }

    /// The same disk, with a file system that ignores case.
    pub(crate) fn ignoring_case(self) -> Self {
        Self {
            ignores_case: true,
            ..self
        }
    }

    pub(crate) fn find(&self, path: &Path) -> io::Result<usize> {
        self.find_key(&key(path))
    }

    pub(super) fn find_key(&self, key: &str) -> io::Result<usize> {
        match self.names.get(key) {
            Some(&node) => Ok(node),
            None if self.ignores_case => {
                let mut names = self.names.iter();
                let found = names.find(|(name, _)| name.eq_ignore_ascii_case(key));
                found.map_or_else(|| Err(ErrorKind::NotFound.into()), |(_, &node)| Ok(node))
            }
            None => Err(ErrorKind::NotFound.into()),
        }
    }

    pub(crate) fn node(&self, node: usize) -> &Node {
        &self.nodes[node]
    }

    /// What the link at `path` says, if there is one.
    pub(crate) fn target(&self, path: &Path) -> Option<&Path> {
        match self.nodes.get(*self.names.get(&key(path))?)? {
            Node::Link(target) => Some(target),
            _ => None,
        }
    }

    /// Every path that is there, or may be after a power loss.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        let names = self.names.keys().chain(self.synced_names.keys());
        let changed = self.unsynced.iter().map(Change::key);
        names.chain(changed).map(|key| Path::new(&**key))
    }

    pub(super) fn names_in(&self, directory: &str) -> Vec<OsString> {
        let inside = |key: &&Key| above(key) == Some(directory);
        let inside = self.names.keys().filter(inside);
        inside
            .map(|key| key.rsplit('/').next().unwrap().into())
            .collect()
    }

    pub(super) fn add(&mut self, key: &Key, node: Node) -> io::Result<usize> {
        if self.find_key(key).is_ok() {
            return Err(ErrorKind::AlreadyExists.into());
        }
        if let Some(above) = above(key) {
            self.find_key(above)?;
        }
        self.nodes.push(node);
        let node = self.nodes.len() - 1;
        self.change(Change::Add(key.clone(), node));
        Ok(node)
    }

    pub(super) fn remove(&mut self, key: &Key) -> io::Result<()> {
        if self.nodes[self.find_key(key)?].kind() == Some(FileKind::Directory) {
            return Err(ErrorKind::IsADirectory.into());
        }
        self.change(Change::Remove(key.clone()));
        Ok(())
    }

    pub(super) fn remove_directory(&mut self, key: &Key) -> io::Result<()> {
        self.find_key(key)?;
        if !self.names_in(key).is_empty() {
            return Err(ErrorKind::DirectoryNotEmpty.into());
        }
        self.change(Change::Remove(key.clone()));
        Ok(())
    }

    pub(super) fn rename(&mut self, from: &Key, to: &Key) -> io::Result<()> {
        let node = self.find_key(from)?;
        self.refuse_to_cross(from, to)?;
        if self.renames == Renames::ReplaceNothingOpen && self.find_key(to).is_ok() {
            return Err(ErrorKind::PermissionDenied.into());
        }
        self.change(Change::Rename(from.clone(), to.clone(), node));
        Ok(())
    }

    /// `false` if the file system cannot.
    pub(super) fn exchange(&mut self, name: &Key, other: &Key) -> io::Result<bool> {
        let can = self.renames == Renames::Exchange;
        if can {
            let (own, others) = (self.find_key(name)?, self.find_key(other)?);
            self.refuse_to_cross(name, other)?;
            let exchanged = Change::Exchange(name.clone(), others, other.clone(), own);
            self.change(exchanged);
        }
        Ok(can)
    }

    pub(super) fn link(&mut self, name: &Key, second: &Key) -> io::Result<()> {
        if self.find_key(second).is_ok() {
            return Err(ErrorKind::AlreadyExists.into());
        }
        let node = self.find_key(name)?;
        self.change(Change::Add(second.clone(), node));
        Ok(())
    }

    fn refuse_to_cross(&self, from: &Key, to: &Key) -> io::Result<()> {
        let above = |key: &Key| key.rsplit_once('/').map(|(above, _)| above.to_owned());
        if self.is_divided && above(from) != above(to) {
            return Err(ErrorKind::CrossesDevices.into());
        }
        Ok(())
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.names);
        self.unsynced.push(change);
    }

    pub(super) fn write(&mut self, node: usize, bytes: &[u8]) {
        if let Node::File {
            bytes: written,
            modified,
            ..
        } = &mut self.nodes[node]
        {
            written.extend_from_slice(bytes);
            *modified = None;
        }
    }

    pub(super) fn set_modified(&mut self, node: usize, time: SystemTime) {
        if let Node::File { modified, .. } = &mut self.nodes[node] {
            *modified = Some(time);
        }
    }

    /// How many names lead to it.
    pub(super) fn names_of(&self, node: usize) -> usize {
        self.names.values().filter(|&&named| named == node).count()
    }

    pub(super) fn write_over(&mut self, node: usize, bytes: &[u8]) {
        if let Node::File {
            bytes: written,
            modified,
            ..
        } = &mut self.nodes[node]
        {
            let rest = written.split_off(bytes.len().min(written.len()));
            *written = [bytes, &rest].concat();
            *modified = None;
        }
    }

    pub(super) fn sync(&mut self, node: usize) {
        if let Node::File { bytes, synced, .. } = &mut self.nodes[node] {
            synced.clone_from(bytes);
        }
    }

    pub(super) fn sync_all(&mut self) {
        (0..self.nodes.len()).for_each(|node| self.sync(node));
        self.synced_names = self.names.clone();
        self.unsynced.clear();
    }

    pub(super) fn sync_directory(&mut self, directory: &str) -> io::Result<()> {
        self.find_key(directory)?;
        let inside = |change: &mut Change| above(change.key()) == Some(directory);
        for change in self.unsynced.extract_if(.., inside) {
            change.apply(&mut self.synced_names);
        }
        Ok(())
    }

    /// Makes `path` name `node`, synced, whatever it named before.
    pub(crate) fn put(&mut self, path: &Path, node: Node) {
        self.take_away(path);
        self.nodes.push(node);
        let (key, node) = (key(path), self.nodes.len() - 1);
        self.names.insert(key.clone(), node);
        self.synced_names.insert(key, node);
    }

    pub(super) fn put_second_name(&mut self, path: &Path, second: &Path) {
        let node = self.find(path).unwrap();
        self.names.insert(key(second), node);
        self.synced_names.insert(key(second), node);
    }

    /// Writes into the file that `path` names, under all its names, or makes one; synced, as is its name there.
    pub(crate) fn write_in_place(&mut self, path: &Path, node: Node) {
        match self.find(path) {
            Ok(number) => {
                self.nodes[number] = node;
                self.sync_name(&key(path));
            }
            Err(_) => self.put(path, node),
        }
    }

    /// Flips a bit in the file at `path`, under all its names, if it begins like one of ours; its time stays.
    pub(crate) fn damage(&mut self, path: &Path) -> bool {
        let Ok(number) = self.find(path) else {
            return false;
        };
        match &mut self.nodes[number] {
            Node::File { bytes, synced, .. } if bytes.starts_with(b"#:") => {
                if let Some(last) = bytes.last_mut() {
                    *last ^= 1;
                }
                synced.clone_from(bytes);
                true
            }
            _ => false,
        }
    }

    /// Makes `path` name nothing, synced.
    pub(crate) fn take_away(&mut self, path: &Path) {
        let key = key(path);
        self.sync_name(&key);
        self.names.remove(&key);
        self.synced_names.remove(&key);
    }

    fn sync_name(&mut self, key: &Key) {
        for change in self.unsynced.extract_if(.., |change| change.key() == key) {
            change.apply(&mut self.synced_names);
        }
    }

    /// Everything that may be on the disk after a power loss.
    pub(crate) fn after_power_cut(&self, crash: Crash) -> HashSet<Self> {
        let changes = match crash {
            Crash::Prefix | Crash::Subset | Crash::Revival => self.unsynced.clone(),
            Crash::Halves => self.unsynced.iter().flat_map(Change::halves).collect(),
        };
        let choices: Vec<u32> = match crash {
            Crash::Prefix => (0..=changes.len()).map(|kept| (1 << kept) - 1).collect(),
            Crash::Subset | Crash::Halves | Crash::Revival => (0..1 << changes.len()).collect(),
        };
        let mut unsynced = vec![Unsynced::Nothing, Unsynced::Half, Unsynced::Everything];
        if crash == Crash::Revival {
            let named: HashSet<_> = self.names.values().copied().collect();
            let removed = (0..self.nodes.len()).filter(|node| !named.contains(node));
            unsynced.extend(removed.map(Unsynced::Another));
        }
        let mut images = HashSet::new();
        for choice in choices {
            let mut names = self.synced_names.clone();
            for (bit, change) in changes.iter().enumerate() {
                if choice & 1 << bit != 0 {
                    change.apply(&mut names);
                }
            }
            for &unsynced in &unsynced {
                images.insert(self.restarted(&names, unsynced));
            }
        }
        images
    }

    /// The disk with `names`, as far as they can be reached, and nothing that is not named.
    fn restarted(&self, names: &BTreeMap<Key, usize>, unsynced: Unsynced) -> Self {
        let mut nodes = Vec::new();
        let mut kept = BTreeMap::new();
        for (key, &node) in names {
            let reached = iter::successors(above(key), |key| above(key));
            if reached.into_iter().all(|above| names.contains_key(above)) {
                let another = match unsynced {
                    Unsynced::Another(removed) if self.nodes[node].is_unsynced() => removed,
                    _ => node,
                };
                nodes.push(self.nodes[another].after_power_cut(unsynced));
                kept.insert(key.clone(), nodes.len() - 1);
            }
        }
        Self {
            nodes,
            synced_names: kept.clone(),
            names: kept,
            unsynced: Vec::new(),
            ..*self
        }
    }

    /// Describes the whole state in words: names, synced names and unsynced changes, each as `word`
    /// has it for a path and what the path names.
    pub(crate) fn describe(&self, word: impl Fn(&Path, Option<&Node>) -> String) -> String {
        let all = |names: &BTreeMap<Key, usize>| -> String {
            let mut words: Vec<_> = names
                .iter()
                .map(|(key, &node)| word(Path::new(&**key), Some(&self.nodes[node])))
                .collect();
            words.sort();
            words.join(" ")
        };
        let changes = self.unsynced.iter().map(|change| match change {
            Change::Add(key, node) => {
                format!("+{}", word(Path::new(&**key), Some(&self.nodes[*node])))
            }
            Change::Remove(key) => format!("-{}", word(Path::new(&**key), None)),
            Change::Rename(from, to, node) => {
                let to = word(Path::new(&**to), Some(&self.nodes[*node]));
                format!("{}>{to}", word(Path::new(&**from), None))
            }
            Change::Exchange(name, own, other, others) => {
                let name = word(Path::new(&**name), Some(&self.nodes[*own]));
                let other = word(Path::new(&**other), Some(&self.nodes[*others]));
                format!("{name}<>{other}")
            }
        });
        let changes: Vec<_> = changes.collect();
        let (names, synced) = (all(&self.names), all(&self.synced_names));
        format!("{names} | {synced} | {}", changes.join(" "))
    }
}

impl Node {
    pub(crate) fn file(bytes: &[u8]) -> Self {
        Self::File {
            bytes: bytes.to_vec(),
            synced: bytes.to_vec(),
            modified: None,
        }
    }

    /// Now is later than any time that a status is sealed at.
    pub(crate) fn modified(&self) -> SystemTime {
        const NOW: Duration = Duration::from_secs(1_000_000_000);
        let now = SystemTime::UNIX_EPOCH + NOW;
        match self {
            Self::File { modified, .. } => modified.unwrap_or(now),
            _ => now,
        }
    }

    pub(super) fn length(&self) -> u64 {
        match self {
            Self::File { bytes, .. } => bytes.len() as u64,
            &Self::Sparse(bytes) => bytes,
            Self::Directory | Self::Link(_) | Self::Special => 0,
        }
    }

    /// `None` for a regular file.
    pub(crate) fn kind(&self) -> Option<FileKind> {
        match self {
            Self::File { .. } | Self::Sparse(_) => None,
            Self::Directory => Some(FileKind::Directory),
            Self::Link(_) => Some(FileKind::Link),
            Self::Special => Some(FileKind::Special),
        }
    }

    /// Whether it is a file of which nothing is synced.
    fn is_unsynced(&self) -> bool {
        matches!(self, Self::File { bytes, synced, .. } if synced.is_empty() && !bytes.is_empty())
    }

    fn after_power_cut(&self, unsynced: Unsynced) -> Self {
        let Self::File {
            bytes,
            synced,
            modified,
        } = self
        else {
            return self.clone();
        };
        let grown_from = if bytes.starts_with(synced) {
            synced.len()
        } else {
            0
        };
        let kept = match unsynced {
            Unsynced::Nothing | Unsynced::Another(_) => synced,
            Unsynced::Half => &bytes[..usize::midpoint(grown_from, bytes.len())],
            Unsynced::Everything => bytes,
        };
        Self::File {
            bytes: kept.to_vec(),
            synced: kept.to_vec(),
            modified: *modified,
        }
    }
}

impl Change {
    /// A name that this changes, in the directory that must be synced for it.
    fn key(&self) -> &Key {
        match self {
            Self::Add(key, _)
            | Self::Remove(key)
            | Self::Rename(_, key, _)
            | Self::Exchange(_, _, key, _) => key,
        }
    }

    fn halves(&self) -> Vec<Self> {
        match self {
            Self::Rename(from, to, node) => {
                vec![Self::Remove(from.clone()), Self::Add(to.clone(), *node)]
            }
            Self::Exchange(name, own, other, others) => vec![
                Self::Add(name.clone(), *own),
                Self::Add(other.clone(), *others),
            ],
            whole => vec![whole.clone()],
        }
    }

    fn apply(&self, names: &mut BTreeMap<Key, usize>) {
        match self {
            Self::Add(key, node) => {
                names.insert(key.clone(), *node);
            }
            Self::Remove(key) => {
                names.remove(key);
            }
            Self::Rename(from, to, node) => {
                names.remove(from);
                names.insert(to.clone(), *node);
            }
            Self::Exchange(name, own, other, others) => {
                names.insert(name.clone(), *own);
                names.insert(other.clone(), *others);
            }
        }
    }
}
