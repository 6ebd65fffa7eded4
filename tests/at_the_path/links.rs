//! A link at the path, as those who keep their settings in one place make it, is followed first.

use crate::common::{child, child_path, names, passes, passes_as_ordinary_user, status_directory};
use crate::place::{Place, Worker, status, worker};
use crate::shell;
use statusfile::error::DamageKind;
use statusfile::untyped::UntypedFile;
use statusfile::{Error, Origin};
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::thread;

/// A file `dotfiles/worker.toml`, and two links to it.
fn linked_twice() -> (Place, [PathBuf; 2]) {
    let place = Place::new();
    let links = ["x/worker.toml", "y/settings.toml"];
    let links = links.map(|link| place.directory.path().join(link));
    for (link, target) in links
        .iter()
        .zip(["../dotfiles/worker.toml", "../x/worker.toml"])
    {
        fs::create_dir(link.parent().unwrap()).unwrap();
        symlink(target, link).unwrap();
    }
    let dotfiles = place.directory.path().join("dotfiles");
    fs::create_dir(&dotfiles).unwrap();
    fs::write(dotfiles.join("worker.toml"), "jobs = 0\n").unwrap();
    (place, links)
}

/// Without the way around by `..` that the links are.
fn plain(path: &Path) -> PathBuf {
    let parent = fs::canonicalize(path.parent().unwrap()).unwrap();
    parent.join(path.file_name().unwrap())
}

#[test]
fn all_that_belongs_to_a_status_lies_beside_the_real_file() {
    let (place, links) = linked_twice();
    let real = plain(&place.directory.path().join("dotfiles/worker.toml"));
    for (jobs, link) in [(1, &links[0]), (2, &links[1]), (3, &real)] {
        let file = status::<Worker>(link);
        file.update(|worker| worker.jobs += 1).unwrap();
        for path in links.iter().chain([&real]) {
            let loaded = status::<Worker>(path).read().unwrap();
            assert_eq!((loaded.value, loaded.origin), (worker(jobs), Origin::Path));
            let seen = UntypedFile::at(path).read().unwrap();
            assert_eq!(plain(seen.location.path().unwrap()), real);
        }
        let newest = &file.history().unwrap()[0];
        let directory = plain(newest.location.path().unwrap().parent().unwrap());
        assert_eq!(directory, status_directory(&real));
    }
    assert!(status_directory(&real).join("lock").is_file());
    for link in &links {
        assert!(fs::symlink_metadata(link).unwrap().is_symlink());
        assert_eq!(names(link.parent().unwrap()).len(), 1);
    }
    let metadata = fs::symlink_metadata(&real).unwrap();
    assert!(metadata.is_file() && metadata.nlink() == 1);
}

/// Two locks would lose every second one.
#[test]
fn two_processes_that_update_one_file_through_two_links_lose_nothing() {
    let (place, links) = linked_twice();
    thread::scope(|scope| {
        for link in &links {
            scope.spawn(|| passes(child("links::updates_a_hundred_times", link)));
        }
    });
    for link in &links {
        assert_eq!(status::<Worker>(link).load().unwrap(), worker(200));
    }
    let real = place.directory.path().join("dotfiles");
    assert_eq!(names(&real), ["worker.toml", "worker.toml.status"]);
}

#[test]
#[ignore = "run by the test above in two processes"]
fn updates_a_hundred_times() {
    let Some(path) = child_path() else { return };
    for _ in 0..100 {
        status::<Worker>(&path)
            .update(|worker| worker.jobs += 1)
            .unwrap();
    }
}

#[test]
fn a_lock_that_is_held_through_one_link_is_held_through_the_other() {
    let (_place, links) = linked_twice();
    let held = status::<Worker>(&links[0]).lock().unwrap();
    let impatient = status::<Worker>(&links[1]).lock_timeout(std::time::Duration::ZERO);
    let refused = impatient.save(&worker(1));
    assert!(matches!(refused, Err(Error::Locked { .. })), "{refused:?}");
    drop(held);
    impatient.save(&worker(1)).unwrap();
}

/// It is not the status directory, whatever its name.
#[test]
fn what_lies_beside_a_link_is_in_nobodys_way() {
    let (_place, links) = linked_twice();
    let beside = status_directory(&links[0]);
    let put: [fn(&Path); 3] = [
        |beside| fs::write(beside, "a file").unwrap(),
        |beside| symlink("nowhere", beside).unwrap(),
        |beside| fs::create_dir_all(beside.join("lock/full")).unwrap(),
    ];
    for put in put {
        put(&beside);
        let file = status::<Worker>(&links[0]);
        file.save(&worker(1)).unwrap();
        file.update(|worker| worker.jobs += 1).unwrap();
        let held = file.lock().unwrap();
        assert_eq!(held.load().unwrap(), worker(2));
        drop(held);
        assert_eq!(file.load().unwrap(), worker(2));
        file.remove().unwrap();
        assert!(matches!(file.load(), Err(Error::NotFound { .. })));
        if fs::remove_file(&beside).is_err() {
            fs::remove_dir_all(&beside).unwrap();
        }
    }
}

#[test]
fn links_in_a_circle_are_an_error_and_stay() {
    let place = Place::new();
    symlink("other.toml", &place.path).unwrap();
    symlink("worker.toml", place.directory.path().join("other.toml")).unwrap();
    let results = [
        place.file.load().map(drop),
        place.file.load_or_default().map(drop),
        place.file.save(&worker(1)),
        place.file.update(|_| ()),
        place.file.remove(),
    ];
    for result in results {
        let Err(error @ Error::Io { .. }) = result else {
            panic!("{result:?}");
        };
        assert!(
            error.to_string().contains("its links lead in a circle"),
            "{error}"
        );
    }
    assert_eq!(names(place.directory.path()), ["other.toml", "worker.toml"]);
}

#[test]
fn a_mistake_behind_a_link_is_shown_where_it_is() {
    let (place, links) = linked_twice();
    let real = plain(&place.directory.path().join("dotfiles/worker.toml"));
    fs::write(&real, "jobs = 'many'\n").unwrap();
    let error = status::<Worker>(&links[1]).load().unwrap_err();
    let Error::Decode {
        location,
        line,
        column,
        ..
    } = &error
    else {
        panic!("{error}");
    };
    assert_eq!(plain(location.path().unwrap()), real);
    assert_eq!((*line, *column), (1, 8));
}

/// The link of a configuration manager into its store: nothing can be saved there.
#[test]
fn where_a_link_leads_into_a_read_only_store_saves_fail_and_nothing_they_tried_is_ever_loaded() {
    let place = Place::saved(2);
    let store = place.directory.path().join("store");
    let away = place.path.with_extension("away");
    fs::rename(&place.path, &away).unwrap();
    shell(
        &place.path,
        "mkdir store; printf 'jobs = 7\\n' > store/w.toml; chmod 555 store; ln -s store/w.toml worker.toml",
    );
    shell(
        &place.path,
        "chmod -R a+rX worker.toml.status store; chmod 777 worker.toml.status; chmod 666 worker.toml.status/lock",
    );
    passes_as_ordinary_user(
        "links::saves_into_the_store_fail",
        place.directory.path(),
        &place.path,
    );
    assert_eq!(names(&store), ["w.toml"]);
    // The person takes the managed file away: what was acknowledged is there again.
    fs::remove_file(&place.path).unwrap();
    assert_eq!(place.file.load().unwrap(), worker(2));
    assert_eq!(place.kept(), ["1.toml", "2.toml"]);
}

#[test]
#[ignore = "run by the test above as an ordinary user"]
fn saves_into_the_store_fail() {
    let Some(path) = child_path() else { return };
    let file = status::<Worker>(&path);
    let store = path.with_file_name("store");
    for jobs in 43..46 {
        let error = file.save(&worker(jobs)).unwrap_err();
        for place in [&store, &path] {
            let place = place.to_str().unwrap();
            assert!(error.to_string().contains(place), "{error}");
        }
        assert_eq!(file.load().unwrap(), worker(7));
    }
    assert!(file.update(|worker| worker.jobs += 1).is_err());
    assert_eq!(file.load_or_default().unwrap(), worker(7));
}

/// What was acknowledged before there was a link is what the link hides.
#[test]
fn a_status_directory_beside_the_link_itself_is_reported() {
    let place = Place::saved(2);
    shell(
        &place.path,
        "mkdir store; mv worker.toml store/w.toml; ln -s store/w.toml worker.toml",
    );
    place.file.save(&worker(3)).unwrap();
    let findings = UntypedFile::at(&place.path).verify().unwrap();
    let beside = status_directory(&place.path);
    assert!(
        findings
            .iter()
            .any(|it| it.location.path() == Some(&*beside)),
        "{findings:?}"
    );
}

/// As an orchestrator projects a configuration: a volume of links that is swapped as a whole.
#[test]
fn a_read_only_volume_of_links_is_loaded_and_so_is_the_one_that_takes_its_place() {
    let place = Place::<Worker>::new();
    shell(
        &place.path,
        "mkdir ..1 ..2; printf 'jobs = 5\\n' > ..1/worker.toml; printf 'jobs = 6\\n' > ..2/worker.toml; \
         ln -s ..1 ..data; ln -s ..data/worker.toml worker.toml; chmod a+r ..?/worker.toml; chmod 555 ..1 ..2",
    );
    for jobs in [5, 6] {
        passes_as_ordinary_user(
            &format!("links::loads_{jobs}_and_saves_nothing"),
            place.directory.path(),
            &place.path,
        );
        shell(&place.path, "ln -sfn ..2 ..data");
    }
    for volume in ["..1", "..2"] {
        assert_eq!(names(&place.directory.path().join(volume)), ["worker.toml"]);
    }
}

#[test]
#[ignore = "run by the test above as an ordinary user"]
fn loads_5_and_saves_nothing() {
    loads_and_saves_nothing(5);
}

#[test]
#[ignore = "run by the test above as an ordinary user"]
fn loads_6_and_saves_nothing() {
    loads_and_saves_nothing(6);
}

fn loads_and_saves_nothing(jobs: u64) {
    let Some(path) = child_path() else { return };
    let file = status::<Worker>(&path);
    let loaded = file.read().unwrap();
    assert_eq!((loaded.value, loaded.origin), (worker(jobs), Origin::Edit));
    let error = file.save(&worker(9)).unwrap_err();
    assert!(error.to_string().contains("Permission denied"), "{error}");
    assert_eq!(file.load().unwrap(), worker(jobs));
}

/// Others may have made it, to have their file loaded, or replaced.
#[test]
fn in_a_directory_of_all_the_link_of_somebody_else_is_not_followed() {
    if !crate::common::is_root() {
        return;
    }
    let place = Place::new();
    let directory = place.directory.path();
    shell(
        &place.path,
        "mkdir victim; printf 'jobs = 7\\n' > victim/w.toml; ln -s victim/w.toml worker.toml; chmod 1777 .",
    );
    std::os::unix::fs::lchown(&place.path, Some(crate::common::NOBODY), None).unwrap();
    for result in [place.file.load().map(drop), place.file.save(&worker(1))] {
        let Err(Error::Unsafe { location, kind, .. }) = result else {
            panic!("{result:?}");
        };
        assert_eq!(location.path(), Some(&*place.path));
        assert!(matches!(kind, DamageKind::Untrusted { .. }), "{kind}");
    }
    assert_eq!(names(&directory.join("victim")), ["w.toml"]);
    assert_eq!(names(directory), ["victim", "worker.toml"]);
    is_untouched(&directory.join("victim/w.toml"));
}

fn is_untouched(path: &Path) {
    assert_eq!(fs::read_to_string(path).unwrap(), "jobs = 7\n");
}
