//! Counts files, lines, words and bytes by file extension, and goes on where it was when killed.
//!
//! ```sh
//! cargo run --release --example resume              # this project, and the crates it depends on
//! cargo run --release --example resume -- /usr ~/src        # or any files and directories
//! ```
//!
//! Kill it whenever you like, as hard as you like: Ctrl-C, `kill -9`, the power switch. Started
//! again, it goes on after the last checkpoint, and its table is the same to the byte:
//!
//! ```sh
//! cargo build --release --example resume
//! target/release/examples/resume /usr > uninterrupted
//! until timeout -s KILL 2 target/release/examples/resume /usr > killed; do :; done
//! cmp uninterrupted killed
//! ```
//!
//! Where the checkpoints are kept is the first thing it says; they are text, so have a look.
//!
//! Symbolic links are not followed. If the tree changes between two starts, files before the
//! checkpoint stay as they were counted, and those after it are counted as they are.

mod count;
mod table;
mod tree;

use count::Counts;
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};
use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// A checkpoint waits for the disk twice, so there is one now and then rather than one per file.
const BETWEEN_CHECKPOINTS: Duration = Duration::from_millis(100);

/// Everything that a killed run hands on to the next.
#[derive(Serialize, Deserialize, Default, PersistentStatus)]
#[status(
    app = "statusfile-example",
    file = "resume.toml",
    env = "RESUME_STATUS"
)]
struct Progress {
    /// What is being counted.
    roots: Vec<String>,
    /// The last file that `unreadable` and `counts` know of.
    position: Option<String>,
    finished: bool,
    unreadable: u64,
    counts: BTreeMap<String, Counts>,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(format_args!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let roots = tree::roots()?;
    let files = tree::files(&roots);
    let status = Progress::status_file()?;
    say(format_args!("checkpoints: {}", status.location()));

    let mut progress = Progress::load_or_new(&roots)?;
    let done = progress.done(&files);
    if progress.position.is_some() {
        say(format_args!(
            "resuming after {done} of {} files",
            files.len()
        ));
    }
    progress.count(&files, done)?;

    table::print(&progress.counts).map_err(|cause| format!("cannot print the table: {cause}"))?;
    if progress.unreadable > 0 {
        say(format_args!(
            "skipped {} that cannot be read",
            progress.unreadable
        ));
    }
    progress.finish()?;
    Ok(())
}

impl Progress {
    /// What a run that was killed has left, if it was to count the same; else a new beginning.
    fn load_or_new(roots: &[PathBuf]) -> Result<Self, statusfile::Error> {
        let roots: Vec<_> = roots
            .iter()
            .map(|root| tree::escaped(root.as_os_str()))
            .collect();
        let saved = Self::load_or_default()?;
        if saved.roots == roots && !saved.finished {
            return Ok(saved);
        }
        Ok(Self {
            roots,
            ..Self::default()
        })
    }

    /// How many of `files`, which are sorted, lie behind us. Some may be gone or new by now.
    fn done(&self, files: &[PathBuf]) -> usize {
        match &self.position {
            Some(position) => files.partition_point(|file| file <= Path::new(position)),
            None => 0,
        }
    }

    fn count(&mut self, files: &[PathBuf], done: usize) -> Result<(), statusfile::Error> {
        let bar = bar(files.len(), done);
        // The first file is a checkpoint, so that a status that cannot be saved is known at once.
        let mut last: Option<Instant> = None;
        for file in &files[done..] {
            self.add(file);
            bar.inc(1);
            let due = last.is_none_or(|last| last.elapsed() >= BETWEEN_CHECKPOINTS);
            if due && self.checkpoint(file)? {
                last = Some(Instant::now());
            }
        }
        Ok(())
    }

    fn add(&mut self, file: &Path) {
        match count::file(file) {
            Ok(counts) => *self.counts.entry(tree::extension(file)).or_default() += counts,
            Err(_) => self.unreadable += 1,
        }
    }

    /// Saves, unless TOML, which is UTF-8, has no string for the position. The next file may do.
    fn checkpoint(&mut self, file: &Path) -> Result<bool, statusfile::Error> {
        let Some(position) = file.to_str() else {
            return Ok(false);
        };
        self.position = Some(position.to_owned());
        self.save()?;
        Ok(true)
    }

    /// Only once the table is out: killed before, the next run prints it again.
    fn finish(&mut self) -> Result<(), statusfile::Error> {
        self.position = None;
        self.finished = true;
        self.save()
    }
}

/// Shows the user what is going on. That nobody listens is no reason to stop.
fn say(message: impl Display) {
    let _ = writeln!(io::stderr(), "{message}");
}

/// A progress bar, which shows itself only in a terminal and is gone when dropped.
fn bar(files: usize, done: usize) -> ProgressBar {
    let style = "{wide_bar} {human_pos} of {human_len} files, {eta} left";
    let style = ProgressStyle::with_template(style).expect("the template is valid");
    let bar = ProgressBar::new(files as u64)
        .with_style(style)
        .with_finish(ProgressFinish::AndClear);
    bar.set_position(done as u64);
    bar.reset_eta();
    bar
}
