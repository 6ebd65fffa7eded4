use crate::change;
use crate::cli::Edit;
use crate::out::{Out, ask, say};
use crate::outcome::{Failure, Outcome};
use crate::place::{self, Place};
use statusfile_runtime::{Error, UntypedStatus};
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
    super::show::warn_of(&seen.skipped);
    let mut draft = Draft::new(place.path(), &seen)?;
    let mut before = seen.text.clone();
    loop {
        let text = draft.edit()?;
        if text == seen.text && seen.check().is_ok() {
            say(format_args!(
                "{}: nothing was changed",
                place.path().display()
            ));
            return Ok(Outcome::Well);
        }
        match place.file.replace(&seen, &text) {
            Ok(saved) => {
                let (path, name) = (place.path().display(), place::name(&saved));
                say(format_args!("{path}: saved as {name}"));
                return Ok(Outcome::Well);
            }
            Err(Error::Decode {
                line,
                column,
                message,
                snippet,
                path,
            }) if path == place.path() => {
                say(format_args!(
                    "line {line}, column {column}: {message}\n{snippet}"
                ));
                if text == before || !again() {
                    return Err(draft.keep("this is not TOML; nothing was saved"));
                }
                before = text;
            }
            Err(Error::Changed { .. }) => {
                say("someone changed the status meanwhile:");
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

/// Whether to open the editor again. Where nobody can be asked, it is.
fn again() -> bool {
    !io::stdin().is_terminal()
        || ask("Edit again? [Y/n]").is_ok_and(|answer| !answer.starts_with('n'))
}

/// The text as the editor has it, where only this user can read it.
struct Draft {
    directory: TempDir,
    file: PathBuf,
}

impl Draft {
    fn new(path: &Path, seen: &UntypedStatus) -> Result<Self, Failure> {
        let directory = private().prefix("statusfile-").tempdir();
        let directory =
            directory.map_err(Failure::at(&env::temp_dir(), "make a directory in it"))?;
        let file = directory.path().join(
            path.file_name()
                .unwrap_or_else(|| OsStr::new("status.toml")),
        );
        fs::write(&file, &seen.text).map_err(Failure::at(&file, "write it"))?;
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

    /// What a person typed is never lost.
    fn keep(&mut self, why: &str) -> Failure {
        self.directory.disable_cleanup(true);
        Failure::finding(format!("{why}\nyour text is in {}", self.file.display()))
    }
}

/// Makes directories that nobody else may enter, as an editor may leave copies in them.
#[cfg(unix)]
fn private() -> tempfile::Builder<'static, 'static> {
    use std::os::unix::fs::PermissionsExt;
    let mut builder = tempfile::Builder::new();
    builder.permissions(fs::Permissions::from_mode(0o700));
    builder
}

/// The temp directory is the user's own here.
#[cfg(not(unix))]
fn private() -> tempfile::Builder<'static, 'static> {
    tempfile::Builder::new()
}

/// `$VISUAL`, `$EDITOR`, or what there is.
fn editor() -> OsString {
    let named = ["VISUAL", "EDITOR"].into_iter().filter_map(env::var_os);
    let fallback = if cfg!(windows) { "notepad" } else { "vi" };
    let mut named = named.filter(|name| !name.is_empty());
    named.next().unwrap_or_else(|| fallback.into())
}

/// An editor may come with arguments, in the words of the shell.
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
