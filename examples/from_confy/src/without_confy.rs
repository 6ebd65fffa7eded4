use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;
use std::error::Error;

#[derive(Serialize, Deserialize, Default, PersistentStatus)]
#[status(dir = "config", app = "from-confy", file = "default-config.toml")]
struct Settings {
    theme: String,
    starts: u32,
}

/// One start of the app, in which its user may choose a theme.
pub(crate) fn run(theme: Option<String>) -> Result<String, Box<dyn Error>> {
    let mut settings = Settings::load_or_default()?;
    settings.starts += 1;
    settings.theme = theme.unwrap_or(settings.theme);
    settings.save()?;
    Ok(format!("start {}, {}", settings.starts, settings.theme))
}
