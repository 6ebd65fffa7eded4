//! What a load costs, beside reading the file and decoding it.

use crate::comparison::Comparison;
use crate::experiment::Bench;
use crate::loader::Loader;
use crate::rounds::Turn;
use crate::state::State;
use anyhow::Result;
use std::hint::black_box;

pub(super) const NAME: &str = "load";

pub(super) fn run(bench: &Bench<'_>) -> Result<Vec<Comparison>> {
    let mut comparisons = Vec::new();
    for &size in bench.effort.sizes {
        let room = bench.place.room()?;
        let state = State::new(size);
        let mut contenders: Vec<(&str, Turn<'_, ()>)> = Vec::new();
        for loader in Loader::ALL {
            let path = room.corner(loader.name)?;
            loader.saver.save(&path, &state)?;
            let act = move || {
                black_box(loader.load(&path)?);
                Ok(())
            };
            contenders.push((loader.name, Box::new(act)));
        }
        drop(state);
        room.settle();
        comparisons.push(bench.race((NAME, &size.to_string()), contenders)?);
    }
    Ok(comparisons)
}
