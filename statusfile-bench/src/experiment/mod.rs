//! One module for each question.

mod autosave;
mod calls;
mod crowd;
mod load;
mod memory;
mod proof;
mod readers;
mod save;
mod threads;
mod updates;

use crate::comparison::{Comparison, Contender};
use crate::place::Place;
use crate::rounds::{self, Pace, Turn};
use crate::state::Size;
use crate::unit::Unit;
use anyhow::{Result, bail};
use std::path::Path;
use std::time::Duration;

type Run = fn(&Bench<'_>) -> Result<Vec<Comparison>>;
type Child = fn(&[String]) -> Result<()>;

/// A question, and how it is answered.
#[derive(Clone, Copy)]
pub(crate) struct Experiment {
    pub(crate) name: &'static str,
    pub(crate) run: Run,
    /// What a child process does for it.
    child: Option<Child>,
}

impl Experiment {
    pub(crate) const ALL: [Self; 12] = [
        Self::alone(save::DURABLE, save::durable),
        Self::alone(save::UNSYNCED, save::unsynced),
        Self::alone(proof::DURABLE, proof::durable),
        Self::alone(proof::UNSYNCED, proof::unsynced),
        Self::alone(load::NAME, load::run),
        Self::alone(crowd::NAME, crowd::run),
        Self::alone(threads::NAME, threads::run),
        Self::alone(autosave::NAME, autosave::run),
        Self::with_children(updates::NAME, updates::run, updates::child),
        Self::with_children(readers::NAME, readers::run, readers::child),
        Self::with_children(memory::NAME, memory::run, memory::child),
        Self::with_children(calls::NAME, calls::run, calls::child),
    ];

    const fn alone(name: &'static str, run: Run) -> Self {
        Self {
            name,
            run,
            child: None,
        }
    }

    const fn with_children(name: &'static str, run: Run, child: Child) -> Self {
        Self {
            name,
            run,
            child: Some(child),
        }
    }

    /// Does what a child process was started for.
    pub(crate) fn be_child(arguments: &[String]) -> Result<()> {
        let [name, job @ ..] = arguments else {
            bail!("a child of what?");
        };
        let experiment = Self::ALL.into_iter().find(|one| one.name == name);
        match experiment.and_then(|one| one.child) {
            Some(child) => child(job),
            None => bail!("{name} has no children"),
        }
    }
}

/// Where an experiment is done, and how much of it.
pub(crate) struct Bench<'a> {
    pub(crate) place: Place,
    /// Where it leaves what is no comparison.
    pub(crate) out: &'a Path,
    pub(crate) effort: Effort,
}

impl Bench<'_> {
    /// What was measured here: of each contender its values, round by round.
    fn comparison(
        &self,
        (experiment, case, unit): (&str, &str, Unit),
        contenders: impl IntoIterator<Item = (impl Into<String>, Vec<f64>)>,
    ) -> Comparison {
        let contenders = contenders.into_iter().map(|(name, values)| Contender {
            name: name.into(),
            values,
        });
        Comparison {
            file_system: self.place.file_system.clone(),
            experiment: experiment.to_owned(),
            case: case.to_owned(),
            unit,
            contenders: contenders.collect(),
        }
    }

    /// How long each of some contenders takes for its act.
    fn race(
        &self,
        (experiment, case): (&str, &str),
        contenders: Vec<(&str, Turn<'_, ()>)>,
    ) -> Result<Comparison> {
        let (names, acts): (Vec<_>, _) = contenders.into_iter().unzip();
        let seconds = rounds::race(acts, self.effort.pace)?;
        let case = (experiment, case, Unit::Seconds);
        Ok(self.comparison(case, names.into_iter().zip(seconds)))
    }
}

/// How much of each experiment is done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    /// For what is over in a moment.
    pace: Pace,
    /// For turns of some seconds.
    long_pace: Pace,
    sizes: &'static [Size],
    /// The size for which the memory is measured.
    large: Size,
    /// How many statuses lie side by side.
    pub(crate) crowd: usize,
    /// A while in which one process alone does a lot.
    moment: Duration,
    /// How long processes compete: longer than a save waits for the lock.
    contest: Duration,
}

impl Effort {
    /// As much as figures take that mean something.
    pub(crate) const FULL: Self = Self {
        pace: Pace {
            least: 11,
            most: 301,
            time: Duration::from_secs(6),
            turn: Duration::from_millis(10),
        },
        long_pace: Pace::rounds(5),
        sizes: &Size::ALL,
        large: Size::LARGE,
        crowd: 10_000,
        moment: Duration::from_secs(2),
        contest: Duration::from_secs(12),
    };

    /// As little as shows that it works.
    pub(crate) const QUICK: Self = Self {
        pace: Pace::rounds(3),
        long_pace: Pace::rounds(2),
        sizes: Size::ALL.split_at(3).0,
        large: Size(2_000_000),
        crowd: 300,
        moment: Duration::from_millis(100),
        contest: Duration::from_millis(300),
    };
}
