//! The protocol on the simulated file system, and every back end by one suite.

mod at_the_path;
mod autosaves;
mod backend_suite;
mod crashes;
mod edge_cases;
mod failures;
mod golden_calls;
mod grouped;
mod interleavings;
mod locks;
mod model;
mod mounted;
mod mutants;
mod owners;
#[cfg(feature = "editable")]
mod retention;
mod strangers;
mod untyped;
mod upgrades;

use crate::api::typed::Typed;
use crate::codec::schema::Schema;
use crate::codec::source::breaks_off;
use crate::error::Error;
use crate::fs::FileSystem;
use crate::fs::simulated::Simulated;
use crate::store::directory::Directory;
use crate::store::directory::layout::{Layout, Listing};
use crate::store::options::Options;
use crate::store::saved::Saved;
use crate::store::sealed::{Head, Label, Sealed};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::UNIX_EPOCH;

const PATH: &str = "/app/worker.toml";
const DIRECTORY: &str = "/app/worker.toml.status";

/// The status that these tests save.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Worker {
    jobs: u64,
}

const WORKER: Schema<Worker> = Schema::new(1);

/// What one process does with the status of the machine.
fn status(fs: &Simulated) -> Typed<Directory<Simulated>, Worker> {
    status_on(fs.clone())
}

/// The same where people edit a file at the path.
#[cfg(feature = "editable")]
fn settings(fs: &Simulated) -> Typed<Directory<Simulated>, Worker> {
    let mut status = status(fs);
    status.backend.options.editable = true;
    status.schema.editable = true;
    status
}

fn status_on<F: FileSystem>(fs: F) -> Typed<Directory<F>, Worker> {
    Typed::new(directory_on(fs), WORKER)
}

fn directory(fs: &Simulated) -> Directory<Simulated> {
    directory_on(fs.clone())
}

fn directory_on<F: FileSystem>(fs: F) -> Directory<F> {
    Directory {
        fs,
        layout: Layout::new(Path::new(PATH)).unwrap(),
        options: Options::default(),
        breaks_off,
        is_followed: true,
    }
}

fn save(fs: &Simulated, jobs: u64) -> Result<(), Error> {
    status(fs).save(&Worker { jobs }, None)
}

fn load(fs: &Simulated) -> Result<u64, Error> {
    status(fs).load().map(|worker| worker.jobs)
}

fn update(fs: &Simulated) -> Result<(), Error> {
    status(fs).update(|worker| worker.jobs += 1)
}

/// A machine on which the jobs up to `jobs` were saved, one by one.
fn machine_with(jobs: u64) -> Simulated {
    saved_on(Simulated::new(), jobs)
}

fn saved_on(fs: Simulated, jobs: u64) -> Simulated {
    for jobs in 1..=jobs {
        save(&fs, jobs).unwrap();
    }
    fs.take_calls();
    fs
}

/// What a file holds below its seal.
fn unsealed(file: &[u8]) -> &[u8] {
    Head::parse(file).unwrap().text
}

/// What the status directory holds.
fn listing(fs: &Simulated) -> Listing {
    Listing::new(fs.names(DIRECTORY).into_iter().map(Into::into))
}

/// A status of the version 1 that was saved long ago.
fn sealed_status(text: &str) -> Sealed {
    status_of_version(1, text)
}

fn status_of_version(version: u32, text: &str) -> Sealed {
    let label = Label {
        type_name: None,
        version,
        saved: Saved::at(UNIX_EPOCH),
    };
    Sealed::seal(label, text)
}

/// A file of any format whose seal holds.
fn sealed(format: u32, version: u32, text: &str) -> Vec<u8> {
    let (saved, bytes) = (Saved::at(UNIX_EPOCH), text.len());
    let start = format!("#:statusfile {format} version={version} saved={saved} bytes={bytes}");
    let crc32 = crc32fast::hash(format!("{start}{text}").as_bytes());
    format!("{start} crc32={crc32:08x}\n{text}").into_bytes()
}

/// Puts a good generation with `text` there, as if the lock did not exist.
fn save_text(fs: &Simulated, generation: u64, text: &str) {
    let path = directory(fs).layout.generation(generation);
    fs.put(path, sealed_status(text).bytes());
}
