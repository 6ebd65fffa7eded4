//! Who has the lock of a status.

use super::printable::Printable;
use std::fmt;
use std::time::SystemTime;

/// Who holds the lock of a status, as far as this process and the operating system know: in
/// [`Error::Locked`](crate::Error::Locked).
///
/// Printed, it completes "locked by ...".
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Holder {
    /// An [`Autosave`](crate::Autosave) of this process: its handle can save.
    Autosave,
    /// A [`StatusLock`](crate::StatusLock) of this process, which can save.
    StatusLock,
    /// Another call of this process: in another thread, or one in which this call was made.
    ThisProcess,
    /// Another process.
    #[non_exhaustive]
    Process {
        /// Its number.
        id: u32,
        /// The name of its program, as `ps` shows it, if this user may know and it has not ended. A lock outlives the
        /// process that took it where a fork shares it.
        name: Option<String>,
        /// When the process began.
        since: Option<SystemTime>,
    },
    /// Someone whom the operating system does not name, as on systems other than Linux, in another container or on
    /// another host.
    Unknown,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (id, name, since) = match self {
            Self::Autosave => {
                return f.write_str("an autosave of this process, whose handle can save");
            }
            Self::StatusLock => {
                return f.write_str("a `StatusLock` of this process, which can save");
            }
            Self::ThisProcess => return f.write_str("another call of this process"),
            Self::Unknown => return f.write_str("another process or thread"),
            Self::Process { id, name, since } => (id, name, since),
        };
        write!(f, "process {id}")?;
        if let Some(name) = name {
            write!(f, " ({})", Printable(name))?;
        }
        if let Some(since) = since {
            let since = humantime::format_rfc3339_seconds(*since);
            write!(f, ", which began at {since}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn a_process_is_named_as_far_as_it_is_known() {
        let mut holder = Holder::Process {
            id: 4711,
            name: Some("net\nmeter".to_owned()),
            since: Some(UNIX_EPOCH + Duration::from_millis(1_764_101_474_482)),
        };
        let all = "process 4711 (net\\nmeter), which began at 2025-11-25T20:11:14Z";
        assert_eq!(holder.to_string(), all);
        if let Holder::Process { name, since, .. } = &mut holder {
            (*name, *since) = (None, None);
        }
        assert_eq!(holder.to_string(), "process 4711");
    }
}
