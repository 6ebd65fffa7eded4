//! Which files there are to count, and in which order.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The files and directories named on the command line, or else some that every developer has.
pub(crate) fn roots() -> Result<Vec<PathBuf>, String> {
    let mut named: Vec<_> = env::args_os().skip(1).map(PathBuf::from).collect();
    if named.is_empty() {
        named = sources().map_err(|cause| format!("cannot find the project's sources: {cause}"))?;
    }
    let mut roots = Vec::new();
    for path in named {
        let failed = |cause| format!("{}: {cause}", path.display());
        let root = path.canonicalize().map_err(failed)?;
        if !root.is_file() && !root.is_dir() {
            return Err(format!(
                "{}: neither a file nor a directory",
                path.display()
            ));
        }
        roots.push(root);
    }
    roots.sort();
    roots.dedup();
    Ok(roots)
}

/// What this project consists of, and the sources of the crates that cargo has downloaded.
fn sources() -> io::Result<Vec<PathBuf>> {
    let (directories, files) = list(Path::new(env!("CARGO_MANIFEST_DIR")))?;
    let is_source = |path: &PathBuf| !path.ends_with("target") && !path.ends_with(".git");
    let cargo = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(env::home_dir()?.join(".cargo")));
    let registry = cargo
        .map(|cargo| cargo.join("registry").join("src"))
        .filter(|registry| registry.is_dir());
    Ok(directories
        .into_iter()
        .chain(files)
        .filter(is_source)
        .chain(registry)
        .collect())
}

/// All regular files in `roots`, each once, sorted. Links are not followed.
pub(crate) fn files(roots: &[PathBuf]) -> Vec<PathBuf> {
    let (mut directories, mut files): (Vec<_>, Vec<_>) =
        roots.iter().cloned().partition(|root| root.is_dir());
    while let Some(directory) = directories.pop() {
        match list(&directory) {
            Ok((below, beside)) => {
                directories.extend(below);
                files.extend(beside);
            }
            // Among the files it is not forgotten: reading it fails, and that is reported.
            Err(_) => files.push(directory),
        }
    }
    files.sort();
    files.dedup();
    files
}

/// The directories and the regular files in a directory.
fn list(directory: &Path) -> io::Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let (mut directories, mut files) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            directories.push(entry.path());
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok((directories, files))
}

/// The extension by which a file is counted.
pub(crate) fn extension(file: &Path) -> String {
    match file.extension() {
        Some(extension) => escaped(extension).to_lowercase(),
        None => "-".to_owned(),
    }
}

/// A name as text that is safe to save and to print, different for different names.
#[expect(
    clippy::unnecessary_debug_formatting,
    reason = "the escapes are what is wanted"
)]
pub(crate) fn escaped(name: &OsStr) -> String {
    let quoted = format!("{name:?}");
    quoted[1..quoted.len() - 1].to_owned()
}
