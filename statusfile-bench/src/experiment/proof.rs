//! What a save takes for its proof that the value can be loaded.

use crate::comparison::Comparison;
use crate::experiment::{Bench, save};
use crate::state::State;
use anyhow::Result;
use statusfile::{Durability, StatusFile};
use std::path::Path;

pub(super) const DURABLE: &str = "proof, durable";
pub(super) const UNSYNCED: &str = "proof, unsynced";

pub(super) fn durable(bench: &Bench<'_>) -> Result<Vec<Comparison>> {
    compare(bench, DURABLE, Durability::Full)
}

pub(super) fn unsynced(bench: &Bench<'_>) -> Result<Vec<Comparison>> {
    compare(bench, UNSYNCED, Durability::Process)
}

fn compare(bench: &Bench<'_>, experiment: &str, durability: Durability) -> Result<Vec<Comparison>> {
    let saver = |prove| {
        move |path: &Path, state: &State| {
            let file = StatusFile::undeclared(path).durability(durability);
            Ok(file.prove(prove).save(state)?)
        }
    };
    let savers = [
        ("without the proof", saver(false)),
        ("with the proof", saver(true)),
    ];
    save::compare(bench, experiment, &savers)
}
