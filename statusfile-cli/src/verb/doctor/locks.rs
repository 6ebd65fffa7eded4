//! Whether a lock keeps a second process out.

use super::answer::Answer;
use crate::cli::TryLock;
use crate::outcome::{Failure, Outcome};
use statusfile_runtime::{Error, StatusFile};
use std::env;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use toml::Table;

pub(super) fn locks(here: &Path) -> Result<Answer, Failure> {
    let path = here.join("locks.toml");
    let held = match status(&path).lock() {
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

fn status(path: &Path) -> StatusFile<Table> {
    StatusFile::undeclared(path).lock_timeout(Duration::ZERO)
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
    match status(&args.path).lock() {
        Ok(_held) => Ok(Outcome::Success),
        Err(Error::Locked { .. }) => Ok(Outcome::Finding),
        Err(error) => Err(Failure::unavailable(error.to_string())),
    }
}
