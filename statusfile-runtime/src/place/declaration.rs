//! What a type declares with `#[status(...)]`, and the place that follows from it.

use super::platform::Dir;
use crate::error::{At, Error, Step};
use crate::store::options::{Durability, Publish};
use std::env;
use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

/// What the derive read from a type. `None` is what the type does not say.
#[expect(
    missing_docs,
    reason = "the keys of `#[status(...)]`, documented at the derive"
)]
#[derive(Debug)]
pub struct Declaration {
    pub env: Option<&'static str>,
    pub path: Option<&'static str>,
    pub app: &'static str,
    pub dir: Dir,
    pub file: &'static str,
    pub keep: Option<usize>,
    pub mode: Option<u32>,
    pub durability: Option<Durability>,
    pub lock_timeout: Option<Duration>,
    pub publish: Option<Publish>,
    pub max_bytes: Option<u64>,
}

impl Declaration {
    /// A declaration that says nothing but the names that everything has.
    #[must_use]
    pub const fn new(app: &'static str, file: &'static str) -> Self {
        Self {
            env: None,
            path: None,
            app,
            dir: Dir::State,
            file,
            keep: None,
            mode: None,
            durability: None,
            lock_timeout: None,
            publish: None,
            max_bytes: None,
        }
    }

    /// The path of the status in this process. The variable `env` wins, then `path`, then what a
    /// service manager says, then the platform's directories.
    pub(crate) fn place(&self) -> Result<PathBuf, Error> {
        self.locate(Some(self.file), |name| env::var_os(name))
    }

    /// The directory in this process that a pattern starts in. `env` and `path` name it, not a file.
    pub(crate) fn start(&self) -> Result<PathBuf, Error> {
        self.locate(None, |name| env::var_os(name))
    }

    /// What `env` or `path` names, or `file` in the directory that follows from the rest.
    fn locate(
        &self,
        file: Option<&str>,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<PathBuf, Error> {
        // Empty counts as unset.
        let variable = |name| variable(name).filter(|value| !value.is_empty());
        let from_env = self.env.and_then(variable);
        if let Some(path) = from_env.or_else(|| self.path.map(OsString::from)) {
            return Ok(settled(path.into()));
        }
        let service = self.dir.service_variable().and_then(variable);
        let service = service.and_then(|list| env::split_paths(&list).next());
        let directory = service.or_else(|| Some(self.dir.path()?.join(self.app)));
        let homeless = "this user has no home directory; set HOME, or give the status a `path`";
        let mut path = directory
            .ok_or_else(|| io::Error::new(ErrorKind::NotFound, homeless))
            .at(Step::Place, Path::new(self.file))?;
        path.extend(file);
        Ok(path)
    }
}

/// A path that stays the same when the program changes its working directory: relative ones are
/// taken from the directory in which the program first asked for one.
fn settled(path: PathBuf) -> PathBuf {
    static START: OnceLock<Option<PathBuf>> = OnceLock::new();
    if path.is_absolute() {
        return path;
    }
    match START.get_or_init(|| env::current_dir().ok()) {
        Some(start) => start.join(path),
        None => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: Declaration = Declaration::new("my-app", "worker.toml");

    fn lookup(variables: &[(&str, &str)]) -> impl Fn(&str) -> Option<OsString> {
        |name| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| OsString::from(value))
        }
    }

    fn place(declaration: &Declaration, variables: &[(&str, &str)]) -> PathBuf {
        let file = Some(declaration.file);
        declaration.locate(file, lookup(variables)).unwrap()
    }

    fn start(declaration: &Declaration, variables: &[(&str, &str)]) -> PathBuf {
        declaration.locate(None, lookup(variables)).unwrap()
    }

    #[test]
    fn the_environment_wins_then_the_path_then_the_service() {
        let all = [
            ("WORKER", "/env/w.toml"),
            ("STATE_DIRECTORY", "/srv/a:/srv/b"),
        ];
        let declared = Declaration {
            env: Some("WORKER"),
            path: Some("/fixed/w.toml"),
            ..NEW
        };
        assert_eq!(place(&declared, &all), Path::new("/env/w.toml"));
        assert_eq!(place(&declared, &all[1..]), Path::new("/fixed/w.toml"));
        assert_eq!(place(&NEW, &all), Path::new("/srv/a/worker.toml"));
    }

    #[test]
    fn an_empty_variable_counts_as_unset() {
        let declared = Declaration {
            env: Some("WORKER"),
            ..NEW
        };
        let empty = [("WORKER", ""), ("STATE_DIRECTORY", "")];
        assert!(place(&declared, &empty).ends_with("my-app/worker.toml"));
    }

    #[test]
    fn each_directory_listens_to_its_own_variable() {
        let variables = [
            ("STATE_DIRECTORY", "/state"),
            ("CONFIGURATION_DIRECTORY", "/config"),
            ("CACHE_DIRECTORY", "/cache"),
        ];
        let in_dir = |dir| place(&Declaration { dir, ..NEW }, &variables);
        assert_eq!(in_dir(Dir::State), Path::new("/state/worker.toml"));
        assert_eq!(in_dir(Dir::Config), Path::new("/config/worker.toml"));
        assert_eq!(in_dir(Dir::Cache), Path::new("/cache/worker.toml"));
        assert!(in_dir(Dir::Data).ends_with("my-app/worker.toml"));
    }

    #[test]
    fn a_pattern_starts_in_a_directory() {
        let declared = Declaration {
            env: Some("JOBS"),
            path: Some("/fixed/"),
            ..NEW
        };
        assert_eq!(start(&declared, &[("JOBS", "/env")]), Path::new("/env"));
        assert_eq!(start(&declared, &[("JOBS", "")]), Path::new("/fixed"));
        assert_eq!(
            start(&NEW, &[("STATE_DIRECTORY", "/srv/a:/srv/b")]),
            Path::new("/srv/a")
        );
        assert!(start(&NEW, &[]).ends_with("my-app"));
    }

    #[test]
    fn a_relative_path_is_settled_once() {
        let declared = Declaration {
            path: Some("worker.toml"),
            ..NEW
        };
        let place = place(&declared, &[]);
        assert!(place.is_absolute());
        assert!(place.ends_with("worker.toml"));
    }
}
