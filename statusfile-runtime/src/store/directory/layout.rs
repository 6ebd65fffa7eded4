//! The names of the files that make up one status, and how they are told apart.

use crate::error::{Damage, Error, Location, Step};
use crate::fs::Made;
use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// The last generation there can be: the largest integer that every TOML reader holds.
pub(crate) const LAST_GENERATION: u64 = i64::MAX.unsigned_abs();

/// What the name of a status directory adds to that of its status.
pub(crate) const DIRECTORY_ENDING: &str = ".status";

/// Never renamed; removed with the whole status alone.
pub(crate) const LOCK: &str = "lock";

/// What `lock` holds, one line after the other: the first once a save has returned, the second once that was removed,
/// and so on. It is never made shorter, as it may have a name elsewhere. Both are as long, so that its length tells.
const LOCK_LINES: [&[u8; LOCK_LINE]; 2] = [
    b"# A status was saved here. Leave this file alone.\n",
    b"# It was removed, and there may be nothing of it.\n",
];

const LOCK_LINE: usize = 50;

/// Nobody has so many removals that do not come to their end: a longer file is not ours, and is not written to.
const LOCK_MOST: u64 = 4096;

/// Whether a lock of this length says that a save has returned, and no removal since.
pub(crate) fn says_saved(bytes: u64) -> bool {
    bytes / LOCK_LINE as u64 % 2 == 1
}

/// What a lock of this length has to hold to say so, or to say the opposite.
pub(crate) fn lock_text(bytes: u64, saved: bool) -> Option<Vec<u8>> {
    let bytes = usize::try_from(bytes).ok().filter(|_| bytes <= LOCK_MOST)?;
    // A line that was cut short counts as begun.
    let lines = bytes.div_ceil(LOCK_LINE);
    let lines = lines + usize::from((lines % 2 == 1) != saved);
    let text = LOCK_LINES.iter().cycle().take(lines);
    Some(text.flat_map(|line| line.iter().copied()).collect())
}

/// The copy of a new status on its way to the path, and then what it has replaced there, until the next save: who
/// had that open may still write to it. Only the holder of the lock makes and removes it.
///
/// A rename does not lead from one mount into another. Where the status directory is a mount of its own, the file has
/// this name beside the path, between a dot with the name of the status and a dot.
pub(crate) const PUBLISHED: &str = "published";

/// So many of the files that were set aside stay, the newest.
pub(crate) const SET_ASIDE: usize = 10;

/// Where everything that belongs to one status lies.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) location: Location,
    /// What the user named, or where a link there leads: the newest status, or what a person made of it.
    pub(crate) path: PathBuf,
    /// The status directory.
    pub(crate) directory: PathBuf,
    /// The names of the two in the directory above.
    pub(crate) name: PathBuf,
    pub(crate) directory_name: PathBuf,
    /// What the user named, if a link lies there.
    pub(crate) link: Option<Links>,
}

/// The links that lead to the path of a status.
#[derive(Clone, Debug)]
pub(crate) struct Links {
    /// Where the first one lies.
    pub(crate) path: PathBuf,
    /// Whose each of them is.
    pub(crate) made: Vec<Made>,
}

impl Layout {
    /// The layout of the status at `path`, which must name a file.
    pub(crate) fn new(path: &Path) -> Result<Self, Error> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            let cause = io::Error::new(ErrorKind::InvalidInput, "the path names no file");
            return Err(Error::io(Step::Place, path, cause));
        };
        let path = parent.join(name);
        let directory_name = directory_name_of(name);
        Ok(Self {
            location: Location::from(&path),
            directory: parent.join(&directory_name),
            name: name.into(),
            path,
            directory_name,
            link: None,
        })
    }

    /// The directory above.
    pub(crate) fn parent(&self) -> &Path {
        self.directory.parent().unwrap_or(&self.directory)
    }

    /// The error where no status is good: there never was one, unless something shows that there was.
    pub(crate) fn none_good(&self, candidates: Vec<Damage>) -> Error {
        let location = self.location.clone();
        if candidates.is_empty() {
            return Error::NotFound { location };
        }
        Error::Damaged {
            location,
            candidates,
        }
    }

    /// What is called so in the status directory, or would be, has this name beside the path.
    pub(crate) fn beside(&self, name: impl AsRef<Path>) -> PathBuf {
        let mut beside = OsString::from(".");
        beside.push(&self.name);
        beside.push(".");
        beside.push(name.as_ref());
        beside.into()
    }

    /// A name in the status directory, as errors show it.
    pub(crate) fn within(&self, name: impl AsRef<Path>) -> PathBuf {
        self.directory.join(name)
    }

    pub(crate) fn generation(&self, generation: u64) -> PathBuf {
        self.within(generation_name(generation))
    }
}

/// The status directory of the status at `path`.
pub(crate) fn directory_of(path: &Path) -> PathBuf {
    path.with_file_name(directory_name_of(path.file_name().unwrap_or_default()))
}

fn directory_name_of(name: &OsStr) -> PathBuf {
    let mut name = name.to_owned();
    name.push(DIRECTORY_ENDING);
    name.into()
}

/// The status whose directory is `directory`, if it has the name of one.
pub(crate) fn status_of(directory: &Path) -> Option<PathBuf> {
    let name = directory.file_name()?.to_str()?;
    let name = name
        .strip_suffix(DIRECTORY_ENDING)
        .filter(|name| !name.is_empty())?;
    Some(directory.with_file_name(name))
}

pub(crate) fn generation_name(generation: u64) -> PathBuf {
    format!("{generation}.toml").into()
}

pub(crate) fn damaged_name(generation: u64) -> PathBuf {
    format!("{generation}.damaged").into()
}

/// What lay at the path, or was written there unseen, when this generation was made, and was not to be loaded.
pub(crate) fn aside_name(generation: u64) -> PathBuf {
    format!("{generation}.aside").into()
}

/// The name of a temp file, unique as far as `nonce` is.
pub(crate) fn temp_name(nonce: u64) -> PathBuf {
    format!("{nonce:016x}.tmp").into()
}

/// What a name in a status directory says of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    Generation(u64),
    /// A generation that a save found damaged and set aside.
    Damaged(u64),
    /// A text from the path that a save set aside.
    Aside(u64),
    Temp,
    Lock,
    Published,
}

impl Name {
    /// `None` for what is not ours. The one grammar of these names.
    pub(crate) fn of(name: &OsStr) -> Option<Self> {
        match name.to_str()? {
            LOCK => Some(Self::Lock),
            PUBLISHED => Some(Self::Published),
            name => match name.rsplit_once('.')? {
                (stem, "toml") => number(stem).map(Self::Generation),
                (stem, "damaged") => number(stem).map(Self::Damaged),
                (stem, "aside") => number(stem).map(Self::Aside),
                (stem, "tmp") if is_nonce(stem) => Some(Self::Temp),
                _ => None,
            },
        }
    }
}

/// The names in a status directory, told apart. Those with numbers are sorted, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Listing {
    pub(crate) generations: Vec<u64>,
    pub(crate) damaged: Vec<u64>,
    pub(crate) aside: Vec<u64>,
    pub(crate) temps: Vec<OsString>,
    pub(crate) published: bool,
    /// The highest number that a name has which a file system that ignores case takes for a generation's.
    taken: u64,
}

impl Listing {
    pub(crate) fn new(names: impl IntoIterator<Item = OsString>) -> Self {
        let mut listing = Self::default();
        for name in names {
            match Name::of(&name) {
                Some(Name::Generation(generation)) => listing.generations.push(generation),
                Some(Name::Damaged(generation)) => listing.damaged.push(generation),
                Some(Name::Temp) => listing.temps.push(name),
                Some(Name::Aside(generation)) => listing.aside.push(generation),
                Some(Name::Published) => listing.published = true,
                Some(Name::Lock) => {}
                None => listing.add_foreign(&name),
            }
        }
        for numbers in [
            &mut listing.generations,
            &mut listing.damaged,
            &mut listing.aside,
        ] {
            numbers.sort_unstable_by(|a, b| b.cmp(a));
        }
        listing
    }

    /// What is ours but for its case is ours to a file system that ignores that.
    fn add_foreign(&mut self, name: &OsStr) {
        match Name::of(&name.to_ascii_lowercase()) {
            Some(Name::Generation(generation)) => self.taken = self.taken.max(generation),
            Some(Name::Published) => self.published = true,
            _ => {}
        }
    }

    /// The number of the newest generation, or 0.
    pub(crate) fn newest(&self) -> u64 {
        self.generations.first().copied().unwrap_or(0)
    }

    /// The highest number taken, or 0.
    pub(crate) fn highest(&self) -> u64 {
        self.newest().max(self.taken)
    }
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
        assert_eq!(layout.path, Path::new("/var/worker.toml"));
        assert_eq!(layout.directory, Path::new("/var/worker.toml.status"));
        assert_eq!(layout.parent(), Path::new("/var"));
        assert_eq!(
            layout.generation(42),
            Path::new("/var/worker.toml.status/42.toml")
        );
    }

    #[test]
    fn a_status_directory_tells_its_status() {
        let status = |directory| status_of(Path::new(directory));
        assert_eq!(status("/var/a.toml.status"), Some("/var/a.toml".into()));
        assert_eq!(status("/var/.status"), None);
        assert_eq!(status("/var/a.toml"), None);
        assert_eq!(status("/"), None);
    }

    #[test]
    fn a_path_must_name_a_file() {
        for path in ["", "/", "/a/.."] {
            assert!(Layout::new(Path::new(path)).is_err(), "{path:?}");
        }
    }

    #[test]
    fn a_lock_says_what_it_says_by_its_length_and_never_gets_shorter() {
        for bytes in 0..=LOCK_MOST {
            for saved in [false, true] {
                let text = lock_text(bytes, saved).unwrap();
                let length = text.len() as u64;
                assert!(length >= bytes, "{bytes}");
                assert_eq!(says_saved(length), saved, "{bytes}");
            }
        }
        assert_eq!(lock_text(LOCK_MOST + 1, true), None);
        assert_eq!(lock_text(0, true).unwrap(), LOCK_LINES[0]);
        assert_eq!(lock_text(0, false).unwrap(), b"");
        assert_eq!(
            lock_text(50, false).unwrap(),
            LOCK_LINES.map(|line| &line[..]).concat()
        );
    }

    #[test]
    fn names_are_told_apart_and_the_newest_comes_first() {
        let nonce = temp_name(0xabc);
        let found = listing(&[
            "9.toml",
            "10.toml",
            "8.damaged",
            "7.aside",
            "lock",
            "published",
            nonce.to_str().unwrap(),
        ]);
        assert_eq!(found.generations, [10, 9]);
        assert_eq!(found.damaged, [8]);
        assert_eq!(found.temps, [OsString::from(nonce)]);
        assert_eq!(found.aside, [7]);
        assert!(found.published);
    }

    #[test]
    fn another_spelling_takes_a_number_and_is_no_generation() {
        let found = listing(&["41.toml", "43.TOML", "42.Toml", "44.toml~", "PUBLISHED"]);
        assert_eq!(found.generations, [41]);
        assert_eq!((found.newest(), found.highest()), (41, 43));
        assert!(found.published);
        assert_eq!(listing(&["45.toml", "43.TOML"]).highest(), 45);
    }

    #[test]
    fn only_names_in_our_own_form_count() {
        let foreign = [
            "0.toml",
            "07.toml",
            "+7.toml",
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
            let names = [generation_name(generation).into_os_string()];
            assert_eq!(Listing::new(names).generations, [generation]);
        }
    }
}
