//! Cuts the power under programs that save, on real file systems, and looks for what was
//! acknowledged.
//!
//! ```sh
//! cargo run --release -p statusfile-power-tests -- --quick      # a minute
//! cargo run --release -p statusfile-power-tests -- --full       # ten minutes
//! cargo run --release -p statusfile-power-tests -- --full --fs btrfs --subject statusfile --seed 7
//! ```
//!
//! It needs root, loop devices, FUSE, and the programs that make the file systems. What is missing is
//! skipped, and said; with `--require` that is a failure, but for vfat, which takes User-mode Linux.

#![allow(clippy::print_stdout, reason = "a program talks to its user")]

#[cfg(target_os = "linux")]
mod harness;

#[cfg(target_os = "linux")]
fn main() -> anyhow::Result<std::process::ExitCode> {
    harness::run()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("skipped: the file systems that this is about are Linux's");
}
