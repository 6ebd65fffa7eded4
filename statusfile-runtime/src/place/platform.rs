//! The directories of the platform and of its service manager.

use etcetera::BaseStrategy;
use std::path::PathBuf;

/// Which of the platform's directories holds a status.
#[expect(missing_docs, reason = "the values of `dir`, documented at the derive")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dir {
    State,
    Config,
    Data,
    Cache,
}

impl Dir {
    /// The variable by which systemd names a service's own directory of this kind, a list of which
    /// the first counts; see systemd.exec(5), `StateDirectory=`.
    pub(super) fn service_variable(self) -> Option<&'static str> {
        match self {
            Self::State => Some("STATE_DIRECTORY"),
            Self::Config => Some("CONFIGURATION_DIRECTORY"),
            Self::Cache => Some("CACHE_DIRECTORY"),
            Self::Data => None,
        }
    }

    /// Only XDG knows a state directory; elsewhere the one for data serves, on Windows the local one,
    /// which does not roam. Apple reserves its directory of preferences for its own calls.
    pub(super) fn path(self) -> Option<PathBuf> {
        let platform = etcetera::base_strategy::choose_native_strategy().ok()?;
        Some(match self {
            Self::State if cfg!(windows) => platform.cache_dir(),
            Self::State => platform.state_dir().unwrap_or_else(|| platform.data_dir()),
            Self::Config if cfg!(target_vendor = "apple") => platform.data_dir(),
            Self::Config => platform.config_dir(),
            Self::Data => platform.data_dir(),
            Self::Cache => platform.cache_dir(),
        })
    }
}
