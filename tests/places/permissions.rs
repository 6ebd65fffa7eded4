//! Who may read and write what a save makes, whatever the umask.

use crate::common::{child, child_path, mode, passes, passes_as_ordinary_user, status_directory};
use crate::{Worker, worker};
use serde::{Deserialize, Serialize};
use statusfile::{PersistentStatus, StatusFile};
use std::fs;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

/// `command`, with that umask.
pub(crate) fn under_umask(umask: &str, command: &Command) -> Command {
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
        assert_eq!(mode(&inside.join("2.toml")), 0o400, "umask {umask}");
        assert_eq!(mode(&inside.join("1.toml")), 0o400, "umask {umask}");
        assert_eq!(mode(&path), 0o600, "umask {umask}");
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
        assert_eq!(mode(&inside.join("2.toml")), 0o440, "umask {umask}");
        assert_eq!(mode(&inside.join("1.toml")), 0o440, "umask {umask}");
        assert_eq!(mode(&path), 0o640, "umask {umask}");
        // Who may read a lock may hold it.
        assert_eq!(mode(&inside.join("lock")), 0o600, "umask {umask}");
    }
}

#[test]
#[ignore = "run by the test above under several umasks"]
fn saves_for_the_group() {
    #[derive(Serialize, Deserialize, PersistentStatus)]
    #[status(path = "unused.toml", mode = 0o640)]
    struct Shared {}

    let Some(path) = child_path() else { return };
    StatusFile::undeclared(&path)
        .mode(0o640)
        .save(&Shared {})
        .unwrap();
    Shared {}.save_to(&path).unwrap();
}

#[test]
fn the_owner_always_may() {
    let directory = tempfile::tempdir().unwrap();
    for (asked, file, lock, at_path, made) in [
        (0, 0o400, 0o600, 0o600, 0o700),
        (0o777, 0o444, 0o666, 0o666, 0o777),
        (0o7044, 0o444, 0o600, 0o644, 0o755),
        (0o664, 0o444, 0o660, 0o664, 0o775),
        (0o622, 0o400, 0o622, 0o622, 0o722),
    ] {
        let path = directory.path().join(format!("{asked:o}"));
        let status = StatusFile::undeclared(&path).mode(asked);
        status.save(&worker(1)).unwrap();
        let inside = status_directory(&path);
        let modes = [&inside.join("1.toml"), &inside.join("lock"), &inside].map(|it| mode(it));
        assert_eq!(modes, [file, lock, made], "{asked:o}");
        assert_eq!(mode(&path), at_path, "{asked:o}");
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
    let file = StatusFile::undeclared(&path).mode(0o640);
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
    StatusFile::undeclared(&path)
        .mode(0o660)
        .save(&worker(1))
        .unwrap();
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
    let file = StatusFile::undeclared(&path);
    file.save(&worker(1)).unwrap();
    file.save(&worker(2)).unwrap();
    let inside = status_directory(&path);
    let files = ["1.toml", "2.toml", "lock"].map(|name| inside.join(name));
    for made in files
        .iter()
        .chain([&inside, &path, &path.parent().unwrap().into()])
    {
        let metadata = fs::metadata(made).unwrap();
        let owner = (metadata.uid(), metadata.gid());
        assert_eq!(owner, (NOBODY, NOBODY), "{}", made.display());
    }
    assert_eq!(mode(&inside.join("2.toml")), 0o400);
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
        let files = [inside.join("2.toml"), inside.join("lock"), path];
        let modes = files.each_ref().map(|file| mode(file));
        assert_eq!(modes, [0o400, 0o600, 0o600]);
    }
}
