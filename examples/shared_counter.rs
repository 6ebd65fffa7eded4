//! Several processes count in one status, and none loses an increment of another.
//!
//! ```sh
//! cargo run --release --example shared_counter                 # 4 processes, 200 increments each
//! cargo run --release --example shared_counter -- 8 1000
//! ```

#![allow(clippy::print_stderr, reason = "a program talks to its user")]

use serde::{Deserialize, Serialize};
use statusfile::{PersistentStatus, StatusFile};
use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::process::{Child, Command, ExitCode};

const USAGE: &str = "give the number of processes and that of increments, as in `4 200`";

#[derive(Serialize, Deserialize, Default, PersistentStatus)]
#[status(
    app = "statusfile-example",
    env = "SHARED_COUNTER",
    lock_timeout = "5m"
)]
struct SharedCounter {
    count: u64,
}

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        [] => count(4, 200),
        ["increment", increments] => number(increments).and_then(increment),
        [processes, increments] => {
            number(processes).and_then(|processes| count(processes, number(increments)?))
        }
        _ => Err(USAGE.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn number(argument: &str) -> Result<u64, Box<dyn Error>> {
    argument
        .parse()
        .map_err(|_| format!("`{argument}` is no number; {USAGE}").into())
}

/// What each process does: it changes the status `increments` times, while the others do too.
fn increment(increments: u64) -> Result<(), Box<dyn Error>> {
    for _ in 0..increments {
        SharedCounter::update(|counter| counter.count += 1)?;
    }
    Ok(())
}

/// Starts the processes, waits for them, and prints what they have counted together.
fn count(processes: u64, increments: u64) -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("counter.toml");
    let started: Result<Vec<Child>, _> = (0..processes)
        .map(|_| {
            Command::new(env::current_exe()?)
                .args(["increment", &increments.to_string()])
                .env("SHARED_COUNTER", &path)
                .spawn()
        })
        .collect();
    let mut failed = 0;
    for mut process in started? {
        failed += u64::from(!process.wait()?.success());
    }
    if failed > 0 {
        return Err(format!("{failed} of {processes} processes failed").into());
    }
    let counter: SharedCounter = StatusFile::undeclared(&path).load_or_default()?;
    writeln!(io::stdout(), "{}", counter.count)?;
    Ok(())
}
