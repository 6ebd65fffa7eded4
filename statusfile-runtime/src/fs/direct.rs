//! Linux: waiting until the bytes of a file have left the cache, without the commit of a journal that a sync is.

use rustix::fs::{OFlags, fcntl_setfl};
use rustix::io::{Errno, pread, retry_on_intr};
use std::fs::File;
use std::io;

/// What drives and file systems ask of memory and lengths, at most.
const ALIGNMENT: usize = 4096;

/// In bytes: what is read at once.
const CHUNK: usize = 64 * ALIGNMENT;

/// Has all of a file written to the drive, if perhaps to its cache: before it reads past the cache of files, the
/// kernel writes what is there, and waits for it (open(2), `O_DIRECT`). So no later change of a name is durable
/// without these bytes where a file system commits names in their order.
///
/// Returns `false` where a file system cannot read so. What is written to this open file later goes past the cache, too.
///
/// # Errors
///
/// What the drive said when it was to write or to read.
pub(super) fn write_out(file: &File, bytes: u64) -> io::Result<bool> {
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    let length = bytes.clamp(1, CHUNK).next_multiple_of(ALIGNMENT);
    let mut memory = vec![0; length + ALIGNMENT];
    let start = memory.as_ptr().align_offset(ALIGNMENT);
    let Some(chunk) = memory
        .get_mut(start..)
        .and_then(|rest| rest.get_mut(..length))
    else {
        return Ok(false);
    };
    let read = fcntl_setfl(file, OFlags::DIRECT).and_then(|()| {
        (0..bytes).step_by(CHUNK).try_for_each(|at| {
            let read = retry_on_intr(|| pread(file, &mut *chunk, at as u64));
            read.map(drop)
        })
    });
    match read {
        Err(Errno::INVAL | Errno::NOTSUP) => Ok(false),
        read => Ok(read.map(|()| true)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    #[test]
    fn a_file_of_any_length_is_written_out_and_stays_as_it_is() {
        for bytes in [0, 1, ALIGNMENT, 2 * CHUNK + 5] {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            let text = vec![b'a'; bytes];
            file.write_all(&text).unwrap();
            write_out(file.as_file(), bytes as u64).unwrap();
            let mut read = Vec::new();
            file.reopen().unwrap().read_to_end(&mut read).unwrap();
            assert!(read == text);
        }
    }
}
