//! What `wc` counts, on bytes, whatever they mean: a line is a newline, and a word a run of anything
//! but white space. (Some versions of `wc` leave out words in which they can print nothing.)

use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Write};
use std::ops::AddAssign;
use std::path::Path;

#[derive(Serialize, Deserialize, Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) files: u64,
    pub(crate) lines: u64,
    pub(crate) words: u64,
    pub(crate) bytes: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.files += other.files;
        self.lines += other.lines;
        self.words += other.words;
        self.bytes += other.bytes;
    }
}

/// Counts one file, all of it or nothing.
pub(crate) fn file(path: &Path) -> io::Result<Counts> {
    let mut counter = Counter::default();
    io::copy(&mut File::open(path)?, &mut counter)?;
    Ok(Counts {
        files: 1,
        ..counter.counts
    })
}

/// Counts what is written to it.
#[derive(Default)]
struct Counter {
    counts: Counts,
    in_word: bool,
}

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for &byte in bytes {
            let in_word = !is_space(byte);
            self.counts.lines += u64::from(byte == b'\n');
            self.counts.words += u64::from(in_word && !self.in_word);
            self.in_word = in_word;
        }
        self.counts.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// C's `isspace`, which has a vertical tab that `u8::is_ascii_whitespace` lacks.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}
