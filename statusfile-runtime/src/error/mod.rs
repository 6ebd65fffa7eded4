//! What can go wrong, in words.

mod cause;
mod change;
mod damage;
mod finding;
mod holder;
mod location;
mod printable;

pub use cause::Cause;
pub use change::Change;
pub use damage::{Damage, DamageKind, FileKind};
pub use finding::{Finding, Problem};
pub use holder::Holder;
pub use location::Location;

use printable::Printable;
use std::fmt;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::Duration;

/// Why a status was not saved or not loaded.
///
/// An error names the file and the step, and says what to do where there is something to do. Its
/// [`Display`](fmt::Display) form holds the cause, so [`source`](std::error::Error::source) is `None`
/// and printing it once tells everything.
///
/// Unless [`may_be_visible`](Error::may_be_visible) says otherwise, a failed save has changed
/// nothing that a load can see.
///
/// ```
/// use statusfile::{Error, StatusFile};
/// # #[derive(serde::Serialize, serde::Deserialize)]
/// # struct Worker {}
/// # let path = std::env::temp_dir().join("statusfile-doc-error/none.toml");
/// match StatusFile::<Worker>::undeclared(path).load() {
///     Err(Error::NotFound { .. }) => println!("first start"),
///     Err(error) => eprintln!("{error}"),
///     Ok(worker) => drop(worker),
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// No status was ever saved here.
    #[non_exhaustive]
    NotFound {
        /// The status.
        location: Location,
    },
    /// There was a status, and no intact copy of it is left.
    #[non_exhaustive]
    Damaged {
        /// The status.
        location: Location,
        /// Every file that should hold it, and what is wrong with each.
        candidates: Vec<Damage>,
    },
    /// The file is whole and its text does not fit the type: the type has changed, or a person who
    /// edited the file made a mistake.
    #[non_exhaustive]
    Decode {
        /// The file.
        location: Location,
        /// The line of the mistake, the first being 1.
        line: usize,
        /// The column of the mistake in characters, the first being 1.
        column: usize,
        /// What is wrong there.
        message: String,
        /// The line itself with the mistake underlined.
        snippet: String,
    },
    /// The value has no form in TOML that could be loaded again.
    #[non_exhaustive]
    Encode {
        /// The status.
        location: Location,
        /// The field by its names in the file, as `servers[2].port`; empty for the value as a whole.
        field: String,
        /// What TOML cannot hold, and what to write instead.
        message: String,
    },
    /// A newer program wrote the status; loading or saving it here would strip what it knows.
    #[non_exhaustive]
    Newer {
        /// The file.
        location: Location,
        /// What is newer.
        what: Versioned,
        /// The version of the file.
        found: u32,
        /// The newest version that this program knows.
        known: u32,
    },
    /// An older version of the type wrote the status, and it could not be converted.
    #[non_exhaustive]
    Convert {
        /// The file.
        location: Location,
        /// The version that could not be converted.
        found: u32,
        /// The version that it should have become.
        known: u32,
        /// What the conversion says.
        message: String,
    },
    /// Another type wrote the status. It was left alone: two programs, or two types of one, have the same place.
    #[non_exhaustive]
    Foreign {
        /// The file.
        location: Location,
        /// The type that wrote it, as its first line names it: `package/Type`.
        found: String,
        /// The type that asks for it.
        declared: String,
    },
    /// Two types of this program have the same place, of which only the first is let in: their statuses would
    /// replace each other.
    #[non_exhaustive]
    TwoTypes {
        /// The status.
        location: Location,
        /// The type that used it first, with its modules.
        first: &'static str,
        /// The type that came second.
        second: &'static str,
    },
    /// Another has changed the status, and a save would undo that: since it was read, for
    /// [`UntypedFile::replace`](crate::untyped::UntypedFile::replace) and
    /// [`UntypedFile::restore`](crate::untyped::UntypedFile::restore); while the lock of an
    /// [`Autosave`](crate::Autosave) or a [`StatusLock`](crate::StatusLock) was lost; or so that none is left.
    #[non_exhaustive]
    Changed {
        /// The status.
        location: Location,
        /// What has become of it.
        how: Change,
    },
    /// Someone else held the lock all the time.
    #[non_exhaustive]
    Locked {
        /// The status.
        location: Location,
        /// How long this call waited.
        waited: Duration,
        /// Who held it when the time was over.
        holder: Holder,
    },
    /// The save failed, and what it had begun could not be taken back: a load may find the new status,
    /// which is not known to be on disk for good, or the one before.
    #[non_exhaustive]
    NotDurable {
        /// The step that failed.
        step: Step,
        /// The file or directory.
        location: Location,
        /// Why it failed.
        cause: Cause,
    },
    /// The operating system refused a step.
    #[non_exhaustive]
    Io {
        /// The step.
        step: Step,
        /// The file or directory.
        location: Location,
        /// Why it failed.
        cause: Cause,
    },
    /// One of many statuses lies under another key than its own fields say, or would be saved so or
    /// replaced by that of another key: the file was copied or edited, an update changed the key, or two
    /// keys have one text in the path.
    #[non_exhaustive]
    Misplaced {
        /// The status.
        location: Location,
        /// Where the status belongs by its own fields. The same place if two keys have one text.
        belongs: Location,
        /// What its own fields say, as in a file: `id = 1`.
        found: String,
        /// The key that was asked for, or under which it was to be saved, in the same form; `None` if
        /// nobody has asked for one, as in [`load_all`](crate::KeyedStatus::load_all).
        asked: Option<String>,
    },
    /// Something lies where the status belongs that is never opened, followed or replaced; or a stranger may have
    /// put it there, to get hold of what is saved. Only saves ask who did.
    #[non_exhaustive]
    Unsafe {
        /// Where it lies.
        location: Location,
        /// What it is.
        kind: DamageKind,
    },
}

impl Error {
    pub(crate) fn io(step: Step, location: impl Into<Location>, cause: io::Error) -> Self {
        Self::Io {
            step,
            location: location.into(),
            cause: cause.into(),
        }
    }

    /// Something that is never opened, followed or replaced.
    pub(crate) fn refused(location: impl Into<Location>, kind: DamageKind) -> Self {
        Self::Unsafe {
            location: location.into(),
            kind,
        }
    }

    /// The same failure where the new status can be loaded already.
    pub(crate) fn after_rename(self) -> Self {
        match self {
            Self::Io {
                step,
                location,
                cause,
            } => Self::NotDurable {
                step,
                location,
                cause,
            },
            other => other,
        }
    }

    /// The same failure where a link at the path of the user led to: what to do about it may be at either end.
    pub(crate) fn behind(mut self, link: &Path) -> Self {
        if let Self::Io { cause, .. } | Self::NotDurable { cause, .. } = &mut self {
            *cause = cause.clone().behind(link);
        }
        self
    }

    /// Whether something was missing that the operating system was asked for.
    pub(crate) fn is_not_found(&self) -> bool {
        self.io_error()
            .is_some_and(|cause| cause.kind() == ErrorKind::NotFound)
    }

    /// Whether nothing has changed between two failures but the time that they took.
    #[cfg(feature = "watch")]
    pub(crate) fn is_same_failure(&self, other: &Self) -> bool {
        let both_locked = matches!((self, other), (Self::Locked { .. }, Self::Locked { .. }));
        self == other || (both_locked && self.location() == other.location())
    }

    /// Whether a load may see the status whose save failed so.
    ///
    /// Only [`NotDurable`](Error::NotDurable) may leave it visible.
    #[must_use]
    pub fn may_be_visible(&self) -> bool {
        matches!(self, Self::NotDurable { .. })
    }

    /// What the error is about: the status, or one of its files or directories.
    #[must_use]
    pub fn location(&self) -> &Location {
        match self {
            Self::NotFound { location }
            | Self::Damaged { location, .. }
            | Self::Decode { location, .. }
            | Self::Encode { location, .. }
            | Self::Newer { location, .. }
            | Self::Convert { location, .. }
            | Self::Foreign { location, .. }
            | Self::TwoTypes { location, .. }
            | Self::Changed { location, .. }
            | Self::Locked { location, .. }
            | Self::NotDurable { location, .. }
            | Self::Io { location, .. }
            | Self::Misplaced { location, .. }
            | Self::Unsafe { location, .. } => location,
        }
    }

    /// The path of that, if it lies on a file system.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.location().path()
    }

    /// What the operating system said, if it refused a step.
    #[must_use]
    pub fn io_error(&self) -> Option<&io::Error> {
        match self {
            Self::NotDurable { cause, .. } | Self::Io { cause, .. } => Some(cause),
            _ => None,
        }
    }
}

/// Says of what the operating system refused which step it was, and where.
pub(crate) trait At<T> {
    fn at(self, step: Step, location: impl Into<Location>) -> Result<T, Error>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, step: Step, location: impl Into<Location>) -> Result<T, Error> {
        self.map_err(|cause| Error::io(step, location, cause))
    }
}

/// The error itself is inside, under the kind that comes closest.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match &error {
            Error::NotFound { .. } => ErrorKind::NotFound,
            Error::Locked { .. } => ErrorKind::WouldBlock,
            Error::Io { cause, .. } | Error::NotDurable { cause, .. } => cause.kind(),
            Error::Changed { .. } | Error::Unsafe { .. } => ErrorKind::Other,
            _ => ErrorKind::InvalidData,
        };
        Self::new(kind, error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let location = Printable(self.location());
        let problem = match self {
            Self::Decode {
                line,
                column,
                message,
                snippet,
                ..
            } => {
                let message = message.trim().replace('\n', ", ");
                let message = Printable(&message);
                return write!(f, "{location}:{line}:{column}: {message}\n{snippet}");
            }
            Self::NotFound { .. } => "no status was ever saved here".to_owned(),
            Self::Damaged { candidates, .. } => {
                let candidates = candidates.iter().map(|damage| format!("\n  {damage}"));
                format!(
                    "no intact copy of the status is left{}\n\
                     nothing was changed: restore one of these files, or call `remove` to start over",
                    candidates.collect::<String>()
                )
            }
            Self::Encode { field, message, .. } => {
                let field = match &**field {
                    "" => String::new(),
                    field => format!("`{field}`: "),
                };
                let message = Printable(message);
                format!("the value cannot be saved as TOML: {field}{message}; nothing was written")
            }
            Self::Newer {
                what, found, known, ..
            } => format!(
                "has {what} {found}, and this program supports up to {known}: \
                 use the program that wrote it, or a newer one"
            ),
            Self::Convert {
                found,
                known,
                message,
                ..
            } => {
                let message = Printable(message);
                format!("version {found} cannot become version {known}: {message}")
            }
            Self::Foreign {
                found, declared, ..
            } => foreign(found, declared),
            Self::TwoTypes { first, second, .. } => format!(
                "`{first}` uses this status in the same process, so `{second}` cannot; nothing was changed: give \
                 one of the two another `path` or `file`, or declare the older of two versions as `previous`"
            ),
            Self::Changed { how, .. } => how.to_string(),
            Self::Locked { waited, holder, .. } => {
                format!("locked by {holder}; waited {}", rounded(*waited))
            }
            Self::NotDurable { step, cause, .. } => format!(
                "the new status may be visible, and a power loss may take it back: \
                 cannot {step}: {cause}"
            ),
            Self::Io {
                step: step @ Step::Make,
                location,
                cause,
            } => not_made(*step, location, cause),
            Self::Io { step, cause, .. } => format!("cannot {step}: {cause}{}", step.advice()),
            Self::Misplaced {
                location,
                belongs,
                found,
                asked,
            } => misplaced(location, belongs, found, asked.as_deref()),
            Self::Unsafe {
                kind: kind @ DamageKind::TooLarge { .. },
                ..
            } => format!(
                "{kind}; it was left alone: make it smaller, or move it away; `max_bytes` sets the limit, \
                 up to 256 MiB"
            ),
            Self::Unsafe {
                kind: kind @ DamageKind::Untrusted { .. },
                ..
            } => format!(
                "{kind}; nothing was changed: remove it if it is nobody's, save as that user, keep the status where \
                 strangers cannot write, or let others write it (`mode`)"
            ),
            Self::Unsafe { kind, .. } => {
                format!("{kind}; it was left alone: move it away, or give the status another path")
            }
        };
        write!(f, "{location}: {problem}")
    }
}

fn foreign(found: &str, declared: &str) -> String {
    let found = Printable(found);
    format!(
        "is a status of `{found}`, and not of `{declared}`; it was left alone: give one of the two another path, or \
         if they are one type that was renamed, add `formerly = \"{found}\"` to its `#[status(...)]`"
    )
}

fn misplaced(location: &Location, belongs: &Location, found: &str, asked: Option<&str>) -> String {
    let found = Printable(found);
    let asked = asked.map(|asked| format!(", and not to `{asked}`"));
    let asked = asked.unwrap_or_default();
    let asked = Printable(&asked);
    if belongs == location {
        return format!(
            "it belongs to the key `{found}`{asked}, which has the same text in the path; nothing was changed: tell \
             the two apart in their `Display`, or use one key"
        );
    }
    let belongs = Printable(belongs);
    format!(
        "its key fields say `{found}`{asked}, so that it belongs at {belongs}; nothing was changed: move it there, \
         or correct the key in it"
    )
}

fn not_made(step: Step, location: &Location, cause: &Cause) -> String {
    let above = location.path().and_then(Path::parent);
    let above = above.map(|above| format!(" in {}", Printable(above.display())));
    format!("cannot {step}{}: {cause}", above.unwrap_or_default())
}

impl std::error::Error for Error {}

/// A duration in the digits that matter.
fn rounded(duration: Duration) -> impl fmt::Display {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let grain = match millis {
        0..1_000 => 1,
        1_000..10_000 => 100,
        _ => 1_000,
    };
    humantime::format_duration(Duration::from_millis(millis / grain * grain))
}

/// A step of saving or loading, for [`Error::Io`] and [`Error::NotDurable`].
///
/// Its [`Display`](fmt::Display) form completes "cannot ...", as in "cannot take the lock".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// Finding out where the status lives.
    Place,
    /// Reading a status.
    Read,
    /// Opening or making a directory that a save needs: the status directory, or one above.
    Make,
    /// Writing the temp file.
    Write,
    /// Syncing a saved status.
    Sync,
    /// Taking the lock.
    Lock,
    /// Looking at what is kept so far.
    Look,
    /// Syncing the directory that the path lies in, or one above.
    SyncParents,
    /// Renaming the temp file into place.
    Rename,
    /// Syncing the status directory.
    SyncNames,
    /// Putting the new status at the path.
    Publish,
    /// Removing the status.
    Remove,
    /// Having the operating system report changes. Only with the feature `watch`.
    Watch,
    /// Saving in the background.
    Autosave,
    /// Saving for several threads at once.
    Share,
    /// Running in a thread of the async runtime. Only with the feature `tokio`.
    Task,
}

impl Step {
    /// What to do where the operating system refuses a step, if that can be told from the step.
    fn advice(self) -> &'static str {
        match self {
            Self::Publish => {
                "; nothing has changed. A file that is mounted by itself cannot be replaced: mount its directory; \
                 else let this user write to that, or put no file there (`copy = false`)"
            }
            _ => "",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Place => "determine the path of the status",
            Self::Read => "read the status",
            Self::Make => "open or make this directory",
            Self::Write => "write the temp file",
            Self::Sync => "sync a saved status",
            Self::Lock => "take the lock",
            Self::Look => "list the saved generations",
            Self::SyncParents => "sync the directory above",
            Self::Rename => "rename the new status into place",
            Self::SyncNames => "sync the status directory",
            Self::Publish => "put the new status at its path",
            Self::Remove => "remove the status",
            Self::Watch => "watch the status",
            Self::Autosave => "save the status in the background",
            Self::Share => "save the status together with other threads",
            Self::Task => "run on tokio's blocking threads",
        })
    }
}

/// What has a version, for [`Error::Newer`]: which of the two numbers in the first line of a file,
/// `#:statusfile 2 version=2 ...`, is higher than this program knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Versioned {
    /// The form of the file, which this crate gives it. A newer release of it reads the file.
    Format,
    /// The struct inside: `#[status(version = ...)]`. A newer release of your program reads it.
    Schema,
}

impl fmt::Display for Versioned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Format => "format",
            Self::Schema => "version",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_the_digits_that_matter() {
        let printed = |micros| rounded(Duration::from_micros(micros)).to_string();
        assert_eq!(printed(0), "0s");
        assert_eq!(printed(250_999), "250ms");
        assert_eq!(printed(2_549_000), "2s 500ms");
        assert_eq!(printed(10_000_096), "10s");
        assert_eq!(printed(303_900_000), "5m 3s");
    }

    #[cfg(feature = "watch")]
    #[test]
    fn a_failure_is_the_same_however_long_it_took() {
        let locked = |path: &str, seconds| Error::Locked {
            location: Location::from(path),
            waited: Duration::from_secs(seconds),
            holder: Holder::Unknown,
        };
        assert!(locked("/a", 1).is_same_failure(&locked("/a", 2)));
        assert!(!locked("/a", 1).is_same_failure(&locked("/b", 1)));
        let io = |kind: ErrorKind| Error::io(Step::Read, "/a", kind.into());
        assert!(io(ErrorKind::NotFound).is_same_failure(&io(ErrorKind::NotFound)));
        assert!(!io(ErrorKind::NotFound).is_same_failure(&io(ErrorKind::PermissionDenied)));
        assert!(!io(ErrorKind::NotFound).is_same_failure(&locked("/a", 1)));
    }
}
