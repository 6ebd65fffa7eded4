//! Several processes that save at once, and what they were promised.

use crate::harness::case::{Case, Statuses};
use crate::harness::guest;
use crate::harness::ledger::Ledger;
use crate::harness::probe::Probe;
use crate::harness::writer::{SHARED, STATUSES, Task, Word};
use anyhow::{Context as _, Result, ensure};
use std::env;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How many processes save at once.
pub(crate) const WRITERS: usize = 3;
/// Longer than any storm takes to get going on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// A storm that is going on. Its writers are killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Storm {
    is_in_guest: bool,
    writers: Vec<Child>,
    listeners: Vec<JoinHandle<()>>,
    heard: Arc<Mutex<Heard>>,
}

#[derive(Debug, Default)]
struct Heard {
    ledger: Ledger,
    failures: Vec<String>,
}

/// What a storm is made of.
#[derive(Debug)]
pub(crate) struct Forecast<'a> {
    pub(crate) case: Case,
    /// Where the file system is mounted.
    pub(crate) root: &'a Path,
    /// Which storm on this file system it is.
    pub(crate) number: usize,
    pub(crate) seed: u64,
    /// Statuses of earlier storms to go on with.
    pub(crate) statuses: Vec<String>,
}

impl Storm {
    /// Starts the writers, in a guest if that has a `disk`. `position` says where the recording stands whenever
    /// one is heard.
    pub(crate) fn start(
        forecast: &Forecast<'_>,
        disk: Option<&Path>,
        position: impl Fn() -> usize + Clone + Send + 'static,
    ) -> Result<Self> {
        let mut storm = Self {
            is_in_guest: disk.is_some(),
            writers: Vec::new(),
            listeners: Vec::new(),
            heard: Arc::default(),
        };
        let commands = match disk {
            Some(disk) => vec![guest::command(disk, &guest::storm(forecast))?],
            None => writers(forecast).collect::<Result<_>>()?,
        };
        for mut command in commands {
            let mut child = command
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .spawn()
                .context("cannot start a writer")?;
            let output = child.stdout.take().context("a writer has no output")?;
            storm.writers.push(child);
            let (heard, position) = (Arc::clone(&storm.heard), position.clone());
            let listener = thread::spawn(move || listen(output, &heard, position));
            storm.listeners.push(listener);
        }
        Ok(storm)
    }

    /// Waits until `saves` saves were acknowledged.
    pub(crate) fn rage_until(&self, saves: u64) -> Result<()> {
        let start = Instant::now();
        while self.heard().ledger.saves() < saves {
            self.expect_no_failure()?;
            ensure!(start.elapsed() < PATIENCE, "a storm of {saves} saves hangs");
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    /// Fails if a save has failed up to now.
    pub(crate) fn expect_no_failure(&self) -> Result<()> {
        let failures = &self.heard().failures;
        ensure!(
            failures.is_empty(),
            "a writer failed: {}",
            failures.join("\n")
        );
        Ok(())
    }

    /// Kills the writers, and listens to the last of their words.
    pub(crate) fn kill(mut self) -> Ledger {
        self.end();
        std::mem::take(&mut self.heard().ledger)
    }

    fn end(&mut self) {
        for writer in &mut self.writers {
            if self.is_in_guest {
                guest::cut(writer);
            }
            let _ = writer.kill();
            let _ = writer.wait();
        }
        for listener in self.listeners.drain(..) {
            let _ = listener.join();
        }
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        lock(&self.heard)
    }
}

impl Drop for Storm {
    fn drop(&mut self) {
        self.end();
    }
}

fn writers(forecast: &Forecast<'_>) -> impl Iterator<Item = Result<Command>> {
    (0..WRITERS).map(|writer| {
        let own = format!("{writer}/");
        let statuses = forecast.statuses.iter();
        let task = Task {
            subject: forecast.case.subject,
            root: forecast.root.to_owned(),
            name: format!("{own}{:05}", forecast.number),
            seed: forecast.seed.wrapping_add(writer as u64),
            begins: forecast.case.statuses == Statuses::Begun,
            statuses: statuses
                .filter(|status| status.starts_with(&own))
                .cloned()
                .collect(),
        };
        let mut command = Command::new(env::current_exe()?);
        command.args(task.arguments());
        Ok(command)
    })
}

/// The whole of a storm, as it is in a guest, which never ends.
pub(crate) fn rage(forecast: &Forecast<'_>) -> Result<()> {
    let writers: Result<Vec<_>> = writers(forecast)
        .map(|command| Ok(command?.spawn()?))
        .collect();
    for mut writer in writers? {
        writer.wait()?;
    }
    Ok(())
}

/// Saves the statuses that a storm of this case goes on with, and makes sure of them.
pub(crate) fn prepare(case: Case, probe: &mut Probe, device: &Path) -> Result<Vec<String>> {
    let mut statuses = Vec::new();
    if case.statuses == Statuses::Kept {
        let own = (0..WRITERS).flat_map(|writer| (0..STATUSES).map(move |own| (writer, own)));
        statuses.extend(own.map(|(writer, own)| format!("{writer}/kept-{own}/status.toml")));
        statuses.extend(case.subject.can_share().then(|| SHARED.to_owned()));
        for status in &statuses {
            probe.save(status, 1)?;
        }
        probe.unmount()?;
        probe.mount(device)?;
    }
    Ok(statuses)
}

fn listen(output: ChildStdout, heard: &Mutex<Heard>, position: impl Fn() -> usize) {
    let mut output = BufReader::new(output);
    let mut line = String::new();
    while output.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
        let position = position();
        let mut heard = lock(heard);
        match Word::parse(&line) {
            Some(Word::Begun(status)) => heard.ledger.begin(status, position),
            Some(Word::Saved(status, number)) => {
                heard.ledger.acknowledge(status, number, position);
            }
            Some(Word::Failed(why)) => heard.failures.push(why.to_owned()),
            None => {}
        }
        line.clear();
    }
}

fn lock(heard: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}
