//! What is on a disk.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

const BLOCK: usize = 4096;

/// The bytes of a disk. A clone shares all blocks until one of the two changes them, so that a
/// thousand images of a disk cost little more than one.
#[derive(Debug, Clone)]
pub(crate) struct Contents {
    /// `None` is a block of zeros.
    blocks: Vec<Option<Arc<[u8; BLOCK]>>>,
}

impl Contents {
    /// A new disk, full of zeros.
    pub(crate) fn new(size: u64) -> Self {
        let blocks = usize::try_from(size).expect("a disk that fits into memory") / BLOCK;
        Self {
            blocks: vec![None; blocks],
        }
    }

    pub(crate) fn read(&self, offset: u64, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length);
        for piece in pieces(offset, length) {
            match &self.blocks[piece.block] {
                Some(block) => bytes.extend_from_slice(&block[piece.from..piece.to]),
                None => bytes.resize(bytes.len() + piece.to - piece.from, 0),
            }
        }
        bytes
    }

    pub(crate) fn write(&mut self, offset: u64, mut bytes: &[u8]) {
        for piece in pieces(offset, bytes.len()) {
            let (now, later) = bytes.split_at(piece.to - piece.from);
            let block = &mut self.blocks[piece.block];
            if now == [0; BLOCK] {
                // Makers of file systems write zeros by the megabyte.
                *block = None;
            } else {
                let block = block.get_or_insert_with(|| Arc::new([0; BLOCK]));
                Arc::make_mut(block)[piece.from..piece.to].copy_from_slice(now);
            }
            bytes = later;
        }
    }

    /// Makes `file` this disk, and nothing else.
    pub(crate) fn write_to(&self, file: &File) -> io::Result<()> {
        file.set_len(0)?;
        file.set_len((self.blocks.len() * BLOCK) as u64)?;
        for (index, block) in self.blocks.iter().enumerate() {
            if let Some(block) = block {
                file.write_all_at(&block[..], (index * BLOCK) as u64)?;
            }
        }
        Ok(())
    }
}

/// A part of a block.
struct Piece {
    block: usize,
    from: usize,
    to: usize,
}

/// Splits `length` bytes from `offset` on at the edges of the blocks.
fn pieces(offset: u64, length: usize) -> impl Iterator<Item = Piece> {
    let start = usize::try_from(offset).expect("an offset within the disk");
    let end = start + length;
    (start / BLOCK..end.div_ceil(BLOCK)).map(move |block| Piece {
        block,
        from: start.saturating_sub(block * BLOCK),
        to: (end - block * BLOCK).min(BLOCK),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_across_blocks_and_a_clone_keeps_what_it_had() {
        let mut disk = Contents::new(4 * BLOCK as u64);
        let bytes: Vec<u8> = (0..=255).cycle().take(BLOCK + 1024).collect();
        disk.write(3584, &bytes);
        let before = disk.clone();
        disk.write(4096, &[7; 512]);

        assert_eq!(before.read(3584, bytes.len()), bytes);
        assert_eq!(disk.read(4096, 512), [7; 512]);
        assert_eq!(disk.read(4608, 512), bytes[1024..1536]);
        assert_eq!(disk.read(0, 3584), [0; 3584]);
        disk.write(4096, &[0; BLOCK]);
        assert_eq!(disk.read(4096, BLOCK), [0; BLOCK]);
    }
}
