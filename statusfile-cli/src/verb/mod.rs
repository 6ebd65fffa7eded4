//! What can be done, a file for each verb.

mod diff;
mod doctor;
mod edit;
mod generated;
mod get;
mod history;
mod restore;
mod set;
mod show;
mod verify;
mod watch;

use crate::cli::Verb;
use crate::out::Out;
use crate::outcome::{Failure, Outcome};

pub(crate) fn run(verb: &Verb, out: &mut Out) -> Result<Outcome, Failure> {
    match verb {
        Verb::Show(args) => show::run(args, out),
        Verb::Get(args) => get::run(args, out),
        Verb::History(args) => history::run(args, out),
        Verb::Diff(args) => diff::run(args, out),
        Verb::Verify(args) => verify::run(args, out),
        Verb::Restore(args) => restore::run(args, out),
        Verb::Edit(args) => edit::run(args, out),
        Verb::Set(args) => set::run(args),
        Verb::Watch(args) => watch::run(args, out),
        Verb::Doctor(args) => doctor::run(args, out),
        Verb::Completions(args) => generated::completions(args, out),
        Verb::Man(args) => generated::man(args, out),
        Verb::TryLock(args) => doctor::try_lock(args),
    }
}
