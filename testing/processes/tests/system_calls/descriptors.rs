//! A program that was started without standard streams does not print into a status.

use crate::{can_trace, strace};
use actors::{ANNOUNCEMENT, shared};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The standard library opens `/dev/null` in the place of closed streams when a program starts, if
/// `poll` reports them. Here it does not, and they stay closed: as where the program is not one of
/// Rust, and calls a library that saves a status.
const UNNOTICED: &str = "inject=?poll,?ppoll:retval=0:when=1";

#[test]
fn no_file_of_a_status_has_the_number_of_a_standard_stream() {
    if !can_trace() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("count/count.toml");
    let log = directory.path().join("log");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-y", "-qq", "-e", UNNOTICED, "-o"]);
    strace.arg(&log);
    strace.args(["sh", "-c", "exec \"$0\" \"$@\" 0<&- 1>&-"]);
    strace.args([strace::ACTOR, "announce"]).arg(&path);
    let output = strace.output().unwrap();
    assert!(output.status.success(), "{output:?}");

    assert_eq!(shared(&path).load().unwrap().number, 1);
    for file in files(path.parent().unwrap()) {
        let text = fs::read_to_string(&file).unwrap();
        assert!(!text.contains(ANNOUNCEMENT), "{}: {text}", file.display());
    }

    let log = fs::read_to_string(&log).unwrap();
    let own = directory.path().join("count");
    let own = own.to_str().unwrap();
    let mut moved = 0;
    for line in log.lines() {
        let Some((name, arguments)) = strace::call(line) else {
            continue;
        };
        let stands_for_stream = ["0<", "1<", "2<"]
            .iter()
            .any(|stream| arguments.starts_with(&format!("{stream}{own}")));
        if stands_for_stream {
            moved += usize::from(arguments.contains("F_DUPFD_CLOEXEC"));
            assert!(["fcntl", "close"].contains(&name), "{line}");
        }
    }
    assert!(moved > 0, "the streams were not closed: {log}");
    assert!(log.contains(&format!("\"{ANNOUNCEMENT}")), "{log}");
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap();
    entries
        .flat_map(|entry| {
            let entry = entry.unwrap();
            match entry.file_type().unwrap() {
                kind if kind.is_dir() => files(&entry.path()),
                kind if kind.is_file() => vec![entry.path()],
                _ => Vec::new(),
            }
        })
        .collect()
}
