//! What the command line asks for.

use crate::child;
use crate::experiment::{Bench, Effort, Experiment};
use crate::place::Place;
use crate::report;
use anyhow::{Context as _, Result, ensure};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Does what the command line says, in this process's part of it. Without `BENCH_DIR` the
/// contenders work below `directory`, and without `BENCH_OUT` the figures go there.
///
/// # Errors
///
/// Whatever keeps a contender from doing its work, and an update that was lost.
#[expect(clippy::print_stdout, reason = "a program talks to its user")]
pub fn run(directory: &Path) -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [mark, child @ ..] = &arguments[..] {
        if mark == child::MARK {
            return Experiment::be_child(child);
        }
    }
    let (experiments, effort) = parse(&arguments)?;
    let out = path_in("BENCH_OUT").unwrap_or_else(|| directory.join("figures"));
    fs::create_dir_all(&out)?;
    let bench = Bench {
        place: Place::below(&path_in("BENCH_DIR").unwrap_or_else(|| directory.to_owned()))?,
        out: &out,
        effort,
    };
    for experiment in experiments {
        let comparisons =
            (experiment.run)(&bench).with_context(|| format!("in {:?}", experiment.name))?;
        if comparisons.is_empty() {
            println!("{}: not here\n", experiment.name);
        } else {
            println!("{}\n\n{}", experiment.name, report::table(&comparisons));
        }
        report::keep(&out, &comparisons)?;
    }
    println!("the figures are in {}", out.display());
    Ok(())
}

/// `cargo bench` says `--bench`. What else runs a benchmark wants to know whether it works.
fn parse(arguments: &[String]) -> Result<(Vec<Experiment>, Effort)> {
    let (flags, wanted): (Vec<&str>, Vec<&str>) = arguments
        .iter()
        .map(String::as_str)
        .partition(|argument| argument.starts_with('-'));
    for flag in &flags {
        ensure!(
            ["--bench", "--quick", "--test"].contains(flag),
            "{flag}? There is --quick, and names of experiments"
        );
    }
    let is_wanted = |experiment: &Experiment| {
        wanted.is_empty() || wanted.iter().any(|part| experiment.name.contains(part))
    };
    let experiments: Vec<_> = Experiment::ALL.into_iter().filter(is_wanted).collect();
    ensure!(
        !experiments.is_empty(),
        "no experiment is called that; there are {}",
        Experiment::ALL.map(|experiment| experiment.name).join(", ")
    );
    let is_full = flags.contains(&"--bench") && !flags.contains(&"--quick");
    let effort = if is_full { Effort::FULL } else { Effort::QUICK };
    Ok((experiments, effort))
}

fn path_in(variable: &str) -> Option<PathBuf> {
    env::var_os(variable)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<(Vec<&'static str>, bool)> {
        let arguments: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
        let (experiments, effort) = parse(&arguments)?;
        let names = experiments.iter().map(|experiment| experiment.name);
        Ok((names.collect(), effort.crowd == Effort::FULL.crowd))
    }

    #[test]
    fn names_choose_and_nothing_chooses_all() {
        assert_eq!(parsed("--bench").unwrap().0.len(), Experiment::ALL.len());
        assert_eq!(
            parsed("--bench save").unwrap().0,
            ["durable save", "plain save", "autosave"]
        );
        assert!(parsed("--bench tea").is_err());
        assert!(parsed("--slow").is_err());
    }

    #[test]
    fn only_cargo_bench_takes_its_time() {
        assert!(parsed("--bench load").unwrap().1);
        assert!(!parsed("--bench load --quick").unwrap().1);
        assert!(!parsed("load").unwrap().1);
    }
}
