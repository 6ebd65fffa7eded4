//! The system calls of a first save, a steady save, an update, a load and a removal, in order, and why
//! each is made. The numbers are those of the steps in `docs/protocol.md`.
//!
//! ```sh
//! cargo run --example calls
//! ```
//!
//! It runs itself under `strace`, so this is what really happens, on Linux.

#![allow(clippy::print_stderr, reason = "a program talks to its user")]

use serde::{Deserialize, Serialize};
use statusfile::StatusFile;
use std::env;
use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, ExitCode};

#[derive(Serialize, Deserialize, Default)]
struct Worker {
    jobs_done: u64,
}

/// What is looked for, in vain, before an operation of the name that follows: `strace` sees it.
const MARK: &str = "/statusfile-example: ";

const LOAD: &str = "a load";

const REMOVAL: &str = "a removal";

/// Goes before what is not shown: a second save, after which there is something to clear away.
const UNSHOWN: &str = "a second save";

/// The mark after the last operation.
const END: &str = "end";

const LEGEND: &str = "\
A number is that of a step of a save in docs/protocol.md. Two calls of `getdents64` are one listing, and
debug builds make a call of `fcntl` before each `close` that is left out.";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let done = match arguments.as_slice() {
        [directory] => operate(Path::new(directory)),
        _ => trace_and_explain(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What is traced.
fn operate(directory: &Path) -> Result<(), Box<dyn Error>> {
    let file: StatusFile<Worker> = StatusFile::undeclared(directory.join("app/worker.toml"));
    let mark = |name: &str| {
        let _ = fs::metadata(format!("{MARK}{name}"));
    };
    mark("the first save");
    file.save(&Worker { jobs_done: 1 })?;
    mark(UNSHOWN);
    file.save(&Worker { jobs_done: 2 })?;
    mark("a steady save");
    file.save(&Worker { jobs_done: 3 })?;
    mark("an update");
    file.update(|worker| worker.jobs_done += 1)?;
    mark(LOAD);
    file.load()?;
    mark(REMOVAL);
    file.remove()?;
    mark(END);
    Ok(())
}

fn trace_and_explain() -> Result<(), Box<dyn Error>> {
    let scratch = tempfile::tempdir()?;
    let directory = scratch.path().canonicalize()?.join("home");
    fs::create_dir(&directory)?;
    let log = scratch.path().join("log");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-y", "-qq", "-s", "200", "-e", "trace=%file,%desc"]);
    strace.arg("-o").arg(&log);
    let traced = strace.arg(env::current_exe()?).arg(&directory).output();
    let traced = traced.map_err(|cause| {
        format!("strace, which shows system calls, cannot be run: {cause}; on Linux, install the package `strace`")
    })?;
    if !traced.status.success() {
        let said = String::from_utf8_lossy(&traced.stderr);
        return Err(format!("strace cannot trace here: {}", said.trim()).into());
    }

    let mut output = io::stdout().lock();
    writeln!(output, "{LEGEND}")?;
    let mut moment = Moment::default();
    for line in fs::read_to_string(log)?.lines() {
        if let Some((_, name)) = line.split_once(MARK) {
            let operation = name.split('"').next().unwrap_or_default();
            if operation == END {
                break;
            }
            moment = Moment {
                is_unshown: operation == UNSHOWN,
                is_load: operation == LOAD,
                is_removal: operation == REMOVAL,
                ..Moment::default()
            };
            if !moment.is_unshown {
                writeln!(output, "\n{operation}")?;
            }
        } else if let Some(call) =
            Call::parse(line).filter(|call| !moment.is_unshown && call.concerns(&directory))
        {
            let (object, why) = (call.object(), call.why(moment));
            writeln!(output, "  {:11} {object:32} {why}", call.name)?;
            moment.has_removed |= call.name == "unlinkat";
            moment.has_removed_path |= call.name == "unlinkat" && object == STATUS;
            moment.has_published |= call.name == "renameat2" && object == TO_THE_PATH;
            moment.has_made = call.name == "mkdirat" || moment.has_made && object != TEMP;
        }
    }
    Ok(())
}

/// How far an operation is.
#[derive(Clone, Copy, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "it is what has happened, each by itself"
)]
struct Moment {
    is_unshown: bool,
    is_load: bool,
    is_removal: bool,
    has_removed: bool,
    has_removed_path: bool,
    /// The copy is at the path.
    has_published: bool,
    /// A directory, and has not used it yet.
    has_made: bool,
}

/// One system call, as `strace` shows it.
struct Call<'a> {
    name: &'a str,
    arguments: &'a str,
    result: &'a str,
}

impl<'a> Call<'a> {
    /// Of a line such as `123 openat(4</home>, "a", O_RDONLY) = 5</home/a>`.
    fn parse(line: &'a str) -> Option<Self> {
        let (_, call) = line.split_once(' ')?;
        let (name, rest) = call.trim_start().split_once('(')?;
        let (arguments, result) = rest.rsplit_once(" = ")?;
        Some(Self {
            name,
            arguments,
            result,
        })
    }

    /// Whether it is one on what is in `directory`, or on a directory above.
    fn concerns(&self, directory: &Path) -> bool {
        let descriptors = self.arguments.split('<').skip(1);
        let descriptors = descriptors.filter_map(|path| path.split('>').next());
        let mut paths = descriptors.chain(self.strings().next());
        let is_own = |path: &str| {
            let path = Path::new(path);
            path.is_absolute() && (directory.starts_with(path) || path.starts_with(directory))
        };
        self.name != "fcntl" && paths.any(is_own)
    }

    fn strings(&self) -> impl Iterator<Item = &'a str> {
        self.arguments.split('"').skip(1).step_by(2)
    }

    /// What it is about.
    fn object(&self) -> String {
        let names: Vec<_> = self.strings().map(last).collect();
        match (self.name, names.as_slice()) {
            ("renameat" | "renameat2", [from, to]) => format!("{from} to {to}"),
            (name, [object, ..]) if name.ends_with("at") || name == "readlink" => {
                (*object).to_owned()
            }
            _ => self.file().to_owned(),
        }
    }

    /// The file that its first descriptor is of.
    fn file(&self) -> &'a str {
        last(self.arguments.split(['<', '>']).nth(1).unwrap_or_default())
    }

    /// Whether it makes a file.
    fn makes(&self) -> bool {
        self.name == "openat" && self.arguments.contains("O_CREAT")
    }

    fn why(&self, moment: Moment) -> &'static str {
        let object = self.object();
        let is_missing = self.result.contains("ENOENT");
        let is_directory = object == "app" || object == STATUS_DIRECTORY;
        let is_generation = is_a(&object, "toml") && object != STATUS;
        match self.name {
            "readlink" => "first: is it a link? All lies beside the file that one leads to",
            "openat" | "readlinkat" if is_missing => "there is none yet",
            "statx" if is_missing => {
                "once for each path: does another spelling lead there, as where case is ignored?"
            }
            "openat" if object == TEMP => "2: under a fresh name, never over a file that is there",
            "openat" if object == LOCK => "3: what writers lock",
            "openat" if object == PUBLISHED && self.makes() => {
                "5: a copy, as whoever writes to the path must not write to a generation"
            }
            "openat" if object == STATUS && moment.is_load => {
                "a whole text at the path is the status, and all that is read"
            }
            "openat" if object == STATUS => "4: what is the status now",
            "openat" if is_directory => "what is in it is reached from here, by name",
            "openat" => "a directory above, as the first save makes what is missing and syncs it",
            "mkdirat" => "2: only the first save makes it",
            "fchmod" if object == PUBLISHED => "5: as declared, or as what it replaces",
            "fchmod" => "3: whatever the umask is",
            "flock" if object == TEMP => "2: so a temp file that is not locked is a dead writer's",
            "flock" if self.arguments.contains("LOCK_UN") => "9: the next writer goes on",
            "flock" => "3: one writer at a time",
            "newfstatat" if object == LOCK => "3: still the lock, or did a removal take it?",
            "newfstatat" if object == PUBLISHED && moment.has_published => {
                "5: what came out of the exchange: is it what was seen?"
            }
            "newfstatat" => "4: what this process knows, unless someone has written to it",
            "statx" if object == TEMP => {
                "2: which file it is, or did someone remove it as a dead writer's?"
            }
            "statx" if is_generation => "which file it is, and how long",
            "statx" => "which file it is, and whose",
            "write" if object == LOCK => {
                "7: once; whoever finds nothing else knows that there was a status"
            }
            "lseek" | "ftruncate" | "fsync" if object == LOCK => "the same",
            "write" if object == PUBLISHED => "5: the same bytes",
            "utimensat" if object == PUBLISHED => "5: and the same time",
            "fadvise64" => "2: its writing starts, and its sync waits less",
            "ioctl" => "5: where it lies: before that, its bytes are written to the drive",
            "write" => "2: the seal and the text",
            "utimensat" => "2: the time that the seal says",
            "fsync" if object == TEMP || object == PUBLISHED => {
                "of a first save, and of every one where names may come before what they name"
            }
            "fstatfs" => "2: may a name be on the disk before what it names?",
            "fsync" if moment.is_removal && !moment.has_removed => {
                "the newest is durable before an older one goes"
            }
            "fsync" if moment.is_removal => "what is gone stays gone, before what follows goes",
            "fsync" if object == STATUS_DIRECTORY => {
                "7: its name is durable, and so the status is saved"
            }
            "fsync" if is_generation => "6: its bytes are durable",
            "fsync" if object == STATUS => "6: and so are those of the copy",
            "fsync" if moment.has_published => "7: so is the name of the copy",
            "fsync" => "4: once, so that the way to the status is durable",
            "readlinkat" => "is it a link?",
            "getdents64" if moment.has_made => "root looks whether what it made is still its own",
            "getdents64" => "4: which generations there are",
            "lseek" => "4: to see names that were added since it was opened, too",
            "read" => "4: is it whole?",
            "renameat2" if self.arguments.contains("RENAME_EXCHANGE") => {
                "5: for people and programs to read, and nothing that was there is lost"
            }
            "renameat2" if object == TO_THE_PATH => "5: for people and programs to read",
            "renameat2" => "5: visible, and never over a file that is there",
            "unlinkat" if object == LOCK => "near the end, as it keeps writers out",
            "unlinkat" if object == STATUS_DIRECTORY => {
                "empty by now, unless someone has begun to save"
            }
            "unlinkat" if object == STATUS => "the file at the path",
            "unlinkat" if object == PUBLISHED && !moment.is_removal => "4: a generation holds it",
            "unlinkat" if is_generation && moment.has_removed_path => {
                "the newest at the end, as until then it is the status"
            }
            "unlinkat" if is_generation && moment.is_removal => {
                "the oldest first, so that none comes back"
            }
            "unlinkat" if is_generation => "8: two newer ones are durable",
            "unlinkat" => "whether or not it is there",
            "close" => "no longer needed",
            _ => "",
        }
    }
}

const STATUS: &str = "worker.toml";
const STATUS_DIRECTORY: &str = "worker.toml.status";
const LOCK: &str = "lock";
const PUBLISHED: &str = "published";
const TO_THE_PATH: &str = "published to worker.toml";

/// For what is random in the name of a temp file.
const TEMP: &str = "*.tmp";

/// The last part of a path.
fn last(path: &str) -> &str {
    match path.rsplit('/').next() {
        Some(name) if is_a(name, "tmp") => TEMP,
        Some(name) if !name.is_empty() => name,
        _ => path,
    }
}

fn is_a(name: &str, extension: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|found| found == extension)
}
