//! What a load costs, beside reading the file and decoding it.

use crate::comparison::Comparison;
use crate::experiment::Bench;
use crate::loader::Loader;
use crate::rounds::{Turn, race};
use crate::state::State;
use crate::unit::Unit;
use anyhow::Result;
use std::hint::black_box;

pub(super) const NAME: &str = "load";

pub(super) fn run(bench: &Bench<'_>) -> Result<Vec<Comparison>> {
    let mut comparisons = Vec::new();
    for &size in bench.effort.sizes() {
        let room = bench.place.room()?;
        let state = State::new(size);
        let mut acts: Vec<Turn<'_, ()>> = Vec::new();
        for loader in Loader::ALL {
            let path = room.corner(loader.name())?;
            loader.saver().save(&path, &state)?;
            acts.push(Box::new(move || {
                black_box(loader.load(&path)?);
                Ok(())
            }));
        }
        drop(state);
        room.settle();
        let seconds = race(acts, bench.effort.pace())?;
        let names = Loader::ALL.iter().map(|loader| loader.name().to_owned());
        comparisons
            .push(bench.comparison((NAME, &size.to_string(), Unit::Seconds), names.zip(seconds)));
    }
    Ok(comparisons)
}
