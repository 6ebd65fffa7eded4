//! The protocol on the simulated file system.

mod autosaves;
mod calls;
mod crashes;
mod explorer;
mod failures;
mod grouped;
mod interleavings;
#[cfg(feature = "editable")]
mod keeping;
mod situations;
mod untyped;
mod upgrades;
mod weakened;

use crate::error::Error;
use crate::fs::simulated::Simulated;
use crate::name::{Layout, Listing};
use crate::schema::Schema;
use crate::store::{Options, Store};
use serde::{Deserialize, Serialize};
use std::path::Path;

const PATH: &str = "/app/worker.toml";
const DIRECTORY: &str = "/app/worker.toml.status";

/// The status that these tests save.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Worker {
    jobs: u64,
}

const WORKER: Schema<Worker> = Schema::new(1);

/// What one process does with the status of the machine.
fn store(fs: &Simulated) -> Store<Simulated> {
    store_on(fs.clone())
}

fn store_on<F>(fs: F) -> Store<F> {
    Store {
        fs,
        layout: Layout::new(Path::new(PATH)).unwrap(),
        options: Options::default(),
    }
}

fn save(fs: &Simulated, jobs: u64) -> Result<(), Error> {
    store(fs).save(&WORKER, &Worker { jobs }, None)
}

fn load(fs: &Simulated) -> Result<u64, Error> {
    store(fs).load(&WORKER).map(|worker| worker.jobs)
}

fn update(fs: &Simulated) -> Result<(), Error> {
    store(fs).update(&WORKER, |worker| worker.jobs += 1)
}

/// A machine on which the jobs up to `jobs` were saved, one by one.
fn machine_with(jobs: u64) -> Simulated {
    let fs = Simulated::new();
    for jobs in 1..=jobs {
        save(&fs, jobs).unwrap();
    }
    fs.take_calls();
    fs
}

/// What the status directory holds.
fn listing(fs: &Simulated) -> Listing {
    Listing::new(fs.names(DIRECTORY).into_iter().map(Into::into))
}

/// A file whose seal begins with `stamp` and holds.
fn sealed(stamp: &str, text: &str) -> Vec<u8> {
    let crc32 = crc32fast::hash(format!("{stamp}{text}").as_bytes());
    format!("{stamp} crc32={crc32:08x}\n{text}").into_bytes()
}

/// Puts a good generation with `text` there, as if the lock did not exist.
fn save_text(fs: &Simulated, generation: u64, text: &str) {
    fs.put(
        store(fs).layout.generation(generation),
        &crate::seal::seal(1, text),
    );
}
