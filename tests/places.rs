//! Where a status lives, who may use it, and what else lies there: nothing.

#![expect(clippy::unwrap_used, reason = "these run in tests only")]

mod common;

use common::{child, child_path, generation, names, passes, status_directory, tree_snapshot};
use serde::{Deserialize, Serialize};
use statusfile::{Durability, Error, PersistentStatus, StatusFile, Step};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Debug, Default, PartialEq, Serialize, Deserialize, PersistentStatus)]
#[status(path = "worker.toml", env = "STATUSFILE_TEST_WORKER")]
struct Worker {
    jobs: u64,
}

fn worker(jobs: u64) -> Worker {
    Worker { jobs }
}

/// Saves at `path` and loads it again.
fn works_at(path: impl AsRef<Path>) {
    let file = StatusFile::at(&path);
    for jobs in 1..4 {
        file.save(&worker(jobs)).unwrap();
        assert_eq!(file.load().unwrap(), worker(jobs));
        assert_eq!(Worker::load_from(&path).unwrap(), worker(jobs));
    }
    assert_eq!(file.path(), path.as_ref());
    assert!(generation(path.as_ref(), 4).is_file());
}

#[test]
fn nothing_but_the_documented_names_is_left() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("worker.toml");
    for (keep, kept) in [
        (2, &["6.toml", "7.toml"][..]),
        (4, &["10.toml", "11.toml", "12.toml", "13.toml"]),
        (0, &["18.toml", "19.toml"]),
    ] {
        let file = StatusFile::at(&path).keep(keep);
        for jobs in 0..6 {
            file.save(&worker(jobs)).unwrap();
        }
        let mut expected: Vec<_> = kept.iter().map(ToString::to_string).collect();
        if cfg!(unix) {
            expected.push("current".to_owned());
        }
        expected.push("lock".to_owned());
        assert_eq!(names(&status_directory(&path)), expected);
    }
    let beside = names(directory.path());
    let expected = ["worker.toml", "worker.toml.status"];
    assert_eq!(beside, expected[usize::from(!cfg!(unix))..]);
}

/// More names than the system hands out at once.
#[test]
fn a_long_history_is_listed_whole() {
    let directory = tempfile::tempdir().unwrap();
    let file = StatusFile::at(directory.path().join("worker.toml"))
        .keep(1200)
        .durability(Durability::Process);
    for jobs in 0..1250 {
        file.save(&worker(jobs)).unwrap();
    }
    let history = file.history().unwrap();
    assert_eq!(history.len(), 1200);
    assert_eq!(history[0].number, 1251);
}

#[test]
fn loads_leave_nothing_where_nothing_was_saved() {
    let directory = tempfile::tempdir().unwrap();
    let file = StatusFile::<Worker>::at(directory.path().join("new/worker.toml"));
    let before = tree_snapshot(directory.path());
    assert!(matches!(file.load(), Err(Error::NotFound { path }) if path == file.path()));
    assert!(matches!(file.read(), Err(Error::NotFound { .. })));
    assert_eq!(file.load_or_default().unwrap(), Worker::default());
    assert_eq!(tree_snapshot(directory.path()), before);
}

#[cfg(unix)]
#[test]
fn the_path_and_current_show_the_newest_after_each_save() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("worker.toml");
    let file = StatusFile::at(&path);
    let current = status_directory(&path).join("current");
    for jobs in 1..6 {
        file.save(&worker(jobs)).unwrap();
        let newest = fs::read_to_string(generation(&path, jobs + 1)).unwrap();
        assert!(newest.ends_with(&format!("\njobs = {jobs}\n")), "{newest}");
        assert_eq!(fs::read_to_string(&path).unwrap(), newest);
        assert_eq!(fs::read_to_string(&current).unwrap(), newest);
    }
    assert_eq!(
        fs::read_link(&path).unwrap(),
        Path::new("worker.toml.status/current")
    );
    assert_eq!(fs::read_link(&current).unwrap(), Path::new("6.toml"));
}

#[cfg(unix)]
#[test]
fn a_status_may_be_moved_with_its_directory() {
    let directory = tempfile::tempdir().unwrap();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    works_at(from.join("worker.toml"));
    fs::rename(from, &to).unwrap();
    let path = to.join("worker.toml");
    assert_eq!(Worker::load_from(&path).unwrap(), worker(3));
    assert!(fs::read_to_string(&path).unwrap().ends_with("jobs = 3\n"));
    worker(9).save_to(&path).unwrap();
    assert_eq!(Worker::load_from(&path).unwrap(), worker(9));
}

#[test]
fn many_statuses_lie_side_by_side() {
    let directory = tempfile::tempdir().unwrap();
    for name in [
        "worker.toml",
        "worker",
        "worker.toml.toml",
        "2.toml",
        "lock",
        "current",
    ] {
        works_at(directory.path().join(name));
    }
    for name in [
        "worker.toml",
        "worker",
        "worker.toml.toml",
        "2.toml",
        "lock",
        "current",
    ] {
        assert_eq!(
            Worker::load_from(directory.path().join(name)).unwrap(),
            worker(3)
        );
    }
}

#[cfg(unix)]
#[test]
fn awkward_names_are_names() {
    let directory = tempfile::tempdir().unwrap();
    for name in [
        "with spaces",
        " ",
        "line\nbreak.toml",
        "-rf",
        "~",
        "*",
        "a'b\"c",
        "back\\slash",
        ".hidden",
        "...",
        "no-extension",
        "ends.",
        "日本語🦀.toml",
        "e\u{301}",
        "\u{1b}[31m",
    ] {
        works_at(directory.path().join(name));
        works_at(directory.path().join("in").join(name).join("worker.toml"));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_path_need_not_be_utf_8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let directory = tempfile::tempdir().unwrap();
    let name = OsStr::from_bytes(b"worker-\xff.toml");
    works_at(directory.path().join(name));
    works_at(directory.path().join(name).with_extension("d").join(name));
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_too_long_for_its_directory_is_an_error_that_says_so() {
    const LONGEST: usize = 255 - ".status".len();
    let directory = tempfile::tempdir().unwrap();
    works_at(directory.path().join("n".repeat(LONGEST)));
    let before = tree_snapshot(directory.path());
    for length in [LONGEST + 1, 255, 256, 5000] {
        let file = StatusFile::at(directory.path().join("n".repeat(length)));
        let results = [
            file.save(&worker(1)),
            file.load().map(drop),
            file.load_or_default().map(drop),
            file.update(|_| ()),
        ];
        for result in results {
            let Err(error @ Error::Io { .. }) = result else {
                panic!("{result:?}");
            };
            assert!(error.to_string().contains("File name too long"), "{error}");
        }
    }
    assert_eq!(tree_snapshot(directory.path()), before);
}

#[test]
fn a_path_that_names_no_file_is_an_error_that_says_so() {
    for path in ["", "/", "..", "/tmp/..", "some/.."] {
        let file = StatusFile::at(path);
        let results = [
            file.save(&worker(1)),
            file.load().map(drop),
            file.load_or_default().map(drop),
            file.update(|_| ()),
            file.lock().map(drop),
        ];
        for result in results {
            let Err(
                error @ Error::Io {
                    step: Step::Place, ..
                },
            ) = result
            else {
                panic!("{path:?}: {result:?}");
            };
            assert!(
                error.to_string().ends_with("the path names no file"),
                "{error}"
            );
        }
    }
}

#[test]
fn a_path_through_a_file_is_an_error_and_no_first_start() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "kept").unwrap();
    let status = StatusFile::<Worker>::at(file.join("worker.toml"));
    assert!(status.save(&worker(1)).is_err());
    assert_eq!(fs::read_to_string(&file).unwrap(), "kept");
    assert_eq!(names(directory.path()), ["file"]);
}

#[test]
fn the_way_to_a_status_may_go_up_and_around() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("aside")).unwrap();
    let around = directory.path().join("aside/.././worker.toml");
    worker(1).save_to(&around).unwrap();
    let straight = directory.path().join("worker.toml");
    assert_eq!(Worker::load_from(straight).unwrap(), worker(1));
}

#[cfg(unix)]
#[test]
fn a_linked_directory_on_the_way_is_followed() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("real")).unwrap();
    std::os::unix::fs::symlink("real", directory.path().join("linked")).unwrap();
    works_at(directory.path().join("linked/worker.toml"));
    let real = directory.path().join("real/worker.toml");
    assert_eq!(Worker::load_from(real).unwrap(), worker(3));
}

#[test]
fn a_relative_path_stays_when_the_working_directory_changes() {
    let directory = tempfile::tempdir().unwrap();
    passes(child("a_file_at_a_relative_path", directory.path()));
    passes(child("a_type_with_a_relative_path", directory.path()));
    passes(child(
        "a_relative_path_in_the_environment",
        directory.path(),
    ));
}

/// Makes two directories in the one that the child is about.
fn two_directories(name: &str) -> Option<(PathBuf, PathBuf)> {
    let root = child_path()?.join(name);
    let (first, second) = (root.join("first"), root.join("second"));
    fs::create_dir_all(&first).unwrap();
    fs::create_dir_all(&second).unwrap();
    let resolved = |path: PathBuf| path.canonicalize().unwrap();
    Some((resolved(first), resolved(second)))
}

#[test]
#[ignore = "changes the working directory; run in a process of its own"]
fn a_file_at_a_relative_path() {
    let Some((first, second)) = two_directories("file") else {
        return;
    };
    env::set_current_dir(&first).unwrap();
    let file = StatusFile::at("worker.toml");
    let nested = StatusFile::at("./in/worker.toml");
    env::set_current_dir(&second).unwrap();

    for (file, path) in [(file, "worker.toml"), (nested, "in/worker.toml")] {
        assert_eq!(file.path(), first.join(path));
        file.save(&worker(1)).unwrap();
        assert_eq!(file.update(|worker| worker.jobs).unwrap(), 1);
        assert_eq!(file.load().unwrap(), worker(1));
        assert_eq!(Worker::load_from(first.join(path)).unwrap(), worker(1));
    }
    assert_eq!(names(&second), [""; 0]);

    worker(2).save_to("worker.toml").unwrap();
    assert_eq!(
        Worker::load_from(second.join("worker.toml")).unwrap(),
        worker(2)
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_relative_path_without_a_working_directory_is_an_error_that_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let name = "a_file_at_a_relative_path_to_nowhere";
    passes(child(name, directory.path()));
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "changes the working directory; run in a process of its own"]
fn a_file_at_a_relative_path_to_nowhere() {
    let Some(path) = child_path() else { return };
    env::set_current_dir(&path).unwrap();
    fs::remove_dir(&path).unwrap();
    let error = StatusFile::at("worker.toml").save(&worker(1)).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("No such file or directory"), "{text}");
}

#[test]
#[ignore = "changes the working directory; run in a process of its own"]
fn a_type_with_a_relative_path() {
    #[derive(Serialize, Deserialize, PersistentStatus)]
    #[status(path = "in/other.toml")]
    struct Other {}

    let Some((first, second)) = two_directories("type") else {
        return;
    };
    env::set_current_dir(&first).unwrap();
    worker(1).save().unwrap();
    env::set_current_dir(&second).unwrap();

    assert_eq!(Worker::load().unwrap(), worker(1));
    worker(2).save().unwrap();
    Worker::update(|worker| worker.jobs += 1).unwrap();
    assert_eq!(Worker::load_or_default().unwrap(), worker(3));
    assert_eq!(Worker::status_path().unwrap(), first.join("worker.toml"));
    assert_eq!(Other::status_path().unwrap(), first.join("in/other.toml"));
    assert_eq!(names(&second), [""; 0]);
}

#[test]
#[ignore = "changes the working directory; run in a process of its own"]
fn a_relative_path_in_the_environment() {
    const INSIDE: &str = "STATUSFILE_TEST_INSIDE";
    let Some((first, second)) = two_directories("environment") else {
        return;
    };
    if env::var_os(INSIDE).is_none() {
        let mut command = child("a_relative_path_in_the_environment", &child_path().unwrap());
        command
            .env(INSIDE, "1")
            .env("STATUSFILE_TEST_WORKER", "from-env.toml");
        return passes(command);
    }
    env::set_current_dir(&first).unwrap();
    worker(1).save().unwrap();
    env::set_current_dir(&second).unwrap();
    assert_eq!(Worker::load().unwrap(), worker(1));
    assert_eq!(Worker::status_path().unwrap(), first.join("from-env.toml"));
}

#[cfg(unix)]
mod permissions {
    use super::*;
    use crate::common::{mode, passes_as_ordinary_user};
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;
    use std::process::Command;

    /// `command`, with that umask.
    fn under_umask(umask: &str, command: &Command) -> Command {
        let mut shell = Command::new("sh");
        shell
            .arg("-c")
            .arg(format!("umask {umask}; exec \"$0\" \"$@\""))
            .arg(command.get_program())
            .args(command.get_args());
        for (name, value) in command.get_envs() {
            shell.env(name, value.unwrap());
        }
        shell
    }

    #[test]
    fn a_status_is_for_its_owner_alone_unless_asked_otherwise() {
        let directory = tempfile::tempdir().unwrap();
        for umask in ["000", "022", "077", "027"] {
            let path = directory.path().join(umask).join("deep/worker.toml");
            passes(under_umask(umask, &child("permissions::saves", &path)));
            for made in [path.ancestors().nth(2).unwrap(), path.parent().unwrap()] {
                assert_eq!(mode(made), 0o700, "umask {umask}");
            }
            let inside = status_directory(&path);
            assert_eq!(mode(&inside), 0o700, "umask {umask}");
            assert_eq!(mode(&inside.join("3.toml")), 0o400, "umask {umask}");
            assert_eq!(mode(&inside.join("2.toml")), 0o400, "umask {umask}");
            assert_eq!(mode(&inside.join("lock")), 0o600, "umask {umask}");
        }
    }

    #[test]
    #[ignore = "run by the test above under several umasks"]
    fn saves() {
        let Some(path) = child_path() else { return };
        worker(1).save_to(&path).unwrap();
        worker(2).save_to(&path).unwrap();
        assert_eq!(Worker::load_from(&path).unwrap(), worker(2));
    }

    #[test]
    fn the_mode_is_as_asked_whatever_the_umask() {
        let directory = tempfile::tempdir().unwrap();
        for umask in ["000", "022", "077", "027"] {
            let path = directory.path().join(umask).join("deep/worker.toml");
            passes(under_umask(
                umask,
                &child("permissions::saves_for_the_group", &path),
            ));
            for made in [path.ancestors().nth(2).unwrap(), path.parent().unwrap()] {
                assert_eq!(mode(made), 0o750, "umask {umask}");
            }
            let inside = status_directory(&path);
            assert_eq!(mode(&inside), 0o750, "umask {umask}");
            assert_eq!(mode(&inside.join("3.toml")), 0o440, "umask {umask}");
            assert_eq!(mode(&inside.join("2.toml")), 0o440, "umask {umask}");
            assert_eq!(mode(&inside.join("lock")), 0o640, "umask {umask}");
        }
    }

    #[test]
    #[ignore = "run by the test above under several umasks"]
    fn saves_for_the_group() {
        #[derive(Serialize, Deserialize, PersistentStatus)]
        #[status(path = "unused.toml", mode = 0o640)]
        struct Shared {}

        let Some(path) = child_path() else { return };
        StatusFile::at(&path).mode(0o640).save(&Shared {}).unwrap();
        Shared {}.save_to(&path).unwrap();
    }

    #[test]
    fn the_owner_always_may() {
        let directory = tempfile::tempdir().unwrap();
        for (asked, file, lock, made) in [
            (0, 0o400, 0o600, 0o700),
            (0o777, 0o444, 0o666, 0o777),
            (0o7044, 0o444, 0o644, 0o755),
            (0o622, 0o400, 0o622, 0o722),
        ] {
            let path = directory.path().join(format!("{asked:o}"));
            let status = StatusFile::at(&path).mode(asked);
            status.save(&worker(1)).unwrap();
            let inside = status_directory(&path);
            let modes = [&inside.join("2.toml"), &inside.join("lock"), &inside].map(|it| mode(it));
            assert_eq!(modes, [file, lock, made], "{asked:o}");
        }
    }

    #[test]
    fn the_mode_of_a_directory_that_exists_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("worker.toml");
        let inside = status_directory(&path);
        fs::create_dir(&inside).unwrap();
        for (directory, mode) in [(directory.path(), 0o1751), (&inside, 0o711)] {
            fs::set_permissions(directory, Permissions::from_mode(mode)).unwrap();
        }
        let file = StatusFile::at(&path).mode(0o640);
        file.save(&worker(1)).unwrap();
        file.save(&worker(2)).unwrap();
        assert_eq!((mode(directory.path()), mode(&inside)), (0o1751, 0o711));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_directory_made_where_the_group_is_handed_down_hands_it_down_too() {
        let directory = tempfile::tempdir().unwrap();
        fs::set_permissions(directory.path(), Permissions::from_mode(0o2770)).unwrap();
        let path = directory.path().join("worker.toml");
        StatusFile::at(&path).mode(0o660).save(&worker(1)).unwrap();
        assert_eq!(mode(&status_directory(&path)), 0o2770);
    }

    /// Only root can make what belongs to someone else; others have nothing to see here.
    #[test]
    fn what_root_saves_in_the_directory_of_a_user_is_theirs() {
        use crate::common::NOBODY;
        use std::os::unix::fs::{MetadataExt, chown};
        let directory = tempfile::tempdir().unwrap();
        if fs::metadata(directory.path()).unwrap().uid() != 0 {
            return;
        }
        chown(directory.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        let path = directory.path().join("deep/worker.toml");
        let file = StatusFile::at(&path);
        file.save(&worker(1)).unwrap();
        file.save(&worker(2)).unwrap();
        let inside = status_directory(&path);
        let files = ["2.toml", "3.toml", "lock"].map(|name| inside.join(name));
        for made in files
            .iter()
            .chain([&inside, &path.parent().unwrap().into()])
        {
            let metadata = fs::metadata(made).unwrap();
            let owner = (metadata.uid(), metadata.gid());
            assert_eq!(owner, (NOBODY, NOBODY), "{}", made.display());
        }
        assert_eq!(mode(&inside.join("3.toml")), 0o400);
        passes_as_ordinary_user("permissions::goes_on_as_a_user", directory.path(), &path);
        assert_eq!(file.load().unwrap(), worker(3));
    }

    #[test]
    #[ignore = "run by the test above as an ordinary user"]
    fn goes_on_as_a_user() {
        let Some(path) = child_path() else { return };
        assert_eq!(Worker::load_from(&path).unwrap(), worker(2));
        worker(3).save_to(&path).unwrap();
    }

    #[test]
    fn the_umask_takes_nothing_from_the_owner() {
        let directory = tempfile::tempdir().unwrap();
        for umask in ["177", "377"] {
            let path = directory.path().join(umask).join("worker.toml");
            passes(under_umask(umask, &child("permissions::saves", &path)));
            let inside = status_directory(&path);
            let parts = [path.parent().unwrap(), &inside];
            assert_eq!(parts.map(mode), [0o700; 2], "umask {umask}");
            let files = [inside.join("3.toml"), inside.join("lock")];
            assert_eq!(files.each_ref().map(|file| mode(file)), [0o400, 0o600]);
        }
    }
}

mod derived {
    use super::*;
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
        passes(with("derived::overridden", &variables, &path));
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
        passes(with("derived::http_server", &variables, &path));
        assert!(generation(&path, 2).is_file());

        let two = PathBuf::from(format!("{}:{}", service.display(), xdg.display()));
        passes(with(
            "derived::http_server",
            &[("STATE_DIRECTORY", &two)],
            &path,
        ));
        assert_eq!(names(root), ["service"]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn without_a_service_the_state_home_counts_and_then_the_home() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        let xdg = root.join("xdg");
        let at_xdg = xdg.join("statusfile/http-server.toml");
        let at_home = root.join(".local/state/statusfile/http-server.toml");
        let name = "derived::http_server";
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
        assert!(generation(&at_home, 5).is_file());
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
                &format!("derived::{name}"),
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
}
