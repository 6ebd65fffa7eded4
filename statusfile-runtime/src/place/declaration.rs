//! What a type declares with `#[status(...)]`, and the place that follows from it.

use super::platform::Dir;
use crate::error::{At, Error, Step};
use crate::store::options::{Durability, Publish};
use std::env;
use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};
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
    pub formerly: &'static [FormerPlace],
}

/// Where a status lay that has another place now.
#[expect(
    missing_docs,
    reason = "the values of `formerly`, documented at the derive"
)]
#[derive(Clone, Copy, Debug)]
pub enum FormerPlace {
    Default {
        app: &'static str,
        file: &'static str,
    },
    Path(&'static str),
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
            formerly: &[],
        }
    }

    /// The path of the status in this process. The variable `env` wins, then `path`, then what a
    /// service manager says, then the platform's directories.
    pub(crate) fn place(&self) -> Result<PathBuf, Error> {
        self.locate(Some(self.file), |name| env::var_os(name))
    }

    /// Where the status may lie besides, if it never was at its place: where it lay under its former names, in
    /// their order. Whoever names the path in the environment has always done so.
    pub(crate) fn former_places(&self) -> Vec<PathBuf> {
        self.former_places_in(|name| env::var_os(name))
    }

    fn former_places_in(&self, variable: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
        let is_set = |name| variable(name).is_some_and(|value| !value.is_empty());
        if self.env.is_some_and(is_set) {
            return Vec::new();
        }
        let place = self.locate(Some(self.file), &variable).ok();
        // Where there is no home directory, nothing lay in it.
        let default = |app, file| {
            let dir = self.dir;
            let default = Self {
                dir,
                ..Self::new(app, file)
            };
            default.locate(Some(file), &variable).ok()
        };
        let mut places = Vec::new();
        for former in self.formerly {
            let candidates = match *former {
                FormerPlace::Path(path) => vec![Some(settled(path.into()))],
                // What was declared besides may have been so then, or not.
                FormerPlace::Default { app, file } => vec![
                    default(app, file),
                    default(self.app, file),
                    default(app, self.file),
                ],
            };
            for candidate in candidates.into_iter().flatten() {
                if Some(&candidate) != place.as_ref() && !places.contains(&candidate) {
                    places.push(candidate);
                }
            }
        }
        places
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
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        if let Some((name, path)) = self.env.and_then(|name| Some((name, variable(name)?))) {
            let path = PathBuf::from(path);
            let expanded = refuse_home(name, &path);
            expanded.at(Step::Place, Path::new(self.file))?;
            return Ok(settled(path));
        }
        if let Some(path) = self.path {
            return Ok(settled(path.into()));
        }
        let directory = self.directory(variable);
        let mut path = directory.at(Step::Place, Path::new(self.file))?;
        path.extend(file);
        Ok(path)
    }

    /// That of the service manager, or of the platform. One that is relative would be another in each working
    /// directory, and each would begin anew.
    fn directory(&self, variable: impl Fn(&str) -> Option<OsString>) -> io::Result<PathBuf> {
        let service = self.dir.service_variable();
        let service = service.and_then(|name| Some((name, variable(name)?)));
        if let Some((name, list)) = service {
            let first = env::split_paths(&list).next().unwrap_or_default();
            let wrong = format!("`{name}`, by which a service manager names a directory, is");
            return absolute(first, &wrong);
        }
        let homeless = "this user has no home directory; set HOME, or give the status a `path`";
        let directory = self.dir.path();
        let directory = directory.ok_or_else(|| io::Error::new(ErrorKind::NotFound, homeless))?;
        absolute(
            directory.join(self.app),
            "the home directory of this user makes this",
        )
    }
}

fn absolute(path: PathBuf, what: &str) -> io::Result<PathBuf> {
    if path.is_absolute() {
        return Ok(path);
    }
    let relative = format!(
        "{what} the relative path `{}`; it must be absolute",
        path.display()
    );
    Err(io::Error::new(ErrorKind::InvalidInput, relative))
}

/// Shells put the home directory in the place of a `~` in some places, and not in all.
fn refuse_home(name: &str, path: &Path) -> io::Result<()> {
    if path.components().next() != Some(Component::Normal("~".as_ref())) {
        return Ok(());
    }
    let home = format!(
        "`{name}` is `{}`, and nobody replaces the `~`: name the whole path in it",
        path.display()
    );
    Err(io::Error::new(ErrorKind::InvalidInput, home))
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
    fn what_would_be_another_path_tomorrow_is_refused() {
        let declared = Declaration {
            env: Some("WORKER"),
            ..NEW
        };
        let refused = |variables| {
            let refused = declared.locate(Some(declared.file), lookup(variables));
            refused.unwrap_err().to_string()
        };
        assert_eq!(
            refused(&[("WORKER", "~/w.toml")]),
            "worker.toml: cannot determine the path of the status: `WORKER` is `~/w.toml`, and nobody replaces \
             the `~`: name the whole path in it"
        );
        assert_eq!(
            refused(&[("STATE_DIRECTORY", "state:/srv")]),
            "worker.toml: cannot determine the path of the status: `STATE_DIRECTORY`, by which a service manager \
             names a directory, is the relative path `state`; it must be absolute"
        );
        let odd = [("WORKER", "~w.toml")];
        assert!(place(&declared, &odd).ends_with("~w.toml"));
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
    fn a_status_lay_where_its_former_names_say() {
        let places = |declaration: &Declaration, variables| {
            let places = declaration.former_places_in(lookup(variables));
            let places = places
                .iter()
                .map(|place| place.to_str().unwrap().to_owned());
            places.collect::<Vec<_>>()
        };
        let renamed = Declaration {
            env: Some("WORKER"),
            formerly: &[
                FormerPlace::Default {
                    app: "my-app",
                    file: "old-worker.toml",
                },
                FormerPlace::Default {
                    app: "old-app",
                    file: "worker.toml",
                },
                FormerPlace::Path("/old/w.toml"),
            ],
            ..NEW
        };
        let found = places(&renamed, &[]);
        let ends = [
            "my-app/old-worker.toml",
            "old-app/worker.toml",
            "/old/w.toml",
        ];
        assert_eq!(found.len(), 3, "{found:?}");
        for end in ends {
            assert!(found.iter().any(|place| place.ends_with(end)), "{found:?}");
        }
        // systemd names one directory, whatever the package is called.
        let of_a_service = places(&renamed, &[("STATE_DIRECTORY", "/srv")]);
        assert_eq!(of_a_service, ["/srv/old-worker.toml", "/old/w.toml"]);
        assert_eq!(places(&renamed, &[("WORKER", "/env/w.toml")]), [""; 0]);
        let moved = Declaration {
            path: Some("/new/w.toml"),
            formerly: &[FormerPlace::Default {
                app: "my-app",
                file: "worker.toml",
            }],
            ..NEW
        };
        let of_a_service = places(&moved, &[("STATE_DIRECTORY", "/srv")]);
        assert_eq!(of_a_service, ["/srv/worker.toml"]);
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
