//! One module for each question.

mod autosave;
mod calls;
mod crowd;
mod load;
mod memory;
mod readers;
mod save;
mod threads;
mod updates;

use crate::comparison::{Comparison, Contender};
use crate::place::Place;
use crate::rounds::Pace;
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
    pub(crate) const ALL: [Self; 10] = [
        Self::alone(save::DURABLE, save::durable),
        Self::alone(save::PLAIN, save::plain),
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
    pub(crate) fn comparison(
        &self,
        (experiment, case, unit): (&str, &str, Unit),
        contenders: impl IntoIterator<Item = (String, Vec<f64>)>,
    ) -> Comparison {
        Comparison {
            file_system: self.place.file_system.clone(),
            experiment: experiment.to_owned(),
            case: case.to_owned(),
            unit,
            contenders: contenders
                .into_iter()
                .map(|(name, values)| Contender { name, values })
                .collect(),
        }
    }
}

/// How much of each experiment is done.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Effort {
    /// As much as figures take that mean something.
    Full,
    /// As little as shows that it works.
    Quick,
}

impl Effort {
    /// For what is over in a moment.
    pub(crate) fn pace(self) -> Pace {
        match self {
            Self::Full => Pace {
                least: 11,
                most: 301,
                time: Duration::from_secs(6),
                turn: Duration::from_millis(10),
            },
            Self::Quick => Pace {
                least: 3,
                most: 3,
                time: Duration::ZERO,
                turn: Duration::from_millis(1),
            },
        }
    }

    /// For turns of some seconds.
    pub(crate) fn long_pace(self) -> Pace {
        let rounds = match self {
            Self::Full => 5,
            Self::Quick => 2,
        };
        Pace {
            least: rounds,
            most: rounds,
            ..self.pace()
        }
    }

    pub(crate) fn sizes(self) -> &'static [Size] {
        match self {
            Self::Full => &Size::ALL,
            Self::Quick => &Size::ALL[..3],
        }
    }

    /// The size for which the memory is measured.
    pub(crate) fn large(self) -> Size {
        match self {
            Self::Full => Size::LARGE,
            Self::Quick => Size(2_000_000),
        }
    }

    /// How many statuses lie side by side.
    pub(crate) fn crowd(self) -> usize {
        match self {
            Self::Full => 10_000,
            Self::Quick => 300,
        }
    }

    /// A while in which one process alone does a lot.
    pub(crate) fn moment(self) -> Duration {
        match self {
            Self::Full => Duration::from_secs(2),
            Self::Quick => Duration::from_millis(100),
        }
    }

    /// How long processes are let loose on each other: longer than a save waits for the lock.
    pub(crate) fn struggle(self) -> Duration {
        match self {
            Self::Full => Duration::from_secs(12),
            Self::Quick => Duration::from_millis(300),
        }
    }
}
