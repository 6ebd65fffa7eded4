//! Changes without the type: any version stays, and a mistake in an edit is repaired.

use super::{
    DIRECTORY, PATH, Worker, directory, listing, load, machine_with, sealed, sealed_status, status,
    status_of_version,
};
use crate::codec::untyped::AnyVersion;
use crate::error::Error;
use crate::fs::simulated::Simulated;
use crate::store::backend::{Backend, Over};
use crate::store::options::Publish;
use crate::store::sealed::Sealed;
use std::path::Path;

fn commit(fs: &Simulated, version: u32, repairs_edit: bool, jobs: u64) -> Result<(), Error> {
    let mut directory = directory(fs);
    directory.options.editable = true;
    let new = status_of_version(version, &format!("jobs = {jobs}\n"));
    let gate = AnyVersion { repairs_edit };
    directory
        .commit(&new, Over::Anything, &gate, None)
        .map(drop)
}

/// A change by who knows only what lies there.
fn commit_as_found(fs: &Simulated, jobs: u64) -> Result<(), Error> {
    let mut directory = directory(fs);
    directory.options.as_found = true;
    let new = sealed_status(&format!("jobs = {jobs}\n"));
    let gate = AnyVersion {
        repairs_edit: false,
    };
    let guard = directory.lock(directory.patience())?;
    directory
        .commit(&new, Over::Anything, &gate, Some(&guard))
        .map(drop)
}

fn version_of(fs: &Simulated, generation: u64) -> u32 {
    let bytes = fs.bytes(directory(fs).layout.generation(generation));
    Sealed::open(bytes).unwrap().label.version
}

#[test]
fn any_version_is_followed_by_any_version() {
    let fs = machine_with(2);
    for (version, generation) in [(9, 3), (3, 4)] {
        commit(&fs, version, false, 1).unwrap();
        assert_eq!(version_of(&fs, generation), version);
    }
}

#[test]
fn an_edit_keeps_the_version_that_it_has() {
    let fs = machine_with(2);
    fs.put(PATH, &sealed(2, 7, "jobs = 9\n"));
    commit(&fs, 1, false, 3).unwrap();
    assert_eq!((version_of(&fs, 3), version_of(&fs, 4)), (7, 1));
}

/// Its text is that of the newest generation, and yet no generation says what it says.
#[test]
fn an_edit_of_the_version_alone_is_kept() {
    let fs = machine_with(2);
    fs.put(PATH, b"#:statusfile 2 version=7\njobs = 2\n");
    commit(&fs, 1, false, 3).unwrap();
    assert_eq!((version_of(&fs, 3), version_of(&fs, 4)), (7, 1));
    fs.put(PATH, b"#:statusfile 2 version=1\njobs = 3\n");
    commit(&fs, 1, false, 5).unwrap();
    assert_eq!(version_of(&fs, 5), 1);
    assert!(fs.bytes(PATH).ends_with(b"\njobs = 5\n"));
}

#[test]
fn a_newer_format_of_file_is_refused_all_the_same() {
    let fs = machine_with(2);
    let newest = directory(&fs).layout.generation(3);
    for path in [PATH.into(), newest] {
        fs.take_away(PATH);
        fs.put(path, &sealed(3, 1, "jobs = 9\n"));
        let error = commit(&fs, 1, false, 3).unwrap_err();
        assert!(matches!(error, Error::Newer { found: 3, .. }), "{error}");
    }
}

#[test]
fn an_edit_with_a_mistake_is_replaced_only_by_what_repairs_it() {
    let fs = machine_with(2);
    fs.put(PATH, b"jobs = x\n");
    let error = commit(&fs, 1, false, 3).unwrap_err();
    assert!(matches!(error, Error::Decode { .. }), "{error}");
    assert_eq!(fs.bytes(PATH), b"jobs = x\n");
    commit(&fs, 1, true, 3).unwrap();
    assert_eq!(load(&fs).unwrap(), 3);
    // What has no mistake is kept as always.
    fs.put(PATH, b"jobs = 4\n");
    commit(&fs, 1, true, 5).unwrap();
    assert!(
        fs.bytes(directory(&fs).layout.generation(4))
            .ends_with(b"\njobs = 4\n")
    );
}

#[test]
fn who_may_load_and_save_is_taken_over_from_what_is_there() {
    for (lock, copy) in [(true, false), (false, false), (false, true)] {
        let fs = machine_with(2);
        fs.give_all_the_mode(0o640);
        if !lock {
            fs.take_away(format!("{DIRECTORY}/lock"));
        }
        if copy {
            for name in ["1.toml", "2.toml"] {
                fs.take_away(format!("{DIRECTORY}/{name}"));
            }
            fs.put(PATH, b"jobs = 2\n");
        }
        commit_as_found(&fs, 3).unwrap();
        let calls = fs.take_calls();
        let made = |call: &str| calls.iter().any(|made| made == call);
        // Who may only read must not hold it.
        assert!(lock || made("open or create lock 0600"), "{calls:?}");
        assert!(
            calls.iter().any(|call| call.ends_with(".tmp 0440")),
            "{calls:?}"
        );
        assert_eq!(load(&fs).unwrap(), 3);
    }
}

#[test]
fn what_is_put_at_the_path_is_taken_over_from_what_lies_there() {
    for publish in [Publish::Copy, Publish::Link, Publish::Never] {
        let fs = Simulated::new();
        let mut status = status(&fs);
        status.backend.options.publish = publish;
        for jobs in 1..=2 {
            status.save(&Worker { jobs }, None).unwrap();
        }
        commit_as_found(&fs, 3).unwrap();
        assert_eq!(load(&fs).unwrap(), 3);
        let newest = directory(&fs)
            .layout
            .generation(listing(&fs).generations[0]);
        let (path, newest) = (fs.medium().find(Path::new(PATH)), fs.medium().find(&newest));
        match publish {
            Publish::Copy => assert!(path.unwrap() != newest.unwrap()),
            Publish::Link => assert_eq!(path.unwrap(), newest.unwrap()),
            Publish::Never => assert!(path.is_err()),
        }
    }
}

#[test]
fn who_knows_only_what_lies_there_leaves_an_edit_with_a_mistake_alone() {
    let fs = machine_with(2);
    let edit = b"jobs = x\n";
    fs.put(PATH, edit);
    let refused = commit_as_found(&fs, 3);
    assert!(matches!(refused, Err(Error::Decode { .. })), "{refused:?}");
    assert_eq!(fs.bytes(PATH), edit);
    assert_eq!(listing(&fs).generations, [2, 1]);
}
