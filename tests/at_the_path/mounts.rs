//! What is mounted for one process alone: a file system on which no more files can be made, and a status directory
//! that is a mount of its own.

use crate::common::{child, child_path, names, passes, status_directory};
use crate::has;
use crate::place::{Worker, status, worker};
use statusfile::error::Change;
use statusfile::{Error, Publish};
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::process::Command;

/// Whether a user may mount something that nobody else sees; says if not.
fn may_mount() -> bool {
    if !has("unshare") || !has("mount") {
        return false;
    }
    let mut mount = Command::new("unshare");
    mount.args(["--map-root-user", "--mount"]);
    mount.args(["mount", "-t", "tmpfs", "none", "/mnt"]);
    let may = mount.output().unwrap().status.success();
    if !may {
        let _ = writeln!(
            io::stderr(),
            "skipped: nothing can be mounted here, not even for oneself"
        );
    }
    may
}

/// Runs a test as [`child`] does, after a shell command in which `$1` is the path. What that mounts nobody else sees,
/// and it goes with the process.
#[track_caller]
fn passes_mounted(command: &str, test: &str, path: &Path) {
    let run = child(test, path);
    let mut alone = Command::new("unshare");
    alone.args(["--map-root-user", "--mount", "sh", "-ec"]);
    alone.arg(format!("{command}; shift; exec \"$@\""));
    alone.arg("sh").arg(path).arg(run.get_program());
    alone.args(run.get_args());
    for (name, value) in run.get_envs() {
        alone.env(name, value.unwrap());
    }
    passes(alone);
}

/// Only the last save is at stake: what was acknowledged is what people see and what programs load.
#[test]
fn the_path_shows_what_loads_wherever_files_run_out() {
    if !may_mount() {
        return;
    }
    for inodes in 4..=12 {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("worker.toml");
        let mount =
            format!("mount -t tmpfs -o size=1m,nr_inodes={inodes} none \"$(dirname \"$1\")\"");
        passes_mounted(&mount, "mounts::saves_as_long_as_it_can", &path);
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

/// No rename leads out of it.
#[test]
fn a_status_directory_may_be_a_mount_of_its_own() {
    if !may_mount() {
        return;
    }
    for mount in ["-t tmpfs none", "--bind \"$1.status\""] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("worker.toml");
        let mount = format!("mkdir \"$1.status\"; mount {mount} \"$1.status\"");
        passes_mounted(&mount, "mounts::saves_beside_a_mount", &path);
    }
}

#[test]
#[ignore = "run by the test above where the status directory is a mount"]
fn saves_beside_a_mount() {
    let Some(path) = child_path() else { return };
    let file = status::<Worker>(&path);
    let above = path.parent().unwrap();
    for publish in [Publish::Copy, Publish::Link, Publish::Never] {
        let file = file.clone().publish(publish);
        for jobs in 1..=3 {
            file.save(&worker(jobs)).unwrap();
            assert_eq!(file.load().unwrap(), worker(jobs));
            assert_eq!(path.exists(), publish != Publish::Never);
        }
        fs::write(&path, "jobs = 40\n").unwrap();
        file.update(|worker| worker.jobs += 1).unwrap();
        assert_eq!(file.load().unwrap(), worker(41));
        let history = file.history().unwrap();
        let older = fs::read_to_string(history[1].location.path().unwrap()).unwrap();
        assert!(older.contains("jobs = 40"), "{older}");
        fs::write(&path, "jobs = 'a mistake").unwrap();
        file.save(&worker(50)).unwrap();
        file.save(&worker(51)).unwrap();
        let own = status_directory(&path);
        let is_kept =
            |name: &String| fs::read(own.join(name)).is_ok_and(|kept| kept == b"jobs = 'a mistake");
        assert!(names(&own).iter().any(is_kept), "{:?}", names(&own));
        file.remove().unwrap();
        assert!(matches!(file.load(), Err(Error::NotFound { .. })));
        // The mount stays, as only who made it can take it away.
        assert_eq!(names(above), ["worker.toml.status"]);
        assert_eq!(names(&own), [] as [&str; 0]);
    }
}

/// What was mounted is mounted again later, and nothing was saved below in the meantime.
#[test]
fn a_file_system_that_is_unmounted_under_a_writer_is_not_replaced() {
    if !may_mount() {
        return;
    }
    for name in ["mounted/worker.toml", "mounted/app/worker.toml"] {
        let directory = tempfile::tempdir().unwrap();
        let mounted = directory.path().join("mounted");
        let path = directory.path().join(name);
        for new in ["mounted", "kept"] {
            fs::create_dir(directory.path().join(new)).unwrap();
        }
        passes_mounted(
            &bind(&mounted),
            "mounts::saves_across_a_time_without",
            &path,
        );
    }
}

fn bind(mounted: &Path) -> String {
    let (kept, mounted) = (mounted.with_file_name("kept"), mounted.display());
    format!("mount --bind '{}' '{mounted}'", kept.display())
}

#[test]
#[ignore = "run by the test above where the file system can be unmounted"]
fn saves_across_a_time_without() {
    let Some(path) = child_path() else { return };
    let is_mounted = |path: &&Path| path.ends_with("mounted");
    let mounted = path.ancestors().find(is_mounted).unwrap();
    let run = |command: &str| {
        let status = Command::new("sh").args(["-c", command]).status();
        assert!(status.unwrap().success(), "{command}");
    };
    let file = status::<Worker>(&path);
    file.save(&worker(1)).unwrap();
    file.save(&worker(2)).unwrap();
    run(&format!("umount '{}'", mounted.display()));
    for result in [
        file.save(&worker(3)),
        file.update(|worker| worker.jobs += 1),
        file.load_or_default().map(drop),
        file.autosave().map(drop),
        file.lock().map(drop),
    ] {
        let Err(Error::Changed { how, .. }) = result else {
            panic!("{result:?}");
        };
        assert_eq!(how, Change::Gone);
        assert_eq!(names(mounted), [""; 0]);
    }
    run(&bind(mounted));
    assert_eq!(file.load().unwrap(), worker(2));
    file.save(&worker(3)).unwrap();
    assert_eq!(file.load().unwrap(), worker(3));
}
