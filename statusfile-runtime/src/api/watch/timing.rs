use std::time::Duration;

/// How soon a change is reported.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    /// Changes that follow each other faster than this are one.
    pub(crate) quiet: Duration,
    /// They are reported after this long all the same.
    pub(crate) longest: Duration,
    /// How often to look where nothing seems to happen: network mounts do not report changes that
    /// other hosts make, and nothing reports that a directory further up is renamed.
    pub(crate) poll_interval: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            quiet: Duration::from_millis(100),
            longest: Duration::from_secs(1),
            poll_interval: Duration::from_secs(30),
        }
    }
}
