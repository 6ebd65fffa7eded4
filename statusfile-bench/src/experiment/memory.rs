//! How much memory a process needs that saves a large state.

use crate::child::Worker;
use crate::comparison::Comparison;
use crate::experiment::Bench;
use crate::rounds::{Turn, interleave};
use crate::saver::{STATUSFILE, Saver, TWO_SYNCS};
use crate::state::{Size, State};
use crate::unit::Unit;
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::path::Path;

pub(super) const NAME: &str = "memory";

const SAVERS: [Saver; 2] = [TWO_SYNCS, STATUSFILE];

/// Only Linux says how much.
pub(super) fn run(bench: &Bench<'_>) -> Result<Vec<Comparison>> {
    if !cfg!(target_os = "linux") {
        return Ok(Vec::new());
    }
    let room = bench.place.room()?;
    let size = bench.effort.large;
    let mut turns: Vec<Turn<'_, Usage>> = Vec::new();
    for saver in SAVERS {
        let path = room.corner(saver.name)?;
        turns.push(Box::new(move || Usage::of(saver, &path, size)));
    }
    let usages = interleave(&mut turns, bench.effort.long_pace)?;

    let compare = |case: String, of: fn(&Usage) -> f64| {
        let values = |usages: &Vec<Usage>| usages.iter().map(of).collect();
        let names = SAVERS.iter().map(|saver| saver.name);
        let contenders = names.zip(usages.iter().map(values));
        bench.comparison((NAME, &case, Unit::Bytes), contenders)
    };
    Ok(vec![
        compare(format!("{size}, at the peak"), |usage| usage.peak),
        compare(format!("{size}, beyond the value"), |usage| {
            usage.peak - usage.value
        }),
    ])
}

/// The memory of a process, in bytes.
struct Usage {
    /// When it has its value and nothing else.
    value: f64,
    /// The most during a save.
    peak: f64,
}

impl Usage {
    fn of(saver: Saver, path: &Path, size: Size) -> Result<Self> {
        let job = [saver.name.into(), path.into(), size.0.to_string().into()];
        let line = Worker::start(NAME, job)?.line()?;
        let (value, peak) = line.split_once(' ').context("a child said too little")?;
        Ok(Self {
            value: value.parse()?,
            peak: peak.parse()?,
        })
    }
}

/// Saves twice, as the first save may be another one than those that follow, and prints what
/// the second took.
#[expect(clippy::print_stdout, reason = "this is what its parent waits for")]
pub(super) fn child(job: &[String]) -> Result<()> {
    let [saver, path, bytes] = job else {
        bail!("saved how, where, and how much?");
    };
    let (saver, path) = (Saver::named(saver)?, Path::new(path));
    let state = State::new(Size(bytes.parse()?));
    let value = kernel_says("VmRSS")?;
    saver.save(path, &state)?;
    // Forgets the highest mark so far; see proc_pid_clear_refs(5).
    fs::write("/proc/self/clear_refs", "5")?;
    saver.save(path, &state)?;
    println!("{value} {}", kernel_says("VmHWM")?);
    Ok(())
}

/// A line of `/proc/self/status`, in bytes.
fn kernel_says(key: &str) -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(key));
    let kibibytes = line.and_then(|line| line.split_whitespace().nth(1));
    let kibibytes: u64 = kibibytes.with_context(|| format!("no {key}"))?.parse()?;
    Ok(kibibytes * 1024)
}
