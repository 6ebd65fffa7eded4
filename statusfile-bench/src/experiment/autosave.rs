//! What a change costs that is saved in the background, beside one that nobody saves.

use crate::comparison::Comparison;
use crate::experiment::Bench;
use crate::rounds::{Turn, race};
use crate::state::{Size, State};
use crate::unit::Unit;
use anyhow::Result;
use statusfile::StatusFile;
use std::hint::black_box;
use std::sync::{Mutex, PoisonError};

pub(super) const NAME: &str = "autosave";

/// So many changes are one turn, as one takes no longer than looking at the clock.
const CHANGES: u32 = 1000;

pub(super) fn run(bench: &Bench<'_>) -> Result<Vec<Comparison>> {
    let room = bench.place.room()?;
    let autosaved = StatusFile::<State>::at(room.corner("status")?).autosave()?;
    autosaved.update(|state| *state = State::new(Size::SMALL));
    let kept = Mutex::new(State::new(Size::SMALL));
    let acts: Vec<Turn<'_, ()>> = vec![
        Box::new(|| {
            for _ in 0..CHANGES {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                black_box(&mut *kept).revision += 1;
            }
            Ok(())
        }),
        Box::new(|| {
            for _ in 0..CHANGES {
                autosaved.update(|state| black_box(state).revision += 1);
            }
            Ok(())
        }),
    ];
    let mut seconds = race(acts, bench.effort.pace())?;
    for second in seconds.iter_mut().flatten() {
        *second /= f64::from(CHANGES);
    }
    autosaved.close()?;
    let names = ["a Mutex".to_owned(), "statusfile".to_owned()];
    let case = (NAME, "a change in memory", Unit::Seconds);
    Ok(vec![bench.comparison(case, names.into_iter().zip(seconds))])
}
