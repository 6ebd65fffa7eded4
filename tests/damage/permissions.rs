//! Files and directories that may not be read or written.

use crate::common::{
    Entry, child_path, generation, passes_as_ordinary_user, status_directory, tree_snapshot,
};
use crate::place::status;
use crate::{Place, Worker, worker};
use statusfile::error::Step;
use statusfile::{Error, Origin};
use std::collections::BTreeMap;
use std::fs;
use std::fs::Permissions;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// A status that every user may load.
fn saved_for_everyone() -> Place {
    let mut place = Place::new();
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
    assert!(text.contains(&format!("cannot {expected}")), "{text}");
    assert!(text.contains(": Permission denied"), "{text}");
    let Error::Io {
        step,
        location,
        cause,
        ..
    } = error
    else {
        unreachable!()
    };
    assert_eq!(
        (step, location.path(), cause.kind()),
        (expected, Some(at), ErrorKind::PermissionDenied)
    );
}

#[test]
fn a_newest_that_may_not_be_read_is_an_error_and_not_passed_over() {
    let place = saved_for_everyone();
    set_mode(&place.newest(), 0);
    set_mode(&status_directory(&place.path), 0o777);
    set_mode(&place.inside("lock"), 0o666);
    passes_as_ordinary_user(
        "permissions::load_what_is_at_the_path_and_save_where_the_newest_may_not_be_read",
        place.directory.path(),
        &place.path,
    );
    fs::remove_file(&place.path).unwrap();
    passes_as_ordinary_user(
        "permissions::load_and_save_where_the_newest_may_not_be_read",
        place.directory.path(),
        &place.path,
    );
    assert_eq!(place.kept(), ["1.toml", "2.toml"]);
}

#[test]
#[ignore = "run by the test above as an ordinary user"]
fn load_what_is_at_the_path_and_save_where_the_newest_may_not_be_read() {
    let Some(path) = child_path() else { return };
    let (file, newest) = (status(&path), generation(&path, 2));
    assert_eq!(file.load().unwrap(), worker(2));
    is_denied(file.save(&worker(3)), Step::Look, &newest);
    assert_eq!(file.load().unwrap(), worker(2));
}

#[test]
#[ignore = "run by the test above as an ordinary user"]
fn load_and_save_where_the_newest_may_not_be_read() {
    let Some(path) = child_path() else { return };
    let (file, newest) = (status(&path), generation(&path, 2));
    is_denied(file.load().map(drop), Step::Read, &newest);
    is_denied(file.read().map(drop), Step::Read, &newest);
    is_denied(file.load_or_default().map(drop), Step::Read, &newest);
    is_denied(file.update(|_| ()), Step::Read, &newest);
    is_denied(file.save(&worker(3)), Step::Look, &newest);
}

#[test]
fn an_edit_that_may_not_be_read_is_an_error_and_not_passed_over() {
    let place = saved_for_everyone();
    place.edit(b"jobs = 50\nlast = ''\n");
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
    is_denied(status::<Worker>(&path).load().map(drop), Step::Read, &path);
    is_denied(
        status::<Worker>(&path).load_or_default().map(drop),
        Step::Read,
        &path,
    );
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
    assert_eq!(file.read().unwrap().origin, Origin::Path);
    assert_eq!(file.load_or_default().unwrap(), worker(2));
    is_denied(file.save(&worker(3)), Step::Write, &directory);
    is_denied(file.update(|_| ()), Step::Lock, &directory.join("lock"));

    let new = root.join("new/worker.toml");
    is_denied(
        status::<Worker>(&new).save(&worker(1)),
        Step::Make,
        &root.join("new"),
    );
    assert_eq!(
        status::<Worker>(&new).load_or_default().unwrap(),
        Worker::default()
    );
    assert_eq!(tree_snapshot(root), before);
}

#[test]
fn a_path_that_may_not_be_replaced_stays_the_status_and_nothing_is_left_behind() {
    let place = saved_for_everyone();
    let directory = status_directory(&place.path);
    set_mode(&directory, 0o777);
    set_mode(&directory.join("lock"), 0o666);
    for (edit, jobs) in [("", 2), ("jobs = 50\nlast = 'job 50'\n", 50)] {
        if !edit.is_empty() {
            place.edit(edit);
        }
        let before = files_in(&directory);
        passes_as_ordinary_user_where_the_path_may_not_be_replaced(
            &place,
            &format!("permissions::save_over_{jobs}_where_the_path_may_not_be_replaced"),
        );
        assert_eq!(files_in(&directory), before);
        assert!(!directory.join("published").exists());
        assert_eq!(place.file.load().unwrap(), worker(jobs));
    }
    // None of what failed comes to light when the edit is gone.
    let away = place.path.with_extension("away");
    fs::rename(&place.path, &away).unwrap();
    assert_eq!(place.file.load().unwrap(), worker(2));
    fs::rename(&away, &place.path).unwrap();
    place.file.save(&worker(51)).unwrap();
    assert_eq!(place.file.load().unwrap(), worker(51));
    let number = place.file.history().unwrap()[1].number;
    assert_eq!(
        place.file.load_generation(number).unwrap().value,
        worker(50)
    );
}

/// Everything in it, with its contents; but for the directory itself, whose time tells that saves were tried, and
/// what the save before has replaced, which a generation holds.
fn files_in(directory: &Path) -> BTreeMap<PathBuf, Entry> {
    let mut tree = tree_snapshot(directory);
    tree.remove(directory);
    tree.remove(&directory.join("published"));
    tree
}

fn passes_as_ordinary_user_where_the_path_may_not_be_replaced(place: &Place, name: &str) {
    let above = place.directory.path();
    // The helper opens it to read, no more.
    set_mode(above, 0o555);
    passes_as_ordinary_user(name, above, &place.path);
    set_mode(above, 0o755);
}

#[test]
#[ignore = "run by the test above as an ordinary user"]
fn save_over_2_where_the_path_may_not_be_replaced() {
    saves_are_denied(2);
}

#[test]
#[ignore = "run by the test above as an ordinary user"]
fn save_over_50_where_the_path_may_not_be_replaced() {
    saves_are_denied(50);
}

fn saves_are_denied(at_the_path: u64) {
    let Some(path) = child_path() else { return };
    let file = status::<Worker>(&path);
    for jobs in 3..8 {
        is_denied(file.save(&worker(jobs)), Step::Publish, &path);
        is_denied(file.update(|it| it.jobs += 1), Step::Publish, &path);
        assert_eq!(file.load().unwrap(), worker(at_the_path));
    }
}

#[test]
fn a_directory_that_may_not_be_entered_is_an_error_and_not_a_first_start() {
    let place = saved_for_everyone();
    let directory = status_directory(&place.path);
    set_mode(&directory, 0);
    passes_as_ordinary_user(
        "permissions::load_what_is_at_the_path_alone",
        place.directory.path(),
        &place.path,
    );
    fs::remove_file(&place.path).unwrap();
    passes_as_ordinary_user(
        "permissions::load_where_the_directory_may_not_be_entered",
        place.directory.path(),
        &place.path,
    );
    set_mode(&directory, 0o755);
}

/// Where it is whole, nothing else is needed.
#[test]
#[ignore = "run by the test above as an ordinary user"]
fn load_what_is_at_the_path_alone() {
    let Some(path) = child_path() else { return };
    assert_eq!(status::<Worker>(&path).load().unwrap(), worker(2));
}

#[test]
#[ignore = "run by the test above as an ordinary user"]
fn load_where_the_directory_may_not_be_entered() {
    let Some(path) = child_path() else { return };
    let directory = status_directory(&path);
    is_denied(
        status::<Worker>(&path).load().map(drop),
        Step::Read,
        &directory,
    );
    is_denied(
        status::<Worker>(&path).load_or_default().map(drop),
        Step::Read,
        &directory,
    );
}
