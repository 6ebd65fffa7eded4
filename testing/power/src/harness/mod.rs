//! The harness, which takes Linux.

mod case;
mod check;
mod contents;
mod file_system;
mod guest;
mod images;
mod ledger;
mod loop_device;
mod numbered;
mod plan;
mod probe;
mod record;
mod recorder;
mod report;
mod scratch;
mod shutdown;
mod storm;
mod subject;
mod writer;

use self::plan::Plan;
use self::report::{Instrument, Row, Verdict};
use self::scratch::Scratch;
use anyhow::Result;
use std::env;
use std::process::ExitCode;

/// Does what the command line says, in this process's part of it.
pub(crate) fn run() -> Result<ExitCode> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("writer") => writer::run(writer::Task::parse(&arguments[1..])?)?,
        Some("probe") => probe::run(&arguments[1..])?,
        Some("guest") => guest::run(&arguments[1..])?,
        _ => return carry_out(&Plan::parse(&arguments)?),
    }
    Ok(ExitCode::SUCCESS)
}

fn carry_out(plan: &Plan) -> Result<ExitCode> {
    let skipped = plan.skipped();
    for (what, why) in &skipped {
        println!("skipped: {}: {why}", what.name());
    }
    // Not every machine may run a guest.
    let mut good = !plan.require || skipped.iter().all(|(what, _)| what.is_in_guest());
    println!("seed {}\n{}", plan.seed, report::heading());
    for (instrument, case, number) in plan.runs(&skipped) {
        let scratch = Scratch::new()?;
        let run = match instrument {
            Instrument::Shutdown => shutdown::run,
            Instrument::Record => record::run,
        };
        let row: Row = run(case, number, plan.seed, scratch.path())?;
        println!("{row}");
        good &= row.verdict() == Verdict::Good;
    }
    Ok(if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
