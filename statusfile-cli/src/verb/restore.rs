use crate::change;
use crate::cli::Restore;
use crate::out::{Out, ask, say};
use crate::outcome::{Failure, Outcome};
use crate::place::Place;
use std::io::Write;

pub(crate) fn run(args: &Restore, out: &mut Out) -> Result<Outcome, Failure> {
    let place = Place::of(&args.path);
    let location = place.location();
    let seen = place.file.read()?;
    if let Err(error) = seen.check() {
        return Err(Failure::finding(format!(
            "{error}\nrepair this edit with `statusfile edit`, or move it away"
        )));
    }
    let wanted = match args.generation.or(place.generation) {
        Some(number) => place.read_generation(number)?,
        None => place.before(&seen)?,
    };
    let name = place.name(&wanted);
    let Some(number) = place.number(&wanted) else {
        return Err(Failure::finding(format!(
            "{location}: {name} cannot be restored"
        )));
    };
    if wanted.text == seen.text && wanted.version == seen.version {
        say(format_args!(
            "{location}: {} is the same as {name}; nothing to restore",
            place.name(&seen)
        ));
        return Ok(Outcome::Success);
    }
    change::print_with_names(out, &place, &seen, &wanted)?;
    out.flush()?;
    if !args.yes {
        let answer = ask(format_args!("Restore {name} of {location}? [y/N]"));
        let answer = answer.map_err(Failure::at(location, "ask"))?;
        if !["y", "yes"].contains(&&*answer) {
            return Err(Failure::finding("nothing was restored"));
        }
    }
    let restored = place.file.restore(&seen, number)?;
    say(format_args!(
        "{location}: {} is now what {name} was",
        place.name(&restored)
    ));
    Ok(Outcome::Success)
}
