//! `doctor`.

use crate::place::empty;
use crate::run::statusfile;
use std::fs;

#[test]
fn each_thing_has_a_line_and_nothing_is_left_behind() {
    let place = empty();
    let ran = place.ran(statusfile().arg("doctor").arg(place.directory.path()));
    ran.ends(0);
    let words = ran
        .out
        .lines()
        .map(|line| line.split_whitespace().next().unwrap());
    assert_eq!(
        words.collect::<Vec<_>>(),
        ["locks", "sync", "rename", "exchange"]
    );
    assert!(
        ran.out.starts_with("locks     yes a second process waits"),
        "{ran}"
    );
    assert!(ran.out.contains(" a file takes "), "{ran}");
    assert_eq!(fs::read_dir(place.directory.path()).unwrap().count(), 0);
}

#[test]
fn where_nothing_can_be_tried_that_is_said() {
    let place = empty();
    let none = place.directory.path().join("none");
    let ran = place.ran(statusfile().arg("doctor").arg(none));
    ran.ends(3);
    assert!(
        ran.err
            .starts_with("statusfile: DIR/none: cannot make a directory in it: "),
        "{ran}"
    );
}

#[test]
fn the_second_process_reports_whether_it_got_the_lock() {
    let place = empty();
    place.run("try-lock", &[]).prints(0, "", "");
    let held = place.typed.lock().unwrap();
    place.run("try-lock", &[]).prints(1, "", "");
    drop(held);
    place.run("try-lock", &[]).prints(0, "", "");
}
