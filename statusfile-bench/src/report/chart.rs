//! The picture: how long a durable save takes, beside the two syncs that none can do without.

use crate::comparison::Comparison;
use crate::report::DISKS;
use crate::saver::Saver;
use crate::statistics::{Ratio, median};
use std::fmt::Write as _;

const EXPERIMENT: &str = "durable save";
const CASE: &str = "2 KB";
const OURS: &str = "statusfile";

const WIDTH: u32 = 760;
/// Where the bars begin, and where the longest ends.
const LEFT: f64 = 190.0;
const RIGHT: f64 = 650.0;
const TOP: usize = 58;
const BOTTOM: usize = 20;
const BAR: usize = 18;
const STEP: usize = 26;
/// The line with the name of a file system.
const HEAD: usize = 34;

/// It brings its own background, so that it can be read on any.
const STYLE: &str = "
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 16px; font-weight: 600 }
  .group { font-weight: 600 }
  .label { text-anchor: end }
  .faint { fill: #59636e }
  .paper { fill: #ffffff }
  .bar { fill: #b7c0ca }
  .ours { fill: #0969da }
  .half { stroke: #1f2328 }
  .floor { stroke: #59636e; stroke-dasharray: 3 3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .faint { fill: #9198a1 }
    .paper { fill: #0d1117 }
    .bar { fill: #4b535d }
    .ours { fill: #1f6feb }
    .half { stroke: #e6edf3 }
    .floor { stroke: #9198a1 }
  }
";

/// The bars of each disk; nothing where none was measured.
pub(crate) fn draw(comparisons: &[Comparison]) -> Option<String> {
    let groups: Vec<_> = comparisons
        .iter()
        .filter(|one| one.experiment == EXPERIMENT && one.case == CASE)
        .filter(|one| DISKS.contains(&one.file_system.as_str()))
        .map(|one| (one, bars(one)))
        .collect();
    let bars = groups.iter().flat_map(|(_, bars)| bars);
    let ends = bars.map(|(_, ratio)| ratio.of_medians.max(ratio.high));
    let longest = ends.reduce(f64::max)?.max(1.0);
    let x = |ratio: f64| LEFT + (RIGHT - LEFT) * ratio / longest;
    let title = format!("A durable save of {CASE}, as a multiple of the floor");

    let mut shapes = String::new();
    let mut top = TOP;
    for (comparison, bars) in &groups {
        top = draw_group(&mut shapes, comparison, bars, top, x);
    }
    let height = top + BOTTOM;
    Some(format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">
<title>{title}</title>
<style>{STYLE}</style>
<rect class="paper" width="{WIDTH}" height="{height}" rx="8"/>
<text class="title" x="20" y="30">{title}</text>
<text class="faint" x="20" y="50">The floor: one file and its directory synced, by hand. Medians; half of all rounds lie within the thin line.</text>
{shapes}</svg>
"#
    ))
}

/// Those that are durable, beside the floor, which is the first.
fn bars(comparison: &Comparison) -> Vec<(&str, Ratio)> {
    let Some((floor, others)) = comparison.contenders.split_first() else {
        return Vec::new();
    };
    others
        .iter()
        .filter(|one| Saver::named(&one.name).is_ok_and(Saver::is_durable))
        .map(|one| (&*one.name, Ratio::new(&one.values, &floor.values)))
        .collect()
}

/// Returns where the next group begins.
fn draw_group(
    svg: &mut String,
    comparison: &Comparison,
    bars: &[(&str, Ratio)],
    top: usize,
    x: impl Fn(f64) -> f64,
) -> usize {
    let (name, unit) = (&comparison.file_system, comparison.unit);
    let (baseline, first, one) = (top + 18, top + HEAD, x(1.0));
    let _ = writeln!(
        svg,
        r#"<text class="group" x="20" y="{baseline}">{name}</text>"#
    );
    if let Some(floor) = comparison.contenders.first() {
        let (name, value) = (&floor.name, unit.show(median(&floor.values)));
        let _ = writeln!(
            svg,
            r#"<text class="faint" x="{LEFT}" y="{baseline}">{name}: {value}</text>"#
        );
    }
    let mut top = first;
    for (name, ratio) in bars {
        let class = if *name == OURS { "bar ours" } else { "bar" };
        let [end, low, high] = [ratio.of_medians, ratio.low, ratio.high].map(&x);
        let (width, value) = (end - LEFT, ratio.of_medians);
        let (label, middle, baseline) = (LEFT - 10.0, top + BAR / 2, top + BAR - 4);
        let after = end.max(high) + 8.0;
        let _ = writeln!(
            svg,
            r#"<text class="label" x="{label}" y="{baseline}">{name}</text>
<rect class="{class}" x="{LEFT}" y="{top}" width="{width:.1}" height="{BAR}"/>
<line class="half" x1="{low:.1}" x2="{high:.1}" y1="{middle}" y2="{middle}"/>
<text x="{after:.1}" y="{baseline}">{value:.2}</text>"#
        );
        top += STEP;
    }
    let _ = writeln!(
        svg,
        r#"<line class="floor" x1="{one:.1}" x2="{one:.1}" y1="{first}" y2="{top}"/>"#
    );
    top
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(file_system: &str) -> Comparison {
        let line =
            |name, time| format!("{file_system}\t{EXPERIMENT}\t{CASE}\tseconds\t{name}\t{time}\n");
        let lines = line("floor", 2e-3)
            + &line(OURS, 3e-3)
            + &line("confy", 1e-3)
            + &line("atomicwrites", 4e-3);
        Comparison::all(&lines).unwrap().remove(0)
    }

    #[test]
    fn what_is_durable_has_a_bar_beside_the_floor() {
        let svg = draw(&[on("ext4"), on("xfs")]).unwrap();
        assert_eq!(svg.matches("<rect class=\"bar").count(), 4);
        assert_eq!(svg.matches("<rect class=\"bar ours\"").count(), 2);
        assert!(svg.contains(">floor: 2.00 ms<") && !svg.contains("confy"));
        assert!(svg.contains(">1.50<") && svg.contains(">2.00<"));
    }

    #[test]
    fn only_disks_are_drawn() {
        assert!(!draw(&[on("ext4"), on("tmpfs")]).unwrap().contains("tmpfs"));
        assert_eq!(draw(&[on("tmpfs")]), None);
    }
}
