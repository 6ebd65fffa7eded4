//! From comparisons to something to look at.

mod calls;
mod chart;
mod contenders;
mod document;
mod goals;
mod table;

use crate::comparison::Comparison;
use crate::report::document::Document;
use anyhow::{Context as _, Result};
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) use table::table;

/// The file systems on which a flush has something to do, in the order in which they are shown.
const DISKS: &[&str] = &["ext4", "xfs", "btrfs"];

/// What the machine is, in Markdown.
const MACHINE: &str = "machine.md";

/// Keeps what an experiment gave in a file of `directory`.
pub(crate) fn keep(directory: &Path, comparisons: &[Comparison]) -> Result<()> {
    let Some(first) = comparisons.first() else {
        return Ok(());
    };
    let name = format!("{} {}.tsv", first.file_system, first.experiment).replace(' ', "-");
    let lines: String = comparisons.iter().map(Comparison::to_lines).collect();
    Ok(fs::write(directory.join(name), lines)?)
}

/// Fills the blocks of the Markdown file `document` with what is kept in `figures`, and draws the
/// picture beside it. Returns what a person should look at.
///
/// # Errors
///
/// A file that cannot be read or written, figures that are none, and a block that nothing fills.
pub fn write(figures: &Path, document: &Path) -> Result<Vec<String>> {
    let comparisons = kept(figures)?;
    let mut filled = Document::read(document)?;
    let machine = fs::read_to_string(figures.join(MACHINE)).unwrap_or_default();
    filled.fill("machine", &machine)?;
    filled.fill("contenders", &contenders::table().to_string())?;
    filled.fill("targets", &goals::table(&comparisons).to_string())?;
    for experiment in table::in_order(&comparisons, |one| &one.experiment) {
        let of_it = comparisons
            .iter()
            .filter(|one| one.experiment == experiment);
        let of_it: Vec<_> = of_it.cloned().collect();
        filled.fill(experiment, &table(&of_it).to_string())?;
    }
    let mut remarks = Vec::new();
    for operation in ["save", "load"] {
        let Ok(list) = fs::read_to_string(figures.join(format!("{operation}.calls"))) else {
            continue;
        };
        let justified = calls::justify(operation, &list);
        filled.fill(
            &format!("the calls of a {operation}"),
            &justified.table.to_string(),
        )?;
        remarks.extend(justified.remarks);
    }
    if let Some(picture) = chart::draw(&comparisons) {
        fs::write(document.with_extension("svg"), picture)?;
    }
    filled.write()?;
    Ok(remarks)
}

/// All comparisons in the files of `directory`; those that are not about a disk first.
fn kept(directory: &Path) -> Result<Vec<Comparison>> {
    let mut files = Vec::new();
    let entries = fs::read_dir(directory).with_context(|| directory.display().to_string())?;
    for entry in entries {
        let path: PathBuf = entry?.path();
        if path.extension().is_some_and(|ending| ending == "tsv") {
            files.push(path);
        }
    }
    files.sort(); // a run is told like the one before
    let mut comparisons = Vec::new();
    for path in files {
        let lines = fs::read_to_string(&path)?;
        comparisons.extend(Comparison::all(&lines).with_context(|| path.display().to_string())?);
    }
    comparisons.sort_by_key(|one| DISKS.iter().position(|disk| *disk == one.file_system));
    Ok(comparisons)
}
