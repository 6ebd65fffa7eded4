//! What a save and a load cost; see `docs/performance.md`.
//!
//! ```sh
//! cargo bench -p statusfile-bench                          # everything, below the target directory
//! BENCH_DIR=/dev/shm cargo bench -p statusfile-bench       # on the file system of that directory
//! cargo bench -p statusfile-bench -- load readers --quick  # some of it, with few rounds
//! ```
//!
//! `BENCH_OUT` says where the figures go, a file of tab-separated values for each experiment.

use std::path::Path;

fn main() -> anyhow::Result<()> {
    statusfile_bench::run(Path::new(env!("CARGO_TARGET_TMPDIR")))
}
