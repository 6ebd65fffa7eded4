//! Changes without the type: any version stays, and a mistake in an edit is repaired.

use super::{PATH, directory, load, machine_with, sealed};
use crate::codec::untyped::AnyVersion;
use crate::error::Error;
use crate::fs::simulated::Simulated;
use crate::store::backend::{Backend, Over};
use crate::store::sealed::Sealed;

fn commit(fs: &Simulated, version: u32, repairs_edit: bool, jobs: u64) -> Result<(), Error> {
    let mut directory = directory(fs);
    directory.options.editable = true;
    let new = Sealed::seal(version, &format!("jobs = {jobs}\n"));
    let gate = AnyVersion {
        version,
        repairs_edit,
    };
    directory
        .commit(&new, Over::Anything, &gate, None)
        .map(drop)
}

fn version_of(fs: &Simulated, generation: u64) -> u32 {
    let bytes = fs.bytes(directory(fs).layout.generation(generation));
    Sealed::open(bytes).unwrap().versions.version
}

#[test]
fn any_version_is_followed_by_any_version() {
    let fs = machine_with(2);
    for (version, generation) in [(9, 4), (3, 5)] {
        commit(&fs, version, false, 1).unwrap();
        assert_eq!(version_of(&fs, generation), version);
    }
}

#[test]
fn an_edit_keeps_the_version_that_it_has() {
    let fs = machine_with(2);
    fs.put(
        PATH,
        &sealed("#:statusfile 1 version=7 bytes=9", "jobs = 9\n"),
    );
    commit(&fs, 1, false, 3).unwrap();
    assert_eq!((version_of(&fs, 4), version_of(&fs, 5)), (7, 1));
}

#[test]
fn a_newer_format_of_file_is_refused_all_the_same() {
    let fs = machine_with(2);
    let newest = directory(&fs).layout.generation(3);
    fs.put(
        newest,
        &sealed("#:statusfile 2 version=1 bytes=9", "jobs = 9\n"),
    );
    let error = commit(&fs, 1, false, 3).unwrap_err();
    assert!(matches!(error, Error::Newer { found: 2, .. }), "{error}");
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
        fs.bytes(directory(&fs).layout.generation(5))
            .ends_with(b"\njobs = 4\n")
    );
}
