use crate::change;
use crate::cli::Watch;
use crate::moment;
use crate::out::{Out, say};
use crate::outcome::{Failure, Outcome};
use crate::place::{self, Place};
use anstyle::Style;
use statusfile_runtime::Origin;
use statusfile_runtime::untyped::UntypedStatus;
use std::io::Write;
use std::sync::mpsc;

pub(crate) fn run(args: &Watch, out: &mut Out) -> Result<Outcome, Failure> {
    let place = Place::of(&args.path);
    let (sender, changes) = mpsc::channel();
    let _watch = place.file.watch(move |change| {
        // The receiver is gone when this command ends.
        let _ = sender.send(change);
    })?;
    let kept = place.file.history()?;
    let mut printer = Printer {
        last: place.file.read().ok(),
        seen: kept.first().map_or(0, |kept| kept.number),
        place,
        out,
    };
    let location = printer.place.location();
    match &printer.last {
        Some(status) => say(format_args!(
            "watching {location}, now at {}",
            place::name(status)
        )),
        None => say(format_args!("watching {location}; there is no status yet")),
    }
    for change in changes {
        match change {
            Ok(status) => printer.print_new(status)?,
            Err(error) => say(error),
        }
        if printer.out.is_closed() {
            break;
        }
    }
    Ok(Outcome::Success)
}

struct Printer<'a> {
    place: Place,
    out: &'a mut Out,
    /// What was printed last, or was there before.
    last: Option<UntypedStatus>,
    /// The highest number seen.
    seen: u64,
}

impl Printer<'_> {
    /// Prints the generations that are new since the last call and still kept, and then an edit.
    fn print_new(&mut self, newest: UntypedStatus) -> Result<(), Failure> {
        let mut kept = self.place.file.history()?;
        // After a removal the numbers start at 1 again.
        let end = kept.first().map_or(0, |kept| kept.number);
        let begin = if end < self.seen { 0 } else { self.seen };
        self.seen = end;
        kept.retain(|kept| kept.number > begin && kept.version.is_ok());
        for kept in kept.iter().rev() {
            // It may be gone by now.
            if let Ok(status) = self.place.file.read_generation(kept.number) {
                self.print(status)?;
            }
        }
        if newest.origin == Origin::Edit {
            self.print(newest)?;
        }
        Ok(())
    }

    fn print(&mut self, status: UntypedStatus) -> Result<(), Failure> {
        let bold = Style::new().bold();
        let name = place::name(&status);
        let time = status.saved_at.map_or_else(String::new, moment::utc);
        let (size, version) = (moment::size(status.bytes), status.version);
        writeln!(
            self.out,
            "{bold}{time} {name}: {size}, version {version}{bold:#}"
        )?;
        if let Some(last) = &self.last {
            if let Err(failure) = change::print(self.out, last, &status) {
                say(failure.message);
            }
        }
        self.out.flush()?;
        self.last = Some(status);
        Ok(())
    }
}
