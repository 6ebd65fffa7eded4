//! What can be typed. `build.rs` includes this file, for the completions and the man pages.

use clap::{Args, ColorChoice, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

const EXIT_CODES: &str = "\
Exit codes:
  0  success: all is well, and the command did what was asked
  1  a finding: damage, a key or a generation that does not exist, a change
     that was refused or not confirmed
  2  wrong use
  3  cannot read or write: no status there, no permission, an error of the
     operating system, or others held the lock all the time";

const PATHS: &str = "\
PATH is that of a status, such as worker.toml. Its directory, worker.toml.status,
or a file in it mean the same status; worker.toml.status/42.toml is generation 42.";

/// Look at, check, undo and edit what the `statusfile` crate keeps.
#[derive(Debug, Parser)]
#[command(
    name = "statusfile",
    version,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
#[command(after_help = format!("{PATHS}\n\nExamples:
  statusfile show worker.toml              the newest status and where it is from
  statusfile get worker.toml server.port   one value
  statusfile diff worker.toml              what the last save changed
  statusfile restore worker.toml           take that back
  statusfile verify /var/lib               check every status below a directory\n\n{EXIT_CODES}"))]
pub(crate) struct Cli {
    /// When to use colours. On a terminal, unless `NO_COLOR` is set
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,

    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Show(Show),
    Get(Get),
    History(History),
    Diff(Diff),
    Verify(Verify),
    Restore(Restore),
    Edit(Edit),
    Set(Set),
    Watch(Watch),
    Doctor(Doctor),
    Completions(Completions),
    Man(Man),
    #[command(hide = true)]
    TryLock(TryLock),
}

/// Print the newest status, as TOML, with its generation, age, size, version and seal as comments.
///
/// That is what a program would load: the file at the path, which a save has left there, or an edit; and
/// where that is damaged or gone, the newest good generation. What is passed over because it is damaged is
/// reported on stderr.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  statusfile show worker.toml
  statusfile show worker.toml server.port
  statusfile show worker.toml --previous
  statusfile show worker.toml --json | jq .status")]
pub(crate) struct Show {
    /// The status
    pub(crate) path: PathBuf,

    /// Print only the value of this key, as `get` does
    pub(crate) key: Option<String>,

    /// The status before the newest
    #[arg(long, conflicts_with = "generation")]
    pub(crate) previous: bool,

    /// The status of this generation
    #[arg(long, short, value_name = "N")]
    pub(crate) generation: Option<u64>,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Print one value: a string as it is, anything else as TOML.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  statusfile get worker.toml jobs_done
  statusfile get settings.toml server.port
  statusfile get settings.toml 'mirrors.0.\"host name\"'")]
pub(crate) struct Get {
    /// The status
    pub(crate) path: PathBuf,

    /// The key, in the dotted form of TOML, or '' for the empty one; a number counts the elements of an array from 0
    pub(crate) key: String,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Print a table of all generations, the newest first.
///
/// `*` marks the one that a program would load. An edit at the path is one more row, and so is a file there
/// that was restored from elsewhere.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  statusfile history worker.toml
  statusfile history worker.toml --json")]
pub(crate) struct History {
    /// The status
    pub(crate) path: PathBuf,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Print what changed between two statuses, by key.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  statusfile diff worker.toml          from the status before the newest to the newest
  statusfile diff worker.toml 40       from generation 40 to the newest
  statusfile diff worker.toml 40 41")]
pub(crate) struct Diff {
    /// The status
    pub(crate) path: PathBuf,

    /// The older generation; the one before the newest unless given
    #[arg(value_name = "A")]
    pub(crate) from: Option<u64>,

    /// The newer generation; the newest status unless given
    #[arg(value_name = "B")]
    pub(crate) to: Option<u64>,
}

/// Check statuses: what is damaged, left behind by a crash, open to other users or not part of one.
///
/// Each finding begins with its class: damaged, alone (the only good copy, with none to fall back on),
/// stale, unsafe or foreign.
///
/// A directory that does not belong to a status is searched for statuses. Nothing is changed, and symbolic links to
/// directories are not followed. Of several exit codes the highest counts.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  statusfile verify worker.toml
  statusfile verify /var/lib /home/*/.local/state
  statusfile verify --json /var/lib | jq '.[] | select(.ok | not)'")]
pub(crate) struct Verify {
    /// Statuses, or directories with statuses in them
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Make an older status the newest again.
///
/// It shows what would change and asks. The status that is the newest now stays as the older one, so
/// this can be undone in the same way.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  statusfile restore worker.toml        the status before the newest
  statusfile restore worker.toml 40
  statusfile restore worker.toml --yes")]
pub(crate) struct Restore {
    /// The status
    pub(crate) path: PathBuf,

    /// The generation; the one before the newest unless given
    #[arg(value_name = "N")]
    pub(crate) generation: Option<u64>,

    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
}

/// Edit the newest status with $VISUAL or $EDITOR, and save the result.
///
/// The text is saved if it is TOML; if not, the mistake is shown and the editor opened again. Nothing is
/// saved if the status was changed while you edited it: the difference is shown, and your text is kept.
/// Whether the program accepts the values is not checked.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  statusfile edit settings.toml
  EDITOR='code --wait' statusfile edit settings.toml")]
pub(crate) struct Edit {
    /// The status
    pub(crate) path: PathBuf,
}

/// Change one value and save. Its type, comments and layout stay.
///
/// Whether the program accepts the value is not checked.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  statusfile set settings.toml server.port 8080
  statusfile set settings.toml mirrors '[\"a\", \"b\"]'
  statusfile set settings.toml server.name db1 --type string    adds the key if need be")]
pub(crate) struct Set {
    /// The status
    pub(crate) path: PathBuf,

    /// The key, in the dotted form of TOML, or '' for the empty one; a number counts the elements of an array from 0
    pub(crate) key: String,

    /// The value: a string as it is, anything else as TOML
    #[arg(allow_hyphen_values = true)]
    pub(crate) value: String,

    /// Give the value this type, whatever it had; and add the key if it is not there
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) kind: Option<Type>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Type {
    String,
    Integer,
    Float,
    Boolean,
    Datetime,
    /// Whatever the value is in TOML
    Toml,
}

/// Print each new generation as it appears, and what it changed, until interrupted. What others put at the
/// path is printed, too.
///
/// When saves follow each other so fast that generations are removed before they are seen, those are
/// left out.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  statusfile watch worker.toml")]
pub(crate) struct Watch {
    /// The status; nothing needs to be there yet
    pub(crate) path: PathBuf,
}

/// Find out what the file system of a directory supports, and what that means for statuses in it.
///
/// It makes a temporary directory there, and removes it.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  statusfile doctor /var/lib/app")]
pub(crate) struct Doctor {
    /// The directory
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
}

/// Print completions for a shell.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  statusfile completions bash > /etc/bash_completion.d/statusfile
  statusfile completions fish > ~/.config/fish/completions/statusfile.fish")]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: Shell,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
}

/// Print the man page, or that of a verb.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  statusfile man | man -l -
  statusfile man restore > /usr/local/share/man/man1/statusfile-restore.1")]
pub(crate) struct Man {
    /// The verb
    pub(crate) verb: Option<String>,
}

/// Take the lock of a status: exit code 0 if it was free, else 1. `doctor` runs this as a second process.
#[derive(Args, Debug)]
pub(crate) struct TryLock {
    /// The status
    pub(crate) path: PathBuf,
}
