//! One call, for those who trace its system calls.

use actors::{Count, MARKS, shared};
use statusfile::Durability;
use std::error::Error as StdError;
use std::fs::{self, File};
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::os::fd::AsFd;
use std::process;
use std::time::Duration;

/// Does one thing, says how it went and who it is, and stays until its input is closed.
///
/// A fault may hit every `read` and `write` from some moment on, so this speaks through `readv` and
/// `writev`.
pub(crate) fn once(operation: &str, path: &str, number: u64) -> Result<(), Box<dyn StdError>> {
    let file = shared(path).lock_timeout(Duration::from_millis(100));
    let input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let _ = fs::metadata(MARKS[0]);
    let done = match operation {
        "save" => file
            .save(&Count::new(number))
            .map(|()| format!("saved {number}")),
        "save-without-syncs" => file
            .durability(Durability::Process)
            .save(&Count::new(number))
            .map(|()| format!("saved {number}")),
        "add" => file.update(|count| {
            *count = Count::new(count.number + number);
            format!("saved {}", count.number)
        }),
        "load" => file.read().map(|loaded| {
            let whole = if loaded.value.is_whole() {
                "loaded"
            } else {
                "torn"
            };
            format!(
                "{whole} {} past {}",
                loaded.value.number,
                loaded.skipped.len()
            )
        }),
        _ => return Err(format!("once what? {operation}").into()),
    };
    let _ = fs::metadata(MARKS[1]);
    let report = done.unwrap_or_else(|error| {
        let kind = if error.may_be_visible() {
            "visible"
        } else {
            "failed"
        };
        format!("{kind} {error}")
    });
    let report = format!("{report}\n{}\n", process::id());
    let length = io::stderr().write_vectored(&[IoSlice::new(report.as_bytes())])?;
    assert_eq!(length, report.len());
    let _ = (&input).read_vectored(&mut [IoSliceMut::new(&mut [0])])?;
    Ok(())
}
