use crate::damage::{Damage, Flaw};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Why a status was not saved or not loaded.
///
/// An error names the file and the step, and says what to do where there is something to do. Its
/// [`Display`](fmt::Display) form holds the cause, so printing it once tells everything.
///
/// Unless [`may_be_visible`](Error::may_be_visible) says otherwise, a failed save has changed
/// nothing that a load can see.
///
/// ```
/// use statusfile::{Error, StatusFile};
/// # #[derive(serde::Serialize, serde::Deserialize)]
/// # struct Worker {}
/// # let path = std::env::temp_dir().join("statusfile-doc-error/none.toml");
/// match StatusFile::<Worker>::at(path).load() {
///     Err(Error::NotFound { .. }) => println!("first start"),
///     Err(error) => eprintln!("{error}"),
///     Ok(worker) => drop(worker),
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Error {
    /// No status was ever saved here.
    NotFound {
        /// The path of the status.
        path: PathBuf,
    },
    /// There was a status, and no good copy of it is left.
    Damaged {
        /// The path of the status.
        path: PathBuf,
        /// Every file that should hold it, and what is wrong with each.
        candidates: Vec<Damage>,
    },
    /// The file is whole and its text does not fit the type: a schema change, or a slip of a
    /// person who edited it.
    Decode {
        /// The file.
        path: PathBuf,
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
    Encode {
        /// The path of the status.
        path: PathBuf,
        /// What TOML cannot hold.
        message: String,
    },
    /// A newer program wrote the status; loading or saving it here would strip what it knows.
    Newer {
        /// The file.
        path: PathBuf,
        /// What is newer.
        what: Versioned,
        /// The version of the file.
        found: u32,
        /// The newest version that this program knows.
        known: u32,
    },
    /// An older version of the type wrote the status, and it could not be converted.
    Convert {
        /// The file.
        path: PathBuf,
        /// The version that could not be converted.
        found: u32,
        /// The version that it should have become.
        known: u32,
        /// What the conversion says.
        message: String,
    },
    /// Someone saved or edited the status since it was read, and what was made from that would undo
    /// it. From [`UntypedFile::replace`](crate::UntypedFile::replace) and
    /// [`UntypedFile::restore`](crate::UntypedFile::restore).
    Changed {
        /// The path of the status.
        path: PathBuf,
    },
    /// Someone else held the lock all the while.
    Locked {
        /// The path of the status.
        path: PathBuf,
        /// How long this call waited.
        waited: Duration,
    },
    /// The new status can be loaded, but it is not known to be on disk for good: a power cut may
    /// take it back.
    NotDurable {
        /// The step that failed.
        step: Step,
        /// The file or directory.
        path: PathBuf,
        /// Why it failed.
        cause: Arc<io::Error>,
    },
    /// The operating system refused a step.
    Io {
        /// The step.
        step: Step,
        /// The file or directory.
        path: PathBuf,
        /// Why it failed.
        cause: Arc<io::Error>,
    },
    /// One of many statuses lies under another key than its own fields say, or would be saved so:
    /// the file was copied or edited, or an update changed the key.
    Misplaced {
        /// The path of the status.
        path: PathBuf,
        /// Where the status belongs by its own fields.
        belongs: PathBuf,
    },
    /// Something lies where the status belongs that is never opened, followed or replaced.
    Unsafe {
        /// Where it lies.
        path: PathBuf,
        /// What it is.
        flaw: Flaw,
    },
}

impl Error {
    pub(crate) fn io(step: Step, path: &Path, cause: io::Error) -> Self {
        Self::Io {
            step,
            path: path.to_owned(),
            cause: Arc::new(cause),
        }
    }

    /// The same failure where the new status can be loaded already.
    pub(crate) fn after_rename(self) -> Self {
        match self {
            Self::Io { step, path, cause } => Self::NotDurable { step, path, cause },
            other => other,
        }
    }

    /// Whether a load may see the status whose save failed so.
    ///
    /// Only [`NotDurable`](Error::NotDurable) leaves it visible.
    #[must_use]
    pub fn may_be_visible(&self) -> bool {
        matches!(self, Self::NotDurable { .. })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { path } => {
                write!(f, "{}: no status was ever saved here", path.display())
            }
            Self::Damaged { path, candidates } => {
                write!(f, "{}: no good status is left", path.display())?;
                for damage in candidates {
                    write!(f, "\n  {damage}")?;
                }
                f.write_str(
                    "\nnothing was changed: mend what is named here, or remove it to begin anew",
                )
            }
            Self::Decode {
                path,
                line,
                column,
                message,
                snippet,
            } => write!(
                f,
                "{}:{line}:{column}: {message}\n{snippet}",
                path.display()
            ),
            Self::Encode { path, message } => write!(
                f,
                "{}: the value cannot be saved as TOML: {message}; nothing was written",
                path.display()
            ),
            Self::Newer {
                path,
                what,
                found,
                known,
            } => write!(
                f,
                "{}: has {what} {found}, and this program knows {known}: \
                 use the program that wrote it, or a newer one",
                path.display()
            ),
            Self::Convert {
                path,
                found,
                known,
                message,
            } => write!(
                f,
                "{}: version {found} cannot become version {known}: {message}",
                path.display()
            ),
            Self::Changed { path } => write!(
                f,
                "{}: someone changed the status meanwhile; nothing was written",
                path.display()
            ),
            Self::Locked { path, waited } => write!(
                f,
                "{}: locked by another process or thread; waited {waited:?}",
                path.display()
            ),
            Self::NotDurable { step, path, cause } => write!(
                f,
                "{}: the new status is visible, but a power cut may take it back: \
                 cannot {step}: {cause}",
                path.display()
            ),
            Self::Io { step, path, cause } => {
                write!(f, "{}: cannot {step}: {cause}", path.display())
            }
            Self::Misplaced { path, belongs } => write!(
                f,
                "{}: the status says of itself that it belongs at {}; nothing was changed",
                path.display(),
                belongs.display()
            ),
            Self::Unsafe { path, flaw } => write!(
                f,
                "{}: {flaw}; it was left alone: move it away, or give the status another path",
                path.display()
            ),
        }
    }
}

impl std::error::Error for Error {}

/// A step of saving or loading, for [`Error::Io`] and [`Error::NotDurable`].
///
/// Its [`Display`](fmt::Display) form completes "cannot ...", as in "cannot take the lock".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Finding out where the status lives.
    Place,
    /// Reading a status.
    Read,
    /// Writing the temp file, or making the directories above it.
    Write,
    /// Flushing the temp file.
    Flush,
    /// Taking the lock.
    Lock,
    /// Looking at what is kept so far.
    Look,
    /// Flushing the directories above a first status, or the one in which an edit lay.
    FlushParents,
    /// Giving the new status its name.
    Rename,
    /// Flushing the status directory.
    FlushNames,
    /// Removing a person's edit, which is kept as the older status by then.
    RemoveEdit,
    /// Putting a copy of the new status where people edit it.
    Publish,
    /// Removing the status.
    Remove,
    /// Having the operating system tell of changes. Only with the feature `watch`.
    Watch,
    /// Saving in the background.
    Autosave,
    /// Running in a thread of the async runtime. Only with the feature `tokio`.
    Task,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Place => "find the place of the status",
            Self::Read => "read the status",
            Self::Write => "write the temp file",
            Self::Flush => "flush the temp file",
            Self::Lock => "take the lock",
            Self::Look => "look at the statuses kept so far",
            Self::FlushParents => "flush the directory above",
            Self::Rename => "give the new status its name",
            Self::FlushNames => "flush the status directory",
            Self::RemoveEdit => "remove the edit, which is kept as the older status",
            Self::Publish => "put the new status where people edit it",
            Self::Remove => "remove the status",
            Self::Watch => "watch the status",
            Self::Autosave => "save the status in the background",
            Self::Task => "go on in a thread of the async runtime",
        })
    }
}

/// What carries a version, for [`Error::Newer`]: which of the two numbers in the first line of a file,
/// `#:statusfile 1 version=2 ...`, is higher than this program knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
