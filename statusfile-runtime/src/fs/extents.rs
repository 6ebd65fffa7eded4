//! Linux: waiting until the bytes of a file have left the cache, without the commit of a journal that a sync is.

use fiemap::{Fiemap, FiemapFlags};
use rustix::io::Errno;
use std::fs::File;
use std::io;

/// Has all of a file written to the drive, if perhaps to its cache: before it says in which extents a file lies,
/// the kernel writes what is there, and waits for it, if it is asked to (`FIEMAP_FLAG_SYNC`,
/// `Documentation/filesystems/fiemap.rst`). So no later change of a name is durable without these bytes where a file
/// system commits names in their order.
///
/// Returns `false` where a file system does not say it.
///
/// # Errors
///
/// What the drive said when it was to write.
pub(super) fn write_out(file: &File) -> io::Result<bool> {
    let extents = Fiemap::with_flags(file, FiemapFlags::SYNC).next();
    match extents.transpose() {
        Err(cause) if says_nothing(&cause) => Ok(false),
        extents => extents.map(|_| true),
    }
}

/// `EBADR` is for a flag that a file system does not know.
fn says_nothing(cause: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(cause),
        Some(Errno::NOTSUP | Errno::NOTTY | Errno::NOSYS | Errno::INVAL | Errno::BADR)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    #[test]
    fn a_file_of_any_length_is_written_out_and_stays_as_it_is() {
        for bytes in [0, 1, 4096, 1_000_000] {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            let text = vec![b'a'; bytes];
            file.write_all(&text).unwrap();
            write_out(file.as_file()).unwrap();
            let mut read = Vec::new();
            file.reopen().unwrap().read_to_end(&mut read).unwrap();
            assert!(read == text);
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a device is no file of a status")]
    fn what_has_no_extents_says_so() {
        assert!(!write_out(&File::open("/dev/null").unwrap()).unwrap());
    }
}
