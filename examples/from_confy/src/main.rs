//! An app that kept its settings with confy moves over, and what its users have stays.
//!
//! ```sh
//! cargo run -p from_confy before dark     # with confy; then the same with this crate:
//! cargo run -p from_confy after           # still dark
//! cargo run -p from_confy after light
//! cargo run -p from_confy without_confy   # still light; no confy in it any more
//! ```
//!
//! `diff before.rs after.rs` shows four lines. `after` finds the file that confy wrote, and its first
//! save keeps that file's text as the older status. `without_confy` names confy's file itself; it does
//! so for Linux.

#![allow(clippy::print_stderr, reason = "a program talks to its user")]

mod after;
mod before;
mod without_confy;

use std::io::{self, Write};
use std::process::ExitCode;

const USAGE: &str = "give `before`, `after` or `without_confy`, and perhaps a theme";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let run = match arguments.next().as_deref() {
        Some("before") => before::run,
        Some("after") => after::run,
        Some("without_confy") => without_confy::run,
        _ => {
            eprintln!("error: {USAGE}");
            return ExitCode::FAILURE;
        }
    };
    let shown = run(arguments.next()).and_then(|text| Ok(writeln!(io::stdout(), "{text}")?));
    match shown {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
