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
    let Command {
        experiments,
        effort,
    } = Command::parse(&arguments)?;
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

struct Command {
    experiments: Vec<Experiment>,
    effort: Effort,
}

impl Command {
    /// `cargo bench` says `--bench`. What else runs a benchmark wants to know whether it works.
    fn parse(arguments: &[String]) -> Result<Self> {
        let says = |flag: &str| arguments.iter().any(|argument| argument == flag);
        let effort = if says("--bench") && !says("--quick") {
            Effort::Full
        } else {
            Effort::Quick
        };
        let is_flag = |argument: &&String| argument.starts_with('-');
        let known = ["--bench", "--quick", "--test"];
        let unknown = arguments.iter().filter(is_flag);
        let unknown: Vec<_> = unknown
            .filter(|flag| !known.contains(&flag.as_str()))
            .collect();
        ensure!(
            unknown.is_empty(),
            "{unknown:?}? There is --quick, and names of experiments"
        );

        let wanted: Vec<_> = arguments.iter().filter(|it| !is_flag(it)).collect();
        let is_wanted = |experiment: &Experiment| {
            wanted.is_empty()
                || wanted
                    .iter()
                    .any(|part| experiment.name.contains(part.as_str()))
        };
        let experiments: Vec<_> = Experiment::ALL.into_iter().filter(is_wanted).collect();
        ensure!(
            !experiments.is_empty(),
            "no experiment is called that; there are {}",
            Experiment::ALL.map(|experiment| experiment.name).join(", ")
        );
        Ok(Self {
            experiments,
            effort,
        })
    }
}

fn path_in(variable: &str) -> Option<PathBuf> {
    env::var_os(variable)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<(Vec<&'static str>, bool)> {
        let arguments: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
        let command = Command::parse(&arguments)?;
        let names = command.experiments.iter().map(|experiment| experiment.name);
        Ok((names.collect(), matches!(command.effort, Effort::Full)))
    }

    #[test]
    fn names_choose_and_nothing_chooses_all() {
        assert_eq!(parse("--bench").unwrap().0.len(), Experiment::ALL.len());
        assert_eq!(
            parse("--bench save").unwrap().0,
            ["durable save", "plain save", "autosave"]
        );
        assert!(parse("--bench tea").is_err());
        assert!(parse("--slow").is_err());
    }

    #[test]
    fn only_cargo_bench_takes_its_time() {
        assert!(parse("--bench load").unwrap().1);
        assert!(!parse("--bench load --quick").unwrap().1);
        assert!(!parse("load").unwrap().1);
    }
}
