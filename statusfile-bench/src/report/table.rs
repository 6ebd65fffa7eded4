//! Comparisons as a table.

use crate::comparison::Comparison;
use crate::statistics::{Ratio, median, quantile};
use crate::unit::Unit;
use std::fmt;

/// Rows of cells, shown as Markdown that is a table in a terminal, too.
#[derive(Debug, PartialEq)]
pub(crate) struct Table(Vec<Vec<String>>);

impl Table {
    pub(crate) fn new<const COLUMNS: usize>(head: [&str; COLUMNS]) -> Self {
        Self(vec![head.map(str::to_owned).into()])
    }

    pub(crate) fn push<const COLUMNS: usize>(&mut self, row: [String; COLUMNS]) {
        self.0.push(row.into());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.0.first().map_or(0, Vec::len);
        let width = |column: usize| {
            let cells = self.0.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<_> = (0..columns).map(width).collect();
        for (number, row) in self.0.iter().enumerate() {
            for (cell, width) in row.iter().zip(&widths) {
                write!(f, "| {cell:<width$} ")?;
            }
            writeln!(f, "|")?;
            if number == 0 {
                for width in &widths {
                    write!(f, "|{:-<1$}", "", width + 2)?;
                }
                writeln!(f, "|")?;
            }
        }
        Ok(())
    }
}

/// A row for each contender in each case, a column for each file system. The first contender of a
/// case has its median, the others their ratio to that one, and from where to where half of the
/// ratios in each round lie. What is counted is shown as it is, and what has nothing beside it with
/// its least and most.
pub(crate) fn table(comparisons: &[Comparison]) -> Table {
    let file_systems = in_order(comparisons.iter().map(|one| &one.file_system));
    let mut head = vec![String::new(), String::new()];
    head.extend(file_systems.iter().map(|name| (*name).to_owned()));
    let mut rows = vec![head];
    for case in in_order(comparisons.iter().map(|one| &one.case)) {
        let here: Vec<_> = comparisons.iter().filter(|one| one.case == case).collect();
        let contenders = here.iter().flat_map(|one| &one.contenders);
        let names = in_order(contenders.map(|contender| &contender.name));
        for (number, name) in names.into_iter().enumerate() {
            let case = if number == 0 { case } else { "" };
            let mut row = vec![case.to_owned(), name.to_owned()];
            row.extend(file_systems.iter().map(|file_system| {
                let there = here.iter().find(|one| one.file_system == *file_system);
                there.and_then(|one| cell(one, name)).unwrap_or_default()
            }));
            rows.push(row);
        }
    }
    Table(rows)
}

fn cell(comparison: &Comparison, name: &str) -> Option<String> {
    let values = &comparison.contender(name)?.values;
    let show = |value| comparison.unit.show(value);
    let shown = show(median(values));
    Some(match &comparison.contenders[..] {
        [_] => {
            let [least, most] = [0.0, 1.0].map(|part| show(quantile(values, part)));
            if least == most {
                shown
            } else {
                format!("{shown} ({least} to {most})")
            }
        }
        [reference, ..] if reference.name != name && comparison.unit != Unit::Count => {
            let ratio = Ratio::new(values, &reference.values);
            let (low, high) = (ratio.low, ratio.high);
            format!("{:.2} ({low:.2}–{high:.2})", ratio.of_medians)
        }
        _ => shown,
    })
}

/// Each name once, in the order in which they first come.
pub(crate) fn in_order<'a>(names: impl IntoIterator<Item = &'a String>) -> Vec<&'a str> {
    let mut seen: Vec<&str> = Vec::new();
    for name in names {
        if !seen.contains(&name.as_str()) {
            seen.push(name);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_stand_beside_the_median_of_the_reference() {
        let on = |file_system: &str, ours: f64| {
            let lines = format!(
                "{file_system}\tload\t2 KB\tseconds\tstd\t2e-3 2e-3 4e-3\n\
                 {file_system}\tload\t2 KB\tseconds\tours\t{ours} {ours} {ours}\n"
            );
            Comparison::all(&lines).unwrap().remove(0)
        };
        let table = table(&[on("ext4", 2e-3), on("xfs", 4e-3)]).to_string();
        assert_eq!(
            table,
            "|      |      | ext4             | xfs              |\n\
             |------|------|------------------|------------------|\n\
             | 2 KB | std  | 2.00 ms          | 2.00 ms          |\n\
             |      | ours | 1.00 (0.75–1.00) | 2.00 (1.50–2.00) |\n"
        );
    }
}
