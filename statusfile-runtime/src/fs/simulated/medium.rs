//! What is on the disk of a simulated machine, and what a power cut may leave of it.

use crate::fs::Kind;
use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Names, what they name, and which of both would survive a power cut for certain.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Medium {
    nodes: Vec<Node>,
    names: BTreeMap<PathBuf, usize>,
    flushed_names: BTreeMap<PathBuf, usize>,
    unflushed: Vec<Change>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    File {
        bytes: Vec<u8>,
        flushed: Vec<u8>,
    },
    /// A file of so many bytes, whatever they are.
    Sparse(u64),
    Directory,
    Link(PathBuf),
    Special,
}

/// A change of names that was not flushed yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Change {
    Add(PathBuf, usize),
    Remove(PathBuf),
    Rename(PathBuf, PathBuf, usize),
}

/// Which of the unflushed changes of names a power cut keeps. Each may keep none, half or all of the
/// unflushed bytes of the files besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crash {
    /// The first so many, as a file system with an ordered journal does.
    Prefix,
    /// Any of them, each whole.
    Subset,
    /// Any of them, and of each rename the removal of the old name, the new name, both or neither.
    Halves,
}

/// How much of the bytes that were written and not flushed a power cut keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unflushed {
    Nothing,
    Half,
    Everything,
}

impl Medium {
    /// Nothing but `/` and `/app`, flushed.
    pub(super) fn new() -> Self {
        let names: BTreeMap<_, _> = [("/".into(), 0), ("/app".into(), 1)].into();
        Self {
            nodes: vec![Node::Directory, Node::Directory],
            flushed_names: names.clone(),
            names,
            unflushed: Vec::new(),
        }
    }

    pub(crate) fn find(&self, path: &Path) -> io::Result<usize> {
        match self.names.get(path) {
            Some(&node) => Ok(node),
            None => Err(ErrorKind::NotFound.into()),
        }
    }

    pub(crate) fn node(&self, node: usize) -> &Node {
        &self.nodes[node]
    }

    /// What the link at `path` says, if there is one.
    pub(crate) fn target(&self, path: &Path) -> Option<&Path> {
        match self.nodes.get(*self.names.get(path)?)? {
            Node::Link(target) => Some(target),
            _ => None,
        }
    }

    pub(crate) fn names_in(&self, directory: &Path) -> Vec<OsString> {
        let inside = |path: &&PathBuf| path.parent() == Some(directory);
        let inside = self.names.keys().filter(inside);
        inside
            .filter_map(|path| Some(path.file_name()?.to_owned()))
            .collect()
    }

    pub(super) fn add(&mut self, path: &Path, node: Node) -> io::Result<usize> {
        if self.names.contains_key(path) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        if let Some(parent) = path.parent() {
            self.find(parent)?;
        }
        self.nodes.push(node);
        let node = self.nodes.len() - 1;
        self.change(Change::Add(path.to_owned(), node));
        Ok(node)
    }

    pub(super) fn remove(&mut self, path: &Path) -> io::Result<()> {
        if self.nodes[self.find(path)?].kind() == Some(Kind::Directory) {
            return Err(ErrorKind::IsADirectory.into());
        }
        self.change(Change::Remove(path.to_owned()));
        Ok(())
    }

    pub(super) fn remove_directory(&mut self, path: &Path) -> io::Result<()> {
        self.find(path)?;
        if !self.names_in(path).is_empty() {
            return Err(ErrorKind::DirectoryNotEmpty.into());
        }
        self.change(Change::Remove(path.to_owned()));
        Ok(())
    }

    pub(super) fn is_named(&self, node: usize) -> bool {
        self.names.values().any(|&named| named == node)
    }

    pub(super) fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let node = self.find(from)?;
        self.change(Change::Rename(from.to_owned(), to.to_owned(), node));
        Ok(())
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.names);
        self.unflushed.push(change);
    }

    pub(super) fn write(&mut self, node: usize, bytes: &[u8]) {
        if let Node::File { bytes: written, .. } = &mut self.nodes[node] {
            written.extend_from_slice(bytes);
        }
    }

    pub(super) fn flush(&mut self, node: usize) {
        if let Node::File { bytes, flushed } = &mut self.nodes[node] {
            flushed.clone_from(bytes);
        }
    }

    pub(super) fn flush_directory(&mut self, directory: &Path) -> io::Result<()> {
        self.find(directory)?;
        let inside = |change: &mut Change| change.path().parent() == Some(directory);
        for change in self.unflushed.extract_if(.., inside) {
            change.apply(&mut self.flushed_names);
        }
        Ok(())
    }

    /// Makes `path` name `node`, flushed, whatever it named before.
    pub(crate) fn put(&mut self, path: &Path, node: Node) {
        self.take_away(path);
        self.nodes.push(node);
        self.names.insert(path.to_owned(), self.nodes.len() - 1);
        self.flushed_names
            .insert(path.to_owned(), self.nodes.len() - 1);
    }

    /// Makes `path` name nothing, flushed.
    pub(crate) fn take_away(&mut self, path: &Path) {
        self.unflushed.retain(|change| change.path() != path);
        self.names.remove(path);
        self.flushed_names.remove(path);
    }

    /// Everything that may be on the disk after a power cut.
    pub(crate) fn after_power_cut(&self, crash: Crash) -> HashSet<Self> {
        let changes = match crash {
            Crash::Prefix | Crash::Subset => self.unflushed.clone(),
            Crash::Halves => self.unflushed.iter().flat_map(Change::halves).collect(),
        };
        let choices: Vec<u32> = match crash {
            Crash::Prefix => (0..=changes.len()).map(|kept| (1 << kept) - 1).collect(),
            Crash::Subset | Crash::Halves => (0..1 << changes.len()).collect(),
        };
        let mut images = HashSet::new();
        for choice in choices {
            let mut names = self.flushed_names.clone();
            for (bit, change) in changes.iter().enumerate() {
                if choice & 1 << bit != 0 {
                    change.apply(&mut names);
                }
            }
            for unflushed in [Unflushed::Nothing, Unflushed::Half, Unflushed::Everything] {
                images.insert(self.restarted(&names, unflushed));
            }
        }
        images
    }

    /// The disk with `names`, as far as they can be reached, and nothing that is not named.
    fn restarted(&self, names: &BTreeMap<PathBuf, usize>, unflushed: Unflushed) -> Self {
        let mut nodes = Vec::new();
        let mut kept = BTreeMap::new();
        for (path, &node) in names {
            if path.ancestors().all(|above| names.contains_key(above)) {
                nodes.push(self.nodes[node].after_power_cut(unflushed));
                kept.insert(path.clone(), nodes.len() - 1);
            }
        }
        Self {
            nodes,
            flushed_names: kept.clone(),
            names: kept,
            unflushed: Vec::new(),
        }
    }

    /// Tells the whole state in words: names, flushed names and unflushed changes, each as `word`
    /// has it for a path and what the path names.
    pub(crate) fn describe(&self, word: impl Fn(&Path, Option<&Node>) -> String) -> String {
        let all = |names: &BTreeMap<PathBuf, usize>| -> String {
            let mut words: Vec<_> = names
                .iter()
                .map(|(path, &node)| word(path, Some(&self.nodes[node])))
                .collect();
            words.sort();
            words.join(" ")
        };
        let changes = self.unflushed.iter().map(|change| match change {
            Change::Add(path, node) => format!("+{}", word(path, Some(&self.nodes[*node]))),
            Change::Remove(path) => format!("-{}", word(path, None)),
            Change::Rename(from, to, node) => {
                let to = word(to, Some(&self.nodes[*node]));
                format!("{}>{to}", word(from, None))
            }
        });
        let changes: Vec<_> = changes.collect();
        let (names, flushed) = (all(&self.names), all(&self.flushed_names));
        format!("{names} | {flushed} | {}", changes.join(" "))
    }
}

impl Node {
    pub(crate) fn file(bytes: &[u8]) -> Self {
        Self::File {
            bytes: bytes.to_vec(),
            flushed: bytes.to_vec(),
        }
    }

    /// `None` for a regular file.
    pub(crate) fn kind(&self) -> Option<Kind> {
        match self {
            Self::File { .. } | Self::Sparse(_) => None,
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
        Self::file(&bytes[..kept])
    }
}

impl Change {
    /// A name that this changes, in the directory that must be flushed for it.
    fn path(&self) -> &Path {
        match self {
            Self::Add(path, _) | Self::Remove(path) | Self::Rename(_, path, _) => path,
        }
    }

    fn halves(&self) -> Vec<Self> {
        match self {
            Self::Rename(from, to, node) => {
                vec![Self::Remove(from.clone()), Self::Add(to.clone(), *node)]
            }
            whole => vec![whole.clone()],
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
            Self::Rename(from, to, node) => {
                names.remove(from);
                names.insert(to.clone(), *node);
            }
        }
    }
}
