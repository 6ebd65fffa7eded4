//! Other processes, which are this program once more.

use anyhow::{Context as _, Result, ensure};
use std::env;
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

/// The first argument of a child. What follows is the name of an experiment, and what that one
/// gave it.
pub(crate) const MARK: &str = "child";

/// The arguments that make this program a child in `experiment`.
pub(crate) fn arguments(
    experiment: &str,
    job: impl IntoIterator<Item = OsString>,
) -> Vec<OsString> {
    [MARK.into(), experiment.into()]
        .into_iter()
        .chain(job)
        .collect()
}

pub(crate) fn program() -> Result<PathBuf> {
    env::current_exe().context("this program does not know where it is")
}

/// A child at work, killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Worker {
    process: Child,
    said: BufReader<ChildStdout>,
}

impl Worker {
    pub(crate) fn start(experiment: &str, job: impl IntoIterator<Item = OsString>) -> Result<Self> {
        let mut process = Command::new(program()?)
            .args(arguments(experiment, job))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let said = process.stdout.take().context("it has no output")?;
        Ok(Self {
            process,
            said: BufReader::new(said),
        })
    }

    /// Waits for the next line that it prints.
    pub(crate) fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.said.read_line(&mut line)?;
        ensure!(!line.is_empty(), "a child process ended early");
        Ok(line.trim_end().to_owned())
    }

    /// Gives it the word for which it waits.
    pub(crate) fn go(&mut self) -> Result<()> {
        let word = self.process.stdin.as_mut().context("it has no input")?;
        Ok(word.write_all(b"go\n")?)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
