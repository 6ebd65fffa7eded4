use crate::cli::Show;
use crate::content;
use crate::key::Key;
use crate::moment::{self, when};
use crate::out::{Out, say};
use crate::outcome::{Failure, Outcome};
use crate::place::{self, Place};
use anstyle::Style;
use serde_json::{Value as Json, json};
use statusfile_runtime::{Damage, Origin, UntypedStatus};
use std::io::Write;
use std::path::Path;

pub(crate) fn run(args: &Show, out: &mut Out) -> Result<Outcome, Failure> {
    let place = Place::of(&args.path);
    let mut status = place.read(args.generation)?;
    warn_of(&status.skipped);
    if args.previous {
        status = place.before(&status)?;
    }
    if let Some(key) = &args.key {
        super::get::print(out, &status, &Key::parse(key)?, args.json)?;
    } else if args.json {
        out.data(&format!("{:#}\n", as_json(place.path(), &status)?))?;
    } else {
        print(out, place.path(), &status)?;
    }
    Ok(Outcome::Well)
}

pub(crate) fn warn_of(skipped: &[Damage]) {
    for damage in skipped {
        say(format_args!("warning: passed over {damage}"));
    }
}

fn print(out: &mut Out, path: &Path, status: &UntypedStatus) -> Result<(), Failure> {
    let dim = Style::new().dimmed();
    let (name, saved) = (place::name(status), when(status.saved_at));
    let size = moment::size(status.bytes);
    let version = status.version;
    let seal = seal(status);
    writeln!(
        out,
        "{dim}# {}: {name}, saved {saved}{dim:#}",
        path.display()
    )?;
    writeln!(out, "{dim}# {size}, version {version}, {seal}{dim:#}")?;
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

fn as_json(path: &Path, status: &UntypedStatus) -> Result<Json, Failure> {
    let generation = match status.origin {
        Origin::Generation(number) => Some(number),
        _ => None,
    };
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
        |damage| json!({ "file": damage.path.to_string_lossy(), "flaw": damage.flaw.to_string() }),
    );
    let skipped: Vec<Json> = skipped.collect();
    Ok(json!({
        "path": path.to_string_lossy(),
        "file": status.path.to_string_lossy(),
        "generation": generation,
        "saved_at": status.saved_at.map(moment::utc),
        "bytes": status.bytes,
        "version": status.version,
        "seal": seal,
        "skipped": skipped,
        "status": content::json_table(&content::table(status)?),
    }))
}
