//! A file as a block device.

use anyhow::{Context as _, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A loop device, detached when it is dropped.
#[derive(Debug)]
pub(crate) struct LoopDevice {
    pub(crate) path: PathBuf,
}

impl LoopDevice {
    pub(crate) fn on(file: &Path) -> Result<Self> {
        let output = Command::new("losetup")
            .args(["--find", "--show"])
            .arg(file)
            .output()
            .context("cannot run losetup")?;
        ensure!(
            output.status.success(),
            "losetup {}: {}",
            file.display(),
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(Self {
            path: String::from_utf8(output.stdout)?.trim().into(),
        })
    }

    /// Those on files below `directory`.
    pub(crate) fn all_below(directory: &Path) -> Result<Vec<Self>> {
        let output = Command::new("losetup")
            .args(["--list", "--noheadings", "--output", "NAME,BACK-FILE"])
            .output()
            .context("cannot run losetup")?;
        let list = String::from_utf8_lossy(&output.stdout);
        Ok(list
            .lines()
            .filter_map(|line| line.split_once(char::is_whitespace))
            .filter(|(_, file)| Path::new(file.trim()).starts_with(directory))
            .map(|(name, _)| Self { path: name.into() })
            .collect())
    }
}

impl Drop for LoopDevice {
    fn drop(&mut self) {
        let _ = Command::new("losetup")
            .arg("--detach")
            .arg(&self.path)
            .output();
    }
}
