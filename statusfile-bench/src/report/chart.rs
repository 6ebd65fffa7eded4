//! The picture: how long a durable save takes, beside the two flushes that none can do without.

use crate::comparison::Comparison;
use crate::report::DISKS;
use crate::saver::Saver;
use crate::statistics::{Ratio, median};
use std::fmt::Write as _;

const EXPERIMENT: &str = "durable save";
const CASE: &str = "2 KB";
const OURS: &str = "statusfile";

const WIDTH: f64 = 760.0;
/// Where the bars begin, and where the longest ends.
const LEFT: f64 = 190.0;
const RIGHT: f64 = 650.0;
const TOP: f64 = 58.0;
const BOTTOM: f64 = 20.0;
const BAR: f64 = 18.0;
const STEP: f64 = 26.0;
/// The line with the name of a file system.
const HEAD: f64 = 34.0;

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

/// The bars of one file system.
struct Group {
    name: String,
    floor: String,
    bars: Vec<(String, Ratio)>,
}

/// Nothing where nothing was measured.
pub(crate) fn draw(comparisons: &[Comparison]) -> Option<String> {
    let is_drawn = |one: &&Comparison| one.experiment == EXPERIMENT && one.case == CASE;
    let all: Vec<_> = comparisons.iter().filter(is_drawn).collect();
    let on_disks = all
        .iter()
        .filter(|one| DISKS.contains(&one.file_system.as_str()));
    let on_disks: Vec<_> = on_disks.copied().collect();
    let drawn = if on_disks.is_empty() { all } else { on_disks };
    let groups: Vec<_> = drawn.into_iter().filter_map(Group::new).collect();
    (!groups.is_empty()).then(|| picture(&groups))
}

impl Group {
    fn new(comparison: &Comparison) -> Option<Self> {
        let (floor, others) = comparison.contenders.split_first()?;
        let durable = others
            .iter()
            .filter(|contender| is_durable(&contender.name));
        let bars = durable.filter_map(|contender| {
            let ratio = comparison.ratio(&contender.name, &floor.name)?;
            Some((contender.name.clone(), ratio))
        });
        Some(Self {
            name: comparison.file_system.clone(),
            floor: format!(
                "{}: {}",
                floor.name,
                comparison.unit.show(median(&floor.values))
            ),
            bars: bars.collect(),
        })
    }

    fn height(&self) -> f64 {
        HEAD + STEP * count(&self.bars)
    }
}

fn is_durable(name: &str) -> bool {
    name.parse().is_ok_and(Saver::is_durable)
}

fn count(bars: &[(String, Ratio)]) -> f64 {
    bars.iter().map(|_| 1.0).sum()
}

fn picture(groups: &[Group]) -> String {
    let bars = groups.iter().flat_map(|group| &group.bars);
    let longest = bars
        .map(|(_, ratio)| ratio.of_medians.max(ratio.high))
        .fold(1.0, f64::max);
    let x = |ratio: f64| LEFT + (RIGHT - LEFT) * ratio / longest;
    let height = TOP + groups.iter().map(Group::height).sum::<f64>() + BOTTOM;
    let title = format!("A durable save of {CASE}, as a multiple of the floor");

    let mut svg = String::new();
    let _ = write!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">
<title>{title}</title>
<style>{STYLE}</style>
<rect class="paper" width="{WIDTH}" height="{height}" rx="8"/>
<text class="title" x="20" y="30">{title}</text>
<text class="faint" x="20" y="50">The floor: one file and its directory flushed, by hand. Medians; half of all rounds lie within the thin line.</text>
"#
    );
    let mut top = TOP;
    for group in groups {
        draw_group(&mut svg, group, top, x);
        top += group.height();
    }
    svg.push_str("</svg>\n");
    svg
}

fn draw_group(svg: &mut String, group: &Group, top: f64, x: impl Fn(f64) -> f64) {
    let (name, floor) = (escaped(&group.name), escaped(&group.floor));
    let (baseline, first, one) = (top + 18.0, top + HEAD, x(1.0));
    let last = first + STEP * count(&group.bars);
    let _ = write!(
        svg,
        r#"<text class="group" x="20" y="{baseline}">{name}</text>
<text class="faint" x="{LEFT}" y="{baseline}">{floor}</text>
"#
    );
    for (number, (name, ratio)) in (0_u16..).zip(&group.bars) {
        draw_bar(svg, name, *ratio, first + STEP * f64::from(number), &x);
    }
    let _ = writeln!(
        svg,
        r#"<line class="floor" x1="{one:.1}" x2="{one:.1}" y1="{first}" y2="{last}"/>"#
    );
}

fn draw_bar(svg: &mut String, name: &str, ratio: Ratio, top: f64, x: impl Fn(f64) -> f64) {
    let class = if name == OURS { "bar ours" } else { "bar" };
    let [end, low, high] = [ratio.of_medians, ratio.low, ratio.high].map(x);
    let (name, width, value) = (escaped(name), end - LEFT, ratio.of_medians);
    let (label, middle, baseline) = (LEFT - 10.0, top + BAR / 2.0, top + BAR - 4.0);
    let after = end.max(high) + 8.0;
    let _ = write!(
        svg,
        r#"<text class="label" x="{label}" y="{baseline}">{name}</text>
<rect class="{class}" x="{LEFT}" y="{top}" width="{width:.1}" height="{BAR}"/>
<line class="half" x1="{low:.1}" x2="{high:.1}" y1="{middle}" y2="{middle}"/>
<text x="{after:.1}" y="{baseline}">{value:.2}</text>
"#
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::Contender;
    use crate::unit::Unit;

    fn on(file_system: &str) -> Comparison {
        Comparison {
            file_system: file_system.to_owned(),
            experiment: EXPERIMENT.to_owned(),
            case: CASE.to_owned(),
            unit: Unit::Seconds,
            contenders: [
                ("<floor>", 2e-3),
                (OURS, 3e-3),
                ("confy", 1e-3),
                ("atomicwrites", 4e-3),
            ]
            .map(|(name, value)| Contender {
                name: name.to_owned(),
                values: vec![value; 3],
            })
            .into(),
        }
    }

    #[test]
    fn who_is_durable_has_a_bar_and_names_are_text() {
        let svg = draw(&[on("ext4"), on("xfs")]).unwrap();
        assert_eq!(svg.matches("<rect class=\"bar").count(), 4);
        assert_eq!(svg.matches("<rect class=\"bar ours\"").count(), 2);
        assert!(svg.contains("&lt;floor&gt;: 2.00 ms") && !svg.contains("confy"));
    }

    #[test]
    fn memory_is_drawn_only_where_there_is_no_disk() {
        assert!(!draw(&[on("ext4"), on("tmpfs")]).unwrap().contains("tmpfs"));
        assert!(draw(&[on("tmpfs")]).unwrap().contains("tmpfs"));
        assert_eq!(draw(&[]), None);
    }
}
