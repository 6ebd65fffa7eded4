//! Which status a path means: the path itself, the status directory, or a file in it.

use crate::outcome::Failure;
use statusfile_runtime::{Error, Generation, Origin, UntypedFile, UntypedStatus};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

const ENDING: &str = "status";

/// A status, and the generation that the path named, if it named one.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) file: UntypedFile,
    pub(crate) generation: Option<u64>,
}

impl Place {
    pub(crate) fn of(path: &Path) -> Self {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let (status, generation) = inside(&path).unwrap_or((path, None));
        Self {
            file: UntypedFile::at(status),
            generation,
        }
    }

    /// For what changes a status: a generation is never changed.
    pub(crate) fn to_change(path: &Path) -> Result<Self, Failure> {
        let place = Self::of(path);
        match place.generation {
            None => Ok(place),
            Some(generation) => Err(Failure::wrong_use(format!(
                "generation {generation} is never changed: name the status, {}",
                place.path().display()
            ))),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    /// The status that the path names, or that counts.
    pub(crate) fn read(&self, generation: Option<u64>) -> Result<UntypedStatus, Failure> {
        match generation.or(self.generation) {
            Some(number) => self.read_generation(number),
            None => Ok(self.file.read()?),
        }
    }

    pub(crate) fn read_generation(&self, number: u64) -> Result<UntypedStatus, Failure> {
        self.file
            .read_generation(number)
            .map_err(|error| match error {
                // Others may be good; this is about the one.
                Error::Damaged { candidates, .. } => {
                    let damage: Vec<_> = candidates.iter().map(ToString::to_string).collect();
                    Failure::finding(damage.join("\n"))
                }
                error => error.into(),
            })
    }

    /// The good status before `seen`.
    pub(crate) fn before(&self, seen: &UntypedStatus) -> Result<UntypedStatus, Failure> {
        let Origin::Generation(number) = seen.origin else {
            return Ok(self.file.read_last_good()?);
        };
        let is_older = |kept: &&Generation| kept.number < number && kept.version.is_ok();
        match self.file.history()?.iter().find(is_older) {
            Some(older) => self.read_generation(older.number),
            None => Err(Failure::finding(format!(
                "{}: no good status before generation {number} is kept",
                self.path().display()
            ))),
        }
    }
}

/// What to call a status.
pub(crate) fn name(status: &UntypedStatus) -> String {
    match status.origin {
        Origin::Generation(number) => format!("generation {number}"),
        _ => "an edit".to_owned(),
    }
}

/// The directory of the status at `path`.
pub(crate) fn directory_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().map(OsStr::to_owned).unwrap_or_default();
    name.push(".");
    name.push(ENDING);
    path.with_file_name(name)
}

/// The status whose directory is `directory`.
pub(crate) fn status_of(directory: &Path) -> Option<PathBuf> {
    let is_one = directory.extension()? == ENDING;
    is_one.then_some(directory.with_file_name(directory.file_stem()?))
}

/// Whether a name in a directory shows that it is that of a status.
pub(crate) fn is_of_a_status(name: &OsStr) -> bool {
    let name = name.to_str().unwrap_or_default();
    ["lock", "current"].contains(&name)
        || number(name, ".toml").or(number(name, ".damaged")).is_some()
}

/// `None` if the path is that of a status itself.
fn inside(path: &Path) -> Option<(PathBuf, Option<u64>)> {
    if directory_of(path).is_dir() {
        return None;
    }
    if path.is_dir() {
        return Some((status_of(path)?, None));
    }
    if let Some(status) = path.parent().and_then(status_of) {
        let name = path.file_name()?;
        if is_of_a_status(name) {
            return Some((status, number(name.to_str()?, ".toml")));
        }
    }
    // A person's link to a status elsewhere leads to its newest generation in the end.
    if path.is_symlink() {
        let status = path.canonicalize().ok()?.parent().and_then(status_of)?;
        return Some((status, None));
    }
    None
}

fn number(name: &str, ending: &str) -> Option<u64> {
    let stem = name.strip_suffix(ending)?;
    let is_number = stem.bytes().all(|byte| byte.is_ascii_digit());
    stem.parse().ok().filter(|_| is_number)
}
