use crate::cli::History;
use crate::moment::{self, when};
use crate::out::{Out, say};
use crate::outcome::{Failure, Outcome};
use crate::place::Place;
use anstyle::{AnsiColor, Style};
use serde_json::{Value as Json, json};
use statusfile_runtime::untyped::UntypedStatus;
use statusfile_runtime::{Error, Origin};
use std::io::Write;
use std::time::SystemTime;

/// A generation, or what lies at the path and is none.
struct Row {
    name: String,
    generation: Option<u64>,
    saved_at: Option<SystemTime>,
    bytes: Option<u64>,
    version: Option<u32>,
    damage: Option<String>,
    is_loaded: bool,
}

pub(crate) fn run(args: &History, out: &mut Out) -> Result<Outcome, Failure> {
    let place = Place::of(&args.path);
    let (loaded, outcome) = match place.file.read() {
        Ok(status) => (Some(status), Outcome::Success),
        Err(error @ Error::NotFound { .. }) => return Err(error.into()),
        Err(error) => {
            let Failure { outcome, message } = error.into();
            say(message);
            (None, outcome)
        }
    };
    let rows = rows(&place, loaded.as_ref())?;
    if args.json {
        let rows: Vec<Json> = rows.iter().map(Row::as_json).collect();
        writeln!(out, "{:#}", Json::Array(rows))?;
    } else {
        print(out, &rows)?;
    }
    Ok(outcome)
}

fn rows(place: &Place, loaded: Option<&UntypedStatus>) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    let loaded_number = loaded.and_then(|status| place.number(status));
    if let Some(status) = loaded.filter(|_| loaded_number.is_none()) {
        let is_edit = status.origin == Origin::Edit;
        rows.push(Row {
            name: if is_edit { "edit" } else { "path" }.to_owned(),
            generation: None,
            saved_at: status.saved_at,
            bytes: Some(status.bytes),
            version: Some(status.version),
            damage: status.check().err().map(|_| "is not TOML".to_owned()),
            is_loaded: true,
        });
    }
    for kept in place.file.history()? {
        let (version, damage) = match kept.version {
            Ok(version) => (Some(version), None),
            Err(kind) => (None, Some(kind.to_string())),
        };
        rows.push(Row {
            name: kept.number.to_string(),
            generation: Some(kept.number),
            saved_at: kept.saved_at,
            bytes: kept.bytes,
            version,
            damage,
            is_loaded: loaded_number == Some(kept.number),
        });
    }
    Ok(rows)
}

fn print(out: &mut Out, rows: &[Row]) -> Result<(), Failure> {
    let mut cells =
        vec![["", "GENERATION", "SAVED", "SIZE", "VERSION", "STATE"].map(str::to_owned)];
    cells.extend(rows.iter().map(Row::cells));
    let width = |column: usize| cells.iter().map(|row| row[column].chars().count()).max();
    let widths: [usize; 5] = std::array::from_fn(|column| width(column).unwrap_or(0));
    for (at, row) in cells.iter().enumerate() {
        let style = match at.checked_sub(1).and_then(|at| rows.get(at)) {
            None => Style::new().bold(),
            Some(row) if row.damage.is_some() => Style::new().fg_color(Some(AnsiColor::Red.into())),
            Some(row) if row.is_loaded => Style::new().fg_color(Some(AnsiColor::Green.into())),
            Some(_) => Style::new(),
        };
        write!(out, "{style}")?;
        for (cell, &width) in row.iter().zip(&widths) {
            write!(out, "{cell:width$}  ")?;
        }
        writeln!(out, "{}{style:#}", row[5])?;
    }
    Ok(())
}

impl Row {
    fn cells(&self) -> [String; 6] {
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        [
            if self.is_loaded { "*" } else { "" }.to_owned(),
            self.name.clone(),
            or_none(self.saved_at.map(|time| when(Some(time)))),
            or_none(self.bytes.map(moment::size)),
            or_none(self.version.map(|version| version.to_string())),
            match &self.damage {
                None => "good".to_owned(),
                Some(damage) => format!("damaged: {damage}"),
            },
        ]
    }

    fn as_json(&self) -> Json {
        json!({
            "generation": self.generation,
            "saved_at": self.saved_at.map(moment::utc),
            "bytes": self.bytes,
            "version": self.version,
            "good": self.damage.is_none(),
            "damage": self.damage,
            "loaded": self.is_loaded,
        })
    }
}
