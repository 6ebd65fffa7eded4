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
          create directory worker.toml.status 0700
          create 1.tmp 0400
          lock 1.tmp exclusive
          compare 1.tmp
          write 1.tmp
          date 1.tmp
        3 open or create lock 0600
          lock lock exclusive
          compare lock
        4 inspect worker.toml
          list worker.toml.status
          sync app
          open /
          sync /
          create 2.tmp 0400
          lock 2.tmp exclusive
          compare 2.tmp
          write 2.tmp
          date 2.tmp
          sync 1.tmp
          sync 2.tmp
        5 rename 1.tmp to 1.toml, new
          rename 2.tmp to 2.toml, new
        6 sync 1.toml
          sync 2.toml
        7 sync worker.toml.status
          close 1.toml
          close 2.toml
          write lock
          sync lock
        8 link link.new to 2.toml
          rename link.new to current
          link worker.toml to worker.toml.status/current
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
          create 6.tmp 0400
          lock 6.tmp exclusive
          compare 6.tmp
          write 6.tmp
          date 6.tmp
        3 open or create lock 0600
          lock lock exclusive
          compare lock
        4 inspect worker.toml
          list worker.toml.status
          read 5.toml
        5 rename 6.tmp to 6.toml, new
        6 sync 6.toml
        7 sync worker.toml.status
          close 6.toml
        8 link link.new to 6.toml
          rename link.new to current
          remove 4.toml
        9 unlock lock
          close lock
        ",
    );
}

#[test]
fn a_save_after_a_writer_died_between_its_rename_and_its_sync() {
    let fs = machine_with(4);
    let dying = fs.process();
    dying.kill_after(14);
    save(&dying, 5).unwrap_err();
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
        4 inspect worker.toml
          list worker.toml.status
          read 5.toml
        5 rename 6.tmp to 6.toml, new
        ",
    );
    save(&fs, 6).unwrap();
    assert_calls(
        &fs,
        "
        2 open app
          open worker.toml.status
          create 7.tmp 0400
          lock 7.tmp exclusive
          compare 7.tmp
          write 7.tmp
          date 7.tmp
        3 open or create lock 0600
          lock lock exclusive
          compare lock
        4 inspect worker.toml
          list worker.toml.status
          read 6.toml
        5 rename 7.tmp to 7.toml, new
        6 sync 7.toml
          open and sync 6.toml
        7 sync worker.toml.status
          close 7.toml
        8 link link.new to 7.toml
          rename link.new to current
          remove 4.toml
          remove 5.toml
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
          create 7.tmp 0400
          lock 7.tmp exclusive
          compare 7.tmp
          write 7.tmp
          date 7.tmp
        3 open or create lock 0600
          lock lock exclusive
          compare lock
        4 inspect worker.toml
          list worker.toml.status
          read 5.toml
          open 6.tmp
          lock 6.tmp shared
          compare 6.tmp
          remove 6.tmp
          close 6.tmp
        5 rename 7.tmp to 6.toml, new
        6 sync 6.toml
        7 sync worker.toml.status
          close 6.toml
        8 link link.new to 6.toml
          rename link.new to current
          remove 4.toml
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
        4 inspect worker.toml
          list worker.toml.status
          read 5.toml
        2 create 6.tmp 0400
          lock 6.tmp exclusive
          compare 6.tmp
          write 6.tmp
          date 6.tmp
        5 rename 6.tmp to 6.toml, new
        6 sync 6.toml
        7 sync worker.toml.status
          close 6.toml
        8 link link.new to 6.toml
          rename link.new to current
          remove 4.toml
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
        open app
        inspect worker.toml
        open worker.toml.status
        list worker.toml.status
        read 5.toml
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
        open app
        inspect worker.toml
        read worker.toml
        open worker.toml.status
        list worker.toml.status
        read 5.toml
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
          create 6.tmp 0400
          lock 6.tmp exclusive
          compare 6.tmp
          write 6.tmp
          date 6.tmp
        3 open or create lock 0600
          lock lock exclusive
          compare lock
        4 inspect worker.toml
          read worker.toml
          list worker.toml.status
          read 5.toml
          create 7.tmp 0400
          lock 7.tmp exclusive
          compare 7.tmp
          write 7.tmp
          date 7.tmp
        5 rename 7.tmp to 6.toml, new
          rename 6.tmp to 7.toml, new
        6 sync 6.toml
          sync 7.toml
        7 sync worker.toml.status
          close 6.toml
          close 7.toml
        8 link link.new to 7.toml
          rename link.new to current
          inspect worker.toml
          read worker.toml
          open or create edit.taken 0600
          remove worker.toml
          close edit.taken
          link worker.toml to worker.toml.status/current
          sync app
          remove edit.taken
          remove 4.toml
          remove 5.toml
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
          create 6.tmp 0400
          lock 6.tmp exclusive
          compare 6.tmp
          write 6.tmp
          date 6.tmp
        3 open or create lock 0600
          lock lock exclusive
          compare lock
        4 inspect worker.toml
          list worker.toml.status
          read 5.toml
          read 4.toml
        5 rename 6.tmp to 6.toml, new
        6 sync 6.toml
        7 sync worker.toml.status
          close 6.toml
        8 link link.new to 6.toml
          rename link.new to current
          rename 5.toml to 5.damaged
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
        4 inspect worker.toml
          read worker.toml
          list worker.toml.status
          read 2.toml
        2 create 4.tmp 0400
          lock 4.tmp exclusive
          compare 4.tmp
          write 4.tmp
          date 4.tmp
          create 5.tmp 0400
          lock 5.tmp exclusive
          compare 5.tmp
          write 5.tmp
          date 5.tmp
        5 rename 5.tmp to 3.toml, new
          rename 4.tmp to 4.toml, new
        6 sync 3.toml
          sync 4.toml
        7 sync worker.toml.status
          close 3.toml
          close 4.toml
        8 link link.new to 4.toml
          rename link.new to current
          create 6.tmp 0600
          lock 6.tmp exclusive
          compare 6.tmp
          write 6.tmp
          date 6.tmp
          make 6.tmp like worker.toml
          sync 6.tmp
          inspect worker.toml
          read worker.toml
          rename 6.tmp to worker.toml
          close worker.toml
          sync app
          remove 1.toml
          remove 2.toml
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
        4 inspect worker.toml
          list worker.toml.status
          read 5.toml
          inspect lock
          see the mode of lock
          inspect 5.toml
          see the mode of 5.toml
          inspect worker.toml
        2 create 6.tmp 0400
          lock 6.tmp exclusive
          compare 6.tmp
          write 6.tmp
          date 6.tmp
        5 rename 6.tmp to 6.toml, new
        6 sync 6.toml
        7 sync worker.toml.status
          close 6.toml
        8 link link.new to 6.toml
          rename link.new to current
        9 unlock lock
          close lock
        ",
    );
}
