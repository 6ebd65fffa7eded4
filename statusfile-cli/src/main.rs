//! The command `statusfile`: look at, check, undo and edit what the crate of that name keeps.

mod as_json;
mod as_toml;
mod change;
mod cli;
mod content;
mod key;
mod moment;
mod out;
mod outcome;
mod place;
mod stand_ins;
mod verb;

use clap::Parser;
use cli::Cli;
use out::{Out, say};
use outcome::Failure;
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut out = Out::new(cli.color);
    let done = verb::run(&cli.verb, &mut out);
    let flushed = out.flush().map_err(Failure::from);
    match done.and_then(|outcome| flushed.map(|()| outcome)) {
        Ok(outcome) => outcome.into(),
        Err(failure) => {
            say(format_args!("statusfile: {}", failure.message));
            failure.outcome.into()
        }
    }
}
