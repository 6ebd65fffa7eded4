//! Which contender has a turn when, and for how long.

use anyhow::Result;
use fastrand::Rng;
use std::time::{Duration, Instant};

/// How much time goes into a comparison.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// At least so many rounds,
    pub(crate) least: usize,
    /// and at most so many,
    pub(crate) most: usize,
    /// as fit into this.
    pub(crate) time: Duration,
    /// How long a turn lasts at least, if that is up to a batch.
    pub(crate) turn: Duration,
}

impl Pace {
    /// For turns that last as long as they do.
    pub(crate) const fn rounds(rounds: usize) -> Self {
        Self {
            least: rounds,
            most: rounds,
            time: Duration::ZERO,
            turn: Duration::from_millis(1),
        }
    }
}

/// One turn of a contender, and what it measured.
pub(crate) type Turn<'a, T> = Box<dyn FnMut() -> Result<T> + 'a>;

/// Gives each contender a turn in every round, in a new random order: what one leaves behind for
/// the next to pay falls on each of the others alike. Returns what each measured, round by round.
pub(crate) fn interleave<T>(turns: &mut [Turn<'_, T>], pace: Pace) -> Result<Vec<Vec<T>>> {
    let mut measured: Vec<Vec<T>> = turns.iter().map(|_| Vec::new()).collect();
    let mut order: Vec<_> = (0..turns.len()).collect();
    // The same orders in every run.
    let mut random = Rng::with_seed(0);
    let start = Instant::now();
    for round in 0..pace.most {
        if round >= pace.least && start.elapsed() >= pace.time {
            break;
        }
        random.shuffle(&mut order);
        for &contender in &order {
            measured[contender].push(turns[contender]()?);
        }
    }
    Ok(measured)
}

/// How often something is done in a row, and the time divided by that.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batch(u32);

impl Batch {
    /// So many that the fastest of `turns` takes as long as a turn should.
    pub(crate) fn fitting(turns: &mut [Turn<'_, ()>], pace: Pace) -> Result<Self> {
        let mut shortest = pace.turn;
        for turn in turns {
            turn()?; // which may have to make what later ones find
            let start = Instant::now();
            turn()?;
            shortest = shortest.min(start.elapsed());
        }
        let fitting = pace.turn.as_nanos() / shortest.as_nanos().max(1);
        Ok(Self(
            u32::try_from(fitting).unwrap_or(u32::MAX).clamp(1, 1000),
        ))
    }

    /// The time that `act` takes, in seconds. The first time does not count: it pays for what the
    /// turn before has left, in the caches and in the journal of the file system.
    pub(crate) fn time(self, act: &mut dyn FnMut() -> Result<()>) -> Result<f64> {
        act()?;
        let start = Instant::now();
        for _ in 0..self.0 {
            act()?;
        }
        Ok(start.elapsed().as_secs_f64() / f64::from(self.0))
    }
}

/// The seconds that each of `acts` takes, round by round.
pub(crate) fn race(mut acts: Vec<Turn<'_, ()>>, pace: Pace) -> Result<Vec<Vec<f64>>> {
    let batch = Batch::fitting(&mut acts, pace)?;
    let turns = acts.into_iter();
    let mut turns: Vec<Turn<'_, f64>> = turns
        .map(|mut act| -> Turn<'_, f64> { Box::new(move || batch.time(&mut act)) })
        .collect();
    interleave(&mut turns, pace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    #[test]
    fn each_has_one_turn_a_round_and_none_is_always_first() {
        let happened = RefCell::new(Vec::new());
        let mut turns: Vec<Turn<'_, usize>> = (0..3)
            .map(|contender| -> Turn<'_, usize> {
                let happened = &happened;
                Box::new(move || {
                    happened.borrow_mut().push(contender);
                    Ok(contender)
                })
            })
            .collect();
        let measured = interleave(&mut turns, Pace::rounds(20)).unwrap();
        assert_eq!(measured, [vec![0; 20], vec![1; 20], vec![2; 20]]);
        for contender in 0..3 {
            let happened = happened.borrow();
            let firsts = happened.chunks(3).filter(|round| round[0] == contender);
            assert!((1..20).contains(&firsts.count()));
        }
    }

    #[test]
    fn a_batch_counts_all_but_the_first() {
        let mut times = 0;
        let mut act = || {
            times += 1;
            Ok(())
        };
        Batch(4).time(&mut act).unwrap();
        assert_eq!(times, 5);
    }

    #[test]
    fn a_contender_that_fails_ends_the_comparison() {
        let mut turns: Vec<Turn<'_, ()>> = vec![Box::new(|| anyhow::bail!("no space left"))];
        assert!(interleave(&mut turns, Pace::rounds(20)).is_err());
    }
}
