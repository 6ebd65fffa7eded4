//! Which statuses lie under a pattern.

use crate::error::{Error, Step};
use crate::fs::{Entry, FileSystem};
use crate::name::DIRECTORY_ENDING;
use crate::pattern::Component;
use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// A path where a status seems to lie, or a directory that could not be looked into, and why.
pub(crate) type Listed = (PathBuf, Result<(), Error>);

/// What lies under a pattern that starts in `directory`, sorted by path.
///
/// # Errors
///
/// Only if `directory` itself cannot be looked into. One that is missing is empty.
pub(crate) fn list<F: FileSystem>(
    fs: &F,
    directory: &Path,
    components: &[Component],
) -> Result<Vec<Listed>, Error> {
    below(fs, directory, components).map_err(|cause| Error::io(Step::Look, directory, cause))
}

fn below<F: FileSystem>(
    fs: &F,
    directory: &Path,
    components: &[Component],
) -> io::Result<Vec<Listed>> {
    let Some((component, rest)) = components.split_first() else {
        return Ok(Vec::new());
    };
    let names = match fs.list(directory) {
        // A file beside the directories of a pattern is no business of ours.
        Err(cause) if matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        listed => listed?.0,
    };
    // A value is text, so a name that is no text holds no value.
    let names: BTreeSet<&str> = names.iter().filter_map(|name| name.to_str()).collect();
    if rest.is_empty() {
        return statuses(fs, directory, &names, *component);
    }
    let mut found = Vec::new();
    for name in names.into_iter().filter(|name| component.matches(name)) {
        let directory = directory.join(name);
        match below(fs, &directory, rest) {
            Ok(mut below) => found.append(&mut below),
            Err(cause) => {
                let error = Error::io(Step::Look, &directory, cause);
                found.push((directory, Err(error)));
            }
        }
    }
    Ok(found)
}

/// A status shows by its link, by a person's edit in the place of the link, and where there are no
/// links by its directory alone.
fn statuses<F: FileSystem>(
    fs: &F,
    directory: &Path,
    names: &BTreeSet<&str>,
    component: Component,
) -> io::Result<Vec<Listed>> {
    let of_directories: BTreeSet<&str> = names
        .iter()
        .filter_map(|name| name.strip_suffix(DIRECTORY_ENDING))
        .collect();
    let mut found = Vec::new();
    for name in names.union(&of_directories) {
        let path = directory.join(name);
        let is_there = |entry| matches!(entry, Entry::File | Entry::Link(_));
        if component.matches(name)
            && (of_directories.contains(name) || is_there(fs.inspect(&path)?))
        {
            found.push((path, Ok(())));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::simulated::{MEDIUM_ERROR, Simulated};

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
                Some(directory) => fs.create_directory(Path::new(directory), 0o700).unwrap(),
                None => fs.put(path, b""),
            }
        }
        fs
    }

    fn paths(fs: &Simulated, components: &[Component]) -> Vec<String> {
        let listed = list(fs, Path::new("/app"), components).unwrap();
        let text = |(path, result): (PathBuf, Result<(), Error>)| {
            result.unwrap();
            path.to_str().unwrap().to_owned()
        };
        listed.into_iter().map(text).collect()
    }

    #[test]
    fn a_status_shows_by_its_link_its_edit_or_its_directory() {
        let fs = machine(&[
            "/app/job-edited.toml",
            "/app/job-saved.toml.status/",
            "/app/job-without-link.toml.status/",
        ]);
        fs.put_link("/app/job-saved.toml", "job-saved.toml.status/current");
        fs.put_link("/app/job-dangling.toml", "job-dangling.toml.status/current");
        assert_eq!(
            paths(&fs, &[JOB]),
            [
                "/app/job-dangling.toml",
                "/app/job-edited.toml",
                "/app/job-saved.toml",
                "/app/job-without-link.toml",
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
        let listed = list(&machine(&[]), Path::new("/app/none"), &[JOB]).unwrap();
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
        fs.fail_after(1, MEDIUM_ERROR);
        let listed = list(&fs, Path::new("/app"), &[TENANT, JOB]).unwrap();
        let [(directory, Err(error)), (path, Ok(()))] = &listed[..] else {
            panic!("{listed:?}");
        };
        assert_eq!(directory, Path::new("/app/a"));
        assert!(
            error.to_string().starts_with("/app/a: cannot look at"),
            "{error}"
        );
        assert_eq!(path, Path::new("/app/b/job-1.toml"));
    }

    #[test]
    fn the_first_directory_must_be_readable() {
        let fs = machine(&["/app/job-1.toml"]);
        fs.fail_after(0, MEDIUM_ERROR);
        let error = list(&fs, Path::new("/app"), &[JOB]).unwrap_err();
        assert!(
            error.to_string().starts_with("/app: cannot look at"),
            "{error}"
        );
    }
}
