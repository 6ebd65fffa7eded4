//! Runs the binary.

use crate::place::Place;
use std::ffi::OsStr;
use std::fmt::Write;
use std::io;
use std::path::Path;
use std::process::{Command, Output, Stdio};

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_statusfile");

/// With an environment in which nothing is asked for.
pub(crate) fn statusfile() -> Command {
    let mut command = Command::new(BINARY);
    clear(&mut command);
    command
}

pub(crate) fn clear(command: &mut Command) {
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
}

/// A pipe that nobody reads.
pub(crate) fn closed() -> Stdio {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    writer.into()
}

/// What a run printed, without what differs from run to run.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    #[track_caller]
    pub(crate) fn prints(&self, code: i32, out: &str, err: &str) {
        let told = || self.told();
        assert_eq!(self.out, out, "{}", told());
        assert_eq!(self.err, err, "{}", told());
        assert_eq!(self.code, Some(code), "{}", told());
    }

    #[track_caller]
    pub(crate) fn ends(&self, code: i32) {
        assert_eq!(self.code, Some(code), "{}", self.told());
    }

    pub(crate) fn told(&self) -> String {
        let mut told = String::new();
        let _ = write!(told, "{:?}\n{}\n{}", self.code, self.out, self.err);
        told
    }
}

impl Place {
    /// A verb at the path of this status.
    pub(crate) fn run(&self, verb: &str, args: &[&str]) -> Ran {
        self.run_at(&self.path, verb, args)
    }

    pub(crate) fn run_at(&self, path: &Path, verb: &str, args: &[&str]) -> Ran {
        let args = args.iter().map(OsStr::new);
        let args = [OsStr::new(verb), path.as_os_str()].into_iter().chain(args);
        self.ran(statusfile().args(args))
    }

    pub(crate) fn ran(&self, command: &mut Command) -> Ran {
        self.told_by(&command.output().unwrap())
    }

    pub(crate) fn told_by(&self, output: &Output) -> Ran {
        Ran {
            code: output.status.code(),
            out: self.normal(&output.stdout),
            err: self.normal(&output.stderr),
        }
    }

    pub(crate) fn normal(&self, bytes: &[u8]) -> String {
        let text = String::from_utf8(bytes.to_owned()).unwrap();
        let root = self.directory.path().display().to_string();
        without_times(&text.replace(&root, "DIR"))
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
