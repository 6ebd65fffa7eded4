//! What is put back over the path, by any tool, is what loads; and what it replaced is kept.

use crate::place::{Place, worker};
use crate::{has, shell};
use statusfile::Origin;
use statusfile::error::Problem;
use statusfile::untyped::UntypedFile;

/// Expects that what `back_up` took of `jobs = 3` is the status once `restore` has put it back over `jobs = 6`, and
/// that both are kept by the next save.
fn is_restored(back_up: &str, restore: &str) {
    let place = Place::saved(3);
    shell(&place.path, back_up);
    for jobs in 4..=6 {
        place.file.save(&worker(jobs)).unwrap();
    }
    shell(&place.path, restore);
    let loaded = place.file.read().unwrap();
    assert_eq!((loaded.value, loaded.origin), (worker(3), Origin::Path));
    assert_eq!(loaded.skipped.len(), 0);
    let findings = UntypedFile::at(&place.path).verify().unwrap();
    let is_behind = |problem: &Problem| matches!(problem, Problem::Behind { newest: 6, .. });
    assert!(
        findings.iter().any(|it| is_behind(&it.problem)),
        "{findings:?}"
    );

    place.file.update(|worker| worker.jobs += 10).unwrap();
    assert_eq!(place.file.load().unwrap(), worker(13));
    assert_eq!(place.texts(), ["jobs = 6\n", "jobs = 3\n", "jobs = 13\n"]);
    place.is_published();
    assert_eq!(UntypedFile::at(&place.path).verify().unwrap(), []);

    // It does not come back.
    place.file.save(&worker(14)).unwrap();
    assert_eq!(place.file.load().unwrap(), worker(14));
    assert_eq!(place.texts(), ["jobs = 13\n", "jobs = 14\n"]);
}

#[test]
fn tar_of_the_file() {
    if has("tar") {
        is_restored("tar cf backup worker.toml", "tar xf backup; rm backup");
    }
}

/// The older generations come back with it, and nobody takes them for newer ones.
#[test]
fn tar_of_all() {
    if has("tar") {
        let back_up = "tar cf backup worker.toml worker.toml.status";
        is_restored(back_up, "tar xf backup; rm backup");
    }
}

#[test]
fn cp_with_the_time() {
    is_restored(
        "cp -p worker.toml backup",
        "cp -p backup worker.toml; rm backup",
    );
}

#[test]
fn cp_without_the_time() {
    is_restored("cp worker.toml backup", "cp backup worker.toml; rm backup");
}

#[test]
fn mv() {
    is_restored("cp -p worker.toml backup", "mv -f backup worker.toml");
}

#[test]
fn cat() {
    is_restored(
        "cat worker.toml > backup",
        "cat backup > worker.toml; rm backup",
    );
}

#[test]
fn the_older_generation_by_cp() {
    // Generation 3 is gone by then, and its text is nowhere but in the copy.
    is_restored(
        "cp worker.toml.status/3.toml backup",
        "cp -f backup worker.toml; chmod u+w worker.toml; rm -f backup",
    );
}

#[test]
fn rsync() {
    if has("rsync") {
        is_restored(
            "rsync -a worker.toml backup",
            "rsync -a --ignore-times backup worker.toml; rm backup",
        );
    }
}

#[test]
fn git() {
    if has("git") {
        let git = "git -c user.name=a -c user.email=a@example.org";
        is_restored(
            &format!("git init -q; git add worker.toml; {git} commit -q -m one"),
            "git checkout -q -- worker.toml; rm -rf .git",
        );
    }
}

/// As where a newer backup is put back over an older status that was restored before: no number tells which.
#[test]
fn a_newer_one_over_an_older() {
    let place = Place::saved(3);
    shell(&place.path, "cp -p worker.toml third");
    place.file.save(&worker(4)).unwrap();
    shell(&place.path, "cp -p worker.toml fourth");
    place.file.save(&worker(5)).unwrap();
    for (backup, jobs) in [("third", 3), ("fourth", 4), ("third", 3)] {
        shell(&place.path, &format!("cp -p {backup} worker.toml"));
        assert_eq!(place.file.load().unwrap(), worker(jobs));
    }
    place.file.save(&worker(6)).unwrap();
    assert_eq!(place.texts(), ["jobs = 5\n", "jobs = 3\n", "jobs = 6\n"]);
}
