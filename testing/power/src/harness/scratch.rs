//! A directory to work in, of which nothing is left.

use crate::harness::file_system::unmount_from;
use crate::harness::loop_device::LoopDevice;
use anyhow::Result;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;

const PREFIX: &str = "statusfile-power-";
/// In memory: only what the harness records is to be thought of as a disk.
const BASE: &str = "/dev/shm";

/// A directory of this process, removed with all that is mounted below when it is dropped.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// Clears away what processes that were killed have left, and makes a new one.
    pub(crate) fn new() -> Result<Self> {
        for entry in fs::read_dir(BASE)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if let Some(process) = name.strip_prefix(PREFIX) {
                if !Path::new("/proc").join(process).exists() {
                    clear(&path);
                }
            }
        }
        let path = Path::new(BASE).join(format!("{PREFIX}{}", process::id()));
        fs::create_dir(&path)?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        clear(&self.0);
    }
}

/// Takes down whatever is there, as far as it is: mounts first, then the devices below them.
fn clear(directory: &Path) {
    let _ = unmount_from(&directory.join("mounted"));
    let _ = LoopDevice::all_below(directory);
    let _ = unmount_from(&directory.join("served"));
    let _ = fs::remove_dir_all(directory);
}
