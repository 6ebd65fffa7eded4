//! What several contenders needed for the same thing.

use crate::unit::Unit;
use anyhow::{Context as _, Result};
use std::fmt::Write as _;

/// The values of some contenders, a value for each round. The first one is what the others are
/// compared with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Comparison {
    pub(crate) file_system: String,
    pub(crate) experiment: String,
    /// What the contenders did: a size, say.
    pub(crate) case: String,
    pub(crate) unit: Unit,
    pub(crate) contenders: Vec<Contender>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Contender {
    pub(crate) name: String,
    pub(crate) values: Vec<f64>,
}

impl Comparison {
    pub(crate) fn contender(&self, name: &str) -> Option<&Contender> {
        self.contenders
            .iter()
            .find(|contender| contender.name == name)
    }

    /// A line for each contender, of fields with a tab between them: the file system, the
    /// experiment, the case, the unit, the contender, and its values with blanks between them.
    pub(crate) fn to_lines(&self) -> String {
        let mut lines = String::new();
        let [file_system, experiment, case] = [&self.file_system, &self.experiment, &self.case];
        for Contender { name, values } in &self.contenders {
            let values: Vec<_> = values.iter().map(|value| format!("{value:e}")).collect();
            let (unit, values) = (self.unit.name(), values.join(" "));
            let _ = writeln!(
                lines,
                "{file_system}\t{experiment}\t{case}\t{unit}\t{name}\t{values}"
            );
        }
        lines
    }

    /// The comparisons in `lines`, in their order.
    pub(crate) fn all(lines: &str) -> Result<Vec<Self>> {
        let mut all: Vec<Self> = Vec::new();
        for line in lines.lines() {
            let one = Self::from_line(line).with_context(|| format!("in the line {line:?}"))?;
            match all.iter_mut().find(|known| known.is_about_what(&one)) {
                Some(known) => known.contenders.extend(one.contenders),
                None => all.push(one),
            }
        }
        Ok(all)
    }

    fn is_about_what(&self, other: &Self) -> bool {
        self.file_system == other.file_system
            && self.experiment == other.experiment
            && self.case == other.case
    }

    fn from_line(line: &str) -> Result<Self> {
        let mut fields = line.split('\t');
        let mut field = || fields.next().context("too few fields");
        Ok(Self {
            file_system: field()?.to_owned(),
            experiment: field()?.to_owned(),
            case: field()?.to_owned(),
            unit: field()?.parse()?,
            contenders: vec![Contender {
                name: field()?.to_owned(),
                values: field()?
                    .split_whitespace()
                    .map(str::parse)
                    .collect::<Result<_, _>>()?,
            }],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again() {
        let comparison = |case: &str| Comparison {
            file_system: "ext4".to_owned(),
            experiment: "load".to_owned(),
            case: case.to_owned(),
            unit: Unit::Seconds,
            contenders: ["read + toml::from_str", "statusfile"]
                .map(|name| Contender {
                    name: name.to_owned(),
                    values: vec![1.25e-5, 3e-6],
                })
                .into(),
        };
        let all = ["300 B", "2 KB"].map(comparison);
        let lines: String = all.iter().map(Comparison::to_lines).collect();
        assert_eq!(Comparison::all(&lines).unwrap(), all);
    }

    #[test]
    fn a_line_that_is_none_is_named() {
        let error = Comparison::all("ext4\tload\n").unwrap_err();
        assert!(format!("{error:#}").contains("ext4"), "{error:#}");
    }
}
