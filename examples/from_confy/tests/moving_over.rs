//! What confy wrote is found, and kept.

#![expect(clippy::unwrap_used, reason = "these run in tests only")]

use serde::{Deserialize, Serialize};
use statusfile::StatusFile;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

const BEFORE: &str = include_str!("../src/before.rs");
const AFTER: &str = include_str!("../src/after.rs");

#[derive(Serialize, Deserialize)]
struct Settings {
    theme: String,
    starts: u32,
}

/// A home directory without anything in it.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// What the app says when it is started with these arguments.
    fn app(&self, arguments: &[&str]) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_from_confy"))
            .args(arguments)
            .env("HOME", self.0.path())
            .env("XDG_CONFIG_HOME", self.0.path().join("config"))
            .env("USERPROFILE", self.0.path())
            .env("APPDATA", self.0.path().join("config"))
            .env_remove("CONFIGURATION_DIRECTORY")
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Where confy keeps the settings.
    fn path(&self) -> PathBuf {
        let app = self.0.path().join("config/from-confy");
        let directory = if cfg!(windows) {
            app.join("config")
        } else {
            app
        };
        directory.join("default-config.toml")
    }

    fn file(&self) -> StatusFile<Settings> {
        StatusFile::undeclared(self.path())
    }
}

/// The lines of `text` that `other` does not have.
fn only_in<'a>(text: &'a str, other: &str) -> Vec<&'a str> {
    let others: Vec<_> = other.lines().collect();
    text.lines().filter(|line| !others.contains(line)).collect()
}

#[test]
fn four_lines_change() {
    assert_eq!(only_in(AFTER, BEFORE).len(), 4);
    assert_eq!(only_in(BEFORE, AFTER).len(), 2);
    assert_eq!(AFTER.lines().count(), BEFORE.lines().count() + 2);
}

#[test]
fn the_guide_shows_these_lines() {
    let guide = include_str!("../../../docs/guide/moving-over.md");
    for line in only_in(AFTER, BEFORE).iter().chain(&only_in(BEFORE, AFTER)) {
        assert!(guide.contains(line.trim()), "{line}");
    }
}

#[test]
fn what_confy_wrote_is_found_and_kept_as_the_older_status() {
    let home = Home::new();
    assert_eq!(home.app(&["before", "dark"]), "start 1, dark\n");
    let written_by_confy = fs::read_to_string(home.path()).unwrap();
    assert_eq!(written_by_confy, "theme = \"dark\"\nstarts = 1\n");

    assert_eq!(home.app(&["after"]), "start 2, dark\n");
    let settings = home.file().load().unwrap();
    assert_eq!((settings.theme.as_str(), settings.starts), ("dark", 2));
    let [newest, older] = &home.file().history().unwrap()[..] else {
        panic!("two statuses are kept");
    };
    let seal_and_text = fs::read_to_string(older.location.path().unwrap()).unwrap();
    let (seal, text) = seal_and_text.split_once('\n').unwrap();
    assert!(
        seal.starts_with("#:statusfile 2 version=1 saved="),
        "{seal}"
    );
    assert_eq!(text, written_by_confy);
    assert!(newest.number > older.number);

    assert_eq!(home.app(&["after", "light"]), "start 3, light\n");
}

#[cfg(target_os = "linux")]
#[test]
fn without_confy_the_same_file_is_found() {
    let home = Home::new();
    home.app(&["before", "dark"]);
    assert_eq!(home.app(&["without_confy"]), "start 2, dark\n");
    assert_eq!(home.app(&["after"]), "start 3, dark\n");
    assert_eq!(home.app(&["without_confy", "light"]), "start 4, light\n");
    assert_eq!(home.file().load().unwrap().starts, 4);
}

#[test]
fn the_first_start_needs_no_confy() {
    let home = Home::new();
    assert_eq!(home.app(&["after", "dark"]), "start 1, dark\n");
    assert_eq!(home.app(&["after"]), "start 2, dark\n");
}
