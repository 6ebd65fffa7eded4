//! Copies of a status elsewhere, whole or of the file at the path alone, are statuses.

use crate::place::{Place, Worker, status, worker};
use crate::{has, shell};
use statusfile::untyped::UntypedFile;
use statusfile::{Error, Origin};
use std::fs;

/// Expects at `copies`, relative to the directory above, `jobs = 3`; and that saves go on there, and here.
fn are_statuses(copy: &str, copies: &[&str]) {
    let place = Place::saved(3);
    shell(&place.path, copy);
    for copy in copies {
        let path = place.directory.path().join(copy);
        let file = status::<Worker>(&path);
        let loaded = file.read().unwrap();
        assert_eq!(
            (loaded.value, loaded.origin),
            (worker(3), Origin::Path),
            "{copy}"
        );
        file.save(&worker(4)).unwrap();
        assert_eq!(file.load().unwrap(), worker(4), "{copy}");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.ends_with("\njobs = 4\n"), "{text}");
        assert_eq!(
            file.load_generation(file.history().unwrap()[1].number)
                .unwrap()
                .value,
            worker(3)
        );
        let findings = UntypedFile::at(&path).verify().unwrap();
        let are_open = |text: &str| text.contains(" is open to others: ");
        assert!(
            findings.iter().all(|it| are_open(&it.to_string())),
            "{findings:?}"
        );
    }
    assert_eq!(place.file.load().unwrap(), worker(3));
    assert_eq!(place.texts(), ["jobs = 2\n", "jobs = 3\n"]);
}

#[test]
fn cp_of_all() {
    let copy = "mkdir a b c; cp -r worker.toml worker.toml.status a; cp -rL worker.toml worker.toml.status b; \
        cp -a worker.toml worker.toml.status c";
    are_statuses(copy, &["a/worker.toml", "b/worker.toml", "c/worker.toml"]);
}

#[test]
fn cp_of_the_file_alone() {
    let copy = "mkdir a b; cp worker.toml a/; cp -a worker.toml b/other.toml";
    are_statuses(copy, &["a/worker.toml", "b/other.toml"]);
}

#[test]
fn zip() {
    if has("zip") && has("unzip") {
        let copy = "zip -qr z.zip worker.toml worker.toml.status; mkdir a; cd a; unzip -q ../z.zip";
        are_statuses(copy, &["a/worker.toml"]);
    }
}

#[test]
fn rsync() {
    if has("rsync") {
        are_statuses(
            "mkdir a; rsync -rt worker.toml worker.toml.status a/",
            &["a/worker.toml"],
        );
    }
}

/// Git keeps no times, and here it turns every end of a line into that of Windows.
#[test]
fn git_that_converts_line_ends() {
    if !has("git") {
        return;
    }
    let git = "git -c user.name=a -c user.email=a@example.org";
    let copy = format!(
        "git init -q; printf '*.toml text eol=crlf\\n' > .gitattributes; git add .gitattributes worker.toml worker.toml.status/*.toml worker.toml.status/lock 2> /dev/null; \
         {git} commit -q -m one; git clone -q . clone; grep -q \"$(printf '\\r')\" clone/worker.toml; rm -rf .git"
    );
    are_statuses(&copy, &["clone/worker.toml"]);
}

/// A change of line ends alone breaks nothing, and makes nothing another text.
#[test]
fn what_was_replaced_is_known_where_line_ends_were_converted() {
    let place = Place::saved(3);
    let convert = "for file in worker.toml worker.toml.status/*.toml; do \
        sed \"s/$/$(printf '\\r')/\" \"$file\" > new; cp -f new \"$file\"; rm new; done";
    shell(&place.path, convert);
    assert_eq!(place.file.load().unwrap(), worker(3));
    place.file.save(&worker(4)).unwrap();
    assert_eq!(place.kept(), ["3.toml", "4.toml"]);
}

#[test]
fn a_status_that_is_moved_goes_on_under_its_new_name() {
    let place = Place::saved(3);
    shell(
        &place.path,
        "mv worker.toml v.toml; mv worker.toml.status v.toml.status",
    );
    let moved = status::<Worker>(place.directory.path().join("v.toml"));
    assert_eq!(moved.load().unwrap(), worker(3));
    moved.save(&worker(4)).unwrap();
    assert_eq!(moved.load().unwrap(), worker(4));
    assert_eq!(moved.history().unwrap()[0].number, 4);
    assert!(matches!(place.file.load(), Err(Error::NotFound { .. })));
}

#[test]
fn a_directory_that_is_moved_without_the_file_goes_on() {
    let place = Place::saved(3);
    shell(&place.path, "mv worker.toml.status v.toml.status");
    let moved = status::<Worker>(place.directory.path().join("v.toml"));
    assert_eq!(moved.load().unwrap(), worker(3));
    moved.save(&worker(4)).unwrap();
    assert_eq!(moved.load().unwrap(), worker(4));
    assert_eq!(place.file.load().unwrap(), worker(3));
}

#[test]
fn the_newest_generation_that_is_deleted_is_not_missed() {
    let place = Place::saved(3);
    shell(&place.path, "rm -f worker.toml.status/3.toml");
    let loaded = place.file.read().unwrap();
    assert_eq!((loaded.value, loaded.skipped.len()), (worker(3), 0));
    place.file.save(&worker(4)).unwrap();
    assert_eq!(place.texts(), ["jobs = 2\n", "jobs = 3\n", "jobs = 4\n"]);
}

/// A clean-up by pattern. The lock is left, and says that there was a status.
#[test]
fn every_toml_file_that_is_deleted_is_missed() {
    let place = Place::saved(3);
    shell(&place.path, "find . -name '*.toml' -exec rm -f {} +");
    let results = [
        place.file.load_or_default().map(drop),
        place.file.update(|worker| worker.jobs += 1),
        place.file.load().map(drop),
    ];
    for result in results {
        assert!(matches!(result, Err(Error::Damaged { .. })), "{result:?}");
    }
}
