use crate::change;
use crate::cli::Edit;
use crate::out::{Out, ask, say, warn_of_skipped};
use crate::outcome::{Failure, Outcome};
use crate::place::Place;
use statusfile_runtime::untyped::UntypedStatus;
use statusfile_runtime::{Error, Location};
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

pub(crate) fn run(args: &Edit, out: &mut Out) -> Result<Outcome, Failure> {
    let place = Place::to_change(&args.path)?;
    let seen = place.file.read()?;
    warn_of_skipped(&seen.skipped);
    let mut draft = Draft::new(place.location(), &seen)?;
    let mut before = seen.text.clone();
    loop {
        let text = draft.edit()?;
        if text == seen.text && seen.check().is_ok() {
            say(format_args!("{}: nothing was changed", place.location()));
            return Ok(Outcome::Success);
        }
        match place.file.replace(&seen, &text) {
            Ok(saved) => {
                let (location, name) = (place.location(), place.name(&saved));
                say(format_args!("{location}: saved as {name}"));
                return Ok(Outcome::Success);
            }
            Err(Error::Decode {
                line,
                column,
                message,
                snippet,
                location,
                ..
            }) if location == *place.location() => {
                say(format_args!(
                    "line {line}, column {column}: {message}\n{snippet}"
                ));
                if text == before || !again() {
                    return Err(draft.keep("this is not TOML; nothing was saved"));
                }
                before = text;
            }
            Err(Error::Changed { .. }) => {
                say("the status was changed while you edited it:");
                if let Err(failure) = show_difference(out, &place, &seen) {
                    say(failure.message);
                }
                return Err(draft.keep("nothing was saved"));
            }
            Err(error) => {
                let Failure { outcome, message } = error.into();
                let Failure { message, .. } = draft.keep(&message);
                return Err(Failure { outcome, message });
            }
        }
    }
}

fn show_difference(out: &mut Out, place: &Place, seen: &UntypedStatus) -> Result<(), Failure> {
    change::print(out, seen, &place.file.read()?)
}

/// Whether to open the editor again. It is opened without a question if there is no terminal.
fn again() -> bool {
    !io::stdin().is_terminal()
        || ask("Edit again? [Y/n]").is_ok_and(|answer| !answer.starts_with('n'))
}

/// The text in the editor, in a file that only this user can read.
struct Draft {
    directory: TempDir,
    file: PathBuf,
}

impl Draft {
    fn new(location: &Location, seen: &UntypedStatus) -> Result<Self, Failure> {
        let directory = private().prefix("statusfile-").tempdir();
        let directory = directory.map_err(Failure::at(
            env::temp_dir().display(),
            "make a directory in it",
        ))?;
        // An editor chooses its mode by the ending.
        let name = location.path().and_then(Path::file_name);
        let name = name.unwrap_or_else(|| OsStr::new("status.toml"));
        let file = directory.path().join(name);
        fs::write(&file, &seen.text).map_err(Failure::at(file.display(), "write it"))?;
        Ok(Self { directory, file })
    }

    fn edit(&mut self) -> Result<String, Failure> {
        let editor = editor();
        let status = command(&editor, &self.file).status();
        let shown = editor.display();
        match status {
            Err(cause) => {
                return Err(self.keep(&format!("cannot start the editor {shown}: {cause}")));
            }
            Ok(status) if !status.success() => {
                return Err(self.keep(&format!(
                    "the editor {shown} failed ({status}); nothing was saved"
                )));
            }
            Ok(_) => {}
        }
        fs::read_to_string(&self.file)
            .map_err(|cause| self.keep(&format!("cannot read what the editor wrote: {cause}")))
    }

    /// Keeps the file, so that nothing that the user typed is lost.
    fn keep(&mut self, why: &str) -> Failure {
        self.directory.disable_cleanup(true);
        Failure::finding(format!("{why}\nyour text is in {}", self.file.display()))
    }
}

/// Makes directories that no other user may enter, as an editor may leave copies in them.
#[cfg(unix)]
fn private() -> tempfile::Builder<'static, 'static> {
    use std::os::unix::fs::PermissionsExt;
    let mut builder = tempfile::Builder::new();
    builder.permissions(fs::Permissions::from_mode(0o700));
    builder
}

/// The temp directory is private to the user here.
#[cfg(not(unix))]
fn private() -> tempfile::Builder<'static, 'static> {
    tempfile::Builder::new()
}

/// `$VISUAL`, `$EDITOR`, or an editor that every system has.
fn editor() -> OsString {
    let named = ["VISUAL", "EDITOR"].into_iter().filter_map(env::var_os);
    let fallback = if cfg!(windows) { "notepad" } else { "vi" };
    let mut named = named.filter(|name| !name.is_empty());
    named.next().unwrap_or_else(|| fallback.into())
}

/// The editor may come with arguments, quoted for the shell.
#[cfg(unix)]
fn command(editor: &OsStr, file: &Path) -> Command {
    let mut script = editor.to_owned();
    script.push(" \"$@\"");
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).arg("sh").arg(file);
    command
}

#[cfg(not(unix))]
fn command(editor: &OsStr, file: &Path) -> Command {
    let editor = editor.to_string_lossy();
    let mut words = editor.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words).arg(file);
    command
}
