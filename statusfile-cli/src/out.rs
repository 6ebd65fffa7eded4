//! Data goes to stdout, messages go to stderr.

use anstream::{AutoStream, ColorChoice};
use statusfile_runtime::error::Damage;
use std::fmt::Display;
use std::io::{self, ErrorKind, Stdout, Write};

/// Standard output, with colours only where they are shown. The reader may close the pipe: what is
/// written after that is dropped, and the exit code stays the same.
pub(crate) struct Out {
    stream: AutoStream<Stdout>,
    is_closed: bool,
}

impl Out {
    pub(crate) fn new(color: clap::ColorChoice) -> Self {
        let color = match color {
            clap::ColorChoice::Auto => AutoStream::choice(&io::stdout()),
            clap::ColorChoice::Always => ColorChoice::Always,
            clap::ColorChoice::Never => ColorChoice::Never,
        };
        Self {
            stream: AutoStream::new(io::stdout(), color),
            is_closed: false,
        }
    }

    /// Prints a text of a status byte for byte: an escape sequence in it is data.
    pub(crate) fn data(&mut self, text: &str) -> io::Result<()> {
        if self.is_closed {
            return Ok(());
        }
        let written = io::stdout().write_all(text.as_bytes());
        self.unless_closed(written)
    }

    /// Whether the reader has closed the pipe.
    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed
    }

    fn unless_closed(&mut self, written: io::Result<()>) -> io::Result<()> {
        match written {
            Err(cause) if cause.kind() == ErrorKind::BrokenPipe => {
                self.is_closed = true;
                Ok(())
            }
            written => written,
        }
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.is_closed {
            let written = self.stream.write_all(bytes);
            self.unless_closed(written)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.is_closed {
            return Ok(());
        }
        let flushed = self.stream.flush();
        self.unless_closed(flushed)
    }
}

/// Prints a message to stderr, which may be closed.
pub(crate) fn say(message: impl Display) {
    let _ = writeln!(io::stderr(), "{message}");
}

/// Warns of the newer files that a read passed over.
pub(crate) fn warn_of_skipped(skipped: &[Damage]) {
    for damage in skipped {
        say(format_args!("warning: passed over {damage}"));
    }
}

/// Asks, and waits for an answer.
pub(crate) fn ask(question: impl Display) -> io::Result<String> {
    let mut stderr = io::stderr();
    let _ = write!(stderr, "{question} ");
    let _ = stderr.flush();
    let mut answer = String::new();
    if io::stdin().read_line(&mut answer)? == 0 {
        let _ = writeln!(stderr);
    }
    Ok(answer.trim().to_lowercase())
}
