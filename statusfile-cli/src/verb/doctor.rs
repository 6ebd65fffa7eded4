use crate::cli::{Doctor, TryLock};
use crate::moment::milliseconds;
use crate::out::Out;
use crate::outcome::{Failure, Outcome};
use anstyle::{AnsiColor, Style};
use statusfile_runtime::{Error, StatusFile, refuses_to_replace};
use std::env;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use toml::Table;

/// So many flushes are timed, and the middle one is told.
const FLUSHES: usize = 9;

/// No drive flushes faster than this; memory does.
const FASTEST_DRIVE: Duration = Duration::from_micros(10);

pub(crate) fn run(args: &Doctor, out: &mut Out) -> Result<Outcome, Failure> {
    let failed = |what| Failure::at(&args.directory, what);
    let directory = tempfile::Builder::new()
        .prefix(".statusfile-doctor-")
        .tempdir_in(&args.directory)
        .map_err(failed("make a directory in it"))?;
    let here = directory.path();
    let answers = [
        ("locks", locks(here)?),
        ("flush", flush(here).map_err(failed("try to flush"))?),
        ("rename", rename(here).map_err(failed("try to rename"))?),
        ("symlinks", symlinks(here)?),
    ];
    directory
        .close()
        .map_err(failed("remove what was made in it"))?;

    let mut outcome = Outcome::Well;
    for (what, answer) in &answers {
        if answer.is_trouble {
            outcome = Outcome::Finding;
        }
        let (word, color) = match (answer.is_there, answer.is_trouble) {
            (true, _) => ("yes", AnsiColor::Green),
            (false, false) => ("no", AnsiColor::Yellow),
            (false, true) => ("no", AnsiColor::Red),
        };
        let style = Style::new().fg_color(Some(color.into()));
        writeln!(out, "{what:9} {style}{word:3}{style:#} {}", answer.meaning)?;
    }
    Ok(outcome)
}

/// What a file system does about one thing.
struct Answer {
    is_there: bool,
    /// Whether a promise cannot be kept without it.
    is_trouble: bool,
    meaning: String,
}

impl Answer {
    fn yes(meaning: impl Into<String>) -> Self {
        Self {
            is_there: true,
            is_trouble: false,
            meaning: meaning.into(),
        }
    }

    fn no(meaning: impl Into<String>) -> Self {
        Self {
            is_there: false,
            is_trouble: false,
            meaning: meaning.into(),
        }
    }

    fn trouble(meaning: impl Into<String>) -> Self {
        Self {
            is_trouble: true,
            ..Self::no(meaning)
        }
    }
}

fn probe(here: &Path) -> StatusFile<Table> {
    StatusFile::at(here.join("probe.toml")).lock_timeout(Duration::ZERO)
}

fn locks(here: &Path) -> Result<Answer, Failure> {
    let file = probe(here);
    let held = match file.lock() {
        Ok(held) => held,
        Err(error) => return Ok(Answer::trouble(format!("updates can be lost: {error}"))),
    };
    let while_held = another_process_locks(&file)?;
    drop(held);
    let after = another_process_locks(&file)?;
    Ok(match (while_held, after) {
        (false, true) => Answer::yes(
            "a second process waits for the first, so no update is lost; other hosts were not asked",
        ),
        (true, _) => Answer::trouble(
            "a second process does not wait for the first: updates can be lost, so let only one \
             process save",
        ),
        (false, false) => {
            Answer::trouble("a lock that was dropped stays: the second save would wait for ever")
        }
    })
}

/// Whether a second process gets the lock.
fn another_process_locks(file: &StatusFile<Table>) -> Result<bool, Failure> {
    let path = file.path();
    let failed = |cause| Failure::at(path, "try the lock in a second process")(cause);
    let own = env::current_exe().map_err(failed)?;
    let output = Command::new(own).arg("try-lock").arg(path).output();
    let output = output.map_err(failed)?;
    match output.status.code() {
        Some(0) => Ok(true),
        Some(1) => Ok(false),
        _ => Err(Failure::could_not(
            String::from_utf8_lossy(&output.stderr).trim(),
        )),
    }
}

pub(crate) fn try_lock(args: &TryLock) -> Result<Outcome, Failure> {
    let file = StatusFile::<Table>::at(&args.path).lock_timeout(Duration::ZERO);
    match file.lock() {
        Ok(_held) => Ok(Outcome::Well),
        Err(Error::Locked { .. }) => Ok(Outcome::Finding),
        Err(error) => Err(Failure::could_not(error.to_string())),
    }
}

fn flush(here: &Path) -> io::Result<Answer> {
    let path = here.join("flush");
    let mut file = File::create(&path)?;
    let flush_file = || {
        file.write_all(&[b'x'; 4096])?;
        timed(|| file.sync_all())
    };
    let for_file = match middle(flush_file) {
        Ok(time) => time,
        Err(cause) => {
            return Ok(Answer::trouble(format!(
                "a file cannot be flushed ({cause}): nothing survives a power cut for sure"
            )));
        }
    };
    let mut names = 0_u32;
    let flush_directory = || {
        names += 1;
        fs::write(here.join(format!("name-{names}")), "")?;
        timed(|| File::open(here)?.sync_all())
    };
    let for_directory = match middle(flush_directory) {
        Ok(time) => time,
        Err(cause) => {
            return Ok(Answer::trouble(format!(
                "a file takes {}, and a directory cannot be flushed ({cause}): a power cut may take \
                 the last saves back",
                milliseconds(for_file)
            )));
        }
    };
    let file = probe(here);
    let value = Table::new();
    let save = || timed(|| file.save(&value).map_err(io::Error::other));
    let times = format!(
        "a file takes {}, a directory {}, and a save {}",
        milliseconds(for_file),
        milliseconds(for_directory),
        milliseconds(middle(save)?)
    );
    Ok(if for_file.max(for_directory) < FASTEST_DRIVE {
        Answer::no(format!(
            "{times}: too fast for a drive, so this is memory, and a power cut takes all of it"
        ))
    } else {
        Answer::yes(format!(
            "{times}; what a save has acknowledged survives a power cut, if the drive is honest"
        ))
    })
}

fn timed(call: impl FnOnce() -> io::Result<()>) -> io::Result<Duration> {
    let start = Instant::now();
    call()?;
    Ok(start.elapsed())
}

fn middle(mut call: impl FnMut() -> io::Result<Duration>) -> io::Result<Duration> {
    let mut times = (0..FLUSHES)
        .map(|_| call())
        .collect::<io::Result<Vec<_>>>()?;
    times.sort();
    Ok(times.get(FLUSHES / 2).copied().unwrap_or_default())
}

fn rename(here: &Path) -> io::Result<Answer> {
    let (from, to) = (here.join("from"), here.join("to"));
    fs::write(&from, "")?;
    fs::write(&to, "")?;
    Ok(if refuses_to_replace(&from, &to)? {
        Answer::yes("a rename refuses to replace, so two writers never take the same number")
    } else {
        Answer::no(
            "a rename cannot refuse to replace; saves look first, which is enough while locks work",
        )
    })
}

fn symlinks(here: &Path) -> Result<Answer, Failure> {
    let file = probe(here);
    file.save(&Table::new())?;
    Ok(if file.path().is_symlink() {
        Answer::yes("the path itself leads people and scripts to the newest status")
    } else {
        Answer::no("nothing lies at the path itself: read a status with `statusfile show`")
    })
}
