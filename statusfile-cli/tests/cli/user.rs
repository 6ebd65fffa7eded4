//! As a user who may only read, or not even that. Root may do anything, so root becomes nobody.

use crate::common::{NOBODY, tree_snapshot};
use crate::place::{Place, empty, status};
use crate::run::{BINARY, Ran, program};
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A status that others may read, in directories to which nobody may write.
struct ReadOnly {
    place: Place,
    binary: PathBuf,
    directories: Vec<PathBuf>,
}

impl ReadOnly {
    fn new(mode: u32) -> Self {
        let place = empty();
        for jobs in 1..=2 {
            place.typed.clone().mode(mode).save(&status(jobs)).unwrap();
        }
        let binary = place.directory.path().join("statusfile");
        // Not by `fs::copy`: a fork elsewhere in this process would hold the copy open for writing,
        // and then it cannot be run.
        let copied = Command::new("cp")
            .arg(BINARY)
            .arg(&binary)
            .status()
            .unwrap();
        assert!(copied.success());
        let directories = vec![
            place.directory_of_status(),
            place.directory.path().to_owned(),
        ];
        let read_only = Self {
            place,
            binary,
            directories,
        };
        read_only.permit(0o222, false);
        read_only
    }

    fn permit(&self, bits: u32, on: bool) {
        for directory in &self.directories {
            let mode = fs::metadata(directory).unwrap().mode();
            let mode = if on { mode | bits } else { mode & !bits };
            let enter = if directory == self.place.directory.path() {
                0o055
            } else {
                0
            };
            permit(directory, mode | enter);
        }
    }

    fn run(&self, verb: &str, args: &[&str]) -> Ran {
        self.run_at(&self.place.path, verb, args)
    }

    fn run_at(&self, path: &Path, verb: &str, args: &[&str]) -> Ran {
        let mut command = program(&self.binary);
        command.arg(verb).arg(path).args(args).current_dir("/");
        if is_root(&self.place) {
            command.uid(NOBODY).gid(NOBODY);
        }
        self.place.ran(&mut command)
    }
}

/// Whether these tests run as root, to whom the directory belongs then.
fn is_root(place: &Place) -> bool {
    fs::metadata(place.directory.path()).unwrap().uid() == 0
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        self.permit(0o200, true);
    }
}

fn permit(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode & 0o7777)).unwrap();
}

#[test]
fn looking_takes_no_permission_but_to_read() {
    let read_only = ReadOnly::new(0o644);
    let before = tree_snapshot(read_only.place.directory.path());
    for (verb, args) in [
        ("show", &[][..]),
        ("show", &["--previous"]),
        ("show", &["--json"]),
        ("get", &["jobs"]),
        ("history", &[]),
        ("diff", &[]),
        ("verify", &[]),
    ] {
        let ran = read_only.run(verb, args);
        assert_eq!(ran.code, Some(0), "{verb} {args:?}: {ran}");
    }
    assert_eq!(tree_snapshot(read_only.place.directory.path()), before);
}

#[test]
fn what_may_not_be_changed_is_not_and_that_is_said() {
    let read_only = ReadOnly::new(0o644);
    let before = tree_snapshot(read_only.place.directory.path());
    for (verb, args) in [("set", &["jobs", "7"][..]), ("restore", &["--yes"])] {
        let ran = read_only.run(verb, args);
        assert_eq!(ran.code, Some(3), "{verb}: {ran}");
        assert!(ran.err.contains("Permission denied"), "{ran}");
    }
    assert_eq!(tree_snapshot(read_only.place.directory.path()), before);
}

#[test]
fn what_may_not_be_read_is_3_and_no_finding() {
    let read_only = ReadOnly::new(0o644);
    permit(&read_only.place.path, 0o000);
    for verb in ["show", "history", "verify", "diff"] {
        let ran = read_only.run(verb, &[]);
        assert_eq!(ran.code, Some(3), "{verb}: {ran}");
        assert!(ran.err.contains("Permission denied"), "{ran}");
    }
    permit(&read_only.place.path, 0o644);
    permit(&read_only.place.directory_of_status(), 0o000);
    for verb in ["history", "verify", "diff"] {
        let ran = read_only.run(verb, &[]);
        assert_eq!(ran.code, Some(3), "{verb}: {ran}");
    }
    let ran = read_only.run("show", &[]);
    let shown = "# DIR/worker.toml: the file at the path, ";
    assert!(ran.code == Some(0) && ran.out.starts_with(shown), "{ran}");
    permit(&read_only.place.directory_of_status(), 0o755);
}

#[test]
fn a_directory_that_may_not_be_searched_is_reported_and_the_rest_is_checked() {
    let read_only = ReadOnly::new(0o644);
    read_only.permit(0o200, true);
    let closed = read_only.place.directory.path().join("closed");
    fs::create_dir(&closed).unwrap();
    permit(&closed, 0o000);
    let ran = read_only.run_at(read_only.place.directory.path(), "verify", &[]);
    permit(&closed, 0o700);
    assert_eq!(ran.code, Some(3), "{ran}");
    assert!(
        ran.err
            .contains("DIR/closed: cannot be searched: Permission denied"),
        "{ran}"
    );
    assert!(ran.err.contains("1 status checked"), "{ran}");
}

#[test]
fn what_root_saves_belongs_to_the_owner_of_the_directory() {
    let place = crate::place::saved(1);
    if !is_root(&place) {
        return;
    }
    let owned = [
        place.directory_of_status(),
        place.directory.path().to_owned(),
    ];
    for path in owned.iter().chain([&place.generation(1), &place.path]) {
        std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    place.run("set", &["jobs", "7"]).ends(0);
    for path in [&place.generation(2), &place.path] {
        let saved = fs::metadata(path).unwrap();
        assert_eq!((saved.uid(), saved.gid()), (NOBODY, NOBODY), "{path:?}");
    }
}
