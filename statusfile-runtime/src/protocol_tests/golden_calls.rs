//! The exact calls of each operation, each save's with the number of its step. A difference here is
//! a change of the protocol, to be made in `docs/protocol.md` too.

use super::{PATH, directory, load, machine_with, save, sealed_status, update};
#[cfg(feature = "editable")]
use super::{Worker, settings};
use crate::codec::untyped::AnyVersion;
use crate::fs::simulated::Simulated;
use crate::store::backend::{Backend, Over};

/// The calls since the last look, against a text with one call a line, numbered or not.
fn assert_calls(fs: &Simulated, expected: &str) {
    let step = |c: char| c.is_ascii_digit() || c == ' ';
    let expected: Vec<_> = expected
        .lines()
        .map(|line| line.trim_start_matches(step))
        .filter(|line| !line.is_empty())
        .collect();
    let calls = fs.take_calls();
    assert!(
        calls == expected,
        "the calls were:\n\n{}\n",
        calls.join("\n")
    );
}

#[test]
fn a_first_save() {
    let fs = Simulated::new();
    save(&fs, 1).unwrap();
    assert_calls(
        &fs,
        "
        2 open app
          open worker.toml.status
          read worker.toml
          create directory worker.toml.status 0700
          create 1.tmp 0400
          lock 1.tmp exclusive
          compare 1.tmp
          write 1.tmp
          date 1.tmp
        3 open or create lock 0600
          lock lock exclusive
          compare lock
        4 list worker.toml.status
          look at worker.toml
          read worker.toml
          sync app
          open /
          sync /
          sync 1.tmp
        5 rename 1.tmp to 1.toml, new
          create published 0600
          write published
          date published
          sync published
          rename published to worker.toml, new
          sync worker.toml
        6 sync 1.toml
        7 sync worker.toml.status
          sync app
          close 1.toml
          close worker.toml
          write lock
          sync lock
        9 unlock lock
          close lock
        ",
    );
}

#[test]
fn a_steady_save() {
    let fs = machine_with(4);
    save(&fs, 5).unwrap();
    assert_calls(
        &fs,
        "
        2 open app
          open worker.toml.status
          create 5.tmp 0400
          lock 5.tmp exclusive
          compare 5.tmp
          write 5.tmp
          date 5.tmp
        3 open or create lock 0600
          lock lock exclusive
          compare lock
        4 list worker.toml.status
          look at worker.toml
          look at 4.toml
          look at published
          remove published
        5 rename 5.tmp to 5.toml, new
          create published like what it replaces
          write published
          date published
          exchange published and worker.toml
          look at published
        6 sync worker.toml
          sync 5.toml
        7 sync worker.toml.status
          sync app
          close 5.toml
          close worker.toml
        8 remove 3.toml
        9 unlock lock
          close lock
        ",
    );
}

#[test]
fn a_save_after_a_writer_died_between_its_rename_and_its_sync() {
    let fs = machine_with(4);
    let dying = fs.process();
    dying.kill_after(25);
    save(&dying, 5).unwrap_err();
    assert_calls(
        &fs,
        "
        2 open app
          open worker.toml.status
          create 5.tmp 0400
          lock 5.tmp exclusive
          compare 5.tmp
          write 5.tmp
          date 5.tmp
        3 open or create lock 0600
          lock lock exclusive
          compare lock
        4 list worker.toml.status
          look at worker.toml
          read worker.toml
          look at 4.toml
          read 4.toml
          look at published
          read published
          read 3.toml
          remove published
        5 rename 5.tmp to 5.toml, new
          create published like what it replaces
          write published
          date published
          exchange published and worker.toml
          look at published
        ",
    );
    save(&fs, 6).unwrap();
    assert_calls(
        &fs,
        "
        2 open app
          open worker.toml.status
          create 6.tmp 0400
          lock 6.tmp exclusive
          compare 6.tmp
          write 6.tmp
          date 6.tmp
        3 open or create lock 0600
          lock lock exclusive
          compare lock
        4 list worker.toml.status
          look at worker.toml
          read worker.toml
          look at 5.toml
          read 5.toml
          look at published
          remove published
        5 rename 6.tmp to 6.toml, new
          create published like what it replaces
          write published
          date published
          exchange published and worker.toml
          look at published
        6 sync worker.toml
          sync 6.toml
          open and sync 5.toml
        7 sync worker.toml.status
          sync app
          close 6.toml
          close worker.toml
        8 remove 3.toml
          remove 4.toml
        9 unlock lock
          close lock
        ",
    );
}

#[test]
fn a_save_after_a_writer_died_before_its_rename() {
    let fs = machine_with(4);
    let dying = fs.process();
    dying.kill_after(7);
    save(&dying, 5).unwrap_err();
    fs.take_calls();
    save(&fs, 6).unwrap();
    assert_calls(
        &fs,
        "
        2 open app
          open worker.toml.status
          create 6.tmp 0400
          lock 6.tmp exclusive
          compare 6.tmp
          write 6.tmp
          date 6.tmp
        3 open or create lock 0600
          lock lock exclusive
          compare lock
        4 list worker.toml.status
          look at worker.toml
          look at 4.toml
          open 5.tmp
          lock 5.tmp shared
          compare 5.tmp
          remove 5.tmp
          close 5.tmp
          look at published
          remove published
        5 rename 6.tmp to 5.toml, new
          create published like what it replaces
          write published
          date published
          exchange published and worker.toml
          look at published
        6 sync worker.toml
          sync 5.toml
        7 sync worker.toml.status
          sync app
          close 5.toml
          close worker.toml
        8 remove 3.toml
        9 unlock lock
          close lock
        ",
    );
}

#[test]
fn an_update() {
    let fs = machine_with(4);
    update(&fs).unwrap();
    assert_calls(
        &fs,
        "
        3 open app
          open worker.toml.status
          open or create lock 0600
          lock lock exclusive
          compare lock
        4 list worker.toml.status
          look at worker.toml
          look at 4.toml
          look at published
          remove published
        2 create 5.tmp 0400
          lock 5.tmp exclusive
          compare 5.tmp
          write 5.tmp
          date 5.tmp
        5 rename 5.tmp to 5.toml, new
          create published like what it replaces
          write published
          date published
          exchange published and worker.toml
          look at published
        6 sync worker.toml
          sync 5.toml
        7 sync worker.toml.status
          sync app
          close 5.toml
          close worker.toml
        8 remove 3.toml
        9 unlock lock
          close lock
        ",
    );
}

#[test]
fn a_load() {
    let fs = machine_with(4);
    load(&fs).unwrap();
    assert_calls(
        &fs,
        "
        read worker.toml
        ",
    );
}

#[test]
fn a_load_of_an_edit() {
    let fs = machine_with(4);
    fs.put(PATH, b"jobs = 50\n");
    load(&fs).unwrap();
    assert_calls(
        &fs,
        "
        read worker.toml
        open app
        open worker.toml.status
        list worker.toml.status
        read 4.toml
        ",
    );
}

#[test]
fn a_save_over_an_edit_keeps_the_edit_as_the_older_status() {
    let fs = machine_with(4);
    fs.put(PATH, b"jobs = 50\n");
    save(&fs, 5).unwrap();
    assert_calls(
        &fs,
        "
        2 open app
          open worker.toml.status
          create 5.tmp 0400
          lock 5.tmp exclusive
          compare 5.tmp
          write 5.tmp
          date 5.tmp
        3 open or create lock 0600
          lock lock exclusive
          compare lock
        4 list worker.toml.status
          look at worker.toml
          read worker.toml
          look at 4.toml
          look at published
          remove published
          remove 5.tmp
          close 5.tmp
          create 6.tmp 0400
          lock 6.tmp exclusive
          compare 6.tmp
          write 6.tmp
          date 6.tmp
          create 7.tmp 0400
          lock 7.tmp exclusive
          compare 7.tmp
          write 7.tmp
          date 7.tmp
        5 rename 7.tmp to 5.toml, new
          sync 5.toml
          sync worker.toml.status
          rename 6.tmp to 6.toml, new
          create published like what it replaces
          write published
          date published
          exchange published and worker.toml
          look at published
          read published
        6 sync worker.toml
          sync 6.toml
        7 sync worker.toml.status
          sync app
          close 5.toml
          close 6.toml
          close worker.toml
        8 remove 3.toml
        9 unlock lock
          close lock
        ",
    );
}

#[test]
fn a_save_over_a_damaged_newest_sets_it_aside() {
    let fs = machine_with(4);
    fs.put(directory(&fs).layout.generation(5), b"jobs");
    save(&fs, 5).unwrap();
    assert_calls(
        &fs,
        "
        2 open app
          open worker.toml.status
          create 5.tmp 0400
          lock 5.tmp exclusive
          compare 5.tmp
          write 5.tmp
          date 5.tmp
        3 open or create lock 0600
          lock lock exclusive
          compare lock
        4 list worker.toml.status
          look at worker.toml
          look at 5.toml
          read 5.toml
          read 4.toml
          look at published
          remove published
          create 6.tmp 0400
          lock 6.tmp exclusive
          compare 6.tmp
          write 6.tmp
          date 6.tmp
        5 rename 6.tmp to 6.toml, new
          sync 6.toml
          sync worker.toml.status
          rename 5.tmp to 7.toml, new
          create published like what it replaces
          write published
          date published
          exchange published and worker.toml
          look at published
        6 sync worker.toml
          sync 7.toml
        7 sync worker.toml.status
          sync app
          close 6.toml
          close 7.toml
          close worker.toml
        8 rename 5.toml to 5.damaged
          remove 3.toml
        9 unlock lock
          close lock
        ",
    );
}

/// The file at the path and the newest generation are read once under the lock; the look in step 8 is
/// for an edit made since.
#[cfg(feature = "editable")]
#[test]
fn a_save_of_settings_over_an_edit() {
    let fs = Simulated::new();
    settings(&fs).save(&Worker { jobs: 1 }, None).unwrap();
    fs.put(PATH, b"jobs = 50 # mine\n");
    fs.take_calls();
    settings(&fs).save(&Worker { jobs: 51 }, None).unwrap();
    assert_calls(
        &fs,
        "
        3 open app
          open worker.toml.status
          open or create lock 0600
          lock lock exclusive
          compare lock
        4 list worker.toml.status
          look at worker.toml
          read worker.toml
          look at 1.toml
        2 create 2.tmp 0400
          lock 2.tmp exclusive
          compare 2.tmp
          write 2.tmp
          date 2.tmp
          create 3.tmp 0400
          lock 3.tmp exclusive
          compare 3.tmp
          write 3.tmp
          date 3.tmp
        5 rename 3.tmp to 2.toml, new
          sync 2.toml
          sync worker.toml.status
          rename 2.tmp to 3.toml, new
          create published like what it replaces
          write published
          date published
          exchange published and worker.toml
          look at published
          read published
        6 sync worker.toml
          sync 3.toml
        7 sync worker.toml.status
          sync app
          close 2.toml
          close 3.toml
          close worker.toml
        9 unlock lock
          close lock
        ",
    );
}

/// By a tool that does not know the type, and takes over how the status is kept: here from the lock or the
/// newest generation, which have no permissions on this machine.
#[test]
fn an_untyped_replacement() {
    let fs = machine_with(4);
    let mut directory = directory(&fs);
    directory.options.as_found = true;
    let seen = directory.latest(None).unwrap();
    fs.take_calls();
    let guard = directory.lock(directory.patience()).unwrap();
    let new = sealed_status("jobs = 9\n");
    let gate = AnyVersion {
        repairs_edit: false,
    };
    directory
        .commit(&new, Over::Still(&seen), &gate, Some(&guard))
        .unwrap();
    drop(guard);
    assert_calls(
        &fs,
        "
        3 open app
          open worker.toml.status
          inspect lock
          open or create lock 0600
          lock lock exclusive
          compare lock
        4 list worker.toml.status
          look at worker.toml
          look at 4.toml
          inspect lock
          see the mode of lock
          inspect 4.toml
          see the mode of 4.toml
          inspect worker.toml
          see the mode of worker.toml
          look at published
          remove published
        2 create 5.tmp 0400
          lock 5.tmp exclusive
          compare 5.tmp
          write 5.tmp
          date 5.tmp
        5 rename 5.tmp to 5.toml, new
          create published like what it replaces
          write published
          date published
          exchange published and worker.toml
          look at published
        6 sync worker.toml
          sync 5.toml
        7 sync worker.toml.status
          sync app
          close 5.toml
          close worker.toml
        9 unlock lock
          close lock
        ",
    );
}
