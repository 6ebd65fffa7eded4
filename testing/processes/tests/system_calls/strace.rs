//! One actor under `strace`, which writes down its system calls and makes one of them fail.

use actors::MARKS;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

pub(crate) const ACTOR: &str = env!("CARGO_BIN_EXE_actor");

/// One system call of an operation.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) name: String,
    /// Which of the calls of this name that the process makes, from its start on.
    pub(crate) nth: usize,
    /// The call as `strace` shows it.
    pub(crate) line: String,
    /// It closes a directory that was listed.
    pub(crate) ends_listing: bool,
}

/// What an actor said of the one thing that it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    Saved(u64),
    Loaded { number: u64, skipped: usize },
    Failed { visible: bool, text: String },
}

/// An actor that does one thing.
pub(crate) struct Actor {
    process: Child,
    output: BufReader<ChildStderr>,
}

/// Why there are no faults to be had here, if so.
pub(crate) fn missing() -> Option<String> {
    let mut strace = Command::new("strace");
    strace
        .args(["-f", "-o", "/dev/null", ACTOR])
        .stdin(Stdio::null());
    match strace.output() {
        Err(error) => Some(format!("strace cannot be run: {error}")),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            let ran = said.contains("what to do?");
            (!ran).then(|| format!("strace may not trace: {}", said.trim()))
        }
    }
}

impl Actor {
    pub(crate) fn start(operation: &str, path: &Path, number: u64) -> Self {
        Self::spawn(Command::new(ACTOR), operation, path, number)
    }

    /// The same under `strace`, which writes to `log`.
    pub(crate) fn trace(log: &Path, options: &[String], job: (&str, &Path, u64)) -> Self {
        let mut strace = Command::new("strace");
        strace.args(["-f", "-y", "-qq", "-o"]).arg(log);
        strace.args(options).arg(ACTOR);
        let (operation, path, number) = job;
        Self::spawn(strace, operation, path, number)
    }

    pub(crate) fn spawn(mut command: Command, operation: &str, path: &Path, number: u64) -> Self {
        command.args(["once", operation]).arg(path);
        command.arg(number.to_string());
        command.stdin(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let output = BufReader::new(process.stderr.take().unwrap());
        Self { process, output }
    }

    /// What it said and how many descriptors it has open, or `None` if it died.
    pub(crate) fn report(&mut self) -> Option<(Report, usize)> {
        let mut text = String::new();
        loop {
            let start = text.len();
            if self.output.read_line(&mut text).unwrap() == 0 {
                assert!(text.is_empty(), "died of {text}");
                return None;
            }
            if let Ok(process) = text[start..].trim_end().parse::<u32>() {
                let open = fs::read_dir(format!("/proc/{process}/fd")).unwrap().count();
                return Some((Report::parse(text[..start].trim_end()), open));
            }
        }
    }

    /// Lets it end.
    pub(crate) fn end(mut self) {
        drop(self.process.stdin.take());
        self.process.wait().unwrap();
    }
}

impl Report {
    fn parse(text: &str) -> Self {
        let (kind, rest) = text.split_once(' ').unwrap();
        match kind {
            "saved" => Self::Saved(rest.parse().unwrap()),
            "loaded" => {
                let (number, skipped) = rest.split_once(" past ").unwrap();
                Self::Loaded {
                    number: number.parse().unwrap(),
                    skipped: skipped.parse().unwrap(),
                }
            }
            "visible" | "failed" => Self::Failed {
                visible: kind == "visible",
                text: rest.to_owned(),
            },
            _ => panic!("{text}"),
        }
    }
}

/// The calls between the marks in `log`.
pub(crate) fn calls(log: &Path) -> Vec<Call> {
    let log = fs::read_to_string(log).unwrap();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let mut listed = HashSet::new();
    let mut calls = Vec::new();
    let mut begun = false;
    for line in log.lines() {
        let Some((name, arguments)) = call(line) else {
            continue;
        };
        let nth = counts.entry(name).or_default();
        *nth += 1;
        if line.contains(MARKS[1]) {
            break;
        }
        let descriptor = arguments.split(['<', ')']).next().unwrap_or_default();
        let ends_listing = name == "close" && listed.remove(descriptor);
        if line.contains("O_DIRECTORY") {
            let opened = line.rsplit("= ").next().unwrap_or_default();
            listed.insert(opened.split('<').next().unwrap_or_default());
        }
        if begun {
            calls.push(Call {
                name: name.to_owned(),
                nth: *nth,
                line: line.to_owned(),
                ends_listing,
            });
        }
        begun |= line.contains(MARKS[0]);
    }
    assert!(begun, "no mark in {log}");
    calls
}

/// The name of the call in a line such as `123 read(3</a>, …`, and what follows it.
pub(crate) fn call(line: &str) -> Option<(&str, &str)> {
    let (_, call) = line.split_once(' ')?;
    let (name, arguments) = call.trim_start().split_once('(')?;
    let is_name = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_name.then_some((name, arguments))
}
