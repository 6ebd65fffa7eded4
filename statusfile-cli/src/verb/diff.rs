use crate::change;
use crate::cli::Diff;
use crate::moment::when;
use crate::out::Out;
use crate::outcome::{Failure, Outcome};
use crate::place::{self, Place};
use anstyle::Style;
use statusfile_runtime::UntypedStatus;
use std::io::Write;

pub(crate) fn run(args: &Diff, out: &mut Out) -> Result<Outcome, Failure> {
    let place = Place::of(&args.path);
    let new = match args.to {
        Some(number) => place.read_generation(number)?,
        None => place.file.read()?,
    };
    let old = match args.from.or(place.generation) {
        Some(number) => place.read_generation(number)?,
        None => place.before(&new)?,
    };
    print(out, &old, &new)?;
    Ok(Outcome::Well)
}

pub(crate) fn print(
    out: &mut Out,
    old: &UntypedStatus,
    new: &UntypedStatus,
) -> Result<(), Failure> {
    let bold = Style::new().bold();
    for (mark, status) in [("---", old), ("+++", new)] {
        let (name, saved) = (place::name(status), when(status.saved_at));
        writeln!(out, "{bold}{mark} {name}, saved {saved}{bold:#}")?;
    }
    if old.version != new.version {
        writeln!(out, "version {} -> {}", old.version, new.version)?;
    }
    change::print(out, old, new)
}
