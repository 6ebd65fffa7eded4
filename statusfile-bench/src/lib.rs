//! The benchmarks: what a save and a load cost, beside what else there is.
//!
//! Runs are interleaved. In every round each contender has a turn, in a new random order, so that
//! whatever else the machine does falls on all alike; the result is the ratio of two contenders.
//! Nothing here passes or fails: a slow machine is no bug.
//!
//! ```text
//! command       what the command line asks for, also of child processes
//! ─────────────
//! experiment    one module for each question; gives comparisons
//! ─────────────
//! saver loader  the contenders: this crate, those it is compared with, and std by hand
//! state         the value that all of them save
//! rounds        which contender has a turn when, and for how long
//! place child   the file system that is measured, and other processes on it
//! ─────────────
//! comparison    what several contenders needed for the same thing; kept as tab-separated values
//! statistics    medians, and ratios with their spread
//! unit          how a value is shown
//! ─────────────
//! report        comparisons to the tables of a page, and a picture
//! ```

mod child;
mod command;
mod comparison;
mod experiment;
mod loader;
mod place;
pub mod report;
mod rounds;
mod saver;
mod state;
mod statistics;
mod unit;

pub use command::run;
