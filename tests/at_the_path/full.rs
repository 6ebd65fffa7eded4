//! A file system on which no more files can be made.

use crate::common::{child, child_path, passes};
use crate::has;
use crate::place::{Worker, status, worker};
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::process::Command;

/// Only the last save is at stake: what was acknowledged is what people see and what programs load.
#[test]
fn the_path_shows_what_loads_wherever_files_run_out() {
    if !has("unshare") || !has("mount") {
        return;
    }
    let may = Command::new("unshare")
        .args([
            "--map-root-user",
            "--mount",
            "mount",
            "-t",
            "tmpfs",
            "none",
            "/mnt",
        ])
        .output();
    if !may.unwrap().status.success() {
        let _ = writeln!(
            io::stderr(),
            "skipped: nothing can be mounted here, not even for oneself"
        );
        return;
    }
    for inodes in 4..=12 {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("worker.toml");
        let save = child("full::saves_as_long_as_it_can", &path);
        // A mount that nobody else sees, and that ends with the process.
        let mut alone = Command::new("unshare");
        alone
            .args(["--map-root-user", "--mount", "sh", "-ec"])
            .arg(format!(
                "mount -t tmpfs -o size=1m,nr_inodes={inodes} none \"$0\"; exec \"$@\""
            ))
            .arg(directory.path())
            .arg(save.get_program())
            .args(save.get_args());
        for (name, value) in save.get_envs() {
            alone.env(name, value.unwrap());
        }
        passes(alone);
    }
}

#[test]
#[ignore = "run by the test above where few files can be made"]
fn saves_as_long_as_it_can() {
    let Some(path) = child_path() else { return };
    let file = status::<Worker>(&path);
    let is_whole = |jobs| {
        assert_eq!(file.load().unwrap(), worker(jobs));
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(toml::from_str::<Worker>(&text).unwrap(), worker(jobs));
    };
    let filler = path.with_file_name("filler");
    let mut acknowledged = 0;
    for jobs in 1..=8 {
        // The last one is taken by somebody else.
        if jobs == 4 {
            let _ = fs::write(&filler, "");
        }
        if jobs == 7 {
            let _ = fs::remove_file(&filler);
        }
        match file.save(&worker(jobs)) {
            Ok(()) => acknowledged = jobs,
            Err(error) => {
                let is_full = |cause: &io::Error| cause.kind() == ErrorKind::StorageFull;
                assert!(error.io_error().is_some_and(is_full), "{error}");
            }
        }
        if acknowledged > 0 {
            is_whole(acknowledged);
        }
    }
}
