//! `edit`, with scripts for editors.

#![cfg(unix)]

use crate::common::tree_snapshot;
use crate::place::{Place, saved};
use crate::run::{BINARY, Ran, statusfile};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// An editor that is the shell script `script`, with the file as `$1`.
fn editor(place: &Place, script: &str) -> PathBuf {
    let path = place.directory.path().join("an editor");
    fs::write(&path, format!("#!/bin/sh\nset -e\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn edit_with(place: &Place, name: &str, editor: &str) -> Ran {
    let mut command = statusfile();
    command.arg("edit").arg(&place.path).env(name, editor);
    // Where drafts that are kept are found, and removed with the rest.
    command.env("TMPDIR", drafts(place));
    place.ran(command.stdin(std::process::Stdio::null()))
}

fn drafts(place: &Place) -> PathBuf {
    let drafts = place.directory.path().join("drafts");
    let _ = fs::create_dir(&drafts);
    drafts
}

fn edit(place: &Place, script: &str) -> Ran {
    let editor = editor(place, script);
    edit_with(place, "VISUAL", &format!("'{}'", editor.display()))
}

/// The draft that was kept, which the last line of stderr names.
#[track_caller]
fn kept(place: &Place, ran: &Ran) -> String {
    let line = ran.err.lines().last().unwrap();
    let path = line.strip_prefix("your text is in DIR/").unwrap();
    fs::read_to_string(place.directory.path().join(path)).unwrap()
}

fn nothing_is_left(place: &Place) -> bool {
    fs::read_dir(drafts(place)).unwrap().next().is_none()
}

#[test]
fn what_the_editor_leaves_is_saved() {
    let place = saved(2);
    let ran = edit(&place, "sed -i 's/^jobs = 2/jobs = 3 # mine/' \"$1\"");
    ran.prints(0, "", "DIR/worker.toml: saved as generation 3\n");
    let text = fs::read_to_string(place.generation(3)).unwrap();
    assert!(text.contains("\njobs = 3 # mine\n"), "{text}");
    assert_eq!(place.numbers(), [3, 2, 1]);
    assert!(nothing_is_left(&place));
}

#[test]
fn an_editor_may_have_arguments_and_visual_comes_first() {
    let place = saved(2);
    let mut command = statusfile();
    command
        .arg("edit")
        .arg(&place.path)
        .env("VISUAL", "sed -i -e 's/^jobs = 2/jobs = 30/'")
        .env("EDITOR", "false");
    place.ran(&mut command).ends(0);
    assert_eq!(place.jobs(), 30);
    edit_with(&place, "EDITOR", "sed -i 's/^jobs = 30/jobs = 31/'").ends(0);
    assert_eq!(place.jobs(), 31);
}

#[test]
fn the_draft_has_the_name_of_the_status_no_seal_and_no_other_readers() {
    let place = saved(2);
    let seen = place.directory.path().join("seen");
    let script = format!(
        "{{ basename \"$1\"; head -n 1 \"$1\"; stat -c %a \"$(dirname \"$1\")\" 2>/dev/null || echo 700; }} > '{}'",
        seen.display()
    );
    edit(&place, &script).prints(0, "", "DIR/worker.toml: nothing was changed\n");
    assert_eq!(
        fs::read_to_string(seen).unwrap(),
        "worker.toml\njobs = 2\n700\n"
    );
    assert_eq!(place.numbers()[0], 2);
    assert!(nothing_is_left(&place));
}

#[test]
fn a_mistake_is_shown_and_the_editor_opened_again_with_the_text() {
    let place = saved(2);
    let script = "if grep -q 'jobs = x' \"$1\"; then sed -i 's/jobs = x/jobs = 5/' \"$1\"
                  else sed -i 's/jobs = 2/jobs = x/; s/port = 80/port = 81/' \"$1\"; fi";
    let ran = edit(&place, script);
    ran.ends(0);
    assert!(ran.err.starts_with("line 1, column 8: "), "{ran}");
    assert!(ran.err.contains("\n1 | jobs = x\n  |        ^"), "{ran}");
    assert_eq!(place.jobs(), 5);
    assert_eq!(place.load()["server"]["port"].as_integer(), Some(81));
}

#[test]
fn when_the_mistake_stays_nothing_is_saved_and_the_text_is_kept() {
    let place = saved(2);
    let ran = edit(&place, "sed -i 's/jobs = 2/jobs = x/' \"$1\"");
    ran.ends(1);
    assert!(
        ran.err
            .contains("statusfile: this is not TOML; nothing was saved\n"),
        "{ran}"
    );
    assert!(kept(&place, &ran).starts_with("jobs = x\n"));
    assert_eq!(place.numbers()[0], 2);
}

#[test]
fn when_the_editor_fails_the_text_is_kept() {
    let place = saved(2);
    let ran = edit(&place, "echo 'jobs = 7' > \"$1\"; exit 3");
    ran.ends(1);
    assert!(
        ran.err
            .contains("failed (exit status: 3); nothing was saved\n"),
        "{ran}"
    );
    assert_eq!(kept(&place, &ran), "jobs = 7\n");
    edit_with(&place, "EDITOR", "/no/such/editor").ends(1);
    assert_eq!(place.jobs(), 2);
}

#[test]
fn a_save_while_the_editor_was_open_is_not_overwritten_and_the_text_is_kept() {
    let place = saved(2);
    let script = format!(
        "'{BINARY}' set '{}' jobs 99\nsed -i 's/jobs = 2/jobs = 3/' \"$1\"",
        place.path.display()
    );
    let ran = edit(&place, &script);
    ran.ends(1);
    assert_eq!(ran.out, "~ jobs: 2 -> 99\n");
    assert!(
        ran.err.contains(
            "the status was changed while you edited it:\nstatusfile: nothing was saved\n"
        ),
        "{ran}"
    );
    assert!(kept(&place, &ran).starts_with("jobs = 3\n"));
    assert_eq!(place.jobs(), 99);
}

#[test]
fn an_edit_with_a_mistake_is_repaired() {
    let place = saved(2);
    place.put_edit("jobs = x\n");
    edit(&place, "echo 'jobs = 8' > \"$1\"").ends(0);
    assert_eq!(place.jobs(), 8);
    assert!(fs::symlink_metadata(&place.path).unwrap().is_file());
}

#[test]
fn what_may_not_be_saved_is_kept_too() {
    let place = saved(2);
    let lock = place.directory_of_status().join("lock");
    fs::remove_file(&lock).unwrap();
    fs::create_dir(&lock).unwrap();
    let before = tree_snapshot(&place.directory_of_status());
    let ran = edit(&place, "echo 'jobs = 8' > \"$1\"");
    ran.ends(1);
    assert!(
        ran.err.contains("lock: is a directory, not a regular file"),
        "{ran}"
    );
    assert_eq!(kept(&place, &ran), "jobs = 8\n");
    assert_eq!(tree_snapshot(&place.directory_of_status()), before);
}
