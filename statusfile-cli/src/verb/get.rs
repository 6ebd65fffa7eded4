use crate::cli::Get;
use crate::content;
use crate::key::Key;
use crate::out::{Out, warn_of_skipped};
use crate::outcome::{Failure, Outcome};
use crate::place::Place;

pub(crate) fn run(args: &Get, out: &mut Out) -> Result<Outcome, Failure> {
    let key = Key::parse(&args.key)?;
    let status = Place::of(&args.path).read(None)?;
    warn_of_skipped(&status.skipped);
    content::print(out, &status, &key, args.json)?;
    Ok(Outcome::Success)
}
