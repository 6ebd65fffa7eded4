//! A status directory with anything in it: the right file is loaded, or none, and a save on top of it
//! keeps the current status.

#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use oracle::text_of;
use oracle::{
    Job, MOST_BYTES, Verdict, damage_at, date, directory, file, good, real, seal, set_aside, temps,
};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

#[derive(Arbitrary, Debug)]
struct Scene {
    at_path: Option<Front>,
    directory: Directory,
    act: Act,
}

#[derive(Arbitrary, Debug)]
enum Front {
    /// With the time that its seal names, or a newer one.
    Thing { thing: Thing, dated: bool },
    /// The same in the place that a link leads to.
    Linked { to: Target, thing: Option<Thing> },
}

/// Nothing outside of what is removed in the end.
#[derive(Arbitrary, Debug)]
enum Target {
    Beside,
    Missing,
    Itself,
    Inside(u8),
}

#[derive(Arbitrary, Debug)]
enum Directory {
    Missing,
    Present(Vec<(Name, Thing)>),
    Linked(Vec<(Name, Thing)>),
    Replaced(Thing),
}

#[derive(Arbitrary, Debug)]
enum Name {
    Generation(u8),
    HighGeneration(u64),
    NearLast(u8),
    Damaged(u8),
    Temp(u64),
    Aside(u8),
    Lock,
    Published,
    Odd(Vec<u8>),
}

#[derive(Arbitrary, Debug)]
enum Thing {
    Bytes(Vec<u8>),
    Text(String),
    Sealed { seal: Seal, text: Text, harm: Harm },
    Huge,
    Directory { full: bool },
    Link(Vec<u8>),
    Fifo,
}

#[derive(Arbitrary, Debug)]
enum Seal {
    Right,
    Of {
        format: u8,
        version: u8,
    },
    Wrong {
        format: u64,
        version: u64,
        bytes: u64,
    },
}

#[derive(Arbitrary, Debug)]
enum Text {
    Job(u32),
    Any(Vec<u8>),
}

#[derive(Arbitrary, Debug)]
enum Harm {
    None,
    Cut(u16),
    Flip(u16),
    Append(Vec<u8>),
    FirstLine(Vec<u8>),
}

#[derive(Arbitrary, Debug)]
enum Act {
    Save(u32),
    Update,
    SaveTwice(u32, u32),
}

impl Name {
    fn into_name(self) -> Option<OsString> {
        Some(match self {
            Self::Generation(number) => format!("{number}.toml").into(),
            Self::HighGeneration(number) => format!("{number}.toml").into(),
            Self::NearLast(below) => {
                format!("{}.toml", oracle::LAST_GENERATION - u64::from(below % 4)).into()
            }
            Self::Damaged(number) => format!("{number}.damaged").into(),
            Self::Temp(number) => format!("{number:016x}.tmp").into(),
            Self::Lock => "lock".into(),
            Self::Aside(number) => format!("{number}.aside").into(),
            Self::Published => "published".into(),
            Self::Odd(bytes) => {
                let special = bytes.is_empty() || matches!(&bytes[..], b"." | b"..");
                let fits = bytes.len() < 256 && !bytes.contains(&b'/') && !bytes.contains(&0);
                return (fits && !special).then(|| OsString::from_vec(bytes));
            }
        })
    }
}

impl Thing {
    /// Puts it at `place`, if that is still free.
    fn put(self, place: &Path) {
        if fs::symlink_metadata(place).is_ok() {
            return;
        }
        match self {
            Self::Bytes(bytes) => fs::write(place, bytes).unwrap(),
            Self::Text(text) => fs::write(place, text).unwrap(),
            Self::Sealed { seal, text, harm } => {
                fs::write(place, harm.apply(seal.apply(&text.into_bytes()))).unwrap();
            }
            Self::Huge => File::create(place)
                .unwrap()
                .set_len(MOST_BYTES + 1)
                .unwrap(),
            Self::Directory { full } => {
                fs::create_dir(place).unwrap();
                if full {
                    fs::write(place.join("inside"), "").unwrap();
                }
            }
            Self::Link(target) => {
                let target = OsString::from_vec(target);
                let _ = symlink(PathBuf::from(target), place);
            }
            Self::Fifo => mknodat(CWD, place, FileType::Fifo, Mode::RWXU, 0).unwrap(),
        }
    }
}

impl Seal {
    fn apply(self, text: &[u8]) -> Vec<u8> {
        let length = text.len() as u64;
        match self {
            Self::Right => seal(2, 1, length, text),
            Self::Of { format, version } => seal(format.into(), version.into(), length, text),
            Self::Wrong {
                format,
                version,
                bytes,
            } => seal(format, version, bytes, text),
        }
    }
}

impl Text {
    fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Job(number) => toml::to_string(&Job::new(number)).unwrap().into_bytes(),
            Self::Any(bytes) => bytes,
        }
    }
}

impl Harm {
    fn apply(self, mut file: Vec<u8>) -> Vec<u8> {
        match self {
            Self::None => {}
            Self::Cut(length) => file.truncate(length.into()),
            Self::Flip(bit) => {
                let length = file.len();
                if let Some(byte) = file.get_mut(usize::from(bit / 8) % length.max(1)) {
                    *byte ^= 1 << (bit % 8);
                }
            }
            Self::Append(more) => file.extend(more),
            Self::FirstLine(line) => {
                let start = file.iter().position(|&byte| byte == b'\n').unwrap_or(0);
                file.splice(..start, line);
            }
        }
        file
    }
}

impl Front {
    fn put(self, path: &Path) {
        match self {
            Self::Thing {
                thing: Thing::Link(_),
                ..
            } => {}
            Self::Thing { thing, dated } => {
                thing.put(path);
                if dated && fs::symlink_metadata(path).is_ok_and(|put| put.is_file()) {
                    date(path);
                }
            }
            Self::Linked { to, thing } => {
                let target = to.path(path);
                symlink(&target, path).unwrap();
                let target = path.with_file_name(target);
                let is_place = target.parent().is_some_and(Path::is_dir);
                match thing {
                    None | Some(Thing::Link(_)) => {}
                    Some(thing) if is_place => thing.put(&target),
                    Some(_) => {}
                }
            }
        }
    }
}

impl Target {
    fn path(&self, path: &Path) -> PathBuf {
        let own = fs::symlink_metadata(directory(path));
        match self {
            Self::Missing => "no/where/other.toml".into(),
            Self::Itself => "s.toml".into(),
            Self::Inside(number) if own.is_ok_and(|own| own.is_dir()) => {
                format!("s.toml.status/{number}.toml").into()
            }
            Self::Beside | Self::Inside(_) => "other.toml".into(),
        }
    }
}

fn fill(directory: &Path, things: Vec<(Name, Thing)>) {
    for (name, thing) in things {
        if let Some(name) = name.into_name() {
            thing.put(&directory.join(name));
        }
    }
}

fn set_up(root: &Path, path: &Path, scene: (Option<Front>, Directory)) {
    let (at_path, contents) = scene;
    let place = directory(path);
    match contents {
        Directory::Missing => {}
        Directory::Present(things) => {
            fs::create_dir(&place).unwrap();
            fill(&place, things);
        }
        Directory::Linked(things) => {
            fs::create_dir(root.join("elsewhere")).unwrap();
            symlink("elsewhere", &place).unwrap();
            fill(&place, things);
        }
        Directory::Replaced(thing) => thing.put(&place),
    }
    if let Some(front) = at_path {
        front.put(path);
    }
}

/// Whether a save can take its lock and write its files.
fn can_write(path: &Path) -> bool {
    let Some(path) = real(path) else {
        return false;
    };
    let place = directory(&path);
    let lock = fs::symlink_metadata(place.join("lock"));
    match fs::symlink_metadata(&place) {
        Ok(found) => found.is_dir() && lock.map_or(true, |lock| lock.is_file()),
        Err(_) => true,
    }
}

fn load(path: &Path) -> Verdict {
    let verdict = Verdict::of(path);
    verdict.check(&file(path).read());
    assert_eq!(Verdict::of(path), verdict, "a load changed something");
    verdict
}

fn save(path: &Path, number: u32) {
    let before = load(path);
    let possible = can_write(path) && before.allows_save(path);
    let damage = damage_at(path);
    let saved = file(path).save(&Job::new(number));
    assert_eq!(saved.is_ok(), possible, "{before:?}: {saved:?}");
    check_after(path, (&before, damage), saved, &Job::new(number));
}

fn update(path: &Path) {
    let before = load(path);
    let value = match before {
        Verdict::NotFound => Some(Job::default()),
        _ => before.value(),
    };
    let possible = can_write(path) && before.allows_save(path) && value.is_some();
    let expected = Job::new(value.map_or(0, |value| value.pages_done.wrapping_add(1)));
    let damage = damage_at(path);
    let updated = file(path).update(|job| *job = Job::new(job.pages_done.wrapping_add(1)));
    assert_eq!(updated.is_ok(), possible, "{before:?}: {updated:?}");
    check_after(path, (&before, damage), updated, &expected);
}

fn check_after(
    path: &Path,
    (before, damage): (&Verdict, Option<Vec<u8>>),
    done: Result<(), statusfile::Error>,
    now: &Job,
) {
    let after = load(path);
    match done {
        Ok(()) => {
            let path = &real(path).unwrap();
            assert_eq!(after.value().as_ref(), Some(now));
            let good = good(path);
            assert_eq!(
                fs::read(path).unwrap(),
                good[0].1,
                "not the newest generation"
            );
            assert_eq!(temps(path), [] as [PathBuf; 0]);
            match before {
                Verdict::Path(bytes) => assert_eq!(good[1].1, *bytes, "the status is lost"),
                Verdict::Edit(bytes, _) if before.value().is_none() => {
                    assert!(set_aside(path).contains(bytes), "the mistake is lost");
                }
                Verdict::Edit(bytes, _) => {
                    let older = oracle::open(&good[1].1).unwrap();
                    assert_eq!(older.text, text_of(bytes), "the edit is lost");
                }
                Verdict::Generation(generation, bytes) => {
                    assert_eq!(good[1], (*generation, bytes.clone()));
                }
                _ => {}
            }
            if let Some(damage) = damage {
                assert!(
                    set_aside(path).contains(&damage),
                    "the damaged file is lost"
                );
            }
        }
        Err(error) if error.may_be_visible() => {
            assert!(after == *before || after.value().as_ref() == Some(now));
        }
        Err(error) => assert_eq!(after, *before, "{error}"),
    }
}

fuzz_target!(|scene: Scene| {
    oracle::begin_scene();
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("s.toml");
    set_up(root.path(), &path, (scene.at_path, scene.directory));
    match scene.act {
        Act::Save(number) => save(&path, number),
        Act::Update => update(&path),
        Act::SaveTwice(first, second) => {
            save(&path, first);
            save(&path, second);
        }
    }
});
