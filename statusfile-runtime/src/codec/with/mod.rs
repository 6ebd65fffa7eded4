//! Ways to save what TOML has no form for.

pub mod options;
pub mod pairs;
