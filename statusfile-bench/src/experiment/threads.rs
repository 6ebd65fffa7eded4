//! What several threads get saved through one handle, beside what one alone gets saved.

use crate::comparison::Comparison;
use crate::experiment::Bench;
use crate::rounds::{Turn, interleave};
use crate::state::{Size, State};
use crate::unit::Unit;
use anyhow::{Result, anyhow};
use statusfile::StatusFile;
use std::thread;
use std::time::{Duration, Instant};

pub(super) const NAME: &str = "threads";

const THREADS: usize = 32;

pub(super) fn run(bench: &Bench<'_>) -> Result<Vec<Comparison>> {
    let room = bench.place.room()?;
    let file = StatusFile::<State>::undeclared(room.corner("status")?);
    let state = State::new(Size::SMALL);
    let time = bench.effort.moment;
    let mut turns: [Turn<'_, f64>; 2] = [
        Box::new(|| saves_per_second(&file, &state, 1, time)),
        Box::new(|| saves_per_second(&file, &state, THREADS, time)),
    ];
    let rates = interleave(&mut turns, bench.effort.long_pace)?;
    let names = ["1 thread".to_owned(), format!("{THREADS} threads")];
    let case = (NAME, "saves done", Unit::PerSecond);
    Ok(vec![bench.comparison(case, names.into_iter().zip(rates))])
}

#[expect(clippy::cast_precision_loss, reason = "no thread saves that often")]
fn saves_per_second(
    file: &StatusFile<State>,
    state: &State,
    threads: usize,
    time: Duration,
) -> Result<f64> {
    let start = Instant::now();
    let saves = thread::scope(|scope| {
        let save = || -> Result<u64> {
            let mut saves = 0;
            while start.elapsed() < time {
                file.save(state)?;
                saves += 1;
            }
            Ok(saves)
        };
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(save)).collect();
        let saves = threads.into_iter().map(|thread| match thread.join() {
            Ok(saves) => saves,
            Err(_) => Err(anyhow!("a thread panicked")),
        });
        saves.sum::<Result<u64>>()
    })?;
    Ok(saves as f64 / start.elapsed().as_secs_f64())
}
