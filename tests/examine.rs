//! What an examination finds at a status, and that it leaves everything as it is.

#![expect(clippy::unwrap_used, reason = "these run in tests only")]

mod common;

use common::{generation, replace, sealed, set_aside, status_directory, tree_snapshot};
use serde::{Deserialize, Serialize};
use statusfile::{Durability, Error, Finding, StatusFile, UntypedFile};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

#[derive(Serialize, Deserialize)]
struct Worker {
    jobs: u64,
}

struct Place {
    directory: TempDir,
    path: PathBuf,
    typed: StatusFile<Worker>,
}

/// `jobs` saved one by one; `jobs = n` is generation `n + 1`.
fn saved(jobs: u64) -> Place {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("worker.toml");
    let typed = StatusFile::at(&path).durability(Durability::Process);
    for jobs in 1..=jobs {
        typed.save(&Worker { jobs }).unwrap();
    }
    Place {
        directory,
        path,
        typed,
    }
}

impl Place {
    fn in_directory(&self, name: &str) -> PathBuf {
        status_directory(&self.path).join(name)
    }

    /// What is found, as `class path: what is wrong`, with paths relative to that of the status.
    #[track_caller]
    fn findings(&self) -> Vec<String> {
        let before = tree_snapshot(self.directory.path());
        let findings = UntypedFile::at(&self.path).examine().unwrap();
        assert_eq!(tree_snapshot(self.directory.path()), before);
        let line = |finding: &Finding| format!("{} {finding}", finding.trouble.class());
        let root = format!("{}/", self.directory.path().display());
        findings
            .iter()
            .map(|finding| line(finding).replace(&root, ""))
            .collect()
    }

    #[track_caller]
    fn finds(&self, expected: &[&str]) {
        assert_eq!(self.findings(), expected);
    }
}

fn link(target: &str, path: &Path) {
    let _ = fs::remove_file(path);
    #[cfg(unix)]
    std::os::unix::fs::symlink(target, path).unwrap();
    #[cfg(windows)]
    std::os::windows::fs::symlink_file(target, path).unwrap();
}

#[test]
fn as_saves_leave_it_all_is_well() {
    for jobs in 1..=3 {
        saved(jobs).finds(&[]);
    }
}

#[test]
fn where_nothing_was_saved_there_is_nothing_to_examine() {
    let place = saved(0);
    for made in [false, true] {
        let error = UntypedFile::at(&place.path).examine().unwrap_err();
        assert!(matches!(error, Error::NotFound { .. }), "{error} {made}");
        drop(place.typed.lock().unwrap());
    }
}

#[test]
fn damaged_generations_are_all_found() {
    let place = saved(2);
    replace(&generation(&place.path, 3), b"torn");
    place.finds(&[
        "damaged worker.toml.status/3.toml: does not begin with a seal",
        "damaged worker.toml.status/2.toml: is the only good generation: there is none to fall back on",
        "stale worker.toml.status/current: links to 3.toml, which is not the newest good status; the next save mends it",
        "unsafe worker.toml.status/3.toml: has the permissions 644: u+w,g+r,o+r too much",
    ]);
}

#[test]
fn what_was_set_aside_is_found() {
    let place = saved(3);
    fs::rename(generation(&place.path, 3), set_aside(&place.path, 3)).unwrap();
    place.finds(&[
        "damaged worker.toml.status/3.damaged: was found damaged and set aside by an earlier save",
        "damaged worker.toml.status/4.toml: is the only good generation: there is none to fall back on",
    ]);
}

#[test]
fn a_good_seal_over_what_is_no_toml_is_found() {
    let place = saved(3);
    let path = generation(&place.path, 3);
    let permissions = fs::metadata(&path).unwrap().permissions();
    replace(&path, &sealed(1, 1, "jobs = x\n"));
    fs::set_permissions(&path, permissions).unwrap();
    let findings = place.findings();
    assert!(
        findings[0]
            .starts_with("damaged worker.toml.status/3.toml: is not TOML: line 2, column 8: "),
        "{findings:?}"
    );
    assert_eq!(findings.len(), 1);
}

#[test]
fn a_newer_form_is_found() {
    let place = saved(3);
    let path = generation(&place.path, 3);
    let permissions = fs::metadata(&path).unwrap().permissions();
    replace(&path, &sealed(2, 1, "jobs = 1\n"));
    fs::set_permissions(&path, permissions).unwrap();
    let findings = place.findings();
    assert!(findings[0].contains("has format 2"), "{findings:?}");
}

#[test]
fn edits_are_looked_at() {
    let place = saved(2);
    fs::remove_file(&place.path).unwrap();
    fs::write(&place.path, "jobs = 3\n").unwrap();
    place.finds(&[]);
    fs::write(&place.path, "jobs = x\n").unwrap();
    assert!(place.findings()[0].starts_with("damaged worker.toml: is not TOML: "));
    fs::write(&place.path, "").unwrap();
    place.finds(&["damaged worker.toml: is empty"]);
}

#[test]
fn what_a_killed_save_leaves_is_found_and_what_a_living_one_holds_is_not() {
    let place = saved(2);
    let temp = place.in_directory("0123456789abcdef.tmp");
    fs::write(&temp, "half").unwrap();
    for name in ["edit.taken", "link.new"] {
        fs::write(place.in_directory(name), "").unwrap();
    }
    place.finds(&[
        "stale worker.toml.status/0123456789abcdef.tmp: is left from a save that was killed; the next save removes it",
        "stale worker.toml.status/edit.taken: is left from a save that was killed; the next save removes it",
        "stale worker.toml.status/link.new: is left from a save that was killed; the next save removes it",
    ]);
    for name in ["edit.taken", "link.new"] {
        fs::remove_file(place.in_directory(name)).unwrap();
    }
    // Whoever locks the one locks the other.
    let other = saved(1);
    let lock = other.in_directory("lock");
    fs::remove_file(&lock).unwrap();
    fs::hard_link(&temp, &lock).unwrap();
    let _writer = other.typed.lock().unwrap();
    place.finds(&[]);
}

#[test]
fn what_is_not_ours_is_found() {
    let place = saved(2);
    fs::write(place.in_directory("3.toml~"), "").unwrap();
    place.finds(&["foreign worker.toml.status/3.toml~: is not part of a status"]);
}

#[test]
fn what_is_gone_a_moment_later_is_no_finding() {
    let place = saved(2);
    let link = place.in_directory("link.new");
    fs::write(&link, "").unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(50));
            fs::remove_file(&link).unwrap();
        });
        let findings = UntypedFile::at(&place.path).examine().unwrap();
        assert!(findings.is_empty(), "{findings:?}");
    });
}

#[test]
fn saves_that_go_on_are_no_finding() {
    let place = saved(2);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for jobs in 0.. {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                place.typed.save(&Worker { jobs }).unwrap();
            }
        });
        let examined = (0..20).map(|_| UntypedFile::at(&place.path).examine());
        let examined: Vec<_> = examined.collect();
        done.store(true, Ordering::Relaxed);
        for findings in examined {
            let findings = findings.unwrap();
            assert!(findings.is_empty(), "{findings:?}");
        }
    });
}

#[cfg(unix)]
mod on_unix {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn permit(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn links_that_lead_nowhere_or_elsewhere_are_found() {
        let place = saved(3);
        let current = place.in_directory("current");
        link("1.toml", &current);
        place.finds(&["damaged worker.toml.status/current: links to a status that is gone"]);
        link("3.toml", &current);
        place.finds(&["stale worker.toml.status/current: links to 3.toml, which is not the newest good status; the next save mends it"]);
        fs::remove_file(&current).unwrap();
        place.finds(&["damaged worker.toml: links to a status that is gone"]);
        fs::remove_dir_all(status_directory(&place.path)).unwrap();
        place.finds(&["damaged worker.toml: links to a status that is gone"]);
    }

    #[test]
    fn links_where_none_belong_are_found() {
        let place = saved(2);
        link("elsewhere", &place.path);
        place.finds(&["unsafe worker.toml: is a symbolic link where none belongs"]);
        link("worker.toml.status/current", &place.path);
        link("elsewhere", &place.in_directory("lock"));
        place.finds(&["unsafe worker.toml.status/lock: is a symbolic link where none belongs"]);
    }

    #[test]
    fn a_status_directory_that_is_a_link_is_found() {
        let place = saved(2);
        let elsewhere = place.directory.path().join("elsewhere");
        fs::rename(status_directory(&place.path), &elsewhere).unwrap();
        link("elsewhere", &status_directory(&place.path));
        place.finds(&["unsafe worker.toml.status: is a symbolic link where none belongs"]);
    }

    #[test]
    fn what_is_open_to_others_is_found() {
        let place = saved(2);
        permit(&generation(&place.path, 2), 0o444);
        permit(&place.in_directory("lock"), 0o644);
        permit(&status_directory(&place.path), 0o722);
        place.finds(&[
            "unsafe worker.toml.status/lock: has the permissions 644: g+r,o+r too much",
            "unsafe worker.toml.status/2.toml: has the permissions 444: g+r,o+r too much",
            "unsafe worker.toml.status: has the permissions 722: g+w,o+w too much",
        ]);
    }

    #[test]
    fn a_directory_above_that_anyone_may_write_to_is_found_unless_it_is_sticky() {
        let place = saved(2);
        permit(place.directory.path(), 0o777);
        assert_eq!(place.findings().len(), 1);
        assert!(place.findings()[0].ends_with("has the permissions 777: o+w too much"));
        permit(place.directory.path(), 0o1777);
        place.finds(&[]);
    }

    #[test]
    fn who_was_let_in_on_purpose_is_no_finding() {
        let place = saved(0);
        let shared = place.typed.clone().mode(0o664);
        shared.save(&Worker { jobs: 1 }).unwrap();
        shared.save(&Worker { jobs: 2 }).unwrap();
        place.finds(&[]);
        fs::remove_file(&place.path).unwrap();
        fs::write(&place.path, "jobs = 3\n").unwrap();
        permit(&place.path, 0o666);
        place.finds(&["unsafe worker.toml: has the permissions 666: o+w too much"]);
    }
}
