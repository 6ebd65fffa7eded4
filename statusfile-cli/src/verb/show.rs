use crate::as_json::{AsJson, printed};
use crate::cli::Show;
use crate::content;
use crate::key::Key;
use crate::moment::{self, when};
use crate::out::{Out, warn_of_skipped};
use crate::outcome::{Failure, Outcome};
use crate::place::Place;
use anstyle::Style;
use serde::Serialize;
use serde_json::{Value as Json, json};
use statusfile_runtime::untyped::UntypedStatus;
use std::io::Write;
use toml::de::DeValue;

pub(crate) fn run(args: &Show, out: &mut Out) -> Result<Outcome, Failure> {
    let place = Place::of(&args.path);
    let mut status = place.read(args.generation)?;
    warn_of_skipped(&status.skipped);
    if args.previous {
        status = place.before(&status)?;
    }
    if let Some(key) = &args.key {
        content::print(out, &status, &Key::parse(key)?, args.json)?;
    } else if args.json {
        print_json(out, &place, &status)?;
    } else {
        print(out, &place, &status)?;
    }
    Ok(Outcome::Success)
}

fn print(out: &mut Out, place: &Place, status: &UntypedStatus) -> Result<(), Failure> {
    let dim = Style::new().dimmed();
    let (name, saved) = (place.name(status), when(status.saved_at));
    let location = place.location();
    let size = moment::size(status.bytes);
    let version = match &status.type_name {
        Some(name) => format!("{name} version {}", status.version),
        None => format!("version {}", status.version),
    };
    let seal = seal(status);
    writeln!(out, "{dim}# {location}: {name}, saved {saved}{dim:#}")?;
    writeln!(out, "{dim}# {size}, {version}, {seal}{dim:#}")?;
    let text = &status.text;
    out.data(text)?;
    if !text.is_empty() && !text.ends_with('\n') {
        writeln!(out)?;
    }
    Ok(())
}

fn seal(status: &UntypedStatus) -> String {
    match status.seal {
        Some(seal) if seal.holds => format!("seal holds (crc32 {:08x})", seal.crc32),
        Some(_) => "the seal is that of the text before the edit".to_owned(),
        None => "no seal".to_owned(),
    }
}

/// All there is to know, sorted by name.
#[derive(Serialize)]
struct Report<'a> {
    bytes: u64,
    file: String,
    generation: Option<u64>,
    path: String,
    saved_at: Option<String>,
    seal: Option<Json>,
    skipped: Vec<Json>,
    status: AsJson<'a>,
    #[serde(rename = "type")]
    type_name: Option<&'a str>,
    version: u32,
}

fn print_json(out: &mut Out, place: &Place, status: &UntypedStatus) -> Result<(), Failure> {
    let seal = status.seal.map(|seal| {
        json!({
            "format": seal.format,
            "version": seal.version,
            "bytes": seal.bytes,
            "crc32": format!("{:08x}", seal.crc32),
            "holds": seal.holds,
        })
    });
    let skipped = status.skipped.iter().map(
        |damage| json!({ "file": damage.location.to_string(), "damage": damage.kind.to_string() }),
    );
    let values = DeValue::Table(content::table(status)?);
    let report = Report {
        bytes: status.bytes,
        file: status.location.to_string(),
        generation: place.number(status),
        path: place.location().to_string(),
        saved_at: status.saved_at.map(moment::utc),
        seal,
        skipped: skipped.collect(),
        status: AsJson(&values),
        type_name: status.type_name.as_deref(),
        version: status.version,
    };
    Ok(out.data(&printed(&report)?)?)
}
