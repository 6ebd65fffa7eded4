//! Writes the completions and the man pages, which `statusfile completions` and `statusfile man`
//! print, so that they come with any way of installing.

#[allow(dead_code, reason = "nothing is parsed here")]
#[path = "src/cli.rs"]
mod cli;

use clap::{CommandFactory, ValueEnum};
use clap_complete::{Shell, generate_to};
use std::env;
use std::ffi::OsStr;
use std::fmt::Write;
use std::fs;
use std::io;
use std::path::PathBuf;

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=src/cli.rs");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    for &shell in Shell::value_variants() {
        generate_to(shell, &mut cli::Cli::command(), "statusfile", &out)?;
    }
    let pages = out.join("man");
    fs::create_dir_all(&pages)?;
    clap_mangen::generate_to(cli::Cli::command(), &pages)?;

    let mut names: Vec<_> = fs::read_dir(&pages)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<_>>()?;
    names.sort();
    let mut list = String::from("&[\n");
    for path in names {
        fs::write(&path, with_lines_kept(&fs::read_to_string(&path)?))?;
        let name = path.file_stem().and_then(OsStr::to_str).unwrap_or_default();
        let verb = name.strip_prefix("statusfile-").unwrap_or_default();
        let path = path.display().to_string();
        let _ = writeln!(list, "({verb:?}, include_str!({path:?})),");
    }
    list.push(']');
    fs::write(out.join("pages.rs"), list)
}

/// What follows the options is laid out by hand.
fn with_lines_kept(page: &str) -> String {
    let Some((before, notes)) = page.split_once(".SH EXTRA\n") else {
        return page.to_owned();
    };
    let notes = notes.replacen("\n.SH ", "\n.fi\n.SH ", 1);
    format!("{before}.SH NOTES\n.nf\n{notes}")
}
