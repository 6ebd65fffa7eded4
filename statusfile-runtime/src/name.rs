//! The names of the files that make up one status, and how they are told apart.

use crate::error::{Error, Step};
use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// The last generation there can be: the largest integer that every TOML reader holds.
pub(crate) const LAST_GENERATION: u64 = i64::MAX.unsigned_abs();

/// What the name of a status directory adds to that of its status.
pub(crate) const DIRECTORY_ENDING: &str = ".status";

const EDIT_TAKEN: &str = "edit.taken";

/// Where everything that belongs to one status lives.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    path: PathBuf,
    directory: PathBuf,
    link_target: PathBuf,
}

impl Layout {
    /// The layout of the status at `path`, which must be absolute and name a file.
    pub(crate) fn new(path: &Path) -> Result<Self, Error> {
        let (Some(parent), Some(name), true) =
            (path.parent(), path.file_name(), path.is_absolute())
        else {
            let cause = io::Error::new(ErrorKind::InvalidInput, "the path names no file");
            return Err(Error::io(Step::Place, path, cause));
        };
        let mut directory_name = name.to_owned();
        directory_name.push(DIRECTORY_ENDING);
        Ok(Self {
            path: parent.join(name),
            directory: parent.join(&directory_name),
            link_target: Path::new(&directory_name).join("current"),
        })
    }

    /// What the user named: a link to the newest generation, or a person's edit.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(crate) fn parent(&self) -> &Path {
        self.directory.parent().unwrap_or(&self.directory)
    }

    /// What the link at [`path`](Self::path) says, relative to its own directory.
    pub(crate) fn link_target(&self) -> &Path {
        &self.link_target
    }

    pub(crate) fn generation(&self, generation: u64) -> PathBuf {
        self.directory.join(generation_name(generation))
    }

    pub(crate) fn damaged(&self, generation: u64) -> PathBuf {
        self.directory.join(format!("{generation}.damaged"))
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.directory.join("lock")
    }

    pub(crate) fn current(&self) -> PathBuf {
        self.directory.join("current")
    }

    /// Lies here while a person's edit is removed from the path, until that is durable.
    pub(crate) fn edit_taken(&self) -> PathBuf {
        self.directory.join(EDIT_TAKEN)
    }

    /// A link on its way to a name of its own; only the holder of the lock makes one.
    pub(crate) fn new_link(&self) -> PathBuf {
        self.directory.join("link.new")
    }
}

pub(crate) fn generation_name(generation: u64) -> String {
    format!("{generation}.toml")
}

/// The name of a temp file, unique as far as `nonce` is.
pub(crate) fn temp_name(nonce: u64) -> String {
    format!("{nonce:016x}.tmp")
}

/// The names in a status directory, told apart. Generations are sorted, the newest first.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Listing {
    pub(crate) generations: Vec<u64>,
    pub(crate) damaged: Vec<u64>,
    pub(crate) temps: Vec<OsString>,
    pub(crate) edit_taken: bool,
}

impl Listing {
    pub(crate) fn new(names: impl IntoIterator<Item = OsString>) -> Self {
        let mut listing = Self::default();
        for name in names {
            listing.edit_taken |= name == EDIT_TAKEN;
            let Some((stem, extension)) = split(&name) else {
                continue;
            };
            match (extension, number(stem)) {
                ("toml", Some(generation)) => listing.generations.push(generation),
                ("damaged", Some(generation)) => listing.damaged.push(generation),
                ("tmp", _) if is_nonce(stem) => listing.temps.push(name),
                _ => {}
            }
        }
        listing.generations.sort_unstable_by(|a, b| b.cmp(a));
        listing.damaged.sort_unstable_by(|a, b| b.cmp(a));
        listing
    }
}

fn split(name: &OsStr) -> Option<(&str, &str)> {
    name.to_str()?.rsplit_once('.')
}

/// A generation in the one form that we write: `7`, never `07` or `+7`.
fn number(stem: &str) -> Option<u64> {
    let canonical = stem.bytes().all(|byte| byte.is_ascii_digit()) && !stem.starts_with('0');
    let generation = stem.parse().ok().filter(|_| canonical)?;
    (generation <= LAST_GENERATION).then_some(generation)
}

fn is_nonce(stem: &str) -> bool {
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    stem.len() == 16 && stem.bytes().all(hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(names: &[&str]) -> Listing {
        Listing::new(names.iter().map(OsString::from))
    }

    #[test]
    fn everything_lies_beside_the_path() {
        let layout = Layout::new(Path::new("/var/worker.toml")).unwrap();
        assert_eq!(layout.path(), Path::new("/var/worker.toml"));
        assert_eq!(layout.directory(), Path::new("/var/worker.toml.status"));
        assert_eq!(layout.parent(), Path::new("/var"));
        assert_eq!(
            layout.link_target(),
            Path::new("worker.toml.status/current")
        );
        assert_eq!(
            layout.generation(42),
            Path::new("/var/worker.toml.status/42.toml")
        );
    }

    #[test]
    fn a_path_must_name_a_file_absolutely() {
        for path in ["", "/", "/a/..", "worker.toml"] {
            assert!(Layout::new(Path::new(path)).is_err(), "{path:?}");
        }
    }

    #[test]
    fn names_are_told_apart_and_the_newest_comes_first() {
        let nonce = temp_name(0xabc);
        let found = listing(&[
            "edit.taken",
            "9.toml",
            "10.toml",
            "8.damaged",
            "lock",
            "current",
            "link.new",
            &nonce,
        ]);
        assert_eq!(found.generations, [10, 9]);
        assert_eq!(found.damaged, [8]);
        assert_eq!(found.temps, [OsString::from(nonce)]);
        assert!(found.edit_taken);
    }

    #[test]
    fn only_names_in_our_own_form_count() {
        let foreign = [
            "0.toml",
            "07.toml",
            "+7.toml",
            "7.TOML",
            "7",
            ".toml",
            "-1.toml",
            "7.toml~",
            "9223372036854775808.toml",
            "99999999999999999999999.toml",
            "notes.tmp",
            "ABCDEF0123456789.tmp",
            "7.toml.tmp",
        ];
        assert_eq!(listing(&foreign), Listing::default());
    }

    #[test]
    fn every_generation_is_found_again_under_its_name() {
        for generation in [1, 9, 10, u64::from(u32::MAX), LAST_GENERATION] {
            let names = [OsString::from(generation_name(generation))];
            assert_eq!(Listing::new(names).generations, [generation]);
        }
    }
}
