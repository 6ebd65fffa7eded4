use crate::change;
use crate::cli::Watch;
use crate::moment;
use crate::out::{Out, say};
use crate::outcome::{Failure, Outcome};
use crate::place::Place;
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
            printer.place.name(status)
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
    /// The highest number printed, or there before.
    seen: u64,
}

impl Printer<'_> {
    /// Prints the generations that are new since the last call and still kept, up to the one that lies at
    /// the path; and then what lies there, if it is none of them.
    fn print_new(&mut self, newest: UntypedStatus) -> Result<(), Failure> {
        let number = self.place.number(&newest);
        if number.is_none() && newest.origin == Origin::Path && !self.is_still_there(&newest) {
            // Others have saved since, and its generation is gone. They are reported, too.
            return Ok(());
        }
        let mut kept = self.place.file.history()?;
        // After a removal the numbers start at 1 again.
        let end = kept.first().map_or(0, |kept| kept.number);
        let begin = if end < self.seen { 0 } else { self.seen };
        // A save that is going on has named its generation already: it is printed when it is at the path.
        let end = number.unwrap_or(end);
        self.seen = begin.max(end);
        kept.retain(|kept| (begin + 1..=end).contains(&kept.number) && kept.version.is_ok());
        for kept in kept.iter().rev() {
            // It may be gone by now.
            if let Ok(status) = self.place.file.read_generation(kept.number) {
                self.print(status)?;
            }
        }
        let is_restored = number.is_none_or(|number| number <= begin) && !self.is_last(&newest);
        if newest.origin == Origin::Edit || is_restored {
            self.print(newest)?;
        }
        Ok(())
    }

    fn is_still_there(&self, seen: &UntypedStatus) -> bool {
        let now = self.place.file.read();
        now.is_ok_and(|now| is_same(&now, seen))
    }

    /// Whether it was printed last, or was there before.
    fn is_last(&self, status: &UntypedStatus) -> bool {
        (self.last.as_ref()).is_some_and(|last| is_same(last, status))
    }

    fn print(&mut self, status: UntypedStatus) -> Result<(), Failure> {
        let bold = Style::new().bold();
        let name = self.place.name(&status);
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

/// No two saves have one time.
fn is_same(one: &UntypedStatus, other: &UntypedStatus) -> bool {
    one.saved_at == other.saved_at && one.text == other.text
}
