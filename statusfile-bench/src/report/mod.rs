//! From comparisons to a page.

mod calls;
mod chart;
mod table;

use crate::comparison::Comparison;
use crate::report::table::Table;
use crate::saver::Saver;
use anyhow::{Context as _, Result};
use std::fs;
use std::path::Path;

pub(crate) use table::table;

/// The file systems on which a sync has something to do, in the order in which they are shown.
const DISKS: &[&str] = &["ext4", "xfs", "btrfs"];

/// What the machine is, in Markdown.
const MACHINE: &str = "machine.md";

/// The end of a block of the page.
const END: &str = "<!-- /figures -->";

/// Keeps what an experiment gave in a file of `directory`.
pub(crate) fn keep(directory: &Path, comparisons: &[Comparison]) -> Result<()> {
    let Some(first) = comparisons.first() else {
        return Ok(());
    };
    let name = format!("{} {}.tsv", first.file_system, first.experiment).replace(' ', "-");
    let lines: String = comparisons.iter().map(Comparison::to_lines).collect();
    Ok(fs::write(directory.join(name), lines)?)
}

/// Fills the blocks of the Markdown file `page` with what is kept in `figures`, and draws the
/// picture beside it. Returns what a developer should look at.
///
/// # Errors
///
/// A file that cannot be read or written, figures that are none, and a block that is not there.
pub fn write(figures: &Path, page: &Path) -> Result<Vec<String>> {
    let comparisons = kept(figures)?;
    let machine = fs::read_to_string(figures.join(MACHINE)).unwrap_or_default();
    let mut blocks = vec![
        ("machine".to_owned(), machine),
        ("contenders".to_owned(), contenders().to_string()),
    ];
    for experiment in table::in_order(comparisons.iter().map(|one| &one.experiment)) {
        let of_it = comparisons
            .iter()
            .filter(|one| one.experiment == experiment);
        let of_it: Vec<_> = of_it.cloned().collect();
        blocks.push((experiment.to_owned(), table(&of_it).to_string()));
    }
    let mut remarks = Vec::new();
    for operation in ["save", "load"] {
        if let Ok(list) = fs::read_to_string(figures.join(format!("{operation}.calls"))) {
            let (table, of_it) = calls::justify(calls::REASONS, operation, &list);
            blocks.push((format!("the calls of a {operation}"), table.to_string()));
            remarks.extend(of_it);
        }
    }
    let mut text = fs::read_to_string(page).with_context(|| page.display().to_string())?;
    for (name, contents) in blocks {
        text = filled(&text, &name, &contents)
            .with_context(|| format!("{} has no block {name:?}", page.display()))?;
    }
    fs::write(page, text)?;
    if let Some(picture) = chart::draw(&comparisons) {
        fs::write(page.with_extension("svg"), picture)?;
    }
    Ok(remarks)
}

/// All comparisons in the files of `directory`; those that are not about a disk first.
fn kept(directory: &Path) -> Result<Vec<Comparison>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).with_context(|| directory.display().to_string())? {
        files.push(entry?.path());
    }
    files.retain(|path| path.extension().is_some_and(|ending| ending == "tsv"));
    files.sort(); // the same figures give the same page
    let mut comparisons = Vec::new();
    for path in files {
        let lines = fs::read_to_string(&path)?;
        comparisons.extend(Comparison::all(&lines).with_context(|| path.display().to_string())?);
    }
    comparisons.sort_by_key(|one| DISKS.iter().position(|disk| *disk == one.file_system));
    Ok(comparisons)
}

/// What the contenders do.
fn contenders() -> Table {
    let mut table = Table::new(["", "a save is", "syncs", "survives a power loss"]);
    for saver in Saver::all() {
        let row = [saver.name, saver.recipe, saver.syncs, saver.survives];
        table.push(row.map(str::to_owned));
    }
    table
}

/// `text` with `contents` between `<!-- figures: name -->` and the end of that block.
fn filled(text: &str, name: &str, contents: &str) -> Option<String> {
    let begin = format!("<!-- figures: {name} -->");
    let (before, rest) = text.split_once(&begin)?;
    let (_, after) = rest.split_once(END)?;
    let contents = contents.trim_end();
    Some(format!("{before}{begin}\n\n{contents}\n\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_filled_again_and_again_and_the_prose_stays() {
        let empty = "A\n<!-- figures: load -->\n<!-- /figures -->\nB <!-- figures: save -->\n\
                     <!-- /figures -->\n";
        let once = filled(empty, "load", "1.25\n").unwrap();
        assert!(once.starts_with("A\n<!-- figures: load -->\n\n1.25\n\n<!-- /figures -->\nB"));
        assert_eq!(filled(&once, "load", "1.25").unwrap(), once);
        assert!(filled(empty, "updates", "").is_none());
    }
}
