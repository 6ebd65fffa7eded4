//! Which directory a type without a path lives in.

use crate::common::{child, child_path, generation, names, passes};
use crate::{Worker, worker};
use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

const EXPECTED: &str = "STATUSFILE_TEST_EXPECTED";

#[derive(Serialize, Deserialize, PersistentStatus)]
struct HttpServer {}

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(app = "org/monitor", dir = "config", file = "settings.toml")]
struct Settings {}

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(app = "monitor", dir = "data")]
struct Samples {}

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(app = "monitor", dir = "cache")]
struct Pages {}

const VARIABLES: [&str; 9] = [
    "STATUSFILE_TEST_WORKER",
    "STATE_DIRECTORY",
    "CONFIGURATION_DIRECTORY",
    "CACHE_DIRECTORY",
    "XDG_STATE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_CACHE_HOME",
    "HOME",
];

/// The test `name` in a process that has no variables of ours but `variables`, and must find
/// its type at `expected`.
fn with(name: &str, variables: &[(&str, &Path)], expected: &Path) -> Command {
    let mut command = child(name, expected);
    for name in VARIABLES {
        command.env_remove(name);
    }
    command
        .envs(variables.iter().copied())
        .env(EXPECTED, expected);
    command
}

fn is_as_expected<T: PersistentStatus>() {
    if let Some(expected) = env::var_os(EXPECTED) {
        assert_eq!(T::status_path().unwrap(), Path::new(&expected));
    }
}

#[test]
fn a_variable_named_by_the_type_wins() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("named/by env.toml");
    let variables = [
        ("STATUSFILE_TEST_WORKER", &*path),
        ("STATE_DIRECTORY", directory.path()),
    ];
    passes(with("declared::overridden", &variables, &path));
    assert_eq!(Worker::load_from(path).unwrap(), worker(7));
}

#[test]
#[ignore = "run by the test above with its variables"]
fn overridden() {
    is_as_expected::<Worker>();
    if child_path().is_some() {
        worker(7).save().unwrap();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_state_directory_of_a_service_wins_over_that_of_the_platform() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let (service, xdg) = (root.join("service"), root.join("xdg"));
    let path = service.join("http-server.toml");
    let variables = [
        ("STATE_DIRECTORY", &*service),
        ("XDG_STATE_HOME", &*xdg),
        ("HOME", root),
    ];
    passes(with("declared::http_server", &variables, &path));
    assert!(path.is_file() && generation(&path, 1).is_file());

    let two = PathBuf::from(format!("{}:{}", service.display(), xdg.display()));
    passes(with(
        "declared::http_server",
        &[("STATE_DIRECTORY", &two)],
        &path,
    ));
    assert_eq!(names(root), ["service"]);
}

/// It would be another directory wherever the program is started.
#[cfg(target_os = "linux")]
#[test]
fn a_directory_that_is_no_absolute_path_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let relative = Path::new("relative");
    for variable in ["HOME", "STATE_DIRECTORY"] {
        let name = "declared::refused";
        let mut refused = with(name, &[(variable, relative)], relative);
        refused.current_dir(&directory);
        passes(refused);
    }
    assert_eq!(names(directory.path()), [""; 0]);
}

#[test]
#[ignore = "run by the test above with its variables"]
fn refused() {
    if child_path().is_some() {
        for result in [HttpServer {}.save(), HttpServer::load().map(drop)] {
            let error = result.unwrap_err().to_string();
            let said = "the relative path `relative";
            assert!(
                error.contains(said) && error.contains("; it must be absolute"),
                "{error}"
            );
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_service_the_state_home_counts_and_then_the_home() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let xdg = root.join("xdg");
    let at_xdg = xdg.join("statusfile/http-server.toml");
    let at_home = root.join(".local/state/statusfile/http-server.toml");
    let name = "declared::http_server";
    passes(with(
        name,
        &[("XDG_STATE_HOME", &xdg), ("HOME", root)],
        &at_xdg,
    ));
    passes(with(name, &[("HOME", root)], &at_home));
    passes(with(
        name,
        &[("XDG_STATE_HOME", "".as_ref()), ("HOME", root)],
        &at_home,
    ));
    passes(with(
        name,
        &[("XDG_STATE_HOME", "rel".as_ref()), ("HOME", root)],
        &at_home,
    ));
    passes(with(
        name,
        &[("STATE_DIRECTORY", "".as_ref()), ("HOME", root)],
        &at_home,
    ));
    assert!(generation(&at_home, 4).is_file());
    assert_eq!(names(root), [".local", "xdg"]);
}

#[test]
#[ignore = "run by the tests above with their variables"]
fn http_server() {
    is_as_expected::<HttpServer>();
    if child_path().is_some() {
        HttpServer {}.save().unwrap();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn each_kind_of_directory_has_its_own_place() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let (config, settings) = (root.join("config"), "org/monitor/settings.toml");
    let home = ("HOME", root);
    for (name, variable, expected) in [
        ("settings", home, root.join(".config").join(settings)),
        (
            "settings",
            ("XDG_CONFIG_HOME", &*config),
            config.join(settings),
        ),
        (
            "settings",
            ("CONFIGURATION_DIRECTORY", &*config),
            config.join("settings.toml"),
        ),
        (
            "samples",
            home,
            root.join(".local/share/monitor/samples.toml"),
        ),
        (
            "samples",
            ("XDG_DATA_HOME", &*config),
            config.join("monitor/samples.toml"),
        ),
        ("pages", home, root.join(".cache/monitor/pages.toml")),
        (
            "pages",
            ("XDG_CACHE_HOME", &*config),
            config.join("monitor/pages.toml"),
        ),
        (
            "pages",
            ("CACHE_DIRECTORY", &*config),
            config.join("pages.toml"),
        ),
    ] {
        passes(with(
            &format!("declared::{name}"),
            &[home, variable],
            &expected,
        ));
    }
    assert_eq!(names(root), [""; 0]);
}

#[test]
#[ignore = "run by the test above with its variables"]
fn settings() {
    is_as_expected::<Settings>();
}

#[test]
#[ignore = "run by the test above with its variables"]
fn samples() {
    is_as_expected::<Samples>();
}

#[test]
#[ignore = "run by the test above with its variables"]
fn pages() {
    is_as_expected::<Pages>();
}
