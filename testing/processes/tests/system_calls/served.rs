//! On a file system that a process serves: what it may report only when a file is closed, and whom it takes root for.

use crate::can_trace;
use crate::strace::{Actor, Report};
use actors::Count;
use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A directory that a process serves, for as long as this is there.
struct Served {
    directory: TempDir,
}

impl Served {
    /// `None` where that cannot be done, which is said.
    fn with(options: &[&str]) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        for name in ["real", "served"] {
            fs::create_dir(directory.path().join(name)).unwrap();
        }
        let served = Self { directory };
        let (real, mount) = (served.directory.path().join("real"), served.mount());
        let mut bindfs = Command::new("bindfs");
        let is_mounted = bindfs.args(options).args([&real, &mount]).output();
        if is_mounted.is_ok_and(|output| output.status.success()) {
            return Some(served);
        }
        let _ = writeln!(io::stderr(), "skipped: bindfs cannot mount anything here");
        None
    }

    fn mount(&self) -> PathBuf {
        self.directory.path().join("served")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.mount()).output();
    }
}

/// A save without syncs where what is written out fails for the `nth` time.
fn save(directory: &Path, number: u64, nth: usize) -> Report {
    let options = [
        "-e".to_owned(),
        format!("inject=fdatasync:error=ENOSPC:when={nth}"),
    ];
    let log = directory.with_extension("log");
    let path = directory.join("count.toml");
    let mut actor = Actor::trace(&log, &options, ("save-without-syncs", &path, number));
    let (report, _) = actor.report().unwrap();
    actor.end();
    report
}

fn load(directory: &Path) -> u64 {
    let file = actors::shared(directory.join("count.toml"));
    file.load().unwrap().number
}

#[test]
fn what_is_written_elsewhere_and_finds_no_room_fails_a_save_without_syncs() {
    if !can_trace() {
        return;
    }
    let Some(served) = Served::with(&[]) else {
        return;
    };
    let directory = served.mount();
    for number in [10, 20] {
        assert_eq!(save(&directory, number, 99), Report::Saved(number));
    }
    // The generation, and what goes to the path.
    for nth in [1, 2] {
        let report = save(&directory, 30, nth);
        let Report::Failed {
            visible: false,
            text,
        } = &report
        else {
            panic!("{report:?}");
        };
        assert!(text.contains("No space left on device"), "{text}");
        assert_eq!(load(&directory), 20);
    }
    assert_eq!(save(&directory, 30, 3), Report::Saved(30));
}

/// Every file system of this machine says so at once.
#[test]
fn on_a_file_system_of_this_machine_nothing_more_is_asked() {
    if !can_trace() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let inside = directory.path().join("inside");
    fs::create_dir(&inside).unwrap();
    for number in [10, 20] {
        assert_eq!(save(&inside, number, 1), Report::Saved(number));
    }
}

/// As where a server takes root for nobody, and lets everyone write.
#[test]
fn who_is_another_to_the_server_goes_on_with_what_it_has_made() {
    let nobody = [
        "--create-for-user=65534",
        "--create-for-group=65534",
        "--chown-deny",
    ];
    let Some(served) = Served::with(&nobody) else {
        return;
    };
    let directory = served.mount();
    fs::set_permissions(&directory, Permissions::from_mode(0o777)).unwrap();
    let path = directory.join("count.toml");
    let file = actors::shared(&path);
    for number in 1..=3 {
        file.save(&Count::new(number)).unwrap();
    }
    file.update(|count| *count = Count::new(count.number + 1))
        .unwrap();
    assert_eq!(load(&directory), 4);
    let inside = directory.join("count.toml.status");
    for made in [&path, &inside, &inside.join("lock")] {
        assert_eq!(
            fs::metadata(made).unwrap().uid(),
            65534,
            "{}",
            made.display()
        );
    }
    // What is another's is so there, too.
    let other = served.directory.path().join("real/other.toml.status");
    fs::create_dir(&other).unwrap();
    chown(&other, Some(1000), None).unwrap();
    let other = actors::shared(directory.join("other.toml"));
    let error = other.save(&Count::new(5)).unwrap_err().to_string();
    assert!(error.contains("belongs to user 1000, "), "{error}");
}
