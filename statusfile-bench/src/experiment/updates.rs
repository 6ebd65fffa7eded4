//! What several processes get done that update one status, beside what one alone gets done.

use crate::child::Worker;
use crate::comparison::Comparison;
use crate::experiment::Bench;
use crate::rounds::{Turn, interleave};
use crate::saver::Saver;
use crate::state::{Size, State};
use crate::unit::Unit;
use anyhow::{Context as _, Result, bail, ensure};
use statusfile::{Error, StatusFile};
use std::cell::Cell;
use std::io::{self, Write as _};
use std::path::Path;
use std::str::FromStr;
use std::time::{Duration, Instant};

pub(super) const NAME: &str = "updates";

const PROCESSES: usize = 8;

pub(super) fn run(bench: &Bench<'_>) -> Result<Vec<Comparison>> {
    let room = bench.place.room()?;
    let path = room.corner("status")?;
    let mut state = State::new(Size::SMALL);
    state.revision = 0;
    Saver::Statusfile.save(&path, &state)?;

    let acknowledged = Cell::new(0);
    let let_loose = |processes, time| {
        let work = Work::of(processes, &path, time)?;
        acknowledged.set(acknowledged.get() + work.updates);
        Ok(work)
    };
    let mut turns: [Turn<'_, Work>; 2] = [
        Box::new(|| let_loose(1, bench.effort.moment())),
        Box::new(|| let_loose(PROCESSES, bench.effort.struggle())),
    ];
    let work = interleave(&mut turns, bench.effort.long_pace())?;

    let counted = StatusFile::<State>::at(&path).load()?.revision;
    ensure!(
        counted == acknowledged.get(),
        "{} updates were acknowledged, and the status has {counted}",
        acknowledged.get()
    );

    let [alone, together] = &work[..] else {
        bail!("someone had no turn");
    };
    let names = ["1 process".to_owned(), format!("{PROCESSES} processes")];
    let rates = [alone, together].map(|work| each(work, Work::rate));
    let fact = |case, unit, of: fn(&Work) -> f64| {
        let contender = (names[1].clone(), each(together, of));
        bench.comparison((NAME, case, unit), [contender])
    };
    let facts = [
        fact("longest wait", Unit::Seconds, |work| {
            work.longest.as_secs_f64()
        }),
        fact("refused after the lock timeout", Unit::Count, |work| {
            work.refused.into()
        }),
        fact("least that one got of its share", Unit::Share, |work| {
            work.least_share
        }),
    ];
    let done = names.clone().into_iter().zip(rates);
    let done = bench.comparison((NAME, "updates done", Unit::PerSecond), done);
    Ok([done].into_iter().chain(facts).collect())
}

fn each(work: &[Work], of: impl Fn(&Work) -> f64) -> Vec<f64> {
    work.iter().map(of).collect()
}

/// What several processes got done.
struct Work {
    updates: u64,
    refused: u32,
    longest: Duration,
    elapsed: Duration,
    least_share: f64,
}

#[expect(clippy::cast_precision_loss, reason = "nobody updates that often")]
impl Work {
    fn of(processes: usize, path: &Path, time: Duration) -> Result<Self> {
        let job = || [path.into(), time.as_millis().to_string().into()];
        let mut workers = (0..processes)
            .map(|_| Worker::start(NAME, job()))
            .collect::<Result<Vec<_>>>()?;
        for worker in &mut workers {
            worker.line()?;
        }
        for worker in &mut workers {
            worker.go()?;
        }
        let shares = workers
            .iter_mut()
            .map(|worker| worker.line()?.parse())
            .collect::<Result<Vec<Share>>>()?;

        let most = |of: fn(&Share) -> Duration| shares.iter().map(of).max().unwrap_or_default();
        let updates = shares.iter().map(|share| share.updates).sum();
        let least = shares.iter().map(|share| share.updates).min().unwrap_or(0);
        Ok(Self {
            updates,
            refused: shares.iter().map(|share| share.refused).sum(),
            longest: most(|share| share.longest),
            elapsed: most(|share| share.elapsed),
            least_share: least as f64 * processes as f64 / updates as f64,
        })
    }

    fn rate(&self) -> f64 {
        self.updates as f64 / self.elapsed.as_secs_f64()
    }
}

/// What one of them got done.
#[derive(Debug, Default, PartialEq)]
struct Share {
    updates: u64,
    /// Given up after the lock timeout.
    refused: u32,
    longest: Duration,
    elapsed: Duration,
}

/// Updates the status for a time, once it gets the word.
#[expect(clippy::print_stdout, reason = "this is what its parent waits for")]
pub(super) fn child(job: &[String]) -> Result<()> {
    let [path, milliseconds] = job else {
        bail!("which status, and how long?");
    };
    let time = Duration::from_millis(milliseconds.parse()?);
    let file = StatusFile::<State>::at(path);
    println!("ready");
    io::stdout().flush()?;
    io::stdin().read_line(&mut String::new())?;

    let mut share = Share::default();
    let start = Instant::now();
    while start.elapsed() < time {
        let begun = Instant::now();
        match file.update(|state| state.revision += 1) {
            Ok(()) => share.updates += 1,
            Err(Error::Locked { .. }) => share.refused += 1,
            Err(error) => return Err(error.into()),
        }
        share.longest = share.longest.max(begun.elapsed());
    }
    share.elapsed = start.elapsed();
    println!("{}", share.to_line());
    Ok(())
}

impl Share {
    fn to_line(&self) -> String {
        let [longest, elapsed] = [self.longest, self.elapsed].map(|time| time.as_nanos());
        format!("{} {} {longest} {elapsed}", self.updates, self.refused)
    }
}

impl FromStr for Share {
    type Err = anyhow::Error;

    fn from_str(line: &str) -> Result<Self> {
        let mut fields = line.split(' ');
        let mut field = || fields.next().context("too few numbers from a child");
        Ok(Self {
            updates: field()?.parse()?,
            refused: field()?.parse()?,
            longest: Duration::from_nanos(field()?.parse()?),
            elapsed: Duration::from_nanos(field()?.parse()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_understood() {
        let share = Share {
            updates: 812,
            refused: 1,
            longest: Duration::from_millis(31),
            elapsed: Duration::from_secs(2),
        };
        assert_eq!(share.to_line().parse::<Share>().unwrap(), share);
    }
}
