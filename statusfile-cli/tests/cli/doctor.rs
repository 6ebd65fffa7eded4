//! `doctor`.

use crate::place::empty;
use crate::run::{BINARY, Ran, statusfile};
use std::fs;
use std::io::{self, Write};
use std::process::Command;

#[test]
fn each_thing_has_a_line_and_nothing_is_left_behind() {
    let place = empty();
    let ran = place.ran(statusfile().arg("doctor").arg(place.directory.path()));
    ran.ends(0);
    let words = ran
        .out
        .lines()
        .map(|line| line.split_whitespace().next().unwrap());
    let mut expected = vec!["writing", "locks", "sync", "rename", "exchange"];
    if cfg!(unix) {
        expected.push("modes");
    }
    assert_eq!(words.collect::<Vec<_>>(), expected);
    assert!(
        ran.out.contains("\nlocks     yes a second process waits"),
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

/// What it says of a directory on which `mount` was mounted for it alone; in that, `$1` is the directory. `None` if
/// that cannot be done here, which is said.
fn on_a_mount(mount: &str) -> Option<Ran> {
    let place = empty();
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-ec"]);
    command.arg(format!(
        "{{ {mount}; }} || exit 77; \"$0\" doctor \"$1\"; code=$?; umount \"$1\"; exit $code"
    ));
    command.arg(BINARY).arg(place.directory.path());
    let ran = command.output().map(|output| Ran::from(&output)).ok();
    let ran = ran.filter(|ran| ran.code != Some(77));
    if ran.is_none() {
        let _ = writeln!(io::stderr(), "skipped: cannot be mounted here: {mount}");
    }
    ran
}

#[test]
fn what_is_read_only_or_full_is_a_verdict() {
    for (options, verdict) in [
        (
            "ro",
            "writing   no  the file system is read-only: statuses on it load, and no save works",
        ),
        (
            "size=16k",
            "writing   no  the file system, or the user's share of it, is full: statuses on it load",
        ),
        (
            "nr_inodes=1",
            "writing   no  the file system, or the user's share of it, is full: statuses on it load",
        ),
    ] {
        let mount = format!("mount -t tmpfs -o {options} none \"$1\"");
        let Some(ran) = on_a_mount(&mount) else {
            return;
        };
        ran.ends(1);
        assert!(
            ran.out.starts_with(verdict) && ran.out.lines().count() == 1,
            "{ran}"
        );
    }
}

#[test]
fn what_is_in_memory_is_no_drive() {
    let Some(ran) = on_a_mount("mount -t tmpfs none \"$1\"") else {
        return;
    };
    ran.ends(0);
    assert!(
        ran.out
            .contains("so this is memory, and a power loss takes all of it"),
        "{ran}"
    );
}

/// bindfs knows no flags of a rename. What it makes of syncs shows in the time that they take, which differs.
#[test]
fn what_a_fuse_file_system_cannot_do_is_told() {
    let Some(ran) = on_a_mount("bindfs \"$1\" \"$1\" 2> /dev/null") else {
        return;
    };
    ran.ends(0);
    for said in [
        "\nrename    no  a rename cannot refuse to replace; saves give a second name",
        "\nexchange  no  two names cannot be exchanged",
        "\nmodes     yes ",
    ] {
        assert!(ran.out.contains(said), "{said:?}: {ran}");
    }
}

/// As on FAT and SMB.
#[test]
fn permissions_that_do_nothing_are_told() {
    let mount = "bindfs --perms=0755 --chmod-ignore \"$1\" \"$1\" 2> /dev/null";
    let Some(ran) = on_a_mount(mount) else { return };
    ran.ends(0);
    let said = "\nmodes     no  a file that is given mode 600 has 755: `mode` does nothing here";
    assert!(ran.out.contains(said), "{ran}");
}
