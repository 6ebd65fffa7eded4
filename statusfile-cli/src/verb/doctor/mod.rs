//! What the file system of a directory supports, tried out.

mod answer;
mod locks;
#[cfg(unix)]
mod modes;
mod mounted;
mod names;
mod sync;
mod writing;

pub(crate) use locks::try_lock;

use crate::cli::Doctor;
use crate::out::Out;
use crate::outcome::{Failure, Outcome};
use anstyle::{AnsiColor, Style};
use answer::Answer;
use std::io::{self, Write};

pub(crate) fn run(args: &Doctor, out: &mut Out) -> Result<Outcome, Failure> {
    let failed = |what| Failure::at(args.directory.display(), what);
    let made = tempfile::Builder::new()
        .prefix(".statusfile-doctor-")
        .tempdir_in(&args.directory);
    let directory = match made {
        Err(cause) => {
            let answer = writing::refused(&cause);
            let answer = answer.ok_or_else(|| failed("make a directory in it")(cause))?;
            return print(out, &[("writing", answer)]);
        }
        Ok(directory) => directory,
    };
    let here = directory.path();
    let mut answers = vec![(
        "writing",
        writing::writing(here).map_err(failed("write to a file in it"))?,
    )];
    if answers.iter().all(|(_, answer)| answer.is_there) {
        answers.extend([
            ("locks", locks::locks(here)?),
            ("sync", sync::sync(here).map_err(failed("try to sync"))?),
            (
                "rename",
                names::rename(here).map_err(failed("try to rename"))?,
            ),
            (
                "exchange",
                names::exchange(here).map_err(failed("try to exchange"))?,
            ),
        ]);
        #[cfg(unix)]
        answers.push((
            "modes",
            modes::modes(here).map_err(failed("try permissions"))?,
        ));
    }
    directory
        .close()
        .map_err(failed("remove what was made in it"))?;
    print(out, &answers)
}

fn print(out: &mut Out, answers: &[(&str, Answer)]) -> Result<Outcome, Failure> {
    let mut outcome = Outcome::Success;
    for (what, answer) in answers {
        if answer.is_problem {
            outcome = Outcome::Finding;
        }
        write(out, what, answer)?;
    }
    Ok(outcome)
}

fn write(out: &mut Out, what: &str, answer: &Answer) -> io::Result<()> {
    let (word, color) = match (answer.is_there, answer.is_problem) {
        (true, _) => ("yes", AnsiColor::Green),
        (false, false) => ("no", AnsiColor::Yellow),
        (false, true) => ("no", AnsiColor::Red),
    };
    let style = Style::new().fg_color(Some(color.into()));
    writeln!(out, "{what:9} {style}{word:3}{style:#} {}", answer.meaning)
}
