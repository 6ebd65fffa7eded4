//! What the tests on real files share.

#![allow(dead_code, reason = "no test binary uses all of it")]

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File, Permissions};
use std::panic;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

/// Enough for any call that does not hang, on any machine.
const HANG: Duration = Duration::from_secs(120);

/// Where a test in a process of its own finds the path that it is about.
const CHILD_PATH: &str = "STATUSFILE_TEST_PATH";

/// A user who owns nothing, and their group.
#[cfg(unix)]
pub(crate) const NOBODY: u32 = 65534;

/// A user of whom the system knows nothing, not even a home directory.
#[cfg(unix)]
pub(crate) const STRANGER: u32 = 54_321;

/// A new directory, and the path of a status in it where nothing was saved yet.
pub(crate) fn path_in_a_new_directory() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("worker.toml");
    (directory, path)
}

/// The directory that belongs to the status at `path`.
pub(crate) fn status_directory(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap().to_owned();
    name.push(".status");
    path.with_file_name(name)
}

pub(crate) fn generation(path: &Path, number: u64) -> PathBuf {
    status_directory(path).join(format!("{number}.toml"))
}

/// Where a save sets aside what lay at the path, when this was the newest generation.
pub(crate) fn aside(path: &Path, number: u64) -> PathBuf {
    status_directory(path).join(format!("{number}.aside"))
}

pub(crate) fn set_aside(path: &Path, number: u64) -> PathBuf {
    status_directory(path).join(format!("{number}.damaged"))
}

/// Whether a save exchanges names with what lies at the path, which then is `published` until the next one.
pub(crate) const EXCHANGES: bool = cfg!(not(windows));

/// The path as a process finds it that works there.
pub(crate) fn resolved(path: &Path) -> PathBuf {
    if cfg!(windows) {
        // Nothing above it is a link, and what it leads to would have another form.
        return path.to_owned();
    }
    path.canonicalize().unwrap()
}

/// A path below a directory, with `/` on every system.
pub(crate) fn with_slashes(text: &str) -> String {
    text.replace(std::path::MAIN_SEPARATOR, "/")
}

/// The names in `directory`, sorted.
pub(crate) fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// `text` under a seal that holds.
pub(crate) fn sealed(format: u32, version: u32, text: &str) -> Vec<u8> {
    sealed_at("2026-11-25T20:11:14.482913Z", format, version, text)
}

/// The same at a time of one's own, as RFC 3339 has it.
pub(crate) fn sealed_at(saved: &str, format: u32, version: u32, text: &str) -> Vec<u8> {
    sealed_with(&format!("{format} version={version} saved={saved}"), text)
}

/// `text` of the version 1 of a type, under a seal that holds.
pub(crate) fn sealed_by(type_name: &str, text: &str) -> Vec<u8> {
    let words = format!("2 type={type_name} version=1 saved=2026-11-25T20:11:14.482913Z");
    sealed_with(&words, text)
}

fn sealed_with(words: &str, text: &str) -> Vec<u8> {
    let head = format!("#:statusfile {words} bytes={}", text.len());
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(head.as_bytes());
    hasher.update(text.as_bytes());
    format!("{head} crc32={:08x}\n{text}", hasher.finalize()).into_bytes()
}

/// Puts `bytes` where a file may lie that is read-only, as no program but ours would.
pub(crate) fn replace(path: &Path, bytes: &[u8]) {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => panic!("{error}"),
        _ => fs::write(path, bytes).unwrap(),
    }
}

/// Puts `bytes` in the place of what a file holds, and leaves its time, as a failing disk does and no person.
pub(crate) fn damage(path: &Path, bytes: &[u8]) {
    let modified = fs::metadata(path).unwrap().modified().unwrap();
    // Beside the other, so that its number is another, too: no process looks again at a file that it knows.
    let damaged = path.with_file_name("damaged");
    fs::write(&damaged, bytes).unwrap();
    let file = File::options().write(true).open(&damaged).unwrap();
    file.set_modified(modified).unwrap();
    fs::rename(damaged, path).unwrap();
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    contents: Contents,
    permissions: Permissions,
    modified: SystemTime,
}

#[derive(Debug, PartialEq, Eq)]
enum Contents {
    Directory,
    Bytes(Vec<u8>),
    Link(PathBuf),
    Other,
}

/// Everything at and under `root`: names, contents, permissions and times of change.
pub(crate) fn tree_snapshot(root: &Path) -> BTreeMap<PathBuf, Entry> {
    let mut tree = BTreeMap::new();
    let mut left = vec![root.to_owned()];
    while let Some(path) = left.pop() {
        let metadata = fs::symlink_metadata(&path).unwrap();
        let kind = metadata.file_type();
        let contents = if kind.is_dir() {
            let entries = fs::read_dir(&path).unwrap();
            left.extend(entries.map(|entry| entry.unwrap().path()));
            Contents::Directory
        } else if kind.is_symlink() {
            Contents::Link(fs::read_link(&path).unwrap())
        } else if kind.is_file() {
            Contents::Bytes(fs::read(&path).unwrap())
        } else {
            Contents::Other
        };
        let entry = Entry {
            contents,
            permissions: metadata.permissions(),
            modified: metadata.modified().unwrap(),
        };
        tree.insert(path, entry);
    }
    tree
}

/// Runs `call`, which might hang if something is wrong.
pub(crate) fn without_hanging<R: Send + 'static>(call: impl FnOnce() -> R + Send + 'static) -> R {
    let (sender, receiver) = mpsc::channel();
    let thread = thread::spawn(move || {
        let _ = sender.send(call());
    });
    match receiver.recv_timeout(HANG) {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("it hangs"),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            panic::resume_unwind(thread.join().unwrap_err())
        }
    }
}

/// The ignored test `name` of this binary, to be run by [`passes`] in a process of its own, in
/// which [`child_path`] is `path`.
pub(crate) fn child(name: &str, path: &Path) -> Command {
    child_of(&env::current_exe().unwrap(), name, path)
}

fn child_of(binary: &Path, name: &str, path: &Path) -> Command {
    let mut command = Command::new(binary);
    command
        .args(["--exact", name, "--ignored", "--nocapture"])
        .env(CHILD_PATH, path);
    command
}

/// `None` outside a process that [`child`] made: the test has nothing to do there.
pub(crate) fn child_path() -> Option<PathBuf> {
    env::var_os(CHILD_PATH).map(PathBuf::from)
}

/// Runs the one test that `command` is about.
#[track_caller]
pub(crate) fn passes(mut command: Command) {
    let output = command.output().unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    let passed = output.status.success() && out.contains("test result: ok. 1 passed");
    assert!(passed, "{:?}\n{out}\n{err}", output.status);
}

/// Whether this user is root, who is bound by no permissions.
#[cfg(unix)]
pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    let made = tempfile::tempfile().unwrap();
    made.metadata().unwrap().uid() == 0
}

#[cfg(unix)]
pub(crate) fn open_to_everyone(directory: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(directory, Permissions::from_mode(0o777)).unwrap();
}

/// Runs the ignored test `name` as a user who is bound by permissions: as nobody when this user is
/// root. `path` must lie in `directory`, which is opened to that user.
#[cfg(unix)]
#[track_caller]
pub(crate) fn passes_as_ordinary_user(name: &str, directory: &Path, path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    if is_root() {
        fs::set_permissions(directory, Permissions::from_mode(0o755)).unwrap();
        passes_as((NOBODY, NOBODY), name, path);
    } else {
        passes(child(name, path));
    }
}

/// Runs the ignored test `name` as a user without a home directory, which only root can.
#[cfg(unix)]
#[track_caller]
pub(crate) fn passes_without_a_home(name: &str, path: &Path) {
    passes_as((STRANGER, STRANGER), name, path);
}

/// Runs the ignored test `name` as another user and in another group, without the variables that name a home.
#[cfg(unix)]
#[track_caller]
pub(crate) fn passes_as(user: (u32, u32), name: &str, path: &Path) {
    passes_as_by(&[], user, name, path);
}

/// The same by this command, which runs another.
#[cfg(unix)]
#[track_caller]
pub(crate) fn passes_as_by(by: &[&str], (user, group): (u32, u32), name: &str, path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;

    let made = tempfile::tempdir().unwrap();
    fs::set_permissions(made.path(), Permissions::from_mode(0o755)).unwrap();
    let binary = made.path().join("tests");
    // Not by `fs::copy`: a fork elsewhere in this process would hold the copy open for writing, and
    // then it cannot be run.
    let mut copy = Command::new("cp");
    copy.arg(env::current_exe().unwrap()).arg(&binary);
    assert!(copy.status().unwrap().success());
    let mut command = child_of(&binary, name, path);
    if let [program, arguments @ ..] = by {
        let mut outer = Command::new(program);
        outer.args(arguments).arg(&binary).args(command.get_args());
        outer.env(CHILD_PATH, path);
        command = outer;
    }
    command.uid(user).gid(group).current_dir("/");
    for name in ["HOME", "STATE_DIRECTORY", "XDG_STATE_HOME"] {
        command.env_remove(name);
    }
    passes(command);
}

#[cfg(unix)]
pub(crate) fn make_fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[cfg(unix)]
pub(crate) fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}
