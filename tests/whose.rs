//! A status is somebody's: what another type wrote is neither loaded nor replaced.

#![expect(clippy::unwrap_used, reason = "these run in tests only")]

mod common;
#[path = "common/place.rs"]
mod place;

use common::{replace, sealed_by, tree_snapshot};
use place::Place;
use serde::{Deserialize, Serialize};
use statusfile::untyped::UntypedFile;
use statusfile::{Error, KeyedStatus, PersistentStatus, StatusFile};
use std::fs;

const FOREIGN: &str = "mailer/Progress";

const OWN: &str = "statusfile/Progress";

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, PersistentStatus)]
#[serde(default)]
struct Progress {
    pages: u64,
}

/// Of the same name in its files.
mod mailer {
    use super::{Deserialize, PersistentStatus, Serialize};

    #[derive(Debug, Default, Serialize, Deserialize, PersistentStatus)]
    #[serde(default)]
    pub(super) struct Progress {
        mails: u64,
    }
}

fn place() -> Place<Progress> {
    Place::of(|path| Progress::at(path))
}

fn progress(pages: u64) -> Progress {
    Progress { pages }
}

/// What every way to a status says. None of them may change anything.
fn every_way<T>(file: &StatusFile<T>) -> Vec<(&'static str, Result<(), Error>)>
where
    T: Default + Serialize + for<'de> Deserialize<'de> + Send + 'static,
{
    let locked = |act: fn(&statusfile::StatusLock<T>) -> Result<(), Error>| {
        file.lock().and_then(|lock| act(&lock))
    };
    vec![
        ("load", file.load().map(drop)),
        ("load_or_default", file.load_or_default().map(drop)),
        ("read", file.read().map(drop)),
        ("load_last_good", file.load_last_good().map(drop)),
        ("save", file.save(&T::default())),
        ("update", file.update(|_| ())),
        ("autosave", file.autosave().map(drop)),
        ("a load with the lock", locked(|lock| lock.load().map(drop))),
        (
            "a save with the lock",
            locked(|lock| lock.save(&T::default())),
        ),
    ]
}

fn assert_foreign(place: &Place<Progress>) {
    let seen = || (fs::read(&place.path).ok(), place.kept());
    let before = seen();
    for (way, refused) in every_way(&place.file) {
        let Err(Error::Foreign {
            found, declared, ..
        }) = refused
        else {
            panic!("{way}: {refused:?}");
        };
        assert_eq!((&*found, &*declared), (FOREIGN, OWN), "{way}");
        assert_eq!(seen(), before, "{way}");
    }
}

#[test]
fn what_another_type_wrote_is_refused_in_every_way_and_stays() {
    let place = place();
    let foreign = sealed_by(FOREIGN, "mails = 3\n");
    fs::write(&place.path, &foreign).unwrap();
    // Makes the lock, and no more.
    drop(place.file.lock().unwrap());
    assert_foreign(&place);

    // Where nothing lies at the path, by its generations.
    fs::rename(&place.path, place.generation(1)).unwrap();
    assert_foreign(&place);
    let file = &place.file;
    assert!(matches!(file.restore(1), Err(Error::Foreign { .. })));
    assert!(matches!(
        file.load_generation(1),
        Err(Error::Foreign { .. })
    ));
    assert_eq!(fs::read(place.generation(1)).unwrap(), foreign);

    // What a person made of it is of the same type.
    place.edit("mails = 4\n");
    assert_foreign(&place);
    place.edit([&foreign, &b"# mine\n"[..]].concat());
    assert_foreign(&place);
}

#[test]
fn the_error_says_whose_it_is_and_what_to_do() {
    let place = place();
    fs::write(&place.path, sealed_by(FOREIGN, "mails = 3\n")).unwrap();
    let error = place.file.load().unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "{}: is a status of `{FOREIGN}`, and not of `{OWN}`; it was left alone: give one of the two \
             another path, or if they are one type that was renamed, add `formerly = \"{FOREIGN}\"` to its \
             `#[status(...)]`",
            place.path.display()
        )
    );
}

/// A person has copied another program's file over it.
#[test]
fn the_last_good_status_is_behind_what_another_type_wrote() {
    let place = place();
    place.file.save(&progress(7)).unwrap();
    for copied in [
        sealed_by(FOREIGN, "mails = 3\n"),
        [&sealed_by(FOREIGN, "mails = 3\n"), &b"# mine\n"[..]].concat(),
    ] {
        replace(&place.path, &copied);
        let refused = place.file.save(&progress(8));
        assert!(matches!(refused, Err(Error::Foreign { .. })), "{refused:?}");
        assert_eq!(place.file.load_last_good().unwrap(), progress(7));
    }
}

#[test]
fn what_has_no_type_is_nobodys_until_a_declared_type_saves_it() {
    let place = place();
    fs::write(&place.path, "pages = 3\n").unwrap();
    assert_eq!(place.file.load().unwrap(), progress(3));
    let untyped = StatusFile::undeclared(&place.path);
    untyped.save(&progress(4)).unwrap();
    let type_name = || UntypedFile::at(&place.path).read().unwrap().type_name;
    assert_eq!(type_name(), None);
    place.file.update(|progress| progress.pages += 1).unwrap();
    assert_eq!(type_name().as_deref(), Some(OWN));

    // What has no declaration leaves it so.
    untyped.save(&progress(6)).unwrap();
    untyped.update(|progress| progress.pages += 1).unwrap();
    assert_eq!(type_name().as_deref(), Some(OWN));
    let file = UntypedFile::at(&place.path);
    file.replace(&file.read().unwrap(), "pages = 8\n").unwrap();
    assert_eq!(type_name().as_deref(), Some(OWN));
    assert_eq!(place.file.load().unwrap(), progress(8));
}

/// No file tells two types of one name apart.
#[test]
fn a_second_type_at_one_path_is_refused_at_its_first_call() {
    let place = place();
    place.file.save(&progress(4711)).unwrap();
    let before = tree_snapshot(place.directory.path());
    let second = mailer::Progress::at(&place.path);
    for (way, refused) in every_way(&second) {
        let Err(error @ Error::TwoTypes { .. }) = refused else {
            panic!("{way}: {refused:?}");
        };
        let text = error.to_string();
        for named in ["`whose::Progress`", "`whose::mailer::Progress`"] {
            assert!(text.contains(named), "{way}: {text}");
        }
    }
    let undeclared = StatusFile::<Vec<u8>>::undeclared(&place.path);
    assert!(matches!(undeclared.load(), Err(Error::TwoTypes { .. })));
    assert_eq!(tree_snapshot(place.directory.path()), before);
    assert_eq!(place.file.load().unwrap(), progress(4711));

    place.file.remove().unwrap();
    second.save(&mailer::Progress::default()).unwrap();
}

/// Whichever of them comes first.
#[test]
fn the_versions_of_a_type_are_one() {
    #[derive(Debug, PartialEq, Serialize, Deserialize, PersistentStatus)]
    #[status(version = 2, previous = Progress)]
    struct ProgressV2 {
        pages_done: u64,
    }

    impl From<Progress> for ProgressV2 {
        fn from(previous: Progress) -> Self {
            let pages_done = previous.pages;
            Self { pages_done }
        }
    }

    let place = place();
    place.file.save(&progress(7)).unwrap();
    let newer = ProgressV2::at(&place.path);
    assert_eq!(newer.load().unwrap(), ProgressV2 { pages_done: 7 });
    newer.save(&ProgressV2 { pages_done: 8 }).unwrap();
    let refused = place.file.load();
    assert!(matches!(refused, Err(Error::Foreign { .. })), "{refused:?}");
    let other = mailer::Progress::at(&place.path).load();
    assert!(matches!(other, Err(Error::TwoTypes { .. })), "{other:?}");
}

#[test]
fn one_of_many_is_somebodys_too() {
    #[derive(Debug, Serialize, Deserialize, PersistentStatus)]
    #[status(path = "unused/{id}.toml")]
    struct Job {
        id: u64,
    }

    let place = Place::<Job>::of(|path| Job::at(path));
    fs::write(&place.path, sealed_by(FOREIGN, "id = 3\n")).unwrap();
    for refused in [place.file.load().map(drop), place.file.save(&Job { id: 3 })] {
        assert!(matches!(refused, Err(Error::Foreign { .. })), "{refused:?}");
    }
}
