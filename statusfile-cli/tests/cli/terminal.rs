//! What is different on a terminal.

use crate::place::{Place, saved};
use crate::run::statusfile;
use pty_process::blocking::{Command, Pty};
use std::fs;
use std::io::{Read, Write};
use std::process::Child;

struct Session {
    pty: Pty,
    child: Child,
    shown: String,
}

impl Session {
    fn begin(place: &Place, verb: &str, env: &[(&str, &str)]) -> Self {
        let (pty, pts) = pty_process::blocking::open().unwrap();
        pty.resize(pty_process::Size::new(24, 100)).unwrap();
        let mut command = statusfile();
        command
            .arg(verb)
            .arg(&place.path)
            .env("TERM", "xterm")
            .envs(env.iter().copied());
        let child = Command::from(command).spawn(pts).unwrap();
        let shown = String::new();
        Self { pty, child, shown }
    }

    /// Reads until `text` is shown.
    #[track_caller]
    fn wait_for(&mut self, text: &str) {
        let mut bytes = [0; 1];
        while !self.shown.ends_with(text) {
            match self.pty.read(&mut bytes) {
                Ok(1) => self.shown.push(char::from(bytes[0])),
                end => panic!("{end:?}: {:?}", self.shown),
            }
        }
    }

    fn type_in(&mut self, text: &str) {
        self.pty.write_all(text.as_bytes()).unwrap();
    }

    /// Reads to the end.
    fn end(mut self) -> (Option<i32>, String) {
        let mut bytes = [0; 256];
        // A terminal whose other end is gone is an error, on Linux.
        while let Ok(count @ 1..) = self.pty.read(&mut bytes) {
            self.shown
                .push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
        (self.child.wait().unwrap().code(), self.shown)
    }
}

#[test]
fn restore_asks_and_a_yes_restores() {
    let place = saved(3);
    let mut session = Session::begin(&place, "restore", &[]);
    session.wait_for("? [y/N] ");
    assert!(
        session
            .shown
            .contains("~ jobs: \u{1b}[31m3\u{1b}[0m -> \u{1b}[32m2\u{1b}[0m\r\n"),
        "{:?}",
        session.shown
    );
    session.type_in("y\n");
    let (code, shown) = session.end();
    assert_eq!(code, Some(0), "{shown}");
    assert!(
        shown.ends_with("generation 4 is now what generation 2 was\r\n"),
        "{shown}"
    );
    assert_eq!(place.jobs(), 2);
}

#[test]
fn restore_asks_and_a_no_or_the_end_of_input_does_not() {
    for answer in ["n\n", "\n", "\u{4}"] {
        let place = saved(3);
        let mut session = Session::begin(&place, "restore", &[]);
        session.wait_for("? [y/N] ");
        session.type_in(answer);
        let (code, shown) = session.end();
        assert_eq!(code, Some(1), "{shown}");
        assert!(
            shown.ends_with("\r\nstatusfile: nothing was restored\r\n"),
            "{shown:?}"
        );
        assert_eq!((place.jobs(), place.numbers()[0]), (3, 3));
    }
}

#[test]
fn colours_are_for_terminals_without_no_color() {
    let place = saved(3);
    for verb in ["show", "history", "diff"] {
        for (env, is_coloured) in [
            (&[][..], true),
            (&[("NO_COLOR", "1")], false),
            (&[("TERM", "dumb")], false),
        ] {
            let (code, shown) = Session::begin(&place, verb, env).end();
            assert_eq!(code, Some(0));
            assert_eq!(
                shown.contains("\u{1b}["),
                is_coloured,
                "{verb} {env:?}: {shown:?}"
            );
        }
    }
}

#[test]
fn after_a_mistake_edit_asks_and_a_no_keeps_the_text() {
    let place = saved(2);
    let drafts = place.directory.path().to_str().unwrap().to_owned();
    let editor = [("EDITOR", "sed -i s/jobs.=.2/jobs=x/"), ("TMPDIR", &drafts)];
    let mut session = Session::begin(&place, "edit", &editor);
    session.wait_for("Edit again? [Y/n] ");
    assert!(
        session.shown.starts_with("line 1, column 6: "),
        "{}",
        session.shown
    );
    session.type_in("n\n");
    let (code, shown) = session.end();
    assert_eq!(code, Some(1));
    let (_, path) = shown.trim_end().rsplit_once("your text is in ").unwrap();
    assert!(fs::read_to_string(path).unwrap().starts_with("jobs=x\n"));
    assert_eq!(place.jobs(), 2);
}
