//! What a save takes for its proof that the value can be loaded.

use crate::comparison::Comparison;
use crate::experiment::Bench;
use crate::rounds::Turn;
use crate::state::State;
use anyhow::Result;
use statusfile::{Durability, StatusFile};

pub(super) const DURABLE: &str = "proof, durable";
pub(super) const UNSYNCED: &str = "proof, unsynced";

pub(super) fn durable(bench: &Bench<'_>) -> Result<Vec<Comparison>> {
    compare(bench, DURABLE, Durability::Full)
}

pub(super) fn unsynced(bench: &Bench<'_>) -> Result<Vec<Comparison>> {
    compare(bench, UNSYNCED, Durability::Process)
}

fn compare(bench: &Bench<'_>, experiment: &str, durability: Durability) -> Result<Vec<Comparison>> {
    let mut comparisons = Vec::new();
    for &size in bench.effort.sizes {
        let room = bench.place.room()?;
        let mut contenders: Vec<(&str, Turn<'_, ()>)> = Vec::new();
        for (name, prove) in [("without the proof", false), ("with the proof", true)] {
            let file = StatusFile::undeclared(room.corner(name)?);
            let file = file.durability(durability).prove(prove);
            let mut state = State::new(size);
            let act = move || {
                state.revision += 1;
                Ok(file.save(&state)?)
            };
            contenders.push((name, Box::new(act)));
        }
        room.settle();
        comparisons.push(bench.race((experiment, &size.to_string()), contenders)?);
    }
    Ok(comparisons)
}
