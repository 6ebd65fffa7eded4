use crate::cli::Verify;
use crate::out::{Out, say};
use crate::outcome::{Failure, Outcome};
use crate::place::Place;
use anstyle::{AnsiColor, Style};
use serde_json::{Value as Json, json};
use statusfile_runtime::untyped::{Finding, UntypedFile};
use statusfile_runtime::{Error, Location};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;

pub(crate) fn run(args: &Verify, out: &mut Out) -> Result<Outcome, Failure> {
    let mut search = Search::default();
    for path in &args.paths {
        search.add(path);
    }
    let mut report = Report {
        outcome: search.outcome,
        ..Report::default()
    };
    for (location, file) in &search.statuses {
        let verified = file.verify();
        report.count(&verified);
        if args.json {
            report.json.push(as_json(location, &verified));
        } else {
            print(out, &verified)?;
        }
    }
    if args.json {
        writeln!(out, "{:#}", Json::Array(report.json))?;
    } else {
        say(format_args!(
            "{} checked, {}",
            counted(search.statuses.len(), "status", "statuses"),
            match report.findings {
                0 if report.outcome == Outcome::Success => "all is well".to_owned(),
                count => counted(count, "finding", "findings"),
            }
        ));
    }
    Ok(report.outcome)
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The result of all checks. Of several exit codes the highest counts.
#[derive(Default)]
struct Report {
    outcome: Outcome,
    findings: usize,
    json: Vec<Json>,
}

impl Report {
    fn count(&mut self, verified: &Result<Vec<Finding>, Error>) {
        let outcome = match verified {
            Ok(findings) if findings.is_empty() => Outcome::Success,
            Ok(findings) => {
                self.findings += findings.len();
                Outcome::Finding
            }
            Err(error) => {
                say(error);
                Outcome::Unavailable
            }
        };
        self.outcome = self.outcome.max(outcome);
    }
}

fn print(out: &mut Out, verified: &Result<Vec<Finding>, Error>) -> io::Result<()> {
    let red = Style::new().fg_color(Some(AnsiColor::Red.into()));
    for finding in verified.iter().flatten() {
        let class = finding.problem.class();
        writeln!(out, "{red}{class:8}{red:#} {finding}")?;
    }
    Ok(())
}

fn as_json(location: &Location, verified: &Result<Vec<Finding>, Error>) -> Json {
    let findings = verified.iter().flatten().map(|finding| {
        json!({
            "class": finding.problem.class(),
            "path": finding.location.to_string(),
            "message": finding.problem.to_string(),
        })
    });
    let findings: Vec<Json> = findings.collect();
    json!({
        "path": location.to_string(),
        "ok": verified.is_ok() && findings.is_empty(),
        "findings": findings,
        "error": verified.as_ref().err().map(ToString::to_string),
    })
}

/// The statuses to verify.
#[derive(Default)]
struct Search {
    statuses: BTreeMap<Location, UntypedFile>,
    outcome: Outcome,
}

impl Search {
    fn add(&mut self, path: &Path) {
        let file = Place::of(path).file;
        match file.path().filter(|path| is_searched(&file, path)) {
            Some(directory) => self.add_all(directory),
            None => self.insert(file),
        }
    }

    fn add_all(&mut self, directory: &Path) {
        let found = UntypedFile::find_all(directory);
        if found.is_empty() {
            let directory = directory.display();
            self.fail(format_args!(
                "{directory}: there is no status in this directory"
            ));
        }
        for (path, result) in found {
            match result {
                Ok(()) => self.insert(UntypedFile::at(path)),
                Err(error) => match error.io_error() {
                    // The error itself speaks of a status, and there is none yet.
                    Some(cause) => {
                        let directory = path.display();
                        self.fail(format_args!("{directory}: cannot be searched: {cause}"));
                    }
                    None => self.fail(error),
                },
            }
        }
    }

    fn insert(&mut self, file: UntypedFile) {
        self.statuses.insert(file.location().clone(), file);
    }

    fn fail(&mut self, message: impl Display) {
        say(message);
        self.outcome = Outcome::Unavailable;
    }
}

/// Whether `path` is a directory with statuses in it, and not one in the way of a status that is kept.
fn is_searched(file: &UntypedFile, path: &Path) -> bool {
    // The root directory, which has no name, cannot be the path of a status.
    let may_be_status = path.file_name().is_some();
    path.is_dir() && !(may_be_status && file.history().map_or(true, |kept| !kept.is_empty()))
}
