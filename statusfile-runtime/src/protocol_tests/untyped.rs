//! Changes by who does not know the type: any version stays, and a slip in an edit is mended.

use super::{PATH, load, machine_with, sealed, store};
use crate::error::Error;
use crate::fs::simulated::Simulated;
use crate::schema::Schema;
use crate::seal::{self, seal};
use toml::Table;

const UNTYPED: Schema<Table> = Schema::untyped(1);

fn commit(fs: &Simulated, schema: &Schema<Table>, jobs: u64) -> Result<(), Error> {
    let mut store = store(fs);
    store.options.editable = true;
    let status = seal(schema.version, &format!("jobs = {jobs}\n"));
    store.commit(schema, &status, None)
}

fn version_of(fs: &Simulated, generation: u64) -> u32 {
    let bytes = fs.bytes(store(fs).layout.generation(generation));
    seal::open(&bytes).unwrap().0.version
}

#[test]
fn any_version_is_followed_by_any_version() {
    let fs = machine_with(2);
    for (version, generation) in [(9, 4), (3, 5)] {
        commit(&fs, &Schema::untyped(version), 1).unwrap();
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
    commit(&fs, &UNTYPED, 3).unwrap();
    assert_eq!((version_of(&fs, 4), version_of(&fs, 5)), (7, 1));
}

#[test]
fn a_newer_form_of_file_is_refused_all_the_same() {
    let fs = machine_with(2);
    let newest = store(&fs).layout.generation(3);
    fs.put(
        newest,
        &sealed("#:statusfile 2 version=1 bytes=9", "jobs = 9\n"),
    );
    let error = commit(&fs, &UNTYPED, 3).unwrap_err();
    assert!(matches!(error, Error::Newer { found: 2, .. }), "{error}");
}

#[test]
fn an_edit_with_a_slip_is_replaced_only_by_what_mends_it() {
    let fs = machine_with(2);
    fs.put(PATH, b"jobs = x\n");
    let error = commit(&fs, &UNTYPED, 3).unwrap_err();
    assert!(matches!(error, Error::Decode { .. }), "{error}");
    assert_eq!(fs.bytes(PATH), b"jobs = x\n");
    commit(&fs, &UNTYPED.mending_an_edit(), 3).unwrap();
    assert_eq!(load(&fs).unwrap(), 3);
    // What was no slip is kept as ever.
    fs.put(PATH, b"jobs = 4\n");
    commit(&fs, &UNTYPED.mending_an_edit(), 5).unwrap();
    assert!(
        fs.bytes(store(&fs).layout.generation(5))
            .ends_with(b"\njobs = 4\n")
    );
}
