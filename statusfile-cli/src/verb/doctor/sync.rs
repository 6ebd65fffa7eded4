//! Whether what was saved survives a power loss.

use super::answer::Answer;
use super::mounted;
use crate::moment::milliseconds;
use statusfile_runtime::StatusFile;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};
use toml::Table;

/// How many syncs are timed; the median is reported.
const SYNCS: usize = 9;

/// No drive syncs faster than this; memory does.
const FASTEST_DRIVE: Duration = Duration::from_micros(10);

/// What is quicker than this, and [so many times](MUCH) quicker than for a file, has hardly been done for a directory.
const ANSWERED_AT_ONCE: Duration = Duration::from_micros(100);
const MUCH: u32 = 5;

pub(super) fn sync(here: &Path) -> io::Result<Answer> {
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
    let status = StatusFile::undeclared(here.join("save.toml"));
    let save = || timed(|| Ok(status.save(&Table::new())?));
    if cfg!(windows) {
        return Ok(Answer::no(format!(
            "a file takes {}, and a save {}; Windows has no call that syncs a directory: a save syncs each file under \
             its lasting name, and survives a power loss where the file system writes that with the file",
            milliseconds(for_file),
            milliseconds(median(save)?)
        )));
    }
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
    let times = format!(
        "a file takes {}, a directory {}, and a save {}",
        milliseconds(for_file),
        milliseconds(for_directory),
        milliseconds(median(save)?)
    );
    let answer = judge(mounted::kind(here).as_deref(), for_file, for_directory);
    let meaning = format!("{times}{}", answer.meaning);
    Ok(Answer { meaning, ..answer })
}

/// What the times mean on a file system of this kind.
fn judge(kind: Option<&str>, for_file: Duration, for_directory: Duration) -> Answer {
    let is_fast = for_file.max(for_directory) < FASTEST_DRIVE;
    let is_answered_at_once =
        for_directory < ANSWERED_AT_ONCE && for_directory.saturating_mul(MUCH) < for_file;
    match kind {
        // Its `fsync` never has the drive empty its cache.
        Some("jfs") => Answer::problem(
            "; but jfs does not have the drive write what it keeps in its cache, so a power loss may take what \
             was acknowledged",
        ),
        Some(kind) if is_fast && kind.starts_with("fuse") => Answer::problem(format!(
            "; too fast for a drive, so {kind} answers without doing it, and a power loss may take what was \
             acknowledged"
        )),
        _ if is_fast => Answer::no(
            ": too fast for a drive, so this is memory, and a power loss takes all of it",
        ),
        _ if is_answered_at_once => Answer::no(
            ": too fast for a directory, so this may be answered without being done, as by many FUSE file systems; \
             a save also syncs each file under its lasting name, and survives a power loss where the file system \
             writes that with the file",
        ),
        _ => Answer::yes(
            "; an acknowledged save survives a power loss, if the drive does what it reports",
        ),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_times_mean() {
        let answer = |kind, file, directory| {
            let (file, directory) = (
                Duration::from_micros(file),
                Duration::from_micros(directory),
            );
            let answer = judge(kind, file, directory);
            (answer.is_there, answer.is_problem)
        };
        let (yes, no, problem) = ((true, false), (false, false), (false, true));
        for (kind, file, directory, expected) in [
            (Some("ext4"), 500, 460, yes),
            (None, 500, 460, yes),
            (Some("xfs"), 60, 40, yes),
            (Some("tmpfs"), 1, 2, no),
            (None, 1, 2, no),
            (Some("fuse.bindfs"), 700, 22, no),
            (Some("fuse.bindfs"), 700, 600, yes),
            (Some("fuse.lazy"), 5, 6, problem),
            (Some("jfs"), 5000, 17, problem),
            (Some("jfs"), 5000, 5000, problem),
        ] {
            assert_eq!(
                answer(kind, file, directory),
                expected,
                "{kind:?} {file} {directory}"
            );
        }
    }
}
