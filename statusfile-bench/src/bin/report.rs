//! Writes what was measured into a Markdown file, and a picture beside it.
//!
//! ```sh
//! cargo run -p statusfile-bench --bin report -- FIGURES docs/performance.md
//! ```
//!
//! `FIGURES` is the directory that `BENCH_OUT` named. `run.sh` does all of it.

#![expect(clippy::print_stdout, reason = "a program talks to its user")]

use anyhow::{Result, bail};
use std::env;
use std::path::Path;

fn main() -> Result<()> {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let [figures, document] = &arguments[..] else {
        bail!("where are the figures, and which document do they go into?");
    };
    for remark in statusfile_bench::report::write(Path::new(figures), Path::new(document))? {
        println!("{remark}");
    }
    Ok(())
}
