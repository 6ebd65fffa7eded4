//! How long loads take beside a writer that never stops, and without one.

use crate::child::Worker;
use crate::comparison::Comparison;
use crate::experiment::Bench;
use crate::loader;
use crate::rounds::{Turn, interleave};
use crate::saver::{STATUSFILE, STATUSFILE_PROCESS, Saver};
use crate::state::{Size, State};
use crate::statistics::quantile;
use crate::unit::Unit;
use anyhow::{Result, bail};
use std::hint::black_box;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

pub(super) const NAME: &str = "readers";

const WRITERS: [(&str, Option<Saver>); 3] = [
    ("nobody writes", None),
    ("beside a writer", Some(STATUSFILE)),
    ("beside one that does not sync", Some(STATUSFILE_PROCESS)),
];

pub(super) fn run(bench: &Bench<'_>) -> Result<Vec<Comparison>> {
    let room = bench.place.room()?;
    let path = room.corner("status")?;
    STATUSFILE.save(&path, &State::new(Size::SMALL))?;

    let mut turns: Vec<Turn<'_, Vec<f64>>> = Vec::new();
    for (_, writer) in WRITERS {
        let (path, time) = (&path, bench.effort.moment);
        turns.push(Box::new(move || load_beside(writer, path, time)));
    }
    let seconds = interleave(&mut turns, bench.effort.long_pace)?;

    let compare = |case, part| {
        let of = |turns: &Vec<Vec<f64>>| turns.iter().map(|turn| quantile(turn, part)).collect();
        let names = WRITERS.iter().map(|(name, _)| *name);
        let contenders = names.zip(seconds.iter().map(of));
        bench.comparison((NAME, case, Unit::Seconds), contenders)
    };
    Ok(vec![compare("median", 0.5), compare("p99", 0.99)])
}

/// The seconds that each load takes. The writer is killed in the end, which a status withstands.
fn load_beside(writer: Option<Saver>, path: &Path, time: Duration) -> Result<Vec<f64>> {
    let _writer = match writer {
        Some(saver) => {
            let mut writer = Worker::start(NAME, [path.into(), saver.name.into()])?;
            writer.line()?;
            Some(writer)
        }
        None => None,
    };
    let mut seconds = Vec::new();
    let start = Instant::now();
    while start.elapsed() < time {
        let begun = Instant::now();
        black_box(loader::STATUSFILE.load(path)?);
        seconds.push(begun.elapsed().as_secs_f64());
    }
    Ok(seconds)
}

/// Saves until it is killed.
#[expect(clippy::print_stdout, reason = "this is what its parent waits for")]
pub(super) fn child(job: &[String]) -> Result<()> {
    let [path, saver] = job else {
        bail!("which status, and saved how?");
    };
    let saver = Saver::named(saver)?;
    let mut state = State::new(Size::SMALL);
    for revision in 0.. {
        state.revision = revision;
        saver.save(Path::new(path), &state)?;
        if revision == 0 {
            println!("saved");
            io::stdout().flush()?;
        }
    }
    Ok(())
}
