use crate::cli::Verify;
use crate::out::{Out, say};
use crate::outcome::{Failure, Outcome};
use crate::place::{self, Place};
use anstyle::{AnsiColor, Style};
use serde_json::{Value as Json, json};
use statusfile_runtime::{Error, Finding, UntypedFile};
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub(crate) fn run(args: &Verify, out: &mut Out) -> Result<Outcome, Failure> {
    let mut search = Search::default();
    for path in &args.paths {
        search.begin(path);
    }
    let mut report = Report {
        outcome: search.outcome,
        ..Report::default()
    };
    for path in &search.statuses {
        let examined = UntypedFile::at(path).examine();
        report.count(&examined);
        if args.json {
            report.json.push(as_json(path, &examined));
        } else {
            print(out, &examined)?;
        }
    }
    if args.json {
        writeln!(out, "{:#}", Json::Array(report.json))?;
    } else {
        say(format_args!(
            "{} checked, {}",
            counted(search.statuses.len(), "status", "statuses"),
            match report.findings {
                0 if report.outcome == Outcome::Well => "all is well".to_owned(),
                count => counted(count, "finding", "findings"),
            }
        ));
    }
    Ok(report.outcome)
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// What came of it all. Of several exit codes the highest counts.
#[derive(Default)]
struct Report {
    outcome: Outcome,
    findings: usize,
    json: Vec<Json>,
}

impl Report {
    fn count(&mut self, examined: &Result<Vec<Finding>, Error>) {
        let outcome = match examined {
            Ok(findings) if findings.is_empty() => Outcome::Well,
            Ok(findings) => {
                self.findings += findings.len();
                Outcome::Finding
            }
            Err(error) => {
                say(error);
                Outcome::CouldNot
            }
        };
        self.outcome = self.outcome.max(outcome);
    }
}

fn print(out: &mut Out, examined: &Result<Vec<Finding>, Error>) -> io::Result<()> {
    let red = Style::new().fg_color(Some(AnsiColor::Red.into()));
    for finding in examined.iter().flatten() {
        let class = finding.trouble.class();
        writeln!(out, "{red}{class:8}{red:#} {finding}")?;
    }
    Ok(())
}

fn as_json(path: &Path, examined: &Result<Vec<Finding>, Error>) -> Json {
    let findings = examined.iter().flatten().map(|finding| {
        json!({
            "class": finding.trouble.class(),
            "path": finding.path.to_string_lossy(),
            "message": finding.trouble.to_string(),
        })
    });
    let findings: Vec<Json> = findings.collect();
    json!({
        "path": path.to_string_lossy(),
        "ok": examined.is_ok() && findings.is_empty(),
        "findings": findings,
        "error": examined.as_ref().err().map(ToString::to_string),
    })
}

/// The statuses to examine.
#[derive(Default)]
struct Search {
    statuses: BTreeSet<PathBuf>,
    outcome: Outcome,
}

impl Search {
    fn begin(&mut self, path: &Path) {
        let place = Place::of(path);
        let named = place.path();
        if !named.is_dir() || place::directory_of(named).is_dir() {
            self.statuses.insert(named.to_owned());
            return;
        }
        let before = self.statuses.len();
        self.directory(named);
        if self.statuses.len() == before && self.outcome != Outcome::CouldNot {
            self.fail(named, "there is no status in this directory");
        }
    }

    fn directory(&mut self, directory: &Path) {
        let names = match names(directory) {
            Ok(names) => names,
            Err(cause) => return self.fail(directory, &format!("cannot be searched: {cause}")),
        };
        for path in names {
            let Ok(metadata) = fs::symlink_metadata(&path) else {
                continue;
            };
            if metadata.is_symlink() {
                self.link(&path);
            } else if metadata.is_dir() {
                match place::status_of(&path).filter(|_| holds_a_status(&path)) {
                    Some(status) => {
                        self.statuses.insert(status);
                    }
                    None => self.directory(&path),
                }
            }
        }
    }

    /// A status of which nothing is left but our link.
    fn link(&mut self, path: &Path) {
        let current = place::directory_of(path).join("current");
        let target = fs::read_link(path).ok();
        let target = target.and_then(|target| Some(path.parent()?.join(target)));
        if target == Some(current) {
            self.statuses.insert(path.to_owned());
        }
    }

    fn fail(&mut self, path: &Path, why: &str) {
        say(format_args!("{}: {why}", path.display()));
        self.outcome = Outcome::CouldNot;
    }
}

fn names(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut names = fs::read_dir(directory)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

fn holds_a_status(directory: &Path) -> bool {
    match names(directory) {
        Ok(names) => names
            .iter()
            .filter_map(|path| path.file_name())
            .any(place::is_of_a_status),
        // What may not be read is told when it is examined.
        Err(_) => true,
    }
}
