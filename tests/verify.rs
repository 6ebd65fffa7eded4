//! What verifying finds at a status, and that it leaves everything as it is.

#![expect(clippy::unwrap_used, reason = "these run in tests only")]

mod common;
#[path = "common/place.rs"]
mod place;

use common::{aside, replace, sealed, set_aside, status_directory, tree_snapshot, with_slashes};
use place::{Place, worker};
use statusfile::Error;
use statusfile::untyped::{Finding, UntypedFile};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

impl Place {
    /// What is found, as `class path: what is wrong`, with paths relative to that of the status.
    #[track_caller]
    fn findings(&self) -> Vec<String> {
        let before = tree_snapshot(self.directory.path());
        let findings = UntypedFile::at(&self.path).verify().unwrap();
        assert_eq!(tree_snapshot(self.directory.path()), before);
        let line = |finding: &Finding| format!("{} {finding}", finding.problem.class());
        let root = format!(
            "{}/",
            with_slashes(&self.directory.path().display().to_string())
        );
        findings
            .iter()
            .map(|finding| with_slashes(&line(finding)).replace(&root, ""))
            .collect()
    }

    #[track_caller]
    fn finds(&self, expected: &[&str]) {
        assert_eq!(self.findings(), expected);
    }
}

fn metadata(path: &Path) -> fs::Metadata {
    fs::metadata(path).unwrap()
}

#[cfg(unix)]
#[test]
fn another_name_of_the_file_at_the_path_is_found() {
    let place = Place::saved(2);
    fs::hard_link(&place.path, place.directory.path().join("other.toml")).unwrap();
    place.finds(&[
        "stale worker.toml: has another name elsewhere (a hard link), which goes on to lead to this status after \
         the next save",
    ]);
    place.file.save(&worker(3)).unwrap();
    place.finds(&[]);
    // The generation at the path is one of these names.
    let linked =
        Place::of(|path| place::status(path).publish(statusfile::Publish::Link)).and_saved(3);
    linked.finds(&[]);
}

#[test]
fn as_saves_leave_it_all_is_well() {
    for jobs in 1..=3 {
        Place::saved(jobs).finds(&[]);
    }
}

#[test]
fn where_nothing_was_saved_there_is_nothing_to_verify() {
    let place = Place::saved(0);
    for made in [false, true] {
        let error = UntypedFile::at(&place.path).verify().unwrap_err();
        assert!(matches!(error, Error::NotFound { .. }), "{error} {made}");
        drop(place.file.lock().unwrap());
    }
}

#[test]
fn damaged_generations_are_all_found() {
    let place = Place::saved(2);
    replace(&place.generation(2), b"torn");
    let damaged = "damaged worker.toml.status/2.toml: does not begin with a seal";
    let open = "unsafe worker.toml.status/2.toml: is open to others: mode 644, expected 400 (u+w,g+r,o+r too much)";
    let alone = "alone worker.toml.status/1.toml: is the only good generation: there is none to fall back on";
    // Windows has no modes.
    let open = &[open][..usize::from(cfg!(unix))];
    place.finds(&[&[damaged], open].concat());
    fs::remove_file(&place.path).unwrap();
    place.finds(&[&[damaged, alone], open].concat());
}

#[test]
fn what_was_set_aside_is_found() {
    let place = Place::saved(3);
    fs::rename(place.generation(2), set_aside(&place.path, 2)).unwrap();
    fs::copy(&place.path, aside(&place.path, 2)).unwrap();
    fs::set_permissions(
        aside(&place.path, 2),
        metadata(&place.generation(3)).permissions(),
    )
    .unwrap();
    place.finds(&[
        "damaged worker.toml.status/2.damaged: was set aside by an earlier save",
        "damaged worker.toml.status/2.aside: was set aside by an earlier save",
    ]);
}

/// A missing file at the path is none: a clean-up by pattern took it, and the next save puts it back.
#[test]
fn where_one_whole_copy_is_left_that_is_found() {
    let place = Place::saved(1);
    fs::remove_file(&place.path).unwrap();
    place.finds(&[
        "alone worker.toml.status/1.toml: is the only good generation: there is none to fall back on",
    ]);
    let place = Place::saved(2);
    fs::remove_file(&place.path).unwrap();
    place.finds(&[]);
    let place = Place::saved(2);
    fs::remove_dir_all(status_directory(&place.path)).unwrap();
    place.finds(&["alone worker.toml: is the only good generation: there is none to fall back on"]);
}

#[test]
fn an_older_status_at_the_path_is_found_until_the_next_save() {
    let place = Place::saved(3);
    fs::copy(place.generation(2), &place.path).unwrap();
    let behind = "stale worker.toml: is what loads, although generation 3 is newer: it was put there again, or a save was killed; the next save keeps both";
    assert_eq!(place.findings()[0], behind);
    place.file.save(&worker(4)).unwrap();
    place.finds(&[]);
}

#[test]
fn a_good_seal_over_what_is_no_toml_is_found() {
    let place = Place::saved(3);
    let path = place.generation(2);
    let permissions = metadata(&path).permissions();
    replace(&path, &sealed(2, 1, "jobs = x\n"));
    fs::set_permissions(&path, permissions).unwrap();
    let findings = place.findings();
    assert!(
        findings[0]
            .starts_with("damaged worker.toml.status/2.toml: is not TOML: line 2, column 8: "),
        "{findings:?}"
    );
    assert_eq!(findings.len(), 1);
}

#[test]
fn a_newer_format_is_found() {
    let place = Place::saved(3);
    let path = place.generation(2);
    let permissions = metadata(&path).permissions();
    replace(&path, &sealed(3, 1, "jobs = 1\n"));
    fs::set_permissions(&path, permissions).unwrap();
    let findings = place.findings();
    assert!(findings[0].contains("has format 3"), "{findings:?}");
}

#[test]
fn edits_are_looked_at() {
    let place = Place::saved(2);
    place.edit("jobs = 3\n");
    place.finds(&[]);
    place.edit("jobs = x\n");
    assert!(place.findings()[0].starts_with("damaged worker.toml: is not TOML: "));
    place.edit("");
    place.finds(&["damaged worker.toml: is empty"]);
}

#[test]
fn what_a_killed_save_leaves_is_found_and_what_a_living_one_holds_is_not() {
    let place = Place::saved(2);
    let temp = place.inside("0123456789abcdef.tmp");
    fs::write(&temp, "half").unwrap();
    place.finds(&[
        "stale worker.toml.status/0123456789abcdef.tmp: is left from a save that was killed; the next save removes it",
    ]);
    // One file under two names: a lock on the one is a lock on the other.
    let other = Place::saved(1);
    let lock = other.inside("lock");
    fs::remove_file(&lock).unwrap();
    fs::hard_link(&temp, &lock).unwrap();
    let _writer = other.file.lock().unwrap();
    place.finds(&[]);
}

#[test]
fn what_is_not_ours_is_found() {
    let place = Place::saved(2);
    fs::write(place.inside("3.toml~"), "").unwrap();
    place.finds(&["foreign worker.toml.status/3.toml~: is not part of a status"]);
}

#[test]
fn what_is_gone_a_moment_later_is_no_finding() {
    let place = Place::saved(2);
    let temp = place.inside("0123456789abcdef.tmp");
    fs::write(&temp, "").unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(50));
            fs::remove_file(&temp).unwrap();
        });
        let findings = UntypedFile::at(&place.path).verify().unwrap();
        assert!(findings.is_empty(), "{findings:?}");
    });
}

#[test]
fn saves_that_go_on_are_no_finding() {
    let place = Place::saved(2);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for jobs in 0.. {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                place.file.save(&worker(jobs)).unwrap();
            }
        });
        let verified = (0..20).map(|_| UntypedFile::at(&place.path).verify());
        let verified: Vec<_> = verified.collect();
        done.store(true, Ordering::Relaxed);
        for findings in verified {
            let findings = findings.unwrap();
            assert!(findings.is_empty(), "{findings:?}");
        }
    });
}

#[cfg(unix)]
mod on_unix {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn link(target: &str, path: &Path) {
        let _ = fs::remove_file(path);
        symlink(target, path).unwrap();
    }

    fn permit(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn links_where_none_belong_are_found() {
        let place = Place::saved(2);
        link("elsewhere", &place.inside("lock"));
        place.finds(&["unsafe worker.toml.status/lock: is a symbolic link where none belongs"]);
    }

    #[test]
    fn a_link_at_the_path_is_followed_and_no_finding() {
        let place = Place::saved(2);
        let alias = place.directory.path().join("alias.toml");
        link("worker.toml", &alias);
        assert_eq!(UntypedFile::at(&alias).verify().unwrap(), []);
        fs::write(&place.path, "jobs = x\n").unwrap();
        let findings = UntypedFile::at(&alias).verify().unwrap();
        assert_eq!(findings[0].location.path(), Some(&*place.path));
    }

    #[test]
    fn a_status_directory_that_is_a_link_is_found() {
        let place = Place::saved(2);
        let elsewhere = place.directory.path().join("elsewhere");
        fs::rename(status_directory(&place.path), &elsewhere).unwrap();
        link("elsewhere", &status_directory(&place.path));
        place.finds(&["unsafe worker.toml.status: is a symbolic link where none belongs"]);
    }

    #[test]
    fn what_is_open_to_others_is_found() {
        let place = Place::saved(2);
        permit(&place.generation(1), 0o444);
        permit(&place.inside("lock"), 0o644);
        permit(&status_directory(&place.path), 0o722);
        place.finds(&[
            "unsafe worker.toml.status/lock: is open to others: mode 644, expected 600 (g+r,o+r too much)",
            "unsafe worker.toml.status/1.toml: is open to others: mode 444, expected 400 (g+r,o+r too much)",
            "unsafe worker.toml.status: is open to others: mode 722, expected 700 (g+w,o+w too much)",
        ]);
    }

    #[test]
    fn a_directory_above_that_anyone_may_write_to_is_found_unless_it_is_sticky() {
        let place = Place::saved(2);
        permit(place.directory.path(), 0o777);
        assert_eq!(place.findings().len(), 1);
        assert!(
            place.findings()[0]
                .ends_with("is open to others: mode 777, expected 775 (o+w too much)")
        );
        permit(place.directory.path(), 0o1777);
        place.finds(&[]);
    }

    fn own(path: &Path, owner: u32) {
        std::os::unix::fs::chown(path, Some(owner), None).unwrap();
    }

    /// A program that was once run as root, where it may not give its files away.
    #[test]
    fn what_belongs_to_another_than_the_status_directory_is_found() {
        if !common::is_root() {
            return;
        }
        let place = Place::saved(2);
        for path in [
            place.directory.path(),
            &status_directory(&place.path),
            &place.path,
            &place.generation(1),
        ] {
            own(path, 1000);
        }
        place.finds(&[
            "foreign worker.toml.status/2.toml: belongs to user 0, and the status directory to user 1000",
            "foreign worker.toml.status/lock: belongs to user 0, and the status directory to user 1000",
        ]);
        for path in [place.generation(2), place.inside("lock")] {
            own(&path, 1000);
        }
        place.finds(&[]);
        // The edit of somebody whom the directory lets in, and that its owner can read, is as good as any.
        own(&place.path, 0);
        permit(&place.path, 0o644);
        place.finds(&[]);
    }

    #[test]
    fn who_shares_a_status_leaves_what_is_theirs() {
        if !common::is_root() {
            return;
        }
        let place = Place::saved(0);
        let shared = place.file.clone().mode(0o660);
        shared.save(&worker(1)).unwrap();
        shared.save(&worker(2)).unwrap();
        own(&place.generation(1), 1000);
        own(&place.path, 2000);
        place.finds(&[]);
    }

    #[test]
    fn what_a_stranger_may_have_put_there_is_found() {
        if !common::is_root() {
            return;
        }
        let place = Place::saved(2);
        permit(place.directory.path(), 0o1777);
        own(&place.path, 1000);
        permit(&place.path, 0o644);
        place.finds(&[
            "foreign worker.toml: belongs to user 1000, and the status directory to user 0",
        ]);
        own(&status_directory(&place.path), 1000);
        let who = "belongs to user 1000, who may have put it there to get hold of what is saved";
        assert_eq!(
            place.findings()[0],
            format!("unsafe worker.toml.status: {who}: saves are refused")
        );
        let error = place.file.save(&worker(3)).unwrap_err().to_string();
        assert!(error.contains(who), "{error}");
    }

    #[test]
    fn a_strangers_link_is_found() {
        if !common::is_root() {
            return;
        }
        let place = Place::saved(2);
        let alias = place.directory.path().join("open/alias.toml");
        fs::create_dir(alias.parent().unwrap()).unwrap();
        permit(alias.parent().unwrap(), 0o777);
        link("../worker.toml", &alias);
        std::os::unix::fs::lchown(&alias, Some(1000), None).unwrap();
        let findings = UntypedFile::at(&alias).verify().unwrap();
        let found: Vec<_> = findings.iter().map(ToString::to_string).collect();
        assert!(
            found[0].starts_with(&format!("{}: belongs to user 1000, ", alias.display())),
            "{found:?}"
        );
        assert_eq!(findings.len(), 1);
    }

    #[test]
    fn who_was_let_in_on_purpose_is_no_finding() {
        let place = Place::saved(0);
        let shared = place.file.clone().mode(0o664);
        shared.save(&worker(1)).unwrap();
        shared.save(&worker(2)).unwrap();
        place.finds(&[]);
        place.edit("jobs = 3\n");
        permit(&place.path, 0o666);
        place.finds(&[
            "unsafe worker.toml: is open to others: mode 666, expected 664 (o+w too much)",
        ]);
    }
}
