use serde::{Deserialize, Serialize};
use std::error::Error;

#[derive(Serialize, Deserialize, Default)]
struct Settings {
    theme: String,
    starts: u32,
}

/// One start of the app, in which its user may choose a theme.
pub(crate) fn run(theme: Option<String>) -> Result<String, Box<dyn Error>> {
    let mut settings: Settings = confy::load("from-confy", None)?;
    settings.starts += 1;
    settings.theme = theme.unwrap_or(settings.theme);
    confy::store("from-confy", None, &settings)?;
    Ok(format!("start {}, {}", settings.starts, settings.theme))
}
