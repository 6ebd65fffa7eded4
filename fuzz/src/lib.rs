//! Which status is the current one, decided a second time: from `docs/protocol.md` and the files on disk alone,
//! with none of the crate's own code.

use serde::{Deserialize, Serialize};
use statusfile::error::{Damage, DamageKind};
use statusfile::{Error, Loaded, Origin, StatusFile};
use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

/// No file larger than this is a status.
pub const MOST_BYTES: u64 = 256 << 20;

/// No generation has a higher number.
pub const LAST_GENERATION: u64 = i64::MAX as u64;

/// The format and the version that the program under test knows.
const KNOWN: (u32, u32) = (2, 1);

/// 2026-11-25T20:11:00Z, in seconds since 1970.
const MINUTE: u64 = 1_795_637_460;

/// When every seal that [`seal`] makes in this scene says that its status was saved: so many microseconds after
/// [`MINUTE`]. No two saves have one time, and nor have two scenes, as a process knows what it wrote by that.
static SAVED: AtomicU64 = AtomicU64::new(14_482_913);

/// As many links in a row as the system follows.
const LINKS: usize = 40;

/// The status that the targets keep.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// A required field.
    pub pages_done: u32,
    /// One that may be absent.
    pub last: Option<String>,
}

impl Job {
    /// A status that shows which number it was made from.
    #[must_use]
    pub fn new(pages_done: u32) -> Self {
        Self {
            pages_done,
            last: Some(format!("page {pages_done}")),
        }
    }
}

/// The status at `path`, without syncs, as no power is lost here.
#[must_use]
pub fn file(path: &Path) -> StatusFile<Job> {
    StatusFile::undeclared(path)
        .durability(statusfile::Durability::Process)
        .lock_timeout(Duration::from_millis(200))
}

/// What a load must come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// What lies at the path, with these bytes, as a save has left it there.
    Path(Vec<u8>),
    /// The edit at the path, with these bytes, and without a seal the format and version of what was saved last.
    Edit(Vec<u8>, Option<(u32, u32)>),
    /// This generation, with these bytes.
    Generation(u64, Vec<u8>),
    /// Nothing shows that there ever was a status.
    NotFound,
    /// There was a status, and no good copy is left.
    Damaged,
    /// Something lies at the path that is neither ours nor an edit.
    Unsafe,
    /// The links at the path lead in a circle.
    Circle,
    /// The status directory is a file, or a link, which is never followed.
    NoDirectory,
}

impl Verdict {
    /// What the files at and beside `path` come to.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        let Some(path) = &real(path) else {
            return Self::Circle;
        };
        let front = match front(path) {
            Ok(front) => front,
            Err(unsafe_or_none) => return unsafe_or_none,
        };
        // Their seal says all that there is to know of them.
        let (edit, mut existed) = match front {
            Front::Status(bytes) => return Self::Path(bytes),
            Front::Edit(bytes) if stamp(&bytes).is_some() => return Self::Edit(bytes, None),
            Front::Edit(bytes) => (Some(bytes), true),
            Front::Damage(_) => (None, true),
            Front::Nothing => (None, false),
        };
        if !may_enter(path) {
            return Self::NoDirectory;
        }
        let directory = directory(path);
        let newest = good(path).into_iter().next();
        if let Some(bytes) = edit {
            let versions = newest.and_then(|(_, newest)| versions(&newest));
            return Self::Edit(bytes, versions);
        }
        if let Some((generation, bytes)) = newest {
            return Self::Generation(generation, bytes);
        }
        // A directory of such a name is somebody else's, and does not show that there was a status.
        existed |= [".toml", ".damaged"].into_iter().any(|suffix| {
            let is_directory = |number| {
                let named = directory.join(format!("{number}{suffix}"));
                fs::symlink_metadata(named).is_ok_and(|named| named.is_dir())
            };
            let mut numbers = numbered(path, suffix).into_iter();
            numbers.any(|number| !is_directory(number))
        });
        existed |= says_saved(&directory.join("lock"));
        if existed {
            Self::Damaged
        } else {
            Self::NotFound
        }
    }

    /// The status itself, if it decodes and no newer program wrote it.
    #[must_use]
    pub fn value(&self) -> Option<Job> {
        let (Self::Path(bytes) | Self::Edit(bytes, _) | Self::Generation(_, bytes)) = self else {
            return None;
        };
        if is_newer(self.versions()) || is_unknown(self.versions()) {
            return None;
        }
        // A seal in the first line is no part of the text; below a person's comment it is one itself.
        let text = match stamp(bytes) {
            Some(stamp) if stamp.above.is_empty() => stamp.below,
            _ => without_mark(bytes),
        };
        toml::from_str(std::str::from_utf8(text).ok()?).ok()
    }

    /// What wrote it: an edit without a seal is taken for one like the newest good generation.
    fn versions(&self) -> Option<(u32, u32)> {
        match self {
            Self::Edit(bytes, newest) => versions(bytes).or(*newest),
            Self::Path(bytes) | Self::Generation(_, bytes) => versions(bytes),
            _ => None,
        }
    }

    /// Fails unless `loaded` is what this verdict demands.
    pub fn check(&self, loaded: &Result<Loaded<Job>, Error>) {
        match (self, loaded) {
            (Self::Path(_), Ok(loaded)) => {
                assert_eq!(loaded.origin, Origin::Path);
                assert_eq!(self.value().as_ref(), Some(&loaded.value));
            }
            (Self::Edit(..), Ok(loaded)) => {
                assert_eq!(loaded.origin, Origin::Edit);
                assert_eq!(self.value().as_ref(), Some(&loaded.value));
            }
            (Self::Generation(generation, bytes), Ok(loaded)) => {
                assert_eq!(loaded.origin, Origin::Generation(*generation));
                assert!(
                    open(bytes).is_some(),
                    "a seal that does not hold was loaded"
                );
                assert_eq!(self.value().as_ref(), Some(&loaded.value));
            }
            (Self::Path(_) | Self::Edit(..) | Self::Generation(..), Err(Error::Newer { .. })) => {
                assert!(is_newer(self.versions()), "{loaded:?}");
            }
            (Self::Path(_) | Self::Edit(..) | Self::Generation(..), Err(Error::Convert { .. })) => {
                let versions = self.versions();
                assert!(!is_newer(versions) && is_unknown(versions), "{loaded:?}");
            }
            (
                Self::Path(bytes) | Self::Edit(bytes, _) | Self::Generation(_, bytes),
                Err(Error::Decode { line, column, .. }),
            ) => {
                assert!(
                    !is_newer(self.versions()) && self.value().is_none(),
                    "{loaded:?}"
                );
                let text = String::from_utf8_lossy(bytes);
                let shown = text.split('\n').nth(line - 1).expect("a line of the text");
                assert!(
                    (1..=shown.chars().count() + 1).contains(column),
                    "{loaded:?}"
                );
            }
            (Self::NotFound, Err(Error::NotFound { .. }))
            | (Self::Damaged, Err(Error::Damaged { .. }))
            | (Self::Unsafe | Self::NoDirectory, Err(Error::Unsafe { .. }))
            | (Self::Circle, Err(Error::Io { .. })) => {}
            _ => panic!("{self:?} and {loaded:?}"),
        }
        if let Ok(loaded) = loaded {
            let is_missing = |damage: &Damage| damage.kind == DamageKind::Missing;
            assert!(!loaded.skipped.iter().any(is_missing));
        }
    }

    /// Whether a save over this must succeed, as far as the path and the generations go.
    #[must_use]
    pub fn allows_save(&self, path: &Path) -> bool {
        let Some(path) = &real(path) else {
            return false;
        };
        let highest = generations(path).first().copied().unwrap_or(0);
        let newest = good(path).into_iter().next();
        let newest = newest.filter(|(number, _)| *number == highest);
        let names = match self {
            Self::Unsafe | Self::NoDirectory | Self::Circle => return false,
            // What does not decode is set aside, and stands in nobody's way.
            Self::Edit(..) if self.value().is_none() => 1,
            Self::Edit(bytes, _) => {
                let newest = newest.as_ref().and_then(|(_, newest)| open(newest));
                let is_kept = newest.is_some_and(|newest| {
                    newest.version == KNOWN.1 && newest.text == text_of(bytes)
                });
                if is_kept { 1 } else { 2 }
            }
            Self::Path(bytes) if newest.is_none_or(|(_, newest)| newest != *bytes) => 2,
            _ => 1,
        };
        !is_newer(self.versions()) && highest <= LAST_GENERATION - names
    }
}

/// What lies at a path that no link leads on from.
enum Front {
    Nothing,
    /// What is no text.
    Damage(Vec<u8>),
    /// A text whose seal holds.
    Status(Vec<u8>),
    Edit(Vec<u8>),
}

/// What is at the path, or what a load comes to then, whatever lies beside it.
fn front(path: &Path) -> Result<Front, Verdict> {
    let Ok(metadata) = fs::symlink_metadata(path) else {
        return Ok(Front::Nothing);
    };
    if !metadata.is_file() || metadata.len() > MOST_BYTES {
        return Err(Verdict::Unsafe);
    }
    let bytes = fs::read(path).unwrap();
    if open(&bytes).is_some() {
        return Ok(Front::Status(bytes));
    }
    let claim = claim(&bytes);
    let has_zeros = bytes.windows(8).any(|run| run == [0; 8]);
    let is_dated = claim.is_some_and(|(saved, _)| {
        let since = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let (saved, modified) = (
            since(saved).as_micros(),
            since(metadata.modified().unwrap()),
        );
        let kept = |grain: u128| Duration::from_micros((saved - saved % grain) as u64);
        [1, 10_000, 1_000_000, 2_000_000]
            .map(kept)
            .contains(&modified)
    });
    if bytes.is_empty() || has_zeros || is_dated || is_part_of_a_line(&bytes) {
        return Ok(Front::Damage(bytes));
    }
    if claim.is_some_and(|(_, length)| is_cut_short(&bytes, length)) {
        if !may_enter(path) {
            return Err(Verdict::NoDirectory);
        }
        let is_beginning = |(_, good): &(u64, Vec<u8>)| good.starts_with(&bytes);
        if good(path).iter().any(is_beginning) || breaks_off(&bytes) {
            return Ok(Front::Damage(bytes));
        }
    }
    Ok(Front::Edit(bytes))
}

/// What a save sets aside, for a person to look at.
#[must_use]
pub fn damage_at(path: &Path) -> Option<Vec<u8>> {
    match front(&real(path)?) {
        Ok(Front::Damage(bytes)) if !bytes.is_empty() => Some(bytes),
        _ => None,
    }
}

/// Where the links at a path lead in the end.
#[must_use]
pub fn real(path: &Path) -> Option<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        let Ok(target) = fs::read_link(&path) else {
            return Some(path);
        };
        path = path.parent().expect("a directory").join(target);
    }
    None
}

/// Whether the status directory is none, or one, and not something else.
fn may_enter(path: &Path) -> bool {
    match fs::symlink_metadata(directory(path)) {
        Ok(metadata) => metadata.is_dir(),
        Err(error) => error.kind() == ErrorKind::NotFound,
    }
}

/// Whether it is the beginning of a seal, and nothing else.
fn is_part_of_a_line(bytes: &[u8]) -> bool {
    let mark = b"#:statusfile ";
    let begun = bytes.len().min(mark.len());
    begun > 0 && bytes[..begun] == mark[..begun] && !bytes.contains(&b'\n')
}

fn is_cut_short(bytes: &[u8], length: u64) -> bool {
    let text = first_line(bytes).map_or(&b""[..], |(_, text)| text);
    !bytes.ends_with(b"\n") && (text.len() as u64) < length
}

/// Whether the last line of the text is what makes it no TOML.
fn breaks_off(bytes: &[u8]) -> bool {
    let text = first_line(bytes).map_or(bytes, |(_, text)| text);
    let text = match std::str::from_utf8(text) {
        Ok(text) => text,
        Err(mistake) => return mistake.error_len().is_none(),
    };
    let last_line = text.trim_end().rfind('\n').unwrap_or(0);
    let mistake = toml::from_str::<toml::Table>(text).err();
    mistake.is_some_and(|mistake| mistake.span().is_some_and(|at| at.end > last_line))
}

/// When a whole seal on the first line says that the status was saved, and how long it was.
fn claim(bytes: &[u8]) -> Option<(SystemTime, u64)> {
    let (line, _) = first_line(bytes)?;
    let line = line.strip_suffix('\r').unwrap_or(line);
    let [format, version, length] = numbers(line)?;
    let _ = (u32::try_from(format).ok()?, u32::try_from(version).ok()?);
    let (_, crc32) = line.rsplit_once(" crc32=")?;
    let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let is_written = crc32.len() == 8 && crc32.chars().all(is_hex);
    let mut words = line.split_ascii_whitespace();
    let saved = words.find_map(|word| word.strip_prefix("saved="))?;
    is_written.then_some((humantime::parse_rfc3339(saved).ok()?, length))
}

/// Whether the lock is as long as it is once a save has returned.
fn says_saved(lock: &Path) -> bool {
    let line = "# A status was saved here. Leave this file alone.\n";
    // Then follows one of the same length that says that it was removed, and so on.
    let says = |length: u64| length / line.len() as u64 % 2 == 1;
    fs::symlink_metadata(lock).is_ok_and(|lock| lock.is_file() && says(lock.len()))
}

/// Everything of the status at `path` but the path itself.
#[must_use]
pub fn directory(path: &Path) -> PathBuf {
    let mut name = path.file_name().expect("a file's name").to_owned();
    name.push(".status");
    path.with_file_name(name)
}

/// The numbers in use, the highest first.
#[must_use]
pub fn generations(path: &Path) -> Vec<u64> {
    numbered(path, ".toml")
}

/// The generations whose seal holds, the newest first.
#[must_use]
pub fn good(path: &Path) -> Vec<(u64, Vec<u8>)> {
    let directory = directory(path);
    let read = |generation: u64| {
        let path = directory.join(format!("{generation}.toml"));
        let metadata = fs::symlink_metadata(&path).ok()?;
        let small = metadata.is_file() && metadata.len() <= MOST_BYTES;
        let bytes = small.then(|| fs::read(&path).unwrap())?;
        open(&bytes).is_some().then_some((generation, bytes))
    };
    generations(path).into_iter().filter_map(read).collect()
}

/// What saves have set aside of what lay at the path.
#[must_use]
pub fn set_aside(path: &Path) -> Vec<Vec<u8>> {
    let directory = directory(path);
    let files = numbered(path, ".aside").into_iter();
    let files = files.map(|number| directory.join(format!("{number}.aside")));
    let files = files.filter(|file| fs::symlink_metadata(file).is_ok_and(|found| found.is_file()));
    files.filter_map(|file| fs::read(file).ok()).collect()
}

/// Names of regular files that a killed save could have left.
#[must_use]
pub fn temps(path: &Path) -> Vec<PathBuf> {
    let is_temp = |name: &OsStr| {
        let stem = name.to_str().and_then(|name| name.strip_suffix(".tmp"));
        stem.is_some_and(|stem| {
            stem.len() == 16 && stem.chars().all(|c| "0123456789abcdef".contains(c))
        })
    };
    let Ok(entries) = fs::read_dir(directory(path)) else {
        return Vec::new();
    };
    let entries = entries.map(Result::unwrap);
    entries
        .filter(|entry| is_temp(&entry.file_name()) && entry.file_type().unwrap().is_file())
        .map(|entry| entry.path())
        .collect()
}

fn numbered(path: &Path, suffix: &str) -> Vec<u64> {
    let Ok(entries) = fs::read_dir(directory(path)) else {
        return Vec::new();
    };
    let number = |name: &OsStr| {
        let number: u64 = name.to_str()?.strip_suffix(suffix)?.parse().ok()?;
        let ours = name == OsStr::new(&format!("{number}{suffix}"));
        (ours && (1..=LAST_GENERATION).contains(&number)).then_some(number)
    };
    let mut numbers: Vec<u64> = entries
        .filter_map(|entry| number(&entry.unwrap().file_name()))
        .collect();
    numbers.sort_unstable();
    numbers.reverse();
    numbers
}

/// A file whose seal holds.
#[derive(Clone, Copy, Debug)]
pub struct Sealed<'a> {
    /// The form of the file.
    pub format: u32,
    /// The schema of the struct.
    pub version: u32,
    /// Everything after the seal.
    pub text: &'a [u8],
}

/// What is sealed in `file`, if its seal holds.
#[must_use]
pub fn open(file: &[u8]) -> Option<Sealed<'_>> {
    let (line, text) = first_line(file)?;
    let line = line.strip_suffix('\r').unwrap_or(line);
    let [format, version, bytes] = numbers(line)?;
    let (covered, crc32) = line.rsplit_once(" crc32=")?;
    let text_in_lf = in_lf(text);
    let is_right = bytes == text_in_lf.len() as u64
        && crc32 == checksum(&[covered.as_bytes(), &text_in_lf].concat());
    is_right.then_some(Sealed {
        format: u32::try_from(format).ok()?,
        version: u32::try_from(version).ok()?,
        text,
    })
}

/// `text` after a seal that says what it is given, over a checksum that is right.
#[must_use]
pub fn seal(format: u64, version: u64, bytes: u64, text: &[u8]) -> Vec<u8> {
    let saved = saved_text();
    let stamp = format!("#:statusfile {format} version={version} saved={saved} bytes={bytes}");
    let crc32 = checksum(&[stamp.as_bytes(), &in_lf(text)].concat());
    let line = format!("{stamp} crc32={crc32}\n");
    [line.as_bytes(), text].concat()
}

/// A text whose lines all end as on Unix.
fn in_lf(text: &[u8]) -> Vec<u8> {
    let mut bytes = text.iter().peekable();
    let mut kept = Vec::with_capacity(text.len());
    while let Some(&byte) = bytes.next() {
        if byte != b'\r' || bytes.peek() != Some(&&b'\n') {
            kept.push(byte);
        }
    }
    kept
}

/// The text of an edit, without the seal that it may have kept and the mark some editors put first.
#[must_use]
pub fn text_of(edit: &[u8]) -> Vec<u8> {
    match stamp(edit) {
        Some(stamp) => [stamp.above, stamp.below].concat(),
        None => without_mark(edit).to_vec(),
    }
}

/// The format and the version that the seal of a file names.
fn versions(file: &[u8]) -> Option<(u32, u32)> {
    stamp(file).map(|stamp| (stamp.format, stamp.version))
}

fn is_newer(versions: Option<(u32, u32)>) -> bool {
    versions.is_some_and(|(format, version)| format > KNOWN.0 || version > KNOWN.1)
}

/// Lets the next scene have a time of its own.
pub fn begin_scene() {
    SAVED.store((SAVED.load(Relaxed) + 1) % 60_000_000, Relaxed);
}

fn saved_text() -> String {
    let micros = SAVED.load(Relaxed);
    let (seconds, micros) = (micros / 1_000_000, micros % 1_000_000);
    format!("2026-11-25T20:11:{seconds:02}.{micros:06}Z")
}

/// Gives a file the time at which its seal says that it was saved.
pub fn date(file: &Path) {
    let micros = MINUTE * 1_000_000 + SAVED.load(Relaxed);
    let saved = SystemTime::UNIX_EPOCH + Duration::from_micros(micros);
    fs::File::open(file).unwrap().set_modified(saved).unwrap();
}

/// Whether no type wrote this version.
fn is_unknown(versions: Option<(u32, u32)>) -> bool {
    versions.is_some_and(|(_, version)| version < KNOWN.1)
}

/// The format and the version that a seal names, in any spelling a person may leave.
struct Stamp<'a> {
    format: u32,
    version: u32,
    above: &'a [u8],
    below: &'a [u8],
}

/// The seal of a file, which may stand below comments and empty lines.
fn stamp(file: &[u8]) -> Option<Stamp<'_>> {
    const MARK: &[u8] = b"#:statusfile ";
    let file = without_mark(file);
    let mut begins = 0;
    let line = loop {
        let length = file[begins..].iter().position(|&byte| byte == b'\n')?;
        let line = file[begins..begins + length].trim_ascii_start();
        if line.starts_with(MARK) {
            break line;
        }
        if !line.is_empty() && !line.starts_with(b"#") {
            return None;
        }
        begins += length + 1;
    };
    let ends = begins + file[begins..].iter().position(|&byte| byte == b'\n')?;
    let line = std::str::from_utf8(&line[MARK.len()..]).ok()?;
    let mut words = line.split_ascii_whitespace();
    let format = words.next()?.parse().ok()?;
    let version = words.find(|word| word.starts_with("version="))?;
    Some(Stamp {
        format,
        version: version["version=".len()..].parse().ok()?,
        above: &file[..begins],
        below: &file[ends + 1..],
    })
}

fn without_mark(file: &[u8]) -> &[u8] {
    file.strip_prefix("\u{feff}".as_bytes()).unwrap_or(file)
}

fn first_line(file: &[u8]) -> Option<(&str, &[u8])> {
    let end = file.iter().position(|&byte| byte == b'\n')?;
    Some((std::str::from_utf8(&file[..end]).ok()?, &file[end + 1..]))
}

/// The numbers of a seal: its format, its version and its length.
fn numbers(line: &str) -> Option<[u64; 3]> {
    let mut words = line.strip_prefix("#:statusfile ")?.split_ascii_whitespace();
    let format = words.next()?.parse().ok()?;
    let words: Vec<_> = words.collect();
    let value = |key: &str| words.iter().find_map(|word| word.strip_prefix(key));
    value("saved=")?;
    Some([
        format,
        value("version=")?.parse().ok()?,
        value("bytes=")?.parse().ok()?,
    ])
}

/// IEEE 802.3, bit by bit, in eight digits.
fn checksum(bytes: &[u8]) -> String {
    let crc32 = !bytes.iter().fold(!0, |crc: u32, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 * (crc & 1))
        })
    });
    format!("{crc32:08x}")
}
