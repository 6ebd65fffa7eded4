//! A process of a storm: it saves until it is killed, and says so.

use crate::harness::numbered::Numbered;
use crate::harness::subject::{Found, Subject};
use anyhow::{Result, bail};
use fastrand::Rng;
use std::collections::VecDeque;
use std::io::{self, Write as _};
use std::path::PathBuf;

/// How many statuses a writer saves by turns.
pub(crate) const STATUSES: usize = 3;
/// The status that all writers count in.
pub(crate) const SHARED: &str = "shared/status.toml";

/// What a writer is given when it is started.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) subject: Subject,
    /// Where the file system is mounted.
    pub(crate) root: PathBuf,
    /// What the names of its new statuses begin with.
    pub(crate) name: String,
    pub(crate) seed: u64,
    /// Whether it begins new statuses.
    pub(crate) begins: bool,
    /// The statuses to go on with.
    pub(crate) statuses: Vec<String>,
}

impl Task {
    pub(crate) fn arguments(&self) -> Vec<String> {
        let mut arguments = vec![
            "writer".to_owned(),
            self.subject.name().to_owned(),
            self.root.display().to_string(),
            self.name.clone(),
            self.seed.to_string(),
            self.begins.to_string(),
        ];
        arguments.extend_from_slice(&self.statuses);
        arguments
    }

    pub(crate) fn parse(arguments: &[String]) -> Result<Self> {
        let [subject, root, name, seed, begins, statuses @ ..] = arguments else {
            bail!(
                "a writer needs a subject, a root, a name, a seed, and whether it begins statuses"
            );
        };
        Ok(Self {
            subject: subject.parse()?,
            root: root.into(),
            name: name.clone(),
            seed: seed.parse()?,
            begins: begins.parse()?,
            statuses: statuses.to_vec(),
        })
    }
}

/// A line of a writer.
#[derive(Debug)]
pub(crate) enum Word<'a> {
    /// The first save of this status comes next.
    Begun(&'a str),
    /// A save of this number has returned.
    Saved(&'a str, u64),
    /// A save has failed, and the writer gives up.
    Failed(&'a str),
}

impl<'a> Word<'a> {
    fn say(&self) -> io::Result<()> {
        let mut output = io::stdout().lock();
        match self {
            Self::Begun(status) => writeln!(output, "begun {status}")?,
            Self::Saved(status, number) => writeln!(output, "saved {status} {number}")?,
            Self::Failed(why) => writeln!(output, "failed {}", why.replace('\n', " "))?,
        }
        output.flush()
    }

    /// `None` for a line that a kill cut short.
    pub(crate) fn parse(line: &'a str) -> Option<Self> {
        let (word, rest) = line.strip_suffix('\n')?.split_once(' ')?;
        match word {
            "begun" => Some(Self::Begun(rest)),
            "saved" => {
                let (status, number) = rest.split_once(' ')?;
                Some(Self::Saved(status, number.parse().ok()?))
            }
            "failed" => Some(Self::Failed(rest)),
            _ => None,
        }
    }
}

/// Saves its statuses by turns, the shared one among them, and begins a new one now and then.
pub(crate) fn run(task: Task) -> Result<()> {
    match save_for_ever(task) {
        Ok(never) => match never {},
        Err(error) => Ok(Word::Failed(&format!("{error:#}")).say()?),
    }
}

enum Never {}

fn save_for_ever(task: Task) -> Result<Never> {
    let mut random = Rng::with_seed(task.seed);
    let mut statuses = VecDeque::new();
    for status in task.statuses {
        let number = match task.subject.load(&task.root.join(&status)) {
            Found::Nothing => 0,
            Found::Number(number) => {
                // What is there now was there before anything is cut off here.
                Word::Saved(&status, number).say()?;
                number
            }
            Found::Broken(why) => bail!("{status}: {why}"),
        };
        statuses.push_back((status, number));
    }
    if task.subject.can_share() {
        Word::Begun(SHARED).say()?;
    }
    for begun in 0.. {
        if task.begins {
            let status = format!("{}-{begun:04}/status.toml", task.name);
            Word::Begun(&status).say()?;
            statuses.push_back((status, 0));
            if statuses.len() > STATUSES {
                statuses.pop_front();
            }
        }
        for save in 0..random.u32(5..40) {
            if task.subject.can_share() && random.u8(0..4) == 0 {
                let number = task.subject.increment(&task.root.join(SHARED))?;
                Word::Saved(SHARED, number).say()?;
            } else {
                // The new one first: how statuses begin is worth many cuts.
                let turn = if save == 0 {
                    statuses.len() - 1
                } else {
                    random.usize(..statuses.len())
                };
                let (status, number) = &mut statuses[turn];
                *number += 1;
                task.subject
                    .save(&task.root.join(&status), &Numbered::new(*number))?;
                Word::Saved(status, *number).say()?;
            }
        }
    }
    bail!("all numbers are used up")
}
