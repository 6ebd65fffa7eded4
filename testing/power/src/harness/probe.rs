//! The process that goes into the file system under test: it mounts, loads, saves and unmounts.
//!
//! The harness itself must not, as it serves the disk below: were it killed while it waits for
//! that disk, it would wait forever.

use crate::harness::case::Case;
use crate::harness::file_system::{FileSystem, unmount_from};
use crate::harness::guest;
use crate::harness::numbered::Numbered;
use crate::harness::subject::{Found, Subject};
use anyhow::{Context as _, Result, bail, ensure};
use std::env;
use std::fmt;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The harness's end of the probe.
#[derive(Debug)]
pub(crate) struct Probe {
    process: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    is_in_guest: bool,
}

impl Probe {
    /// Starts one here, or in a guest that has a `disk`.
    pub(crate) fn start(case: Case, root: &Path, disk: Option<&Path>) -> Result<Self> {
        let root = root.display().to_string();
        let job = ["probe", case.subject.name(), case.file_system.name(), &root];
        let job = job.map(str::to_owned);
        let mut command = if let Some(disk) = disk {
            guest::command(disk, &job)?
        } else {
            let mut command = Command::new(env::current_exe()?);
            command.args(job);
            command
        };
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the probe")?;
        let answers = process.stdout.take().context("the probe has no output")?;
        let mut probe = Self {
            orders: process.stdin.take(),
            process,
            answers: BufReader::new(answers),
            is_in_guest: disk.is_some(),
        };
        if probe.is_in_guest {
            let mut line = String::new();
            while line.trim_end() != guest::READY {
                line.clear();
                let bytes = probe.answers.read_line(&mut line)?;
                ensure!(bytes > 0, "the guest does not come up");
            }
        }
        Ok(probe)
    }

    pub(crate) fn mount(&mut self, device: &Path) -> Result<()> {
        self.order(&format!("mount {}", device.display())).map(drop)
    }

    pub(crate) fn unmount(&mut self) -> Result<()> {
        self.order("unmount").map(drop)
    }

    pub(crate) fn load(&mut self, status: &str) -> Result<Found> {
        let answer = self.order(&format!("load {status}"))?;
        Found::parse(&answer)
    }

    /// What the file at the path holds, if that is not all that a load looks at.
    pub(crate) fn at_path(&mut self, status: &str) -> Result<Option<Found>> {
        match self.order(&format!("read {status}"))?.as_str() {
            "the same" => Ok(None),
            answer => Found::parse(answer).map(Some),
        }
    }

    pub(crate) fn save(&mut self, status: &str, number: u64) -> Result<()> {
        self.order(&format!("save {status} {number}")).map(drop)
    }

    /// Removes a status and its directory.
    pub(crate) fn remove(&mut self, status: &str) -> Result<()> {
        self.order(&format!("remove {status}")).map(drop)
    }

    fn order(&mut self, order: &str) -> Result<String> {
        let orders = self.orders.as_mut().context("the probe has no input")?;
        writeln!(orders, "{order}").context("the probe is dead")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        let answer = answer.strip_suffix('\n').context("the probe died")?;
        match answer.strip_prefix("failed ") {
            Some(why) => bail!("{why}"),
            None => Ok(answer.to_owned()),
        }
    }
}

impl Drop for Probe {
    /// Lets it unmount what it has mounted, and end.
    fn drop(&mut self) {
        self.orders = None;
        if self.is_in_guest {
            guest::cut(&self.process);
        }
        let _ = self.process.wait();
    }
}

/// The probe's end of it.
struct Inside {
    subject: Subject,
    file_system: FileSystem,
    root: PathBuf,
}

/// Takes orders, a line each, until there are no more.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let [subject, file_system, root] = arguments else {
        bail!("a probe needs a subject, a file system and a root");
    };
    fs::create_dir_all(root)?;
    let inside = Inside {
        subject: subject.parse()?,
        file_system: file_system.parse()?,
        root: root.into(),
    };
    for order in io::stdin().lock().lines() {
        let answer = match inside.obey(&order?) {
            Ok(answer) => answer,
            Err(error) => format!("failed {error:#}"),
        };
        let mut output = io::stdout().lock();
        writeln!(output, "{}", answer.replace('\n', " "))?;
        output.flush()?;
    }
    // Mostly nothing is mounted any more.
    let _ = unmount_from(&inside.root);
    Ok(())
}

impl Found {
    fn parse(answer: &str) -> Result<Self> {
        match answer.split_once(' ') {
            None => Ok(Self::Nothing),
            Some(("number", number)) => Ok(Self::Number(number.parse()?)),
            Some((_, why)) => Ok(Self::Broken(why.to_owned())),
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::Number(number) => write!(f, "number {number}"),
            Self::Broken(why) => write!(f, "broken {why}"),
        }
    }
}

impl Inside {
    fn obey(&self, order: &str) -> Result<String> {
        match order.split(' ').collect::<Vec<_>>()[..] {
            ["mount", device] => self.file_system.mount(Path::new(device), &self.root)?,
            ["unmount"] => unmount_from(&self.root)?,
            ["load", status] => {
                return Ok(self.subject.load(&self.root.join(status)).to_string());
            }
            ["read", status] => {
                let found = self.subject.at_path(&self.root.join(status));
                return Ok(found.map_or_else(|| "the same".to_owned(), |found| found.to_string()));
            }
            ["save", status, number] => self.save(&self.root.join(status), number.parse()?)?,
            ["remove", status] => {
                let path = self.root.join(status);
                fs::remove_dir_all(path.parent().context("a status is in a directory")?)?;
            }
            _ => bail!("what is {order:?}?"),
        }
        Ok("done".to_owned())
    }

    fn save(&self, path: &Path, number: u64) -> Result<()> {
        self.subject.save(path, &Numbered::new(number))?;
        let found = self.subject.load(path);
        ensure!(
            found == Found::Number(number),
            "saved {number}, and loaded {found:?}"
        );
        Ok(())
    }
}
