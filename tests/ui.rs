//! What `#[derive(PersistentStatus)]` accepts, and what it says about each mistake.

use std::fs;
use std::process::Command;

/// The topics whose errors are in the compiler's own words; ours are the same in all.
const WORDED: [&str; 2] = ["bounds", "display"];

/// The compiler in whose words those are.
const WORDED_BY: &str = "rustc 1.95.";

#[test]
fn derive() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    for entry in fs::read_dir("tests/ui").expect("the folder of the cases") {
        let topic = entry.expect("a topic").file_name();
        let topic = topic.to_str().expect("a plain name");
        if topic != "pass" && (!WORDED.contains(&topic) || is_worded_by_this_compiler()) {
            cases.compile_fail(format!("tests/ui/{topic}/*.rs"));
        }
    }
}

fn is_worded_by_this_compiler() -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output();
    version.is_ok_and(|output| output.stdout.starts_with(WORDED_BY.as_bytes()))
}
