//! Many statuses of one type: a key and a file of its own for each.

#![expect(clippy::unwrap_used, reason = "these run in tests only")]

mod common;

use common::{child_path, generation, names, passes, replace, status_directory, tree_snapshot};
use serde::{Deserialize, Serialize};
use statusfile::error::Step;
use statusfile::{Error, KeyedStatus, PersistentStatus, StatusFile};
use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, PersistentStatus)]
#[status(file = "{id}.toml", env = "STATUSFILE_TEST_JOBS", keep = 3)]
struct Job {
    id: u64,
    pages: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, PersistentStatus)]
#[status(path = "tasks/{tenant}/open/task-{id}.toml")]
struct Task {
    id: Id,
    tenant: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Id(u8, u8);

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize, PersistentStatus)]
#[status(file = "{name}", durability = "process")]
struct Counter {
    name: String,
    count: u64,
}

fn job(id: u64, pages: u32) -> Job {
    Job { id, pages }
}

fn task(tenant: &str, id: Id) -> Task {
    let tenant = tenant.to_owned();
    Task { id, tenant }
}

fn counter(name: &str, count: u64) -> Counter {
    let name = name.to_owned();
    Counter { name, count }
}

/// Runs the test `name` once more, in a process whose working directory and state directory are
/// new. In there it is the path of that directory.
fn alone(name: &str) -> Option<PathBuf> {
    alone_with(name, &[])
}

fn alone_with(name: &str, variables: &[(&str, &str)]) -> Option<PathBuf> {
    if let Some(directory) = child_path() {
        return Some(directory);
    }
    let directory = tempfile::tempdir().unwrap();
    let path = common::resolved(directory.path());
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["--exact", name, "--nocapture"])
        .current_dir(&path)
        .env("STATUSFILE_TEST_PATH", &path)
        .env("STATE_DIRECTORY", &path)
        .envs(variables.iter().copied());
    passes(command);
    None
}

/// What `load_all` finds, each error as text, and the paths below `directory`.
fn all<T: KeyedStatus>(directory: &Path) -> Vec<(String, Result<T, String>)> {
    let found = T::load_all().unwrap();
    let relative = |(path, status): (PathBuf, Result<T, Error>)| {
        let path = path.strip_prefix(directory).unwrap().to_str().unwrap();
        (
            common::with_slashes(path),
            status.map_err(|error| error.to_string()),
        )
    };
    found.map(relative).collect()
}

#[test]
fn each_key_has_a_status_of_its_own() {
    let Some(directory) = alone("each_key_has_a_status_of_its_own") else {
        return;
    };
    for pages in 1..4 {
        job(1, pages).save().unwrap();
        job(2, 10 * pages).save().unwrap();
    }
    assert_eq!(Job::load(1).unwrap(), job(1, 3));
    assert_eq!(Job::load(2).unwrap(), job(2, 30));
    assert_eq!(job(1, 3).key(), 1);
    let file = Job::status_file(2).unwrap();
    assert_eq!(file.path(), Some(&*directory.join("2.toml")));
    assert_eq!(file.load().unwrap(), job(2, 30));
    let found = names(&directory);
    let expected = ["1.toml.status", "2.toml.status"];
    assert!(
        expected
            .iter()
            .all(|name| found.contains(&(*name).to_owned()))
    );
}

#[test]
fn loads_leave_nothing_where_nothing_was_saved() {
    let Some(directory) = alone("loads_leave_nothing_where_nothing_was_saved") else {
        return;
    };
    job(1, 1).save().unwrap();
    let before = tree_snapshot(&directory);
    let path = directory.join("2.toml");
    assert!(
        matches!(Job::load(2), Err(Error::NotFound { location, .. }) if location.path() == Some(&*path))
    );
    assert_eq!(Job::load_or(job(2, 7)).unwrap(), job(2, 7));
    assert_eq!(Job::load_or(job(1, 7)).unwrap(), job(1, 1));
    assert!(matches!(
        Job::update(2, |_| ()),
        Err(Error::NotFound { .. })
    ));
    assert_eq!(Task::load_all().unwrap().count(), 0);
    assert_eq!(tree_snapshot(&directory), before);
}

#[test]
fn several_fields_make_a_key() {
    let Some(directory) = alone("several_fields_make_a_key") else {
        return;
    };
    let (first, second) = (task("a", Id(1, 0)), task("b", Id(1, 0)));
    first.save().unwrap();
    second.save().unwrap();
    let tenant = "a".to_owned();
    assert_eq!(Task::load((&tenant, &Id(1, 0))).unwrap(), first);
    assert_eq!(Task::load(("b", &first.id)).unwrap(), second);
    assert_eq!(first.key(), ("a", &Id(1, 0)));
    let path = directory.join("tasks/a/open/task-1.0.toml");
    assert_eq!(Task::status_file(first.key()).unwrap().path(), Some(&*path));
    assert!(status_directory(&path).is_dir());
    let found: Vec<Task> = Task::load_all()
        .unwrap()
        .map(|(_, task)| task.unwrap())
        .collect();
    assert_eq!(found, [first, second]);
}

#[test]
fn an_update_is_of_one_key_and_never_lost() {
    const THREADS: u64 = 4;
    const TIMES: u64 = 25;
    if alone("an_update_is_of_one_key_and_never_lost").is_none() {
        return;
    }
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..TIMES {
                    Counter::update_or(counter("a", 0), |counter| counter.count += 1).unwrap();
                }
            });
        }
    });
    assert_eq!(Counter::load("a").unwrap().count, THREADS * TIMES);
    let count = Counter::update("a", |counter| {
        counter.count += 1;
        counter.count
    });
    assert_eq!(count.unwrap(), THREADS * TIMES + 1);
    assert!(matches!(Counter::load("b"), Err(Error::NotFound { .. })));
}

#[test]
fn a_value_that_cannot_be_a_name_is_an_error_and_touches_nothing() {
    let Some(directory) = alone("a_value_that_cannot_be_a_name_is_an_error_and_touches_nothing")
    else {
        return;
    };
    let home = directory.join("home");
    fs::create_dir(&home).unwrap();
    env::set_current_dir(&home).unwrap();
    let before = tree_snapshot(&directory);
    for value in [
        "", ".", "..", "../a", "/a", "a/b", "a\\b", "a\0b", "a\n", "C:", "a?", "a.", "a ", "nul",
        "a.status", "A.STATUS",
    ] {
        let results = [
            counter(value, 1).save(),
            Counter::load(value).map(drop),
            Counter::load_or(counter(value, 1)).map(drop),
            Counter::update(value, |_| ()),
            Counter::update_or(counter(value, 1), |_| ()),
        ];
        for result in results {
            let Err(
                error @ Error::Io {
                    step: Step::Place, ..
                },
            ) = result
            else {
                panic!("{value:?}: {result:?}");
            };
            let text = error.to_string();
            assert!(
                text.contains("{name}") && text.contains("`name` is"),
                "{text}"
            );
            assert!(!error.may_be_visible());
        }
    }
    assert_eq!(tree_snapshot(&directory), before);
}

#[test]
fn one_damaged_status_does_not_hide_the_others() {
    let Some(directory) = alone("one_damaged_status_does_not_hide_the_others") else {
        return;
    };
    for id in [10, 9, 1] {
        job(id, 1).save().unwrap();
    }
    let path = directory.join("9.toml");
    replace(&generation(&path, 1), b"pages = 1\n");
    replace(&path, b"");
    let found = all::<Job>(&directory);
    let [one, ten, nine] = &found[..] else {
        panic!("{found:?}");
    };
    assert_eq!(one, &("1.toml".to_owned(), Ok(job(1, 1))));
    assert_eq!(ten, &("10.toml".to_owned(), Ok(job(10, 1))));
    let ("9.toml", Err(error)) = (&*nine.0, &nine.1) else {
        panic!("{nine:?}");
    };
    assert!(
        error.contains("no intact copy of the status is left"),
        "{error}"
    );
}

#[test]
fn only_statuses_are_listed() {
    let Some(directory) = alone("only_statuses_are_listed") else {
        return;
    };
    job(2, 2).save().unwrap();
    replace(&directory.join("1.toml"), b"id = 1\npages = 7\n");
    replace(&directory.join("notes.txt"), b"");
    replace(&directory.join("3.toml~"), b"");
    replace(&directory.join(".toml"), b"");
    fs::create_dir(directory.join("4.toml")).unwrap();
    // A first save that never came to its end.
    drop(Job::status_file(5).unwrap().lock().unwrap());
    // Someone has removed it.
    let _ = fs::remove_file(directory.join("2.toml"));
    assert_eq!(
        all::<Job>(&directory),
        [
            ("1.toml".to_owned(), Ok(job(1, 7))),
            ("2.toml".to_owned(), Ok(job(2, 2))),
        ]
    );
    task("a", Id(0, 1)).save().unwrap();
    replace(&directory.join("tasks/file"), b"");
    fs::create_dir_all(directory.join("tasks/b/closed")).unwrap();
    assert_eq!(
        all::<Task>(&directory),
        [(
            "tasks/a/open/task-0.1.toml".to_owned(),
            Ok(task("a", Id(0, 1)))
        )]
    );
}

#[test]
fn a_status_is_only_loaded_where_it_belongs() {
    let Some(directory) = alone("a_status_is_only_loaded_where_it_belongs") else {
        return;
    };
    job(1, 1).save().unwrap();
    let (own, copy) = (directory.join("1.toml"), directory.join("2.toml"));
    fs::copy(generation(&own, 1), &copy).unwrap();
    let before = tree_snapshot(&directory);
    for result in [
        Job::load(2),
        Job::load_or(job(2, 0)),
        Job::update(2, |job| job.id = 2).map(|()| job(0, 0)),
        Job::update_or(job(2, 0), |job| job.id = 2).map(|()| job(0, 0)),
    ] {
        let Err(Error::Misplaced {
            location, belongs, ..
        }) = result
        else {
            panic!("{result:?}");
        };
        assert_eq!(
            (location.path(), belongs.path()),
            (Some(&*copy), Some(&*own))
        );
    }
    let found = all::<Job>(&directory);
    assert_eq!(found[0].1, Ok(job(1, 1)));
    let error = found[1].1.as_ref().unwrap_err();
    assert!(error.contains("belongs at"), "{error}");
    // The lock of the last update is all that is new.
    fs::remove_dir_all(status_directory(&copy)).unwrap();
    assert_eq!(tree_snapshot(&directory).len(), before.len());

    replace(&copy, b"id = 2\npages = 1\n");
    Job::update(2, |job| job.pages += 1).unwrap();
    assert_eq!(Job::load(2).unwrap(), job(2, 2));
}

#[test]
fn an_update_that_changes_the_key_saves_nothing() {
    let Some(directory) = alone("an_update_that_changes_the_key_saves_nothing") else {
        return;
    };
    job(1, 1).save().unwrap();
    let before = tree_snapshot(&directory);
    let change = |job: &mut Job| {
        job.id = 2;
        job.pages = 9;
    };
    for result in [Job::update(1, change), Job::update_or(job(1, 0), change)] {
        let Err(Error::Misplaced {
            location, belongs, ..
        }) = result
        else {
            panic!("{result:?}");
        };
        assert_eq!(location.path(), Some(&*directory.join("1.toml")));
        assert_eq!(belongs.path(), Some(&*directory.join("2.toml")));
    }
    assert_eq!(Job::load(1).unwrap(), job(1, 1));
    assert!(matches!(Job::load(2), Err(Error::NotFound { .. })));
    assert_eq!(tree_snapshot(&directory).len(), before.len());
}

#[test]
fn the_variable_names_the_directory() {
    let name = "the_variable_names_the_directory";
    let Some(directory) = alone_with(name, &[("STATUSFILE_TEST_JOBS", "jobs")]) else {
        return;
    };
    job(1, 1).save().unwrap();
    env::set_current_dir(env::temp_dir()).unwrap();
    assert_eq!(Job::load(1).unwrap(), job(1, 1));
    assert!(status_directory(&directory.join("jobs/1.toml")).is_dir());
    assert_eq!(
        all::<Job>(&directory),
        [("jobs/1.toml".to_owned(), Ok(job(1, 1)))]
    );
}

#[test]
fn all_that_a_type_declares_holds_for_each_status() {
    let Some(directory) = alone("all_that_a_type_declares_holds_for_each_status") else {
        return;
    };
    for pages in 0..6 {
        job(1, pages).save().unwrap();
    }
    let path = directory.join("1.toml");
    let kept = (1..9).filter(|&number| generation(&path, number).exists());
    assert_eq!(kept.collect::<Vec<_>>(), [4, 5, 6]);
}

#[test]
fn doubled_braces_are_braces() {
    #[derive(Serialize, Deserialize, PersistentStatus)]
    #[status(path = "{{x}}/a{{{r#type}}}.toml")]
    struct Many {
        r#type: char,
    }

    #[derive(Serialize, Deserialize, PersistentStatus)]
    #[status(file = "{{one}}.toml")]
    struct One {}

    let Some(directory) = alone("doubled_braces_are_braces") else {
        return;
    };
    let many: StatusFile<Many> = Many::status_file('z').unwrap();
    assert_eq!(many.path(), Some(&*directory.join("{x}/a{z}.toml")));
    let one = One::status_file().unwrap();
    assert_eq!(one.path(), Some(&*directory.join("{one}.toml")));
}

#[test]
fn each_status_is_read_by_the_version_that_wrote_it() {
    #[derive(Serialize, Deserialize, PersistentStatus)]
    struct PageV1 {
        id: u64,
    }

    #[derive(Debug, PartialEq, Default, Serialize, Deserialize, PersistentStatus)]
    #[status(path = "pages/{id}.toml", version = 2, previous = PageV1, default)]
    struct Page {
        id: u64,
        words: u64,
    }

    impl From<PageV1> for Page {
        fn from(page: PageV1) -> Self {
            let PageV1 { id } = page;
            Self { id, words: 7 }
        }
    }

    let Some(directory) = alone("each_status_is_read_by_the_version_that_wrote_it") else {
        return;
    };
    assert_eq!(Page::VERSION, 2);
    let path = directory.join("pages/1.toml");
    PageV1 { id: 1 }.save_to(&path).unwrap();
    replace(&directory.join("pages/2.toml"), b"id = 2\n");
    assert_eq!(Page::load(1).unwrap(), Page { id: 1, words: 7 });
    Page::update(1, |page| page.words += 1).unwrap();
    let found: Vec<Page> = Page::load_all()
        .unwrap()
        .map(|(_, page)| page.unwrap())
        .collect();
    assert_eq!(found, [Page { id: 1, words: 8 }, Page { id: 2, words: 0 }]);
    let newest = fs::read_to_string(generation(&path, 2)).unwrap();
    assert!(newest.contains("version=2"), "{newest}");
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, PersistentStatus)]
#[status(path = "levels/{at}.toml", durability = "process")]
struct Level {
    at: Rounded,
    count: u64,
}

/// Several of these have one text.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Rounded(f64);

impl fmt::Display for Rounded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.0}", self.0)
    }
}

fn level(at: f64, count: u64) -> Level {
    let at = Rounded(at);
    Level { at, count }
}

/// The text of [`Error::Misplaced`].
fn misplaced<T: fmt::Debug>(result: Result<T, Error>) -> String {
    match result {
        Err(error @ Error::Misplaced { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn two_keys_with_one_text_never_share_a_file() {
    let Some(directory) = alone("two_keys_with_one_text_never_share_a_file") else {
        return;
    };
    let (own, other) = (level(0.9, 1), level(1.2, 7));
    own.save().unwrap();
    let before = tree_snapshot(&directory);
    for text in [
        misplaced(Level::load(&other.at)),
        misplaced(Level::load_or(other.clone())),
        misplaced(Level::update(&other.at, |level| level.count += 1)),
        misplaced(Level::update_or(other.clone(), |level| level.count += 1)),
        misplaced(Level::update(&own.at, |level| level.at = Rounded(1.2))),
        misplaced(other.save()),
    ] {
        let text = common::with_slashes(&text);
        for part in ["levels/1.toml: ", "`at = 0.9`", "`at = 1.2`", "`Display`"] {
            assert!(text.contains(part), "{text}");
        }
    }
    assert_eq!(tree_snapshot(&directory).len(), before.len());
    assert_eq!(Level::load(&own.at).unwrap(), own);
    Level::update(&own.at, |level| level.count += 1).unwrap();
    level(0.9, 3).save().unwrap();
    assert_eq!(Level::load(&own.at).unwrap().count, 3);
}

#[test]
fn of_two_keys_with_one_text_that_are_saved_at_once_one_is_refused() {
    let name = "of_two_keys_with_one_text_that_are_saved_at_once_one_is_refused";
    if alone(name).is_none() {
        return;
    }
    for round in 0..20 {
        let low = f64::from(round);
        let saved: Vec<bool> = thread::scope(|scope| {
            let threads: Vec<_> = (1..=8_u32)
                .map(|number| {
                    let at = low + f64::from(number % 2) / 4.0;
                    scope.spawn(move || (at, level(at, 0).save().is_ok()))
                })
                .collect();
            let ended = threads.into_iter().map(|thread| thread.join().unwrap());
            let (even, odd): (Vec<_>, Vec<_>) = ended.partition(|(at, _)| at.fract() == 0.0);
            let any = |saved: Vec<(f64, bool)>| {
                assert!(saved.iter().all(|other| other.1 == saved[0].1), "{saved:?}");
                saved[0].1
            };
            vec![any(even), any(odd)]
        });
        assert!(saved[0] != saved[1], "{saved:?}");
    }
}

#[test]
fn a_handle_of_one_key_holds_no_other() {
    let Some(directory) = alone("a_handle_of_one_key_holds_no_other") else {
        return;
    };
    let file = Level::status_file(&Rounded(0.9)).unwrap();
    misplaced(file.save(&level(1.2, 1)));
    misplaced(file.save(&level(3.0, 1)));
    misplaced(file.lock().unwrap().save(&level(1.2, 1)));
    assert!(matches!(file.load(), Err(Error::NotFound { .. })));
    level(1.2, 5).save().unwrap();
    misplaced(file.load());
    misplaced(file.load_last_good());
    misplaced(file.save(&level(0.9, 1)));
    let number = file.history().unwrap()[0].number;
    misplaced(file.load_generation(number));
    misplaced(file.restore(number));
    // At its path it is a status like any other, which is how it gets away from there.
    let path = directory.join("levels/1.toml");
    assert_eq!(Level::at(&path).load().unwrap(), level(1.2, 5));
}

#[test]
fn a_save_never_replaces_the_status_of_another_key() {
    let Some(directory) = alone("a_save_never_replaces_the_status_of_another_key") else {
        return;
    };
    job(1, 1).save().unwrap();
    let copy = directory.join("2.toml");
    fs::copy(generation(&directory.join("1.toml"), 1), &copy).unwrap();
    let text = misplaced(job(2, 2).save());
    for part in ["2.toml: ", "`id = 1`", "`id = 2`", "belongs at", "1.toml;"] {
        assert!(text.contains(part), "{text}");
    }
    let kept = fs::read_to_string(&copy).unwrap();
    assert!(kept.contains("id = 1"), "{kept}");
    // What is left behind is its directory, and a person's correction is all it takes.
    replace(&copy, b"id = 2\npages = 1\n");
    job(2, 2).save().unwrap();
    assert_eq!(Job::load(2).unwrap(), job(2, 2));

    // The same for a whole directory that was moved, and an edit that corrects it.
    let from = status_directory(&directory.join("1.toml"));
    let to = status_directory(&directory.join("3.toml"));
    fs::rename(from, to).unwrap();
    misplaced(job(3, 3).save());
    replace(&directory.join("3.toml"), b"id = 3\npages = 1\n");
    job(3, 3).save().unwrap();
    assert_eq!(Job::load(3).unwrap(), job(3, 3));
}

#[test]
fn a_key_that_no_load_would_find_is_refused_by_the_save() {
    #[derive(Default, Serialize, Deserialize, PersistentStatus)]
    #[status(path = "left-out/{id}.toml", default)]
    struct LeftOut {
        #[serde(skip_serializing_if = "is_lucky")]
        id: u64,
        count: u64,
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    fn is_lucky(id: &u64) -> bool {
        *id == 7
    }

    #[derive(Serialize, Deserialize, PersistentStatus)]
    #[status(path = "in-part/{tenant}/{id}.toml")]
    struct InPart {
        tenant: String,
        id: Part,
    }

    #[derive(Serialize, Deserialize)]
    struct Part {
        name: String,
        #[serde(skip)]
        number: u64,
    }

    impl fmt::Display for Part {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{}-{}", self.name, self.number)
        }
    }

    let Some(directory) = alone("a_key_that_no_load_would_find_is_refused_by_the_save") else {
        return;
    };
    let in_part = |number| InPart {
        tenant: "a".to_owned(),
        id: Part {
            name: "b".to_owned(),
            number,
        },
    };
    let before = tree_snapshot(&directory);
    for result in [LeftOut { id: 7, count: 1 }.save(), in_part(7).save()] {
        let Err(error @ Error::Encode { .. }) = &result else {
            panic!("{result:?}");
        };
        let text = error.to_string();
        assert!(text.contains("`id`: "), "{text}");
        assert!(text.contains("another key"), "{text}");
    }
    assert_eq!(tree_snapshot(&directory), before);
    in_part(0).save().unwrap();
    assert!(InPart::load(("a", &in_part(0).id)).is_ok());
}

mod as_text {
    use serde::{Deserialize, Deserializer, Serializer};
    use std::net::Ipv4Addr;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    pub(super) fn serialize<S: Serializer>(ip: &Ipv4Addr, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u32((*ip).into())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Ipv4Addr, D::Error> {
        u32::deserialize(from).map(Ipv4Addr::from)
    }

    pub(super) fn lower<S: Serializer>(text: &str, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&text.to_lowercase())
    }
}

/// It has a text, and neither a form of its own nor a comparison.
struct Bare(u8);

impl fmt::Display for Bare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0 / 10)
    }
}

mod bare {
    use super::Bare;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bare: &Bare, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u8(bare.0)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Bare, D::Error> {
        u8::deserialize(from).map(Bare)
    }
}

#[test]
fn a_key_may_be_written_in_a_way_of_its_field() {
    #[derive(Serialize, Deserialize, PersistentStatus)]
    #[status(path = "hosts/{ip}/{name}/{bare}.toml")]
    struct Host {
        #[serde(with = "as_text")]
        ip: std::net::Ipv4Addr,
        #[serde(serialize_with = "as_text::lower")]
        name: String,
        #[serde(rename = "number", with = "bare")]
        bare: Bare,
    }

    if alone("a_key_may_be_written_in_a_way_of_its_field").is_none() {
        return;
    }
    let host = |name: &str, bare| Host {
        ip: std::net::Ipv4Addr::LOCALHOST,
        name: name.to_owned(),
        bare: Bare(bare),
    };
    host("a", 11).save().unwrap();
    assert!(Host::load(host("a", 11).key()).is_ok());
    let text = misplaced(Host::load(host("a", 12).key()).map(drop));
    assert!(
        text.contains("bare = 12`") && text.contains("bare = 11`"),
        "{text}"
    );
    // Its text is lost in the file.
    assert!(matches!(host("B", 11).save(), Err(Error::Encode { .. })));
}

#[test]
fn an_older_version_is_of_a_key_once_it_is_converted() {
    #[derive(Serialize, Deserialize, PersistentStatus)]
    struct OldLevel {
        position: f64,
    }

    #[derive(Debug, Serialize, Deserialize, PersistentStatus)]
    #[status(path = "old/{at}.toml", version = 2, previous = OldLevel)]
    struct NewLevel {
        at: Rounded,
    }

    impl From<OldLevel> for NewLevel {
        fn from(old: OldLevel) -> Self {
            let at = Rounded(old.position);
            Self { at }
        }
    }

    let Some(directory) = alone("an_older_version_is_of_a_key_once_it_is_converted") else {
        return;
    };
    let old = OldLevel { position: 0.9 };
    old.save_to(directory.join("old/1.toml")).unwrap();
    misplaced(NewLevel::load(&Rounded(1.2)));
    misplaced(NewLevel { at: Rounded(1.2) }.save());
    assert!(NewLevel::load(&Rounded(0.9)).is_ok());
    NewLevel { at: Rounded(0.9) }.save().unwrap();
}
