//! What `#[derive(PersistentStatus)]` says about each kind of mistake, and where it shows it. The
//! variants of each are tables in the derive's own tests.

use std::fs;
use std::process::Command;

/// The topics whose errors are, in part, in the compiler's own words; ours are the same in all.
const WORDED: [&str; 4] = ["bounds", "display", "evaluated", "unresolved"];

/// The compiler in whose words those are.
const WORDED_BY: &str = "rustc 1.95.";

#[test]
fn derive() {
    // All of them fail: then trybuild checks them in one go, and else it builds them one by one. What
    // compiles is in `tests/ui_pass`.
    let cases = trybuild::TestCases::new();
    for entry in fs::read_dir("tests/ui").expect("the folder of the cases") {
        let topic = entry.expect("a topic").file_name();
        let topic = topic.to_str().expect("a plain name");
        if !WORDED.contains(&topic) || is_worded_by_this_compiler() {
            cases.compile_fail(format!("tests/ui/{topic}/*.rs"));
        }
    }
}

fn is_worded_by_this_compiler() -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output();
    version.is_ok_and(|output| output.stdout.starts_with(WORDED_BY.as_bytes()))
}
