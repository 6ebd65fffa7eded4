//! Which system calls a save and a load make, once everything is in place.

use crate::child;
use crate::comparison::Comparison;
use crate::experiment::Bench;
use crate::loader::Loader;
use crate::place::Room;
use crate::saver::{STATUSFILE, SYNCING, Saver};
use crate::state::{Size, State};
use crate::unit::Unit;
use anyhow::{Context as _, Result, bail};
use std::ffi::OsString;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;

pub(super) const NAME: &str = "calls";

/// A path that does not exist. Asking for it shows where an operation begins.
const MARK: &str = "/statusfile-bench-mark";
/// Before these, everything is made that later ones find.
const WARM_UP: usize = 3;
const TIMES: usize = 5;

pub(super) fn run(bench: &Bench<'_>) -> Result<Vec<Comparison>> {
    if !may_trace() {
        return Ok(Vec::new());
    }
    let room = Room::of_an_ordinary_user()?;
    let mut comparisons = Vec::new();
    let operations = [
        ("save", SYNCING.map(|saver| saver.name).to_vec()),
        ("load", Loader::ALL.map(|loader| loader.name).to_vec()),
    ];
    for (operation, names) in operations {
        let mut contenders = Vec::new();
        for name in names {
            let calls = trace(&room, operation, name)?;
            #[expect(
                clippy::cast_precision_loss,
                reason = "there are no such numbers of calls"
            )]
            let counts = calls.iter().map(|calls| calls.len() as f64).collect();
            if name == STATUSFILE.name {
                let list = calls.last().context("nothing was traced")?.join("\n");
                fs::write(bench.out.join(format!("{operation}.calls")), list)?;
            }
            contenders.push((name, counts));
        }
        comparisons.push(bench.comparison((NAME, operation, Unit::Count), contenders));
    }
    Ok(comparisons)
}

fn may_trace() -> bool {
    let traced = Command::new("strace")
        .args(["-o", "/dev/null", "true"])
        .output();
    traced.is_ok_and(|output| output.status.success())
}

/// The calls of each time.
fn trace(room: &Room, operation: &str, name: &str) -> Result<Vec<Vec<String>>> {
    let path = room.corner(&format!("{operation} {name}"))?;
    let log = path.with_extension("log");
    let user = room.user();
    let job: [OsString; 3] = [operation.into(), name.into(), path.as_path().into()];
    let output = Command::new("strace")
        .args(["-qq", "-y", "-s", "16", "-o"])
        .arg(&log)
        .args(user)
        .arg(child::program()?)
        .args(child::arguments(NAME, job))
        .output()?;
    if !output.status.success() {
        bail!("strace: {}", String::from_utf8_lossy(&output.stderr));
    }
    let directory = path.parent().context("a file lies in a directory")?;
    Ok(between_marks(&fs::read_to_string(log)?, directory))
}

/// Does the operation some times, with a mark before each and after the last.
pub(super) fn child(job: &[String]) -> Result<()> {
    let [operation, name, path] = job else {
        bail!("what is done, how, and where?");
    };
    let path = Path::new(path);
    let mut state = State::new(Size::SMALL);
    let mut act: Box<dyn FnMut() -> Result<()>> = if operation == "save" {
        let saver = Saver::named(name)?;
        Box::new(move || {
            state.revision += 1;
            saver.save(path, &state)
        })
    } else {
        let loader = Loader::named(name)?;
        loader.saver.save(path, &state)?;
        Box::new(move || {
            black_box(loader.load(path)?);
            Ok(())
        })
    };
    for _ in 0..WARM_UP {
        act()?;
    }
    for _ in 0..TIMES {
        mark();
        act()?;
    }
    mark();
    Ok(())
}

fn mark() {
    let _ = fs::metadata(MARK);
}

/// The lines of `log` from mark to mark, with paths as they are seen from `directory`.
fn between_marks(log: &str, directory: &Path) -> Vec<Vec<String>> {
    let prefix = format!("{}/", directory.display());
    let lines: Vec<_> = log.lines().collect();
    let mut between: Vec<Vec<String>> = lines
        .split(|line| line.contains(MARK))
        .map(|lines| lines.iter().map(|line| line.replace(&prefix, "")).collect())
        .collect();
    // Before the first mark and after the last.
    between.pop();
    between.drain(..between.len().min(1));
    between
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_between_two_marks_is_one_time() {
        let log = format!(
            "execve(\"bench\") = 0\n\
             stat(\"{MARK}\") = -1\n\
             openat(AT_FDCWD</>, \"/tmp/a/state.toml\") = 3</tmp/a/state.toml>\n\
             close(3</tmp/a/state.toml>) = 0\n\
             stat(\"{MARK}\") = -1\n\
             stat(\"{MARK}\") = -1\n\
             exit_group(0) = ?\n"
        );
        let calls = between_marks(&log, Path::new("/tmp/a"));
        assert_eq!(calls.len(), 2);
        assert_eq!(calls[0][1], "close(3<state.toml>) = 0");
        assert!(calls[1].is_empty());
        assert!(between_marks("", Path::new("/")).is_empty());
    }
}
