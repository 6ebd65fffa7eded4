use crate::cli::{Doctor, TryLock};
use crate::moment::milliseconds;
use crate::out::Out;
use crate::outcome::{Failure, Outcome};
use anstyle::{AnsiColor, Style};
use statusfile_runtime::__command::{exchanges, refuses_to_replace};
use statusfile_runtime::{Error, StatusFile};
use std::env;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use toml::Table;

/// How many syncs are timed; the median is reported.
const SYNCS: usize = 9;

/// No drive syncs faster than this; memory does.
const FASTEST_DRIVE: Duration = Duration::from_micros(10);

pub(crate) fn run(args: &Doctor, out: &mut Out) -> Result<Outcome, Failure> {
    let failed = |what| Failure::at(args.directory.display(), what);
    let directory = tempfile::Builder::new()
        .prefix(".statusfile-doctor-")
        .tempdir_in(&args.directory)
        .map_err(failed("make a directory in it"))?;
    let here = directory.path();
    let answers = [
        ("locks", locks(here)?),
        ("sync", sync(here).map_err(failed("try to sync"))?),
        ("rename", rename(here).map_err(failed("try to rename"))?),
        (
            "exchange",
            exchange(here).map_err(failed("try to exchange"))?,
        ),
    ];
    directory
        .close()
        .map_err(failed("remove what was made in it"))?;

    let mut outcome = Outcome::Success;
    for (what, answer) in &answers {
        if answer.is_problem {
            outcome = Outcome::Finding;
        }
        let (word, color) = match (answer.is_there, answer.is_problem) {
            (true, _) => ("yes", AnsiColor::Green),
            (false, false) => ("no", AnsiColor::Yellow),
            (false, true) => ("no", AnsiColor::Red),
        };
        let style = Style::new().fg_color(Some(color.into()));
        writeln!(out, "{what:9} {style}{word:3}{style:#} {}", answer.meaning)?;
    }
    Ok(outcome)
}

/// Whether a file system has one feature, and what that means.
struct Answer {
    is_there: bool,
    /// Whether a promise cannot be kept without it.
    is_problem: bool,
    meaning: String,
}

impl Answer {
    fn yes(meaning: impl Into<String>) -> Self {
        Self {
            is_there: true,
            is_problem: false,
            meaning: meaning.into(),
        }
    }

    fn no(meaning: impl Into<String>) -> Self {
        Self {
            is_there: false,
            is_problem: false,
            meaning: meaning.into(),
        }
    }

    fn problem(meaning: impl Into<String>) -> Self {
        Self {
            is_problem: true,
            ..Self::no(meaning)
        }
    }
}

/// A status to try things with.
fn probe(here: &Path) -> (PathBuf, StatusFile<Table>) {
    let path = here.join("probe.toml");
    let file = StatusFile::undeclared(&path).lock_timeout(Duration::ZERO);
    (path, file)
}

fn locks(here: &Path) -> Result<Answer, Failure> {
    let (path, file) = probe(here);
    let held = match file.lock() {
        Ok(held) => held,
        Err(error) => return Ok(Answer::problem(format!("updates can be lost: {error}"))),
    };
    let while_held = another_process_locks(&path)?;
    drop(held);
    let after = another_process_locks(&path)?;
    Ok(match (while_held, after) {
        (false, true) => Answer::yes(
            "a second process waits for the first, so no update is lost; other hosts were not tested",
        ),
        (true, _) => Answer::problem(
            "a second process does not wait for the first: updates can be lost, so let only one \
             process save",
        ),
        (false, false) => {
            Answer::problem("a lock that was dropped stays: the second save would wait forever")
        }
    })
}

/// Whether a second process gets the lock.
fn another_process_locks(path: &Path) -> Result<bool, Failure> {
    let failed = |cause| Failure::at(path.display(), "try the lock in a second process")(cause);
    let own = env::current_exe().map_err(failed)?;
    let output = Command::new(own).arg("try-lock").arg(path).output();
    let output = output.map_err(failed)?;
    match output.status.code() {
        Some(0) => Ok(true),
        Some(1) => Ok(false),
        _ => Err(Failure::unavailable(
            String::from_utf8_lossy(&output.stderr).trim(),
        )),
    }
}

pub(crate) fn try_lock(args: &TryLock) -> Result<Outcome, Failure> {
    let file = StatusFile::<Table>::undeclared(&args.path).lock_timeout(Duration::ZERO);
    match file.lock() {
        Ok(_held) => Ok(Outcome::Success),
        Err(Error::Locked { .. }) => Ok(Outcome::Finding),
        Err(error) => Err(Failure::unavailable(error.to_string())),
    }
}

fn sync(here: &Path) -> io::Result<Answer> {
    let path = here.join("sync");
    let mut file = File::create(&path)?;
    let sync_file = || {
        file.write_all(&[b'x'; 4096])?;
        timed(|| file.sync_all())
    };
    let for_file = match median(sync_file) {
        Ok(time) => time,
        Err(cause) => {
            return Ok(Answer::problem(format!(
                "a file cannot be synced ({cause}): nothing is sure to survive a power loss"
            )));
        }
    };
    let mut names = 0_u32;
    let sync_directory = || {
        names += 1;
        fs::write(here.join(format!("name-{names}")), "")?;
        timed(|| File::open(here)?.sync_all())
    };
    let for_directory = match median(sync_directory) {
        Ok(time) => time,
        Err(cause) => {
            return Ok(Answer::problem(format!(
                "a file takes {}, and a directory cannot be synced ({cause}): a power loss may take \
                 the last saves back",
                milliseconds(for_file)
            )));
        }
    };
    let (_, file) = probe(here);
    let value = Table::new();
    let save = || timed(|| Ok(file.save(&value)?));
    let times = format!(
        "a file takes {}, a directory {}, and a save {}",
        milliseconds(for_file),
        milliseconds(for_directory),
        milliseconds(median(save)?)
    );
    Ok(if for_file.max(for_directory) < FASTEST_DRIVE {
        Answer::no(format!(
            "{times}: too fast for a drive, so this is memory, and a power loss takes all of it"
        ))
    } else {
        Answer::yes(format!(
            "{times}; an acknowledged save survives a power loss, if the drive does what it reports"
        ))
    })
}

fn timed(call: impl FnOnce() -> io::Result<()>) -> io::Result<Duration> {
    let start = Instant::now();
    call()?;
    Ok(start.elapsed())
}

fn median(mut call: impl FnMut() -> io::Result<Duration>) -> io::Result<Duration> {
    let mut times = (0..SYNCS).map(|_| call()).collect::<io::Result<Vec<_>>>()?;
    times.sort();
    Ok(times.get(SYNCS / 2).copied().unwrap_or_default())
}

fn rename(here: &Path) -> io::Result<Answer> {
    let (from, to) = (Path::new("from"), Path::new("to"));
    fs::write(here.join(from), "")?;
    fs::write(here.join(to), "")?;
    Ok(if refuses_to_replace(here, from, to)? {
        Answer::yes("a rename refuses to replace, so two writers never take the same number")
    } else {
        Answer::no(
            "a rename cannot refuse to replace; saves look first, which is enough while locks work",
        )
    })
}

fn exchange(here: &Path) -> io::Result<Answer> {
    let (new, old) = (Path::new("new"), Path::new("old"));
    fs::write(here.join(new), "")?;
    fs::write(here.join(old), "")?;
    Ok(if exchanges(here, new, old)? {
        Answer::yes(
            "a save keeps whatever it replaces at the path, also what comes at the last moment",
        )
    } else {
        Answer::no(
            "two names cannot be exchanged; a save looks at the path once more and then replaces it, so \
             an edit that comes in between is lost",
        )
    })
}
