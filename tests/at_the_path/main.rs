//! What other programs do to the file at the path, each of them a real process.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "these run in tests only")]

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/place.rs"]
mod place;

#[cfg(target_os = "linux")]
mod attributes;
mod copies;
mod editors;
mod links;
#[cfg(target_os = "linux")]
mod mounts;
mod readers;
mod restores;

use place::Place;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// Whether this program is installed; says that it is not.
fn has(program: &str) -> bool {
    let found = Command::new("sh")
        .args(["-c", "command -v \"$0\" > /dev/null", program])
        .status();
    let is_there = found.unwrap().success();
    if !is_there {
        let _ = writeln!(io::stderr(), "skipped: {program} is not installed");
    }
    is_there
}

/// Runs a shell command in which `$1` is the path, in the directory of that.
#[track_caller]
fn shell(path: &Path, command: &str) {
    shell_with(path, command, "");
}

/// The same with this input.
#[track_caller]
fn shell_with(path: &Path, command: &str, input: &str) {
    let mut child = Command::new("sh")
        .args(["-ec", command, "sh"])
        .arg(path)
        .current_dir(path.parent().unwrap())
        .env("TERM", "xterm")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{command}: {output:?}");
}

impl Place {
    /// What the generations hold below their seals, the oldest first.
    fn texts(&self) -> Vec<String> {
        let mut history = self.file.history().unwrap();
        history.reverse();
        let texts = history.iter().map(|kept| {
            let file = fs::read_to_string(kept.location.path().unwrap()).unwrap();
            file.split_once('\n').unwrap().1.to_owned()
        });
        texts.collect()
    }

    /// Expects a copy of the newest generation at the path, in an ordinary file of its own.
    #[track_caller]
    fn is_published(&self) {
        let newest = &self.file.history().unwrap()[0];
        let newest = fs::read(newest.location.path().unwrap()).unwrap();
        assert_eq!(fs::read(&self.path).unwrap(), newest);
        let metadata = fs::symlink_metadata(&self.path).unwrap();
        assert!(metadata.is_file(), "{metadata:?}");
        assert_eq!(std::os::unix::fs::MetadataExt::nlink(&metadata), 1);
    }
}
