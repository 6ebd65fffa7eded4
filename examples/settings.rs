//! The settings of an app, which its user may also edit by hand.
//!
//! ```sh
//! cargo run --example settings                      # shows them, and where they are kept
//! cargo run --example settings -- theme dark        # changes one
//! cargo run --example settings -- font-size 14
//! ```
//!
//! At the path that it shows lies an ordinary file. Edit it, with any editor, and that is loaded from then
//! on. Mistakes in it are reported with line and column, and nothing is changed until they are repaired.

#![allow(clippy::print_stderr, reason = "a program talks to its user")]

use serde::de::{IntoDeserializer, value};
use serde::{Deserialize, Serialize};
use statusfile::{Origin, PersistentStatus};
use std::env;
use std::error::Error;
use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

const USAGE: &str = "give a setting and its value, as in `theme dark`; or nothing, to see them all";

// What a person leaves out of an edit has its default; what they misspell is an error.
#[derive(Serialize, Deserialize, Default, PersistentStatus)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
#[status(dir = "config", app = "statusfile-example", env = "SETTINGS_FILE")]
struct Settings {
    theme: Theme,
    font_size: FontSize,
}

#[derive(Serialize, Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

#[derive(Serialize, Deserialize, Clone, Copy)]
#[serde(try_from = "i64", into = "i64")]
struct FontSize(i64);

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    let done = match arguments.as_slice() {
        [] => show(),
        [name, value] => change(name, value),
        _ => Err(USAGE.into()),
    };
    match done.and_then(|text| Ok(writeln!(io::stdout(), "{text}")?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn show() -> Result<String, Box<dyn Error>> {
    let file = Settings::status_file()?;
    let (settings, origin) = match file.read() {
        Ok(loaded) => {
            for damage in &loaded.skipped {
                eprintln!("warning: {damage}");
            }
            let origin = match loaded.origin {
                Origin::Path => "saved".to_owned(),
                Origin::Generation(generation) => format!("recovered, generation {generation}"),
                Origin::Edit => "edited by hand".to_owned(),
                _ => "loaded".to_owned(),
            };
            (loaded.value, origin)
        }
        Err(statusfile::Error::NotFound { .. }) => {
            (Settings::default(), "never saved, the defaults".to_owned())
        }
        Err(error) => return Err(error.into()),
    };
    Ok(format!(
        "{settings}\n\n{}\n{origin}\n\
         To edit them by hand, edit this file.",
        file.location()
    ))
}

fn change(name: &str, value: &str) -> Result<String, Box<dyn Error>> {
    let change = parse(name, value)?;
    Ok(Settings::update(|settings| {
        change(settings);
        settings.to_string()
    })?)
}

type Change = Box<dyn Fn(&mut Settings)>;

/// What to change, known to be right before anything is locked or saved.
fn parse(name: &str, value: &str) -> Result<Change, String> {
    let refused = |cause: &dyn fmt::Display| format!("{name}: {cause}");
    match name {
        "theme" => {
            let theme = Theme::deserialize(value.into_deserializer())
                .map_err(|cause: value::Error| refused(&cause))?;
            Ok(Box::new(move |settings| settings.theme = theme))
        }
        "font-size" => {
            let points: i64 = value
                .parse()
                .map_err(|_| refused(&format!("`{value}` is no whole number")))?;
            let size = FontSize::try_from(points).map_err(|cause| refused(&cause))?;
            Ok(Box::new(move |settings| settings.font_size = size))
        }
        _ => Err(format!(
            "there is no setting `{name}`; there are `theme` and `font-size`"
        )),
    }
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("theme      ")?;
        self.theme.serialize(&mut *f)?;
        f.write_str("\nfont-size  ")?;
        self.font_size.serialize(f)
    }
}

impl Default for FontSize {
    fn default() -> Self {
        Self(12)
    }
}

impl TryFrom<i64> for FontSize {
    type Error = String;

    fn try_from(points: i64) -> Result<Self, String> {
        if (6..=72).contains(&points) {
            Ok(Self(points))
        } else {
            Err(format!("{points} is not a size from 6 to 72"))
        }
    }
}

impl From<FontSize> for i64 {
    fn from(FontSize(points): FontSize) -> Self {
        points
    }
}
