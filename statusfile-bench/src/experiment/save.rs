//! What a save costs, beside the other ways to save.
//!
//! Those that flush and those that do not are kept apart: a flush writes out what others left.

use crate::comparison::Comparison;
use crate::experiment::Bench;
use crate::rounds::{Turn, race};
use crate::saver::Saver;
use crate::state::State;
use crate::unit::Unit;
use anyhow::Result;

pub(super) const DURABLE: &str = "durable save";
pub(super) const PLAIN: &str = "plain save";

pub(super) fn durable(bench: &Bench<'_>) -> Result<Vec<Comparison>> {
    compare(bench, DURABLE, Saver::flushing())
}

/// In memory a flush costs nothing, so there what is ours alone can be seen.
pub(super) fn plain(bench: &Bench<'_>) -> Result<Vec<Comparison>> {
    let mut savers = Saver::plain().to_vec();
    if bench.place.is_in_memory() {
        savers.push(Saver::Statusfile);
    }
    compare(bench, PLAIN, &savers)
}

fn compare(bench: &Bench<'_>, experiment: &str, savers: &[Saver]) -> Result<Vec<Comparison>> {
    let mut comparisons = Vec::new();
    for &size in bench.effort.sizes() {
        let room = bench.place.room()?;
        let state = State::new(size);
        let mut acts: Vec<Turn<'_, ()>> = Vec::new();
        for &saver in savers {
            let path = room.corner(saver.name())?;
            let mut state = state.clone();
            acts.push(Box::new(move || {
                state.revision += 1;
                saver.save(&path, &state)
            }));
        }
        drop(state);
        room.settle();
        let seconds = race(acts, bench.effort.pace())?;
        let names = savers.iter().map(|saver| saver.name().to_owned());
        comparisons.push(bench.comparison(
            (experiment, &size.to_string(), Unit::Seconds),
            names.zip(seconds),
        ));
    }
    Ok(comparisons)
}
