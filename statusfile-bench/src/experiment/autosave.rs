//! What a change costs that is saved in the background, beside one that is not saved.

use crate::comparison::Comparison;
use crate::experiment::Bench;
use crate::state::{Size, State};
use anyhow::Result;
use statusfile::StatusFile;
use std::hint::black_box;
use std::sync::{Mutex, PoisonError};

pub(super) const NAME: &str = "autosave";

/// So many changes are one turn, as one takes no longer than looking at the clock.
const CHANGES: u32 = 1000;

pub(super) fn run(bench: &Bench<'_>) -> Result<Vec<Comparison>> {
    let room = bench.place.room()?;
    let autosaved = StatusFile::<State>::undeclared(room.corner("status")?).autosave()?;
    autosaved.update(|state| *state = State::new(Size::SMALL));
    let kept = Mutex::new(State::new(Size::SMALL));
    let in_mutex = || {
        for _ in 0..CHANGES {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            black_box(&mut *kept).revision += 1;
        }
        Ok(())
    };
    let in_autosaved = || {
        for _ in 0..CHANGES {
            autosaved.update(|state| black_box(state).revision += 1);
        }
        Ok(())
    };
    let mut comparison = bench.race(
        (NAME, "a change in memory"),
        vec![
            ("a Mutex", Box::new(in_mutex)),
            ("statusfile", Box::new(in_autosaved)),
        ],
    )?;
    let contenders = comparison.contenders.iter_mut();
    for seconds in contenders.flat_map(|contender| &mut contender.values) {
        *seconds /= f64::from(CHANGES);
    }
    autosaved.close()?;
    Ok(vec![comparison])
}
