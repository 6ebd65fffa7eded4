use serde::{Deserialize, Serialize};
use std::error::Error;

#[derive(Serialize, Deserialize, Default)]
struct Settings {
    theme: String,
    starts: u32,
}

/// One start of the app, in which its user may choose a theme.
pub(crate) fn run(theme: Option<String>) -> Result<String, Box<dyn Error>> {
    let path = confy::get_configuration_file_path("from-confy", None)?;
    let file = statusfile::StatusFile::undeclared(path);
    let mut settings: Settings = file.load_or_default()?;
    settings.starts += 1;
    settings.theme = theme.unwrap_or(settings.theme);
    file.save(&settings)?;
    Ok(format!("start {}, {}", settings.starts, settings.theme))
}
