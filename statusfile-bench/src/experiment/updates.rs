//! What several processes get done that update one status, beside what one alone gets done.

use crate::child::Worker;
use crate::comparison::Comparison;
use crate::experiment::Bench;
use crate::rounds::{Turn, interleave};
use crate::saver::STATUSFILE;
use crate::state::{Size, State};
use crate::unit::Unit;
use anyhow::{Result, bail, ensure};
use statusfile::{Error, StatusFile};
use std::cell::Cell;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

pub(super) const NAME: &str = "updates";

const PROCESSES: usize = 8;

pub(super) fn run(bench: &Bench<'_>) -> Result<Vec<Comparison>> {
    let room = bench.place.room()?;
    let path = room.corner("status")?;
    let mut state = State::new(Size::SMALL);
    state.revision = 0;
    STATUSFILE.save(&path, &state)?;

    let acknowledged = Cell::new(0);
    let compete = |processes, time| {
        let work = Work::of(processes, &path, time)?;
        acknowledged.set(acknowledged.get() + work.updates);
        Ok(work)
    };
    let mut turns: [Turn<'_, Work>; 2] = [
        Box::new(|| compete(1, bench.effort.moment)),
        Box::new(|| compete(PROCESSES, bench.effort.contest)),
    ];
    let work = interleave(&mut turns, bench.effort.long_pace)?;

    let counted = StatusFile::<State>::undeclared(&path).load()?.revision;
    ensure!(
        counted == acknowledged.get(),
        "{} updates were acknowledged, and the status has {counted}",
        acknowledged.get()
    );

    let together = format!("{PROCESSES} processes");
    let compare = |case, unit, of: fn(&Work) -> f64| {
        let values = |work: &Vec<Work>| work.iter().map(of).collect();
        let names = ["1 process", &together];
        let contenders = names.into_iter().zip(work.iter().map(values));
        // One process alone has no others to wait for: only what gets done is compared.
        let skipped = usize::from(unit != Unit::PerSecond);
        bench.comparison((NAME, case, unit), contenders.skip(skipped))
    };
    Ok(vec![
        compare("updates done", Unit::PerSecond, |work| work.per_second),
        compare("longest wait", Unit::Seconds, |work| work.longest),
        compare("refused after the lock timeout", Unit::Count, |work| {
            work.refused
        }),
        compare("least that one got of its share", Unit::Share, |work| {
            work.least_share
        }),
    ])
}

/// What several processes got done. Times are in seconds.
struct Work {
    updates: u64,
    per_second: f64,
    /// Given up after the lock timeout.
    refused: f64,
    longest: f64,
    least_share: f64,
}

#[expect(clippy::cast_precision_loss, reason = "no process updates that often")]
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
        let (mut updates, mut refused) = (Vec::new(), 0.0);
        let (mut longest, mut elapsed) = (0.0_f64, 0.0_f64);
        for worker in &mut workers {
            let line = worker.line()?;
            let [done, given_up, wait, time] = line.split(' ').collect::<Vec<_>>()[..] else {
                bail!("a child said {line:?}");
            };
            updates.push(done.parse::<u64>()?);
            refused += given_up.parse::<f64>()?;
            longest = longest.max(wait.parse()?);
            elapsed = elapsed.max(time.parse()?);
        }
        let least = updates.iter().min().copied().unwrap_or(0);
        let updates: u64 = updates.iter().sum();
        Ok(Self {
            updates,
            per_second: updates as f64 / elapsed,
            refused,
            longest,
            least_share: least as f64 * processes as f64 / updates as f64,
        })
    }
}

/// Updates the status for a time, once it gets the word, and prints how many updates it did, how
/// many were refused, the longest that one took, and the time of all.
#[expect(clippy::print_stdout, reason = "this is what its parent waits for")]
pub(super) fn child(job: &[String]) -> Result<()> {
    let [path, milliseconds] = job else {
        bail!("which status, and how long?");
    };
    let time = Duration::from_millis(milliseconds.parse()?);
    let file = StatusFile::<State>::undeclared(path);
    println!("ready");
    io::stdout().flush()?;
    io::stdin().read_line(&mut String::new())?;

    let (mut updates, mut refused, mut longest) = (0, 0, Duration::ZERO);
    let start = Instant::now();
    while start.elapsed() < time {
        let begun = Instant::now();
        match file.update(|state| state.revision += 1) {
            Ok(()) => updates += 1,
            Err(Error::Locked { .. }) => refused += 1,
            Err(error) => return Err(error.into()),
        }
        longest = longest.max(begun.elapsed());
    }
    let [longest, elapsed] = [longest, start.elapsed()].map(|time| time.as_secs_f64());
    println!("{updates} {refused} {longest} {elapsed}");
    Ok(())
}
