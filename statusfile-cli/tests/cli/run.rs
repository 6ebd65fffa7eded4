//! Runs the binary.

use crate::place::Place;
use std::fmt;
use std::io;
use std::path::Path;
use std::process::{Command, Output, Stdio};

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_statusfile");

pub(crate) fn statusfile() -> Command {
    program(BINARY.as_ref())
}

/// A copy of the binary, or the binary itself, with no variable that changes what it prints or runs.
pub(crate) fn program(path: &Path) -> Command {
    let mut command = Command::new(path);
    for name in [
        "CI",
        "NO_COLOR",
        "CLICOLOR",
        "CLICOLOR_FORCE",
        "VISUAL",
        "EDITOR",
        "COLUMNS",
    ] {
        command.env_remove(name);
    }
    command
}

/// A pipe that nobody reads.
pub(crate) fn closed() -> Stdio {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    writer.into()
}

/// The exit code of a run, and what it printed. From a [`Place`], without what differs from run to run.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn from(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_owned()).unwrap();
        Self {
            code: output.status.code(),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }

    #[track_caller]
    pub(crate) fn prints(&self, code: i32, out: &str, err: &str) {
        assert_eq!(self.out, out, "{self}");
        assert_eq!(self.err, err, "{self}");
        assert_eq!(self.code, Some(code), "{self}");
    }

    #[track_caller]
    pub(crate) fn ends(&self, code: i32) {
        assert_eq!(self.code, Some(code), "{self}");
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}\n{}\n{}", self.code, self.out, self.err)
    }
}

impl Place {
    /// A verb at the path of this status.
    pub(crate) fn run(&self, verb: &str, args: &[&str]) -> Ran {
        self.run_at(&self.path, verb, args)
    }

    pub(crate) fn run_at(&self, path: &Path, verb: &str, args: &[&str]) -> Ran {
        self.ran(statusfile().arg(verb).arg(path).args(args))
    }

    pub(crate) fn ran(&self, command: &mut Command) -> Ran {
        self.ran_from(&command.output().unwrap())
    }

    pub(crate) fn ran_from(&self, output: &Output) -> Ran {
        let ran = Ran::from(output);
        Ran {
            out: self.normal(&ran.out),
            err: self.normal(&ran.err),
            ..ran
        }
    }

    /// `DIR` for the directory that the status lies in, `/` between names on every system, and no times.
    pub(crate) fn normal(&self, text: &str) -> String {
        let root = self.directory.path().display().to_string();
        let in_json = root.replace('\\', r"\\");
        let text = text.replace(&in_json, "DIR").replace(&root, "DIR");
        if cfg!(windows) {
            return without_times(&text.replace(r"\\", "/").replace('\\', "/"));
        }
        without_times(&text)
    }
}

/// `TIME` for each time as RFC 3339 has it, and `AGE` for how long ago it was if that is seconds.
pub(crate) fn without_times(text: &str) -> String {
    let mut normal = String::new();
    for line in text.split_inclusive('\n') {
        let mut words = line.split_inclusive(' ').peekable();
        while let Some(word) = words.next() {
            let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
            if bare.len() == 20 && bare.ends_with('Z') && bare.starts_with("20") {
                normal.push_str(&word.replace(bare, "TIME"));
            } else if bare == "just" && words.peek().is_some_and(|next| next.starts_with("now")) {
                let next = words.next().unwrap_or_default();
                normal.push_str(&next.replace("now", "AGE"));
            } else {
                normal.push_str(word);
            }
        }
    }
    for seconds in 1..60 {
        normal = normal.replace(&format!(" {seconds} s ago"), " AGE");
    }
    normal
}
