//! From comparisons to something to look at.

mod table;

use crate::comparison::Comparison;
use anyhow::Result;
use std::fs;
use std::path::Path;

pub(crate) use table::table;

/// Keeps what an experiment gave in a file of `directory`.
pub(crate) fn keep(directory: &Path, comparisons: &[Comparison]) -> Result<()> {
    let Some(first) = comparisons.first() else {
        return Ok(());
    };
    let name = format!("{} {}.tsv", first.file_system, first.experiment).replace(' ', "-");
    let lines: String = comparisons.iter().map(Comparison::to_lines).collect();
    Ok(fs::write(directory.join(name), lines)?)
}
