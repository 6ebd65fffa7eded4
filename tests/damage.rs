//! What is loaded, refused and kept when the files are not as a save left them.

#![expect(clippy::unwrap_used, reason = "these run in tests only")]

mod common;

use common::{generation, names, replace, sealed, set_aside, status_directory, tree_snapshot};
use proptest::collection::vec;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use statusfile::{
    Durability, Error, Flaw, Kind, Loaded, MAX_BYTES, Origin, StatusFile, Step, Versioned,
};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

#[cfg(unix)]
use common::{make_fifo, without_hanging};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Worker {
    jobs: u64,
    last: String,
}

fn worker(jobs: u64) -> Worker {
    let last = format!("job {jobs}");
    Worker { jobs, last }
}

fn status(path: &Path) -> StatusFile<Worker> {
    StatusFile::at(path).durability(Durability::Process)
}

struct Place {
    directory: TempDir,
    path: PathBuf,
    file: StatusFile<Worker>,
}

fn nothing_saved() -> Place {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("worker.toml");
    let file = status(&path);
    Place {
        directory,
        path,
        file,
    }
}

/// `worker(1)` is generation 2 and `worker(2)` is generation 3.
fn saved_twice() -> Place {
    let place = nothing_saved();
    place.file.save(&worker(1)).unwrap();
    place.file.save(&worker(2)).unwrap();
    assert_eq!(place.kept(), ["2.toml", "3.toml"]);
    place
}

impl Place {
    fn kept(&self) -> Vec<String> {
        let mut names = names(&status_directory(&self.path));
        names.retain(|name| name != "lock" && name != "current");
        names
    }

    fn newest(&self) -> PathBuf {
        generation(&self.path, 3)
    }

    /// What everything that must first read the status says.
    fn loads(&self) -> [Result<(), Error>; 4] {
        [
            self.file.load().map(drop),
            self.file.read().map(drop),
            self.file.load_or_default().map(drop),
            self.file.update(|_| panic!("this is not called")),
        ]
    }

    /// Expects generation 2 in place of the damaged generation 3, and all of that kept by a save.
    fn falls_back(&self) -> Flaw {
        let Loaded {
            value,
            origin,
            skipped,
            ..
        } = self.file.read().unwrap();
        assert_eq!((value, origin), (worker(1), Origin::Generation(2)));
        assert_eq!(self.file.load().unwrap(), worker(1));
        let [damage] = <[_; 1]>::try_from(skipped).unwrap();
        assert_eq!(damage.path, self.newest());

        self.file.save(&worker(3)).unwrap();
        assert_eq!(self.kept(), ["2.toml", "3.damaged", "4.toml"]);
        let loaded = self.file.read().unwrap();
        assert_eq!((loaded.value, loaded.skipped.len()), (worker(3), 0));
        damage.flaw
    }

    fn falls_back_from(&self, bytes: &[u8]) -> Flaw {
        replace(&self.newest(), bytes);
        let flaw = self.falls_back();
        assert_eq!(fs::read(set_aside(&self.path, 3)).unwrap(), bytes);
        flaw
    }

    /// Expects that there is no status left, and that nothing but a save changes that.
    fn is_lost(&self) {
        let before = tree_snapshot(self.directory.path());
        for result in self.loads() {
            let Err(Error::Damaged { path, candidates }) = result else {
                panic!("{result:?}");
            };
            assert_eq!(path, self.path);
            let named: Vec<_> = candidates.into_iter().map(|it| it.path).collect();
            assert_eq!(named, [self.newest(), generation(&self.path, 2)]);
        }
        assert_eq!(tree_snapshot(self.directory.path()), before);
    }
}

fn flipped(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes
}

#[test]
fn no_truncation_of_the_newest_is_loaded() {
    let whole = fs::read(saved_twice().newest()).unwrap();
    let seal = whole.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    for length in 0..whole.len() {
        let flaw = saved_twice().falls_back_from(&whole[..length]);
        let named = match flaw {
            Flaw::Empty => length == 0,
            Flaw::Unsealed => (1..seal).contains(&length),
            Flaw::Length { sealed, found } => {
                (sealed, found) == (whole.len() - seal, length.wrapping_sub(seal))
            }
            _ => false,
        };
        assert!(named, "{length} bytes: {flaw}");
    }
}

#[test]
fn no_flipped_bit_of_the_newest_is_loaded() {
    let whole = fs::read(saved_twice().newest()).unwrap();
    let seal = whole.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    for bit in 0..whole.len() * 8 {
        let flaw = saved_twice().falls_back_from(&flipped(&whole, bit));
        let named = match flaw {
            Flaw::Checksum => true,
            Flaw::Unsealed | Flaw::Length { .. } => bit / 8 < seal,
            _ => false,
        };
        assert!(named, "bit {bit}: {flaw}");
    }
}

#[test]
fn where_both_are_cut_at_the_same_length_there_is_no_default() {
    let place = saved_twice();
    let older = fs::read(generation(&place.path, 2)).unwrap();
    let newest = fs::read(place.newest()).unwrap();
    for length in 0..newest.len() {
        replace(&generation(&place.path, 2), &older[..length]);
        replace(&place.newest(), &newest[..length]);
        place.is_lost();
    }
}

#[test]
fn where_the_same_bit_of_both_is_flipped_there_is_no_default() {
    let place = saved_twice();
    let older = fs::read(generation(&place.path, 2)).unwrap();
    let newest = fs::read(place.newest()).unwrap();
    for bit in 0..newest.len() * 8 {
        replace(&generation(&place.path, 2), &flipped(&older, bit));
        replace(&place.newest(), &flipped(&newest, bit));
        place.is_lost();
    }
}

#[test]
fn a_save_where_both_are_damaged_is_kept_twice_beside_the_newest_of_them() {
    let place = saved_twice();
    replace(&generation(&place.path, 2), b"older");
    replace(&place.newest(), b"newest");
    place.is_lost();
    place.file.save(&worker(3)).unwrap();
    assert_eq!(place.kept(), ["3.damaged", "4.toml", "5.toml"]);
    assert_eq!(fs::read(set_aside(&place.path, 3)).unwrap(), b"newest");
    for damaged in [5, 4] {
        assert_eq!(place.file.load().unwrap(), worker(3));
        replace(&generation(&place.path, damaged), b"");
    }
    assert!(matches!(place.file.load(), Err(Error::Damaged { .. })));
}

#[test]
fn one_damaged_file_at_most_is_set_aside_and_later_saves_leave_it_alone() {
    let place = saved_twice();
    place.falls_back_from(b"first");
    for jobs in 4..7 {
        place.file.save(&worker(jobs)).unwrap();
    }
    assert_eq!(place.kept(), ["3.damaged", "6.toml", "7.toml"]);
    assert_eq!(fs::read(set_aside(&place.path, 3)).unwrap(), b"first");

    replace(&generation(&place.path, 7), b"second");
    assert_eq!(place.file.load().unwrap(), worker(5));
    place.file.save(&worker(7)).unwrap();
    assert_eq!(place.kept(), ["6.toml", "7.damaged", "8.toml"]);
    assert_eq!(fs::read(set_aside(&place.path, 7)).unwrap(), b"second");
}

#[test]
fn a_file_set_aside_shows_that_there_was_a_status() {
    let place = saved_twice();
    place.falls_back_from(b"first");
    for number in [2, 4] {
        fs::remove_file(generation(&place.path, number)).unwrap();
    }
    let _ = fs::remove_file(&place.path);
    for result in place.loads() {
        let Err(Error::Damaged { candidates, .. }) = result else {
            panic!("{result:?}");
        };
        let [damage] = <[_; 1]>::try_from(candidates).unwrap();
        assert_eq!(damage.path, set_aside(&place.path, 3));
        assert!(matches!(damage.flaw, Flaw::SetAside));
    }
    place.file.save(&worker(9)).unwrap();
    assert_eq!(place.file.load().unwrap(), worker(9));
}

#[test]
fn appended_bytes_are_found() {
    for more in ["\n", " ", "\0", "jobs = 9\n", "# a comment\n"] {
        let place = saved_twice();
        let mut bytes = fs::read(place.newest()).unwrap();
        bytes.extend_from_slice(more.as_bytes());
        let flaw = place.falls_back_from(&bytes);
        let Flaw::Length { sealed, found } = flaw else {
            panic!("{flaw}");
        };
        assert_eq!(found, sealed + more.len());
    }
}

#[test]
fn an_empty_file_is_found() {
    let flaw = saved_twice().falls_back_from(b"");
    assert!(matches!(flaw, Flaw::Empty), "{flaw}");
}

#[test]
fn a_file_of_nul_bytes_is_found() {
    let place = saved_twice();
    let length = fs::read(place.newest()).unwrap().len();
    let flaw = place.falls_back_from(&vec![0; length]);
    assert!(matches!(flaw, Flaw::Unsealed), "{flaw}");
}

#[test]
fn a_good_text_without_its_seal_is_found() {
    let place = saved_twice();
    let bytes = fs::read(place.newest()).unwrap();
    let seal = bytes.iter().position(|&byte| byte == b'\n').unwrap();
    let flaw = place.falls_back_from(&bytes[seal + 1..]);
    assert!(matches!(flaw, Flaw::Unsealed), "{flaw}");
}

#[test]
fn the_seal_of_another_status_is_found() {
    let place = saved_twice();
    let older = fs::read_to_string(generation(&place.path, 2)).unwrap();
    let newest = fs::read_to_string(place.newest()).unwrap();
    let mixed = newest.replace(
        newest.lines().next().unwrap(),
        older.lines().next().unwrap(),
    );
    let flaw = place.falls_back_from(mixed.as_bytes());
    assert!(matches!(flaw, Flaw::Checksum), "{flaw}");
}

fn like_a_seal() -> impl Strategy<Value = Vec<u8>> {
    let text = "[ -~\n]{0,40}";
    let number = || prop_oneof![0..3_u64, any::<u64>()];
    let fields = (
        number(),
        number(),
        prop::option::of(number()),
        any::<u32>(),
        text,
    );
    fields.prop_map(|(format, version, bytes, crc32, text)| {
        let bytes = bytes.unwrap_or(text.len() as u64);
        let seal = format!("#:statusfile {format} version={version} bytes={bytes}");
        format!("{seal} crc32={crc32:08x}\n{text}").into_bytes()
    })
}

fn in_cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(in_cases(300))]

    #[test]
    fn bytes_without_a_seal_that_holds_are_never_loaded(
        bytes in prop_oneof![vec(any::<u8>(), 0..200), like_a_seal()],
    ) {
        saved_twice().falls_back_from(&bytes);
    }

    #[test]
    fn a_text_whose_seal_holds_is_loaded_or_an_error_and_never_passed_over(
        text in prop_oneof![".{0,60}", "jobs = [0-9]{1,20}\nlast = [\"'][a-z]{0,3}[\"']\n?"],
    ) {
        let place = saved_twice();
        replace(&place.newest(), &sealed(1, 1, &text));
        match place.file.read() {
            Ok(loaded) => {
                prop_assert_eq!(loaded.origin, Origin::Generation(3));
                prop_assert_eq!(loaded.value, toml::from_str(&text).unwrap());
            }
            Err(Error::Decode { path, line, column, .. }) => {
                prop_assert_eq!(path, place.newest());
                prop_assert!(line >= 1 && column >= 1);
            }
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn any_bytes_at_the_path_are_an_edit_or_an_error_and_stay(
        bytes in prop_oneof![vec(any::<u8>(), 1..100), like_a_seal()],
    ) {
        let place = saved_twice();
        replace(&place.path, &bytes);
        match place.file.read() {
            Ok(loaded) => prop_assert_eq!(loaded.origin, Origin::Edit),
            Err(
                Error::Decode { path, .. } | Error::Newer { path, .. } | Error::Convert { path, .. },
            ) => {
                prop_assert_eq!(path, &*place.path);
            }
            Err(error) => panic!("{error}"),
        }
        prop_assert_eq!(fs::read(&place.path).unwrap(), bytes);
    }
}

#[test]
fn a_directory_where_the_newest_belongs_is_passed_over_and_set_aside_as_it_is() {
    let place = saved_twice();
    fs::remove_file(place.newest()).unwrap();
    fs::create_dir(place.newest()).unwrap();
    fs::write(place.newest().join("inside"), "kept").unwrap();
    let flaw = place.falls_back();
    assert!(matches!(flaw, Flaw::NotAFile(Kind::Directory)), "{flaw}");
    let inside = set_aside(&place.path, 3).join("inside");
    assert_eq!(fs::read_to_string(inside).unwrap(), "kept");
}

#[cfg(unix)]
#[test]
fn a_fifo_where_the_newest_belongs_is_passed_over_and_nobody_waits_for_it() {
    let place = saved_twice();
    fs::remove_file(place.newest()).unwrap();
    make_fifo(&place.newest());
    let flaw = without_hanging(move || place.falls_back());
    assert!(matches!(flaw, Flaw::NotAFile(Kind::Special)), "{flaw}");
}

#[cfg(unix)]
#[test]
fn a_link_where_the_newest_belongs_is_not_followed() {
    let place = saved_twice();
    let elsewhere = place.directory.path().join("elsewhere.toml");
    fs::rename(place.newest(), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, place.newest()).unwrap();
    let before = tree_snapshot(&elsewhere);
    let flaw = place.falls_back();
    assert!(matches!(flaw, Flaw::NotAFile(Kind::Link)), "{flaw}");
    assert_eq!(tree_snapshot(&elsewhere), before);
    assert_eq!(fs::read_link(set_aside(&place.path, 3)).unwrap(), elsewhere);
}

/// Makes a file far too large to be read, without the blocks where the file system allows it.
fn make_huge(path: &Path) -> u64 {
    const TIB: u64 = 1 << 40;
    let file = File::create(path).unwrap();
    let length = [TIB, MAX_BYTES + 1]
        .into_iter()
        .find(|&length| file.set_len(length).is_ok());
    length.unwrap()
}

#[test]
fn a_huge_file_where_the_newest_belongs_is_passed_over_unread() {
    let place = saved_twice();
    fs::remove_file(place.newest()).unwrap();
    let length = make_huge(&place.newest());
    match place.falls_back() {
        Flaw::TooLarge { bytes } => assert_eq!(bytes, length),
        flaw => panic!("{flaw}"),
    }
    assert_eq!(
        fs::metadata(set_aside(&place.path, 3)).unwrap().len(),
        length
    );
}

#[test]
fn a_huge_file_at_the_path_is_refused_unread_and_left_alone() {
    let place = saved_twice();
    fs::remove_file(&place.path).unwrap();
    let length = make_huge(&place.path);
    let results = place
        .loads()
        .into_iter()
        .chain([place.file.save(&worker(3))]);
    for result in results {
        let Err(Error::Unsafe {
            path,
            flaw: Flaw::TooLarge { bytes },
        }) = result
        else {
            panic!("{result:?}");
        };
        assert_eq!((path.as_path(), bytes), (place.path.as_path(), length));
    }
    assert_eq!(fs::metadata(&place.path).unwrap().len(), length);
    assert_eq!(place.kept(), ["2.toml", "3.toml"]);
}

#[test]
fn names_that_are_not_ours_are_ignored_and_left_alone() {
    let place = saved_twice();
    let directory = status_directory(&place.path);
    let foreign = [
        "999999999999999999999999999999.toml",
        "9223372036854775808.toml",
        "007.toml",
        "0.toml",
        "+4.toml",
        "4.toml~",
        "4.toml.bak",
        "4.TOML",
        "notes.txt",
        "notes.tmp",
        "damaged",
    ];
    let text = sealed(1, 1, "jobs = 99\nlast = \"foreign\"\n");
    for name in foreign {
        fs::write(directory.join(name), &text).unwrap();
    }
    fs::create_dir(directory.join("4")).unwrap();
    let before = foreign.map(|name| tree_snapshot(&directory.join(name)));

    let loaded = place.file.read().unwrap();
    assert_eq!((loaded.value, loaded.skipped.len()), (worker(2), 0));
    for jobs in 3..6 {
        place.file.save(&worker(jobs)).unwrap();
        assert_eq!(place.file.load().unwrap(), worker(jobs));
    }

    assert_eq!(
        foreign.map(|name| tree_snapshot(&directory.join(name))),
        before
    );
    let mut expected = foreign.map(String::from).to_vec();
    expected.extend(["4", "5.toml", "6.toml"].map(String::from));
    expected.sort();
    assert_eq!(place.kept(), expected);
}

#[test]
fn after_the_last_number_a_save_says_which_file_is_in_its_way() {
    let place = saved_twice();
    let last = generation(&place.path, i64::MAX.unsigned_abs());
    fs::write(&last, sealed(1, 1, "jobs = 9\nlast = \"\"\n")).unwrap();
    let result = place.file.save(&worker(3));
    let Err(
        error @ Error::Io {
            step: Step::Rename, ..
        },
    ) = result
    else {
        panic!("{result:?}");
    };
    assert!(
        error
            .to_string()
            .starts_with(&format!("{}: ", last.display())),
        "{error}"
    );
    assert_eq!(place.file.load().unwrap().jobs, 9);
}

#[cfg(unix)]
mod permissions {
    use super::*;
    use crate::common::{child_path, passes_as_ordinary_user};
    use std::fs::Permissions;
    use std::io::ErrorKind;
    use std::os::unix::fs::PermissionsExt;

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    /// A status that every user may load.
    fn saved_for_everyone() -> Place {
        let mut place = nothing_saved();
        place.file = place.file.mode(0o644);
        place.file.save(&worker(1)).unwrap();
        place.file.save(&worker(2)).unwrap();
        place
    }

    fn is_denied(result: Result<(), Error>, expected: Step, at: &Path) {
        let Err(error @ Error::Io { .. }) = result else {
            panic!("{result:?}");
        };
        let text = error.to_string();
        assert!(
            text.contains(&format!("cannot {expected}: Permission denied")),
            "{text}"
        );
        let Error::Io { step, path, cause } = error else {
            unreachable!()
        };
        assert_eq!(
            (step, &*path, cause.kind()),
            (expected, at, ErrorKind::PermissionDenied)
        );
    }

    #[test]
    fn a_newest_that_may_not_be_read_is_an_error_and_not_passed_over() {
        let place = saved_for_everyone();
        set_mode(&place.newest(), 0);
        set_mode(&status_directory(&place.path), 0o777);
        set_mode(&status_directory(&place.path).join("lock"), 0o666);
        passes_as_ordinary_user(
            "permissions::load_and_save_where_the_newest_may_not_be_read",
            place.directory.path(),
            &place.path,
        );
        assert_eq!(place.kept(), ["2.toml", "3.toml"]);
    }

    #[test]
    #[ignore = "run by the test above as an ordinary user"]
    fn load_and_save_where_the_newest_may_not_be_read() {
        let Some(path) = child_path() else { return };
        let (file, newest) = (status(&path), generation(&path, 3));
        is_denied(file.load().map(drop), Step::Read, &newest);
        is_denied(file.read().map(drop), Step::Read, &newest);
        is_denied(file.load_or_default().map(drop), Step::Read, &newest);
        is_denied(file.update(|_| ()), Step::Read, &newest);
        is_denied(file.save(&worker(3)), Step::Look, &newest);
    }

    #[test]
    fn an_edit_that_may_not_be_read_is_an_error_and_not_passed_over() {
        let place = saved_for_everyone();
        replace(&place.path, b"jobs = 50\nlast = ''\n");
        set_mode(&place.path, 0);
        passes_as_ordinary_user(
            "permissions::load_where_the_edit_may_not_be_read",
            place.directory.path(),
            &place.path,
        );
    }

    #[test]
    #[ignore = "run by the test above as an ordinary user"]
    fn load_where_the_edit_may_not_be_read() {
        let Some(path) = child_path() else { return };
        is_denied(status(&path).load().map(drop), Step::Read, &path);
        is_denied(status(&path).load_or_default().map(drop), Step::Read, &path);
    }

    #[test]
    fn without_permission_to_write_loads_go_on_and_saves_change_nothing() {
        let place = saved_for_everyone();
        let directory = status_directory(&place.path);
        set_mode(&directory.join("lock"), 0o444);
        set_mode(&directory, 0o555);
        set_mode(place.directory.path(), 0o555);
        passes_as_ordinary_user(
            "permissions::load_and_save_without_permission_to_write",
            place.directory.path(),
            &place.path,
        );
        set_mode(place.directory.path(), 0o755);
        set_mode(&directory, 0o755);
    }

    #[test]
    #[ignore = "run by the test above as an ordinary user"]
    fn load_and_save_without_permission_to_write() {
        let Some(path) = child_path() else { return };
        let (file, directory) = (status(&path), status_directory(&path));
        let root = path.parent().unwrap();
        let before = tree_snapshot(root);

        assert_eq!(file.load().unwrap(), worker(2));
        assert_eq!(file.read().unwrap().origin, Origin::Generation(3));
        assert_eq!(file.load_or_default().unwrap(), worker(2));
        is_denied(file.save(&worker(3)), Step::Write, &directory);
        is_denied(file.update(|_| ()), Step::Lock, &directory.join("lock"));

        let new = root.join("new/worker.toml");
        is_denied(
            status(&new).save(&worker(1)),
            Step::Write,
            &status_directory(&new),
        );
        assert_eq!(status(&new).load_or_default().unwrap(), Worker::default());
        assert_eq!(tree_snapshot(root), before);
    }

    #[test]
    fn an_edit_that_may_not_be_removed_goes_on_to_win_and_little_is_left_behind() {
        let place = saved_for_everyone();
        let directory = status_directory(&place.path);
        replace(&place.path, b"jobs = 50\nlast = 'job 50'\n");
        set_mode(&directory, 0o777);
        set_mode(&directory.join("lock"), 0o666);
        set_mode(place.directory.path(), 0o555);
        passes_as_ordinary_user(
            "permissions::save_where_the_edit_may_not_be_removed",
            place.directory.path(),
            &place.path,
        );
        set_mode(place.directory.path(), 0o755);
        assert!(place.kept().len() <= 4, "{:?}", place.kept());
    }

    #[test]
    #[ignore = "run by the test above as an ordinary user"]
    fn save_where_the_edit_may_not_be_removed() {
        let Some(path) = child_path() else { return };
        for jobs in 1..6 {
            is_denied(status(&path).save(&worker(jobs)), Step::RemoveEdit, &path);
            assert_eq!(status(&path).load().unwrap(), worker(50));
        }
    }

    #[test]
    fn a_directory_that_may_not_be_entered_is_an_error_and_not_a_first_start() {
        let place = saved_for_everyone();
        let directory = status_directory(&place.path);
        set_mode(&directory, 0);
        passes_as_ordinary_user(
            "permissions::load_where_the_directory_may_not_be_entered",
            place.directory.path(),
            &place.path,
        );
        set_mode(&directory, 0o755);
    }

    #[test]
    #[ignore = "run by the test above as an ordinary user"]
    fn load_where_the_directory_may_not_be_entered() {
        let Some(path) = child_path() else { return };
        let directory = status_directory(&path);
        is_denied(status(&path).load().map(drop), Step::Read, &directory);
        is_denied(
            status(&path).load_or_default().map(drop),
            Step::Read,
            &directory,
        );
    }
}

#[cfg(unix)]
mod locks {
    use super::*;
    use std::os::unix::fs::symlink;

    /// Expects that nothing is saved past such a lock, and that loads go on.
    fn is_refused(place: &Place, kind: Kind) {
        let lock = status_directory(&place.path).join("lock");
        let before = tree_snapshot(&lock);
        let results = [
            place.file.save(&worker(3)),
            place.file.update(|_| ()),
            place.file.lock().map(drop),
        ];
        for result in results {
            let Err(Error::Unsafe {
                path,
                flaw: Flaw::NotAFile(found),
            }) = result
            else {
                panic!("{result:?}");
            };
            assert_eq!((&path, found), (&lock, kind));
        }
        assert_eq!(place.file.load().unwrap(), worker(2));
        assert_eq!(place.kept(), ["2.toml", "3.toml"]);
        assert_eq!(tree_snapshot(&lock), before);
    }

    #[test]
    fn a_link_as_lock_is_refused_and_its_target_not_touched() {
        let place = saved_twice();
        let lock = status_directory(&place.path).join("lock");
        let precious = place.directory.path().join("precious");
        fs::write(&precious, "precious").unwrap();
        let before = tree_snapshot(&precious);
        fs::remove_file(&lock).unwrap();
        symlink(&precious, &lock).unwrap();
        is_refused(&place, Kind::Link);
        assert_eq!(tree_snapshot(&precious), before);
    }

    #[test]
    fn a_link_to_nothing_as_lock_is_refused_and_its_target_not_made() {
        let place = saved_twice();
        let lock = status_directory(&place.path).join("lock");
        let absent = place.directory.path().join("absent");
        fs::remove_file(&lock).unwrap();
        symlink(&absent, &lock).unwrap();
        is_refused(&place, Kind::Link);
        assert!(!absent.exists());
    }

    #[test]
    fn a_fifo_as_lock_is_refused_and_nobody_waits_for_it() {
        let place = saved_twice();
        let lock = status_directory(&place.path).join("lock");
        fs::remove_file(&lock).unwrap();
        make_fifo(&lock);
        without_hanging(move || is_refused(&place, Kind::Special));
    }

    #[test]
    fn a_directory_as_lock_is_refused() {
        let place = saved_twice();
        let lock = status_directory(&place.path).join("lock");
        fs::remove_file(&lock).unwrap();
        fs::create_dir(&lock).unwrap();
        is_refused(&place, Kind::Directory);
    }

    #[test]
    fn a_socket_as_lock_is_refused() {
        let place = saved_twice();
        let lock = status_directory(&place.path).join("lock");
        fs::remove_file(&lock).unwrap();
        std::os::unix::net::UnixListener::bind(&lock).unwrap();
        is_refused(&place, Kind::Special);
    }

    #[test]
    fn a_lock_that_is_gone_is_made_again() {
        let place = saved_twice();
        let lock = status_directory(&place.path).join("lock");
        fs::remove_file(&lock).unwrap();
        place.file.save(&worker(3)).unwrap();
        assert!(lock.is_file());
    }
}

#[cfg(unix)]
mod at_the_path {
    use super::*;
    use std::os::unix::fs::symlink;

    /// Expects that what `put` makes at the path is refused and left alone, whether or not there is
    /// a status beside it.
    fn is_refused(kind: Kind, put: fn(&Path)) {
        for place in [saved_twice(), nothing_saved()] {
            let _ = fs::remove_file(&place.path);
            put(&place.path);
            let before = tree_snapshot(&place.path);
            let kept = place.directory.path().join("worker.toml.status");
            let generations = || kept.exists().then(|| place.kept());
            let generations_before = generations().unwrap_or_default();

            let results = place
                .loads()
                .into_iter()
                .chain([place.file.save(&worker(3))]);
            for result in results {
                let Err(Error::Unsafe {
                    path,
                    flaw: Flaw::NotAFile(found),
                }) = result
                else {
                    panic!("{result:?}");
                };
                assert_eq!((&path, found), (&place.path, kind));
            }
            assert_eq!(tree_snapshot(&place.path), before);
            assert_eq!(generations().unwrap_or_default(), generations_before);
        }
    }

    #[test]
    fn a_fifo_is_refused_and_nobody_waits_for_it() {
        without_hanging(|| is_refused(Kind::Special, make_fifo));
    }

    #[test]
    fn a_socket_is_refused() {
        is_refused(Kind::Special, |path| {
            std::os::unix::net::UnixListener::bind(path).unwrap();
        });
    }

    #[test]
    fn a_directory_is_refused() {
        is_refused(Kind::Directory, |path| {
            fs::create_dir(path).unwrap();
            fs::write(path.join("inside"), "kept").unwrap();
        });
    }

    #[test]
    fn a_link_to_a_file_is_refused() {
        is_refused(Kind::Link, |path| {
            let elsewhere = path.with_file_name("elsewhere.toml");
            fs::write(&elsewhere, "jobs = 9\nlast = ''\n").unwrap();
            symlink("elsewhere.toml", path).unwrap();
        });
    }

    #[test]
    fn a_link_to_nothing_is_refused() {
        is_refused(Kind::Link, |path| symlink("nowhere.toml", path).unwrap());
    }

    #[test]
    fn a_link_to_itself_is_refused() {
        is_refused(Kind::Link, |path| symlink("worker.toml", path).unwrap());
    }

    #[test]
    fn our_own_link_without_its_directory_is_damage_and_no_default() {
        let place = saved_twice();
        fs::remove_dir_all(status_directory(&place.path)).unwrap();
        for result in place.loads() {
            let Err(Error::Damaged { path, candidates }) = result else {
                panic!("{result:?}");
            };
            assert_eq!(path, place.path);
            assert_eq!(candidates[0].path, path);
            assert!(matches!(candidates[0].flaw, Flaw::Dangling));
        }
        place.file.save(&worker(3)).unwrap();
        assert_eq!(place.file.load().unwrap(), worker(3));
        assert_eq!(place.kept(), ["1.toml", "2.toml"]);
    }

    #[test]
    fn without_the_link_the_status_is_loaded_and_the_next_save_puts_it_back() {
        let place = saved_twice();
        fs::remove_file(&place.path).unwrap();
        fs::remove_file(status_directory(&place.path).join("current")).unwrap();
        assert_eq!(place.file.load().unwrap(), worker(2));
        place.file.save(&worker(3)).unwrap();
        let newest = fs::read_to_string(generation(&place.path, 4)).unwrap();
        assert_eq!(fs::read_to_string(&place.path).unwrap(), newest);
    }
}

/// Whether what lies at `path` is our link, or would be on a system that has links.
fn is_our_link(path: &Path) -> bool {
    !cfg!(unix) || fs::read_link(path).unwrap() == Path::new("worker.toml.status/current")
}

#[test]
fn an_empty_file_alone_at_the_path_is_damage_and_no_default() {
    let place = nothing_saved();
    fs::write(&place.path, "").unwrap();
    for result in place.loads() {
        let Err(Error::Damaged { candidates, .. }) = result else {
            panic!("{result:?}");
        };
        assert_eq!(candidates[0].path, place.path);
        assert!(matches!(candidates[0].flaw, Flaw::Empty));
    }
    place.file.save(&worker(1)).unwrap();
    assert_eq!(place.file.read().unwrap().skipped.len(), 0);
    assert_eq!(place.file.load().unwrap(), worker(1));
    assert!(is_our_link(&place.path));
}

#[test]
fn an_empty_file_at_the_path_is_passed_over_for_the_newest() {
    let place = saved_twice();
    replace(&place.path, b"");
    let loaded = place.file.read().unwrap();
    assert_eq!(
        (loaded.value, loaded.origin),
        (worker(2), Origin::Generation(3))
    );
    let [damage] = <[_; 1]>::try_from(loaded.skipped).unwrap();
    assert_eq!(damage.path, place.path);
    assert!(matches!(damage.flaw, Flaw::Empty));
    place.file.save(&worker(3)).unwrap();
    assert!(place.file.read().unwrap().skipped.is_empty());
    assert!(is_our_link(&place.path));
}

/// Expects that `edit` is loaded, and that the next save keeps it as `kept`, under a seal.
fn is_adopted(edit: &str, kept: &str) {
    for (place, older) in [(nothing_saved(), 1), (saved_twice(), 4)] {
        replace(&place.path, edit.as_bytes());
        let loaded = place.file.read().unwrap();
        assert_eq!((&loaded.value, loaded.origin), (&worker(50), Origin::Edit));
        assert!(loaded.skipped.is_empty());
        let modified = fs::metadata(&place.path).unwrap().modified().unwrap();
        assert_eq!(loaded.saved_at, Some(modified));

        place.file.update(|worker| worker.jobs += 1).unwrap();
        let loaded = place.file.read().unwrap();
        assert_eq!(
            (loaded.value.jobs, loaded.origin),
            (51, Origin::Generation(older + 1))
        );
        assert!(is_our_link(&place.path));
        assert_eq!(
            place.kept(),
            [format!("{older}.toml"), format!("{}.toml", older + 1)]
        );
        let sealed = String::from_utf8(sealed(1, 1, kept)).unwrap();
        assert_eq!(
            fs::read_to_string(generation(&place.path, older)).unwrap(),
            sealed
        );

        replace(&generation(&place.path, older + 1), b"");
        assert_eq!(place.file.load().unwrap(), worker(50));
    }
}

#[test]
fn an_edit_wins_and_is_kept_to_the_letter() {
    let edit = "# why: see the ticket\n\njobs   = 50 # so many\nlast = 'job 50'";
    is_adopted(edit, edit);
}

#[test]
fn an_edit_with_line_ends_of_windows_is_kept_to_the_letter() {
    let edit = "# why\r\njobs = 50\r\nlast = 'job 50'\r\n";
    is_adopted(edit, edit);
}

#[test]
fn an_edit_with_a_byte_order_mark_is_kept_without_it() {
    let edit = "jobs = 50\nlast = 'job 50'\n";
    is_adopted(&format!("\u{feff}{edit}"), edit);
}

#[test]
fn an_edit_below_a_seal_gets_a_new_one() {
    let edit = "jobs = 50\nlast = 'job 50'\n# more\n";
    for old in ["", "jobs = 3\nlast = 'job 3'\n"] {
        let seal = String::from_utf8(sealed(1, 1, old)).unwrap();
        is_adopted(&format!("{}\n{edit}", seal.lines().next().unwrap()), edit);
    }
}

#[test]
fn a_status_of_the_older_generation_put_at_the_path_is_an_edit() {
    let place = saved_twice();
    let older = fs::read(generation(&place.path, 2)).unwrap();
    replace(&place.path, &older);
    let loaded = place.file.read().unwrap();
    assert_eq!((loaded.value, loaded.origin), (worker(1), Origin::Edit));
    place.file.save(&worker(3)).unwrap();
    assert_eq!(fs::read(generation(&place.path, 4)).unwrap(), older);
}

#[test]
fn a_copy_of_the_newest_put_at_the_path_is_not_kept_again() {
    let place = saved_twice();
    let newest = fs::read(place.newest()).unwrap();
    replace(&place.path, &newest);
    assert_eq!(place.file.read().unwrap().origin, Origin::Edit);
    place.file.save(&worker(3)).unwrap();
    assert_eq!(place.kept(), ["3.toml", "4.toml"]);
    assert!(is_our_link(&place.path));
}

#[test]
fn an_edit_wins_where_every_generation_is_damaged() {
    let place = saved_twice();
    replace(&generation(&place.path, 2), b"");
    replace(&place.newest(), b"");
    replace(&place.path, b"jobs = 50\nlast = 'job 50'\n");
    assert_eq!(place.file.load().unwrap(), worker(50));
    place.file.save(&worker(51)).unwrap();
    assert_eq!(place.kept(), ["3.damaged", "4.toml", "5.toml"]);
    replace(&generation(&place.path, 5), b"");
    assert_eq!(place.file.load().unwrap(), worker(50));
}

/// Expects the same error from everything, with the file and the generations left alone.
fn is_a_decode_error(edit: &[u8], at: (usize, usize), message: &str, snippet: &str) {
    let place = saved_twice();
    replace(&place.path, edit);
    let before = tree_snapshot(&place.path);
    let results = place
        .loads()
        .into_iter()
        .chain([place.file.save(&worker(3))]);
    for result in results {
        let Err(error @ Error::Decode { .. }) = result else {
            panic!("{result:?}");
        };
        let text = error.to_string();
        let head = format!("{}:{}:{}: {message}", place.path.display(), at.0, at.1);
        assert!(text.starts_with(&head) && text.ends_with(snippet), "{text}");
        let Error::Decode {
            path,
            line,
            column,
            snippet: shown,
            ..
        } = error
        else {
            unreachable!()
        };
        assert_eq!((path, line, column), (place.path.clone(), at.0, at.1));
        assert_eq!(shown, snippet);
    }
    assert_eq!(tree_snapshot(&place.path), before);
    assert_eq!(place.kept(), ["2.toml", "3.toml"]);
}

#[test]
fn an_edit_of_the_wrong_type_is_an_error_at_its_line_and_stays() {
    is_a_decode_error(
        "# é\njobs = \"many\"\nlast = ''\n".as_bytes(),
        (2, 8),
        "invalid type: string \"many\", expected u64",
        "  |\n2 | jobs = \"many\"\n  |        ^^^^^^",
    );
}

#[test]
fn a_byte_order_mark_does_not_move_the_place_of_a_mistake() {
    is_a_decode_error(
        "\u{feff}jobs = \"many\"\r\n".as_bytes(),
        (1, 8),
        "invalid type",
        "  |\n1 | jobs = \"many\"\n  |        ^^^^^^",
    );
}

#[test]
fn an_edit_that_is_no_toml_is_an_error_at_its_line_and_stays() {
    is_a_decode_error(
        b"jobs = 5\nlast = 'half\n",
        (2, 13),
        "invalid literal string",
        "  |\n2 | last = 'half\n  |             ^",
    );
}

#[test]
fn an_edit_in_which_a_key_stands_twice_is_an_error_and_stays() {
    is_a_decode_error(
        b"jobs = 5\nlast = ''\njobs = 6\n",
        (3, 1),
        "duplicate key",
        "  |\n3 | jobs = 6\n  | ^^^^",
    );
}

#[test]
fn an_edit_that_is_not_utf_8_is_an_error_at_its_line_and_stays() {
    is_a_decode_error(
        b"jobs = 5\nlast = '\xc3\xa9\xe9'\n",
        (2, 10),
        "this is not UTF-8",
        "  |\n2 | last = 'é\u{fffd}'\n  |          ^",
    );
}

#[test]
fn another_struct_at_the_path_is_an_error_that_names_the_file_and_nothing_is_lost() {
    #[derive(Debug, Default, Serialize, Deserialize)]
    struct Settings {
        last: u16,
    }
    let place = saved_twice();
    let before = tree_snapshot(place.directory.path());
    let other = StatusFile::<Settings>::at(&place.path);
    let results = [
        other.load().map(drop),
        other.load_or_default().map(drop),
        other.update(|_| panic!("this is not called")),
    ];
    for result in results {
        let Err(error @ Error::Decode { .. }) = result else {
            panic!("{result:?}");
        };
        let head = format!(
            "{}:3:8: invalid type: string \"job 2\"",
            place.newest().display()
        );
        assert!(error.to_string().starts_with(&head), "{error}");
    }
    assert_eq!(tree_snapshot(place.directory.path()), before);
    assert_eq!(place.file.load().unwrap(), worker(2));
}

/// Expects that `bytes` at `path` is refused by everything, and that nothing is changed.
fn is_newer(place: &Place, path: &Path, bytes: &[u8], what: Versioned) {
    replace(path, bytes);
    let (before, kept) = (tree_snapshot(path), place.kept());
    let results = place
        .loads()
        .into_iter()
        .chain([place.file.save(&worker(3))]);
    for result in results {
        let Err(Error::Newer {
            path: named,
            what: newer,
            found,
            known,
        }) = result
        else {
            panic!("{result:?}");
        };
        assert_eq!((named.as_path(), newer, found, known), (path, what, 2, 1));
    }
    assert_eq!(tree_snapshot(path), before);
    assert_eq!(place.kept(), kept);
}

const FROM_THE_FUTURE: &str = "jobs = 9\nlast = 'job 9'\nfuel = 3\n";

#[test]
fn what_a_newer_program_saved_is_refused() {
    for (format, version, what) in [(1, 2, Versioned::Schema), (2, 1, Versioned::Format)] {
        let place = saved_twice();
        let newer = sealed(format, version, FROM_THE_FUTURE);
        is_newer(&place, &generation(&place.path, 4), &newer, what);
    }
}

#[test]
fn what_a_newer_program_saved_is_refused_at_the_path_too() {
    for (format, version, what) in [(1, 2, Versioned::Schema), (2, 1, Versioned::Format)] {
        for place in [saved_twice(), saved_twice()] {
            let newer = sealed(format, version, FROM_THE_FUTURE);
            is_newer(&place, &place.path, &newer, what);
        }
    }
}

#[test]
fn what_a_newer_program_saved_is_refused_behind_a_damaged_file() {
    let place = saved_twice();
    fs::write(generation(&place.path, 5), b"").unwrap();
    let newer = sealed(1, 2, FROM_THE_FUTURE);
    is_newer(
        &place,
        &generation(&place.path, 4),
        &newer,
        Versioned::Schema,
    );
}

#[test]
fn an_edit_does_not_get_past_a_newer_program() {
    let place = saved_twice();
    let newer = generation(&place.path, 4);
    fs::write(&newer, sealed(1, 2, FROM_THE_FUTURE)).unwrap();
    replace(&place.path, b"jobs = 50\nlast = 'job 50'\n");
    let before = tree_snapshot(&newer);
    let result = place.file.save(&worker(3));
    assert!(matches!(result, Err(Error::Newer { .. })), "{result:?}");
    assert_eq!(tree_snapshot(&newer), before);
}

#[test]
fn what_a_newer_program_saved_is_refused_however_an_editor_saved_it() {
    let newer = String::from_utf8(sealed(1, 2, FROM_THE_FUTURE)).unwrap();
    for edit in [format!("\u{feff}{newer}"), newer.replace('\n', "\r\n")] {
        let place = saved_twice();
        is_newer(&place, &place.path, edit.as_bytes(), Versioned::Schema);
    }
}
