//! The completions and man pages, which the build script writes from the definition of the command line.

use crate::cli::{Completions, Man, Shell};
use crate::out::Out;
use crate::outcome::{Failure, Outcome};

/// The pages, under the names of their verbs.
const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

macro_rules! generated {
    ($file:literal) => {
        include_str!(concat!(env!("OUT_DIR"), "/", $file))
    };
}

pub(crate) fn completions(args: &Completions, out: &mut Out) -> Result<Outcome, Failure> {
    let script = match args.shell {
        Shell::Bash => generated!("statusfile.bash"),
        Shell::Elvish => generated!("statusfile.elv"),
        Shell::Fish => generated!("statusfile.fish"),
        Shell::Powershell => generated!("_statusfile.ps1"),
        Shell::Zsh => generated!("_statusfile"),
    };
    out.data(script)?;
    Ok(Outcome::Success)
}

pub(crate) fn man(args: &Man, out: &mut Out) -> Result<Outcome, Failure> {
    let verb = args.verb.as_deref().unwrap_or_default();
    match PAGES.iter().find(|(name, _)| *name == verb) {
        Some((_, page)) => out.data(page)?,
        None => return Err(Failure::wrong_use(format!("there is no verb {verb}"))),
    }
    Ok(Outcome::Success)
}
