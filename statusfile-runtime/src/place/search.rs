//! Which status a path means, and which statuses lie under a pattern or a directory.

use super::pattern::Component;
use crate::error::{At, Error, FileKind, Step};
use crate::fs::{Entry, FileSystem};
use crate::store::directory::follow;
use crate::store::directory::layout::{DIRECTORY_ENDING, Name, directory_of, status_of};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// A path where a status seems to lie, or a directory that could not be looked into, and why.
pub(crate) type Listed = (PathBuf, Result<(), Error>);

/// What lies under a pattern that starts in `directory`, sorted by path.
///
/// # Errors
///
/// Only if `directory` itself cannot be looked into. One that is missing is empty.
pub(crate) fn matching<F: FileSystem>(
    fs: &F,
    directory: &Path,
    components: &[Component],
) -> Result<Vec<Listed>, Error> {
    let [component, rest @ ..] = components else {
        return Ok(Vec::new());
    };
    let (opened, names) = match look(fs, directory) {
        // A file beside the directories of a pattern is ignored.
        Err(cause) if matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        looked => looked.at(Step::Look, directory)?,
    };
    // A value is text, so a name that is no text holds no value.
    let names: BTreeSet<&str> = names.iter().filter_map(|name| name.to_str()).collect();
    let saved = names.iter().filter(|_| rest.is_empty());
    let saved = saved.filter_map(|name| name.strip_suffix(DIRECTORY_ENDING));
    let saved: BTreeSet<&str> = saved.collect();
    let mut found = Vec::new();
    for &name in names.union(&saved).filter(|name| component.matches(name)) {
        let path = directory.join(name);
        if !rest.is_empty() {
            match matching(fs, &path, rest) {
                Ok(mut below) => found.append(&mut below),
                Err(error) => found.push((path, Err(error))),
            }
            continue;
        }
        // A status shows by its directory, or where that is missing by the file at its path.
        let looked = || fs.inspect(&opened, Path::new(name));
        let shows = |entry| matches!(entry, Entry::File | Entry::Link(_));
        if saved.contains(name) || shows(looked().at(Step::Look, directory)?) {
            found.push((path, Ok(())));
        }
    }
    Ok(found)
}

/// The status that a path means, and the generation, if it names one: the path itself, the status
/// directory, a file in that, or a link that leads to one in the end.
pub(crate) fn meant<F: FileSystem>(fs: &F, path: &Path) -> (PathBuf, Option<u64>) {
    let followed = follow(fs, path);
    let meant = followed.ok().and_then(|(path, _)| inside(fs, &path));
    meant.unwrap_or_else(|| (path.to_owned(), None))
}

/// `None` if the path is that of a status itself.
fn inside<F: FileSystem>(fs: &F, path: &Path) -> Option<(PathBuf, Option<u64>)> {
    if fs.open_directory(&directory_of(path)).is_ok() {
        return None;
    }
    if fs.open_directory(path).is_ok() {
        return Some((status_of(path)?, None));
    }
    match (status_of(path.parent()?)?, Name::of(path.file_name()?)?) {
        (status, Name::Generation(number)) => Some((status, Some(number))),
        (status, _) => Some((status, None)),
    }
}

/// Every status in a directory and those below it, sorted by path.
pub(crate) fn below<F: FileSystem>(fs: &F, path: &Path) -> Vec<Listed> {
    let (directory, names) = match look(fs, path).at(Step::Look, path) {
        Ok(looked) => looked,
        Err(error) => return vec![(path.to_owned(), Err(error))],
    };
    let mut found = Vec::new();
    for name in names {
        let path = path.join(&name);
        if let Ok(Entry::Other(FileKind::Directory)) = fs.inspect(&directory, Path::new(&name)) {
            match status_of(&path) {
                Some(status) if holds_a_status(fs, &path) => found.push((status, Ok(()))),
                _ => found.append(&mut below(fs, &path)),
            }
        }
    }
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    found.dedup_by(|(one, _), (other, _)| one == other);
    found
}

fn holds_a_status<F: FileSystem>(fs: &F, path: &Path) -> bool {
    let is_kept = |name: &OsString| Name::of(name).is_some_and(|name| name != Name::Temp);
    // What may not be read is reported when it is looked at.
    look(fs, path).map_or(true, |(_, names)| names.iter().any(is_kept))
}

/// A directory and its names.
fn look<F: FileSystem>(fs: &F, path: &Path) -> io::Result<(F::Dir, BTreeSet<OsString>)> {
    let directory = fs.open_directory(path)?;
    let names = fs.list(&directory)?;
    Ok((directory, names.into_iter().collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::simulated::{MEDIUM_ERROR, Simulated, with_slashes};

    const TENANT: Component = Component::Keyed {
        before: "",
        field: "tenant",
        after: "",
    };

    const JOB: Component = Component::Keyed {
        before: "job-",
        field: "id",
        after: ".toml",
    };

    /// A machine with these files, and directories where a name ends in a slash.
    fn machine(paths: &[&str]) -> Simulated {
        let fs = Simulated::new();
        for path in paths {
            match path.strip_suffix('/') {
                Some(directory) => fs.put_directory(directory),
                None => fs.put(path, b""),
            }
        }
        fs
    }

    fn paths(fs: &Simulated, components: &[Component]) -> Vec<String> {
        let listed = matching(fs, Path::new("/app"), components).unwrap();
        let text = |(path, result): (PathBuf, Result<(), Error>)| {
            result.unwrap();
            with_slashes(path.display())
        };
        listed.into_iter().map(text).collect()
    }

    #[test]
    fn a_status_shows_by_its_file_a_link_or_its_directory() {
        let fs = machine(&[
            "/app/job-edited.toml",
            "/app/job-saved.toml",
            "/app/job-saved.toml.status/",
            "/app/job-without-file.toml.status/",
        ]);
        fs.put_link("/app/job-linked.toml", "elsewhere.toml");
        assert_eq!(
            paths(&fs, &[JOB]),
            [
                "/app/job-edited.toml",
                "/app/job-linked.toml",
                "/app/job-saved.toml",
                "/app/job-without-file.toml",
            ]
        );
    }

    #[test]
    fn what_is_not_of_the_pattern_is_passed_over() {
        let fs = machine(&[
            "/app/job-directory.toml/",
            "/app/job-.toml",
            "/app/job-1.toml~",
            "/app/job-1.txt",
            "/app/1.toml",
            "/app/.status/",
            "/app/notes.status",
            "/app/job-1.toml.status.status/",
        ]);
        assert_eq!(paths(&fs, &[JOB]), [""; 0]);
        assert_eq!(
            paths(&fs, &[TENANT])[..3],
            ["/app/1.toml", "/app/job-.toml", "/app/job-1.toml~"]
        );
    }

    #[test]
    fn every_directory_of_the_pattern_is_looked_into() {
        let fs = machine(&[
            "/app/b/",
            "/app/b/jobs/",
            "/app/b/jobs/job-2.toml",
            "/app/b/jobs/job-10.toml",
            "/app/a/",
            "/app/a/jobs/",
            "/app/a/jobs/job-1.toml",
            "/app/a/other/",
            "/app/a/other/job-1.toml",
            "/app/c/",
            "/app/file",
            "/app/d.status/",
            "/app/d.status/jobs/",
            "/app/d.status/jobs/job-1.toml",
        ]);
        assert_eq!(
            paths(&fs, &[TENANT, Component::Fixed("jobs"), JOB]),
            [
                "/app/a/jobs/job-1.toml",
                "/app/b/jobs/job-10.toml",
                "/app/b/jobs/job-2.toml",
            ]
        );
    }

    #[test]
    fn a_fixed_name_may_come_last() {
        let fs = machine(&[
            "/app/a/",
            "/app/a/job.toml.status/",
            "/app/a/other.toml",
            "/app/b/",
            "/app/b/job.toml",
        ]);
        assert_eq!(
            paths(&fs, &[TENANT, Component::Fixed("job.toml")]),
            ["/app/a/job.toml", "/app/b/job.toml"]
        );
    }

    #[test]
    fn nothing_lies_in_a_directory_that_is_missing() {
        let listed = matching(&machine(&[]), Path::new("/app/none"), &[JOB]).unwrap();
        assert!(listed.is_empty());
    }

    #[test]
    fn one_directory_that_cannot_be_read_does_not_hide_the_others() {
        let fs = machine(&[
            "/app/a/",
            "/app/a/job-1.toml",
            "/app/b/",
            "/app/b/job-1.toml",
        ]);
        fs.fail_after(2, MEDIUM_ERROR);
        let listed = matching(&fs, Path::new("/app"), &[TENANT, JOB]).unwrap();
        let [(directory, Err(error)), (path, Ok(()))] = &listed[..] else {
            panic!("{listed:?}");
        };
        assert_eq!(directory, Path::new("/app/a"));
        assert!(
            with_slashes(error).starts_with("/app/a: cannot list"),
            "{error}"
        );
        assert_eq!(path, Path::new("/app/b/job-1.toml"));
    }

    #[test]
    fn the_first_directory_must_be_readable() {
        let fs = machine(&["/app/job-1.toml"]);
        fs.fail_after(0, MEDIUM_ERROR);
        let error = matching(&fs, Path::new("/app"), &[JOB]).unwrap_err();
        assert!(
            with_slashes(&error).starts_with("/app: cannot list"),
            "{error}"
        );
    }
}
