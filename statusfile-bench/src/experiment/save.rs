//! What a save costs, beside the other ways to save.
//!
//! Those that sync and those that do not are kept apart: a sync writes out what others left.

use crate::comparison::Comparison;
use crate::experiment::Bench;
use crate::rounds::Turn;
use crate::saver::{PLAIN, STATUSFILE, SYNCING, Saver};
use crate::state::State;
use anyhow::Result;
use std::path::Path;

pub(super) const DURABLE: &str = "durable save";
pub(super) const UNSYNCED: &str = "plain save";

pub(super) fn durable(bench: &Bench<'_>) -> Result<Vec<Comparison>> {
    race(bench, DURABLE, &SYNCING)
}

/// In memory a sync costs nothing, so there what is ours alone can be seen.
pub(super) fn unsynced(bench: &Bench<'_>) -> Result<Vec<Comparison>> {
    let mut savers = PLAIN.to_vec();
    if bench.place.is_in_memory() {
        savers.push(STATUSFILE);
    }
    race(bench, UNSYNCED, &savers)
}

fn race(bench: &Bench<'_>, experiment: &str, savers: &[Saver]) -> Result<Vec<Comparison>> {
    let named = |saver: Saver| {
        (saver.name, move |path: &Path, state: &State| {
            saver.save(path, state)
        })
    };
    let savers: Vec<_> = savers.iter().copied().map(named).collect();
    compare(bench, experiment, &savers)
}

/// These ways to save, by their names, with values of each size.
pub(super) fn compare<S: Fn(&Path, &State) -> Result<()>>(
    bench: &Bench<'_>,
    experiment: &str,
    savers: &[(&str, S)],
) -> Result<Vec<Comparison>> {
    let mut comparisons = Vec::new();
    for &size in bench.effort.sizes {
        let room = bench.place.room()?;
        let mut contenders: Vec<(&str, Turn<'_, ()>)> = Vec::new();
        for (name, save) in savers {
            let path = room.corner(name)?;
            let mut state = State::new(size);
            let act = move || {
                state.revision += 1;
                save(&path, &state)
            };
            contenders.push((*name, Box::new(act)));
        }
        room.settle();
        comparisons.push(bench.race((experiment, &size.to_string()), contenders)?);
    }
    Ok(comparisons)
}
