//! A status is removed again and again while others lock and save it: one at a time has the lock, on every file system
//! that can be mounted here.
//!
//! A hundred removals by default, a thousand with `STATUSFILE_FULL=1`.

#![cfg(target_os = "linux")]

use std::env;
use std::io::{self, Write};
use std::process::Command;

const ACTOR: &str = env!("CARGO_BIN_EXE_actor");

/// The shell is in a new directory, and `mounted` is one in it.
const ON_EXT4: &str = "truncate -s 64M image && mkfs.ext4 -q image && mount -o loop image mounted";
const ON_TMPFS: &str = "mount -t tmpfs none mounted";
/// Its layers are in memory, as not every file system can be one.
const ON_OVERLAYFS: &str = "mkdir layers && mount -t tmpfs none layers && mkdir layers/lower layers/upper layers/work \
    && mount -t overlay -o lowerdir=layers/lower,upperdir=layers/upper,workdir=layers/work none mounted";
const ON_BINDFS: &str = "mkdir below && bindfs below mounted";
const ON_FUSE_OVERLAYFS: &str = "mkdir lower upper work \
    && fuse-overlayfs -o lowerdir=lower,upperdir=upper,workdir=work mounted";

/// What cannot be mounted.
const SKIPPED: i32 = 77;

#[test]
fn where_tests_run() {
    test("here", "true");
}

#[test]
fn on_ext4() {
    test("ext4", ON_EXT4);
}

#[test]
fn on_tmpfs() {
    test("tmpfs", ON_TMPFS);
}

#[test]
fn on_overlayfs() {
    test("overlayfs", ON_OVERLAYFS);
}

#[test]
fn on_bindfs() {
    test("bindfs", ON_BINDFS);
}

#[test]
fn on_fuse_overlayfs() {
    test("fuse-overlayfs", ON_FUSE_OVERLAYFS);
}

/// Mounts for the processes of the race alone, and takes the mount down when they have ended.
fn test(name: &str, mount: &str) {
    let full = env::var_os("STATUSFILE_FULL").is_some();
    let removals = if full { "1000" } else { "100" };
    let directory = tempfile::tempdir().unwrap();
    let base = directory.path();
    let script = format!(
        "cd \"$1\"; mkdir mounted; {{ {mount}; }} >&2 || exit {SKIPPED}; shift; \"$@\" && result=0 || result=$?; \
         cd /; ! mountpoint -q \"$0\" || umount \"$0\"; exit $result"
    );
    let mut race = Command::new("unshare");
    race.arg("--mount");
    if !is_root() {
        // Not every file system may be mounted by a user of a namespace.
        race.arg("--map-root-user");
    }
    race.args(["sh", "-c", &script])
        .arg(base.join("mounted"))
        .arg(base);
    race.args([ACTOR, "race"]);
    race.arg(base.join("mounted/app/count.toml"));
    race.arg(base.join("inside")).arg(removals);
    let output = match race.output() {
        Ok(output) => output,
        Err(cause) => return say(&format!("skipped: unshare cannot be run: {cause}")),
    };
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(SKIPPED) || said.starts_with("unshare: ") {
        return say(&format!(
            "skipped: {name} cannot be mounted here: {}",
            said.trim()
        ));
    }
    assert!(output.status.success(), "{name}: {said}");
    let turns = String::from_utf8_lossy(&output.stdout).replace('\n', ", ");
    say(&format!("{name}: {removals} removals, {turns}"));
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    let made = tempfile::tempfile().unwrap();
    made.metadata().unwrap().uid() == 0
}

fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
