use crate::change;
use crate::cli::Diff;
use crate::out::Out;
use crate::outcome::{Failure, Outcome};
use crate::place::Place;

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
    change::print_with_names(out, &place, &old, &new)?;
    Ok(Outcome::Success)
}
