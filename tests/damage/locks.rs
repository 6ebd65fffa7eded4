//! What lies where the lock belongs.

use crate::common::{make_fifo, names, status_directory, tree_snapshot, without_hanging};
use crate::{Place, saved_twice, worker};
use statusfile::Error;
use statusfile::error::{DamageKind, FileKind};
use std::fs;
use std::os::unix::fs::symlink;
use std::thread;

/// Expects that nothing is saved past such a lock, and that loads go on.
fn is_refused(place: &Place, kind: FileKind) {
    let lock = place.inside("lock");
    let before = tree_snapshot(&lock);
    let results = [
        place.file.save(&worker(3)),
        place.file.update(|_| ()),
        place.file.lock().map(drop),
    ];
    for result in results {
        let Err(Error::Unsafe {
            location,
            kind: DamageKind::NotAFile(found),
            ..
        }) = result
        else {
            panic!("{result:?}");
        };
        assert_eq!((location.path(), found), (Some(&*lock), kind));
    }
    assert_eq!(place.file.load().unwrap(), worker(2));
    assert_eq!(place.kept(), ["1.toml", "2.toml"]);
    assert_eq!(tree_snapshot(&lock), before);
}

#[test]
fn a_link_as_lock_is_refused_and_its_target_not_touched() {
    let place = saved_twice();
    let lock = place.inside("lock");
    let precious = place.directory.path().join("precious");
    fs::write(&precious, "precious").unwrap();
    let before = tree_snapshot(&precious);
    fs::remove_file(&lock).unwrap();
    symlink(&precious, &lock).unwrap();
    is_refused(&place, FileKind::Link);
    assert_eq!(tree_snapshot(&precious), before);
}

#[test]
fn a_link_to_nothing_as_lock_is_refused_and_its_target_not_made() {
    let place = saved_twice();
    let lock = place.inside("lock");
    let absent = place.directory.path().join("absent");
    fs::remove_file(&lock).unwrap();
    symlink(&absent, &lock).unwrap();
    is_refused(&place, FileKind::Link);
    assert!(!absent.exists());
}

#[test]
fn a_fifo_as_lock_is_refused_and_nobody_waits_for_it() {
    let place = saved_twice();
    let lock = place.inside("lock");
    fs::remove_file(&lock).unwrap();
    make_fifo(&lock);
    without_hanging(move || is_refused(&place, FileKind::Special));
}

#[test]
fn a_directory_as_lock_is_refused() {
    let place = saved_twice();
    let lock = place.inside("lock");
    fs::remove_file(&lock).unwrap();
    fs::create_dir(&lock).unwrap();
    is_refused(&place, FileKind::Directory);
}

#[test]
fn a_socket_as_lock_is_refused() {
    let place = saved_twice();
    let lock = place.inside("lock");
    fs::remove_file(&lock).unwrap();
    std::os::unix::net::UnixListener::bind(&lock).unwrap();
    is_refused(&place, FileKind::Special);
}

#[test]
fn a_lock_that_is_gone_is_made_again() {
    let place = saved_twice();
    let lock = place.inside("lock");
    fs::remove_file(&lock).unwrap();
    place.file.save(&worker(3)).unwrap();
    assert!(lock.is_file());
}

/// The lock that was waited for went with it, and locks nothing that others see.
#[test]
fn a_status_that_is_moved_away_while_a_save_waits_is_left_as_it_is() {
    let place = saved_twice();
    let moved = place.directory.path().join("moved");
    let held = place.file.lock().unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| place.file.update(|worker| worker.jobs += 10));
        // It marks the lock that it waits for, by one time for its last reading and writing.
        let is_marked = || {
            let lock = fs::metadata(place.inside("lock")).unwrap();
            lock.accessed().unwrap() == lock.modified().unwrap()
        };
        while !is_marked() {
            thread::yield_now();
        }
        fs::rename(status_directory(&place.path), &moved).unwrap();
        fs::remove_file(&place.path).unwrap();
        let before = tree_snapshot(&moved);
        fs::create_dir(status_directory(&place.path)).unwrap();
        drop(held);
        waiting.join().unwrap().unwrap();
        assert_eq!(names(&moved).len(), before.len() - 1);
    });
    assert_eq!(place.file.load().unwrap().jobs, 10);
}
