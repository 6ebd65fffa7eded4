//! The targets, and whether they are met.

use crate::comparison::Comparison;
use crate::report::DISKS;
use crate::report::table::Table;
use crate::saver::Saver;
use crate::statistics::{median, quantile};

const MEMORY: &[&str] = &["tmpfs"];

const OURS: &str = "statusfile";

/// What is wanted of a contender in some cases of an experiment.
struct Goal {
    experiment: &'static str,
    cases: &'static [&'static str],
    contender: &'static str,
    /// Nothing for every one that was measured.
    file_systems: &'static [&'static str],
    wanted: Wanted,
}

enum Wanted {
    /// The ratio of the medians.
    AtMostTimes(f64, &'static str),
    AtLeastTimes(f64, &'static str),
    /// As fast as the fastest other one that survives a power cut, or as good as that.
    NotBehind,
    /// The highest value of all.
    AtMost(f64),
    /// The median.
    AtMostMoreThan(f64, &'static str),
}

use Wanted::{AtLeastTimes, AtMost, AtMostMoreThan, AtMostTimes, NotBehind};

/// Two that are so close may change places in the next run.
const TIE: f64 = 1.02;

const FLOOR: &str = "std, two flushes";
const RENAMED: &str = "std, renamed";
const READ_AND_DECODE: &str = "read + toml::from_str";

const GOALS: [Goal; 17] = [
    goal("durable save", &["300 B", "2 KB"], AtMostTimes(1.1, FLOOR)).on(DISKS),
    goal("durable save", &["300 B", "2 KB"], NotBehind).on(DISKS),
    goal("plain save", &["300 B", "2 KB"], AtMostTimes(2.0, RENAMED)).on(MEMORY),
    goal("calls", &["save"], AtMost(25.0)),
    goal("load", &["300 B"], AtMostTimes(1.5, READ_AND_DECODE)),
    goal("load", &["200 KB"], AtMostTimes(1.05, READ_AND_DECODE)),
    goal("durable save", &["20 MB"], AtMostTimes(1.1, FLOOR)),
    goal("memory", &["20 MB, at the peak"], AtMostTimes(1.5, FLOOR)),
    goal("crowd", &["save", "load"], AtMostTimes(1.1, "alone")).of("one of the crowd"),
    goal("threads", &["saves done"], AtLeastTimes(8.0, "1 thread"))
        .of("32 threads")
        .on(DISKS),
    goal("autosave", &["a change in memory"], AtMost(1e-6)),
    goal("updates", &["updates done"], AtLeastTimes(0.9, "1 process")).of("8 processes"),
    goal("updates", &["longest wait"], AtMost(10.0)).of("8 processes"),
    goal("readers", &["p99"], AtMostTimes(2.0, "nobody writes")).of("beside a writer"),
    goal("readers", &["p99"], AtMostTimes(2.0, "nobody writes"))
        .of("beside one that does not flush"),
    goal("build", &["clean build"], AtMostTimes(1.2, "confy")),
    goal("build", &["crates"], AtMostMoreThan(5.0, "confy")),
];

const fn goal(experiment: &'static str, cases: &'static [&'static str], wanted: Wanted) -> Goal {
    Goal {
        experiment,
        cases,
        wanted,
        contender: OURS,
        file_systems: &[],
    }
}

/// A row for each case of each goal: what is wanted, what was found, and whether that will do.
pub(crate) fn table(comparisons: &[Comparison]) -> Table {
    let mut table = Table::new(["", "", "target", "measured", ""]);
    for goal in &GOALS {
        for case in goal.cases {
            let findings: Vec<_> = comparisons
                .iter()
                .filter(|comparison| goal.is_about(comparison) && comparison.case == *case)
                .filter_map(|comparison| goal.find(comparison))
                .collect();
            let measured: Vec<_> = findings.iter().map(|found| found.words.as_str()).collect();
            table.push([
                goal.experiment.to_owned(),
                goal.what(case),
                goal.words(comparisons, case),
                measured.join("; "),
                verdict(&findings),
            ]);
        }
    }
    table
}

/// What a comparison says about a goal.
struct Finding {
    file_system: String,
    words: String,
    met: bool,
}

fn verdict(findings: &[Finding]) -> String {
    let missed = findings.iter().filter(|found| !found.met);
    let missed: Vec<_> = missed.map(|found| found.file_system.as_str()).collect();
    match (findings.is_empty(), missed.len()) {
        (true, _) => "not measured".to_owned(),
        (_, 0) => "met".to_owned(),
        (_, all) if all == findings.len() => "**not met**".to_owned(),
        _ => format!("**not met** on {}", missed.join(", ")),
    }
}

impl Goal {
    const fn on(self, file_systems: &'static [&'static str]) -> Self {
        Self {
            file_systems,
            ..self
        }
    }

    const fn of(self, contender: &'static str) -> Self {
        Self { contender, ..self }
    }

    fn is_about(&self, comparison: &Comparison) -> bool {
        comparison.experiment == self.experiment
            && (self.file_systems.is_empty()
                || self.file_systems.contains(&comparison.file_system.as_str()))
    }

    fn what(&self, case: &str) -> String {
        match self.contender {
            OURS => case.to_owned(),
            contender => format!("{case}, {contender}"),
        }
    }

    fn words(&self, comparisons: &[Comparison], case: &str) -> String {
        let unit = comparisons
            .iter()
            .find(|comparison| self.is_about(comparison) && comparison.case == case)
            .map(|comparison| comparison.unit);
        let show = |most| unit.map_or_else(|| format!("{most}"), |unit| unit.show(most));
        match self.wanted {
            AtMostTimes(times, reference) => format!("at most {times:.2} × {reference}"),
            AtLeastTimes(times, reference) => format!("at least {times:.2} × {reference}"),
            NotBehind => "not behind any other that is durable".to_owned(),
            AtMost(most) => format!("at most {}", show(most)),
            AtMostMoreThan(more, reference) => {
                format!("{reference}'s and at most {} more", show(more))
            }
        }
    }

    fn find(&self, comparison: &Comparison) -> Option<Finding> {
        let values = &comparison.contender(self.contender)?.values;
        let ratio = |reference| comparison.ratio(self.contender, reference);
        let show = |value| comparison.unit.show(value);
        let (words, met) = match self.wanted {
            AtMostTimes(times, reference) => {
                let ratio = as_shown(ratio(reference)?.of_medians);
                (format!("{ratio:.2}"), ratio <= times)
            }
            AtLeastTimes(times, reference) => {
                let ratio = as_shown(ratio(reference)?.of_medians);
                (format!("{ratio:.2}"), ratio >= times)
            }
            NotBehind => {
                let fastest = fastest_other(comparison)?;
                let ratio = ratio(fastest)?;
                let words = format!("{:.2} × {fastest}", ratio.of_medians);
                (words, as_shown(ratio.of_medians) <= TIE)
            }
            AtMost(most) => {
                let highest = quantile(values, 1.0);
                (show(highest), highest <= most)
            }
            AtMostMoreThan(more, reference) => {
                let (value, reference) = (median(values), comparison.median(reference)?);
                let words = format!("{} and {}", show(value), show(reference));
                (words, value <= reference + more)
            }
        };
        let file_system = comparison.file_system.clone();
        let words = format!("{file_system} {words}").trim_start().to_owned();
        Some(Finding {
            file_system,
            words,
            met,
        })
    }
}

/// What is shown as 1.10 is 1.10.
fn as_shown(ratio: f64) -> f64 {
    (ratio * 100.0).round() / 100.0
}

/// Of those that survive a power cut and are neither ours nor the floor.
fn fastest_other(comparison: &Comparison) -> Option<&'static str> {
    let others = Saver::ALL.into_iter().filter(|saver| {
        saver.is_durable() && !matches!(saver, Saver::Statusfile | Saver::TwoFlushes)
    });
    others
        .filter_map(|saver| Some((saver.name(), comparison.median(saver.name())?)))
        .min_by(|(_, one), (_, other)| one.total_cmp(other))
        .map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::Contender;
    use crate::unit::Unit;

    fn durable_save(file_system: &str, times: &[(Saver, [f64; 4])]) -> Comparison {
        let contenders = times.iter().map(|(saver, values)| Contender {
            name: saver.name().to_owned(),
            values: values.to_vec(),
        });
        Comparison {
            file_system: file_system.to_owned(),
            experiment: "durable save".to_owned(),
            case: "300 B".to_owned(),
            unit: Unit::Seconds,
            contenders: contenders.collect(),
        }
    }

    fn row(comparisons: &[Comparison], target: &str) -> String {
        let table = table(comparisons).to_string();
        let mut rows = table.lines().filter(|line| line.contains(target));
        rows.next().unwrap().to_owned()
    }

    #[test]
    fn a_target_is_missed_where_it_is_missed() {
        let on = |file_system, ours| {
            durable_save(
                file_system,
                &[
                    (Saver::TwoFlushes, [1.0; 4]),
                    (Saver::Statusfile, [ours; 4]),
                ],
            )
        };
        let target = "1.10 × std, two flushes";
        let both = row(&[on("ext4", 1.09), on("xfs", 1.11)], target);
        assert!(both.contains("ext4 1.09; xfs 1.11"), "{both}");
        assert!(both.contains("**not met** on xfs"), "{both}");
        assert!(row(&[on("ext4", 1.104)], target).contains("| met"));
        assert!(row(&[on("tmpfs", 1.1)], target).contains("not measured"));
    }

    #[test]
    fn only_who_is_durable_can_be_in_front() {
        let beside = |ours| {
            durable_save(
                "ext4",
                &[
                    (Saver::TwoFlushes, [1.0; 4]),
                    (Saver::Statusfile, [ours; 4]),
                    (Saver::AtomicWriteFile, [2.0; 4]),
                    (Saver::Atomicwrites, [3.0; 4]),
                    (Saver::TempfileOneFlush, [0.5; 4]),
                ],
            )
        };
        let target = "not behind";
        let tie = row(&[beside(2.02)], target);
        assert!(tie.contains("1.01 × atomic-write-file"), "{tie}");
        assert!(tie.contains("| met"), "{tie}");
        assert!(row(&[beside(2.1)], target).contains("**not met**"));
    }
}
