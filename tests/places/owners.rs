//! What other users have put where a status belongs, and what root leaves to them.

use crate::common::{
    NOBODY, STRANGER, child, child_path, is_root, make_fifo, mode, names, passes, passes_as,
    passes_as_by, status_directory, tree_snapshot,
};
use crate::permissions::under_umask;
use crate::{Worker, worker};
use statusfile::error::DamageKind;
use statusfile::{Error, StatusFile};
use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Says that a test has nothing to do where this user cannot become another.
fn needs_root() -> bool {
    let is_root = is_root();
    if !is_root {
        let _ = writeln!(io::stderr(), "skipped: only root can act as several users");
    }
    is_root
}

/// A directory of this owner and group, with these permissions, and the path of a status in it.
fn directory_of((owner, group): (u32, u32), mode: u32) -> (TempDir, PathBuf) {
    let above = tempfile::tempdir().unwrap();
    set_mode(above.path(), 0o755);
    let directory = above.path().join("directory");
    fs::create_dir(&directory).unwrap();
    own(&directory, owner, group);
    set_mode(&directory, mode);
    (above, directory.join("worker.toml"))
}

fn own(path: &Path, owner: u32, group: u32) {
    chown(path, Some(owner), Some(group)).unwrap();
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn owner(path: &Path) -> (u32, u32) {
    let metadata = fs::symlink_metadata(path).unwrap();
    (metadata.uid(), metadata.gid())
}

/// Makes the status directory as a user would who waits for somebody to save there.
fn prepare(path: &Path, owner: u32) {
    let inside = status_directory(path);
    fs::create_dir(&inside).unwrap();
    own(&inside, owner, owner);
    set_mode(&inside, 0o700);
}

#[track_caller]
fn is_untrusted(result: Result<(), Error>, at: &Path, by: u32) {
    let Err(error @ Error::Unsafe { .. }) = result else {
        panic!("{result:?}");
    };
    let text = error.to_string();
    assert!(text.contains(&format!("belongs to user {by}, ")), "{text}");
    let Error::Unsafe { location, kind, .. } = error else {
        unreachable!()
    };
    assert_eq!(location.path(), Some(at));
    assert!(matches!(kind, DamageKind::Untrusted { owner, .. } if owner == by));
}

/// Nothing is saved where a stranger has made the status directory first, and nothing changes.
fn everything_is_refused(path: &Path, by: u32) {
    let before = tree_snapshot(path.parent().unwrap());
    let file = StatusFile::<Worker>::undeclared(path);
    let inside = status_directory(path);
    is_untrusted(file.save(&worker(1)), &inside, by);
    is_untrusted(file.update(|_| ()), &inside, by);
    is_untrusted(file.lock().map(drop), &inside, by);
    is_untrusted(file.remove(), &inside, by);
    assert_eq!(tree_snapshot(path.parent().unwrap()), before);
}

#[test]
fn in_a_directory_of_all_a_strangers_status_directory_is_refused() {
    if !needs_root() {
        return;
    }
    for mode in [0o1777, 0o777] {
        let (_above, path) = directory_of((0, 0), mode);
        prepare(&path, STRANGER);
        everything_is_refused(&path, STRANGER);
        set_mode(&status_directory(&path), 0o777);
        everything_is_refused(&path, STRANGER);
        passes_as((NOBODY, NOBODY), "owners::is_refused_as_a_user", &path);
    }
}

#[test]
#[ignore = "run by the test above as an ordinary user"]
fn is_refused_as_a_user() {
    let Some(path) = child_path() else { return };
    everything_is_refused(&path, STRANGER);
    // One's own, and what all may write, are as good as ever.
    let file = StatusFile::undeclared(path.with_file_name("other.toml"));
    file.save(&worker(1)).unwrap();
    file.save(&worker(2)).unwrap();
    let shared = StatusFile::undeclared(&path).mode(0o666);
    shared.save(&worker(3)).unwrap();
    assert_eq!(shared.load().unwrap(), worker(3));
    file.remove().unwrap();
}

/// To load takes nothing but to read.
#[test]
fn what_a_stranger_has_made_can_be_loaded_where_they_let_others_read() {
    if !needs_root() {
        return;
    }
    let (_above, path) = directory_of((0, 0), 0o1777);
    passes_as((STRANGER, STRANGER), "owners::saves_for_readers", &path);
    let file = StatusFile::undeclared(&path);
    assert_eq!(file.load().unwrap(), worker(2));
    is_untrusted(file.save(&worker(3)), &status_directory(&path), STRANGER);
    assert_eq!(file.history().unwrap().len(), 2);
}

#[test]
#[ignore = "run by the test above as another user"]
fn saves_for_readers() {
    let Some(path) = child_path() else { return };
    let file = StatusFile::undeclared(&path).mode(0o644);
    file.save(&worker(1)).unwrap();
    file.save(&worker(2)).unwrap();
}

/// The file that a stranger has put at the path is an edit, and chooses neither readers nor owner of what is saved.
#[test]
fn what_is_saved_over_a_strangers_file_is_not_theirs() {
    if !needs_root() {
        return;
    }
    let (_above, path) = directory_of((0, 0), 0o1777);
    fs::write(&path, "jobs = 1\n").unwrap();
    own(&path, STRANGER, STRANGER);
    set_mode(&path, 0o666);
    StatusFile::undeclared(&path).save(&worker(7)).unwrap();
    assert_eq!((owner(&path), mode(&path)), ((0, 0), 0o600));
    for name in ["1.toml", "2.toml", "lock"] {
        assert_eq!(owner(&status_directory(&path).join(name)), (0, 0), "{name}");
    }
}

/// Where root saves and another owns the directory: what is made is theirs only if nobody else may have prepared it.
#[test]
fn root_leaves_to_a_user_what_it_makes_where_no_stranger_may_write() {
    if !needs_root() {
        return;
    }
    let user = (NOBODY, NOBODY);
    for (above, permissions, prepared, made) in [
        (user, 0o700, None, user),
        (user, 0o755, None, user),
        // The group of a user is often theirs alone.
        (user, 0o775, None, user),
        (user, 0o777, None, (0, 0)),
        (user, 0o1777, None, (0, 0)),
        (user, 0o777, Some(NOBODY), (0, 0)),
        // Root itself has prepared it.
        ((0, 0), 0o755, Some(NOBODY), user),
        ((0, NOBODY), 0o775, Some(NOBODY), (0, 0)),
    ] {
        let (_above, path) = directory_of(above, permissions);
        if let Some(owner) = prepared {
            prepare(&path, owner);
        }
        let file = StatusFile::undeclared(&path);
        file.save(&worker(1)).unwrap();
        file.save(&worker(2)).unwrap();
        let inside = status_directory(&path);
        for name in ["1.toml", "2.toml", "lock"] {
            let made_now = owner(&inside.join(name));
            assert_eq!(
                made_now, made,
                "{name}: {above:?} {permissions:o} {prepared:?}"
            );
        }
    }
}

/// Whose group may write is not for root to tell, unless the status is the group's.
#[test]
fn root_saves_in_no_status_directory_that_one_user_has_made_in_that_of_another() {
    if !needs_root() {
        return;
    }
    let (_above, path) = directory_of((NOBODY, 100), 0o2770);
    let inside = status_directory(&path);
    prepare(&path, STRANGER);
    everything_is_refused(&path, STRANGER);
    chown(&inside, None, Some(100)).unwrap();
    set_mode(&inside, 0o2770);
    let shared = StatusFile::undeclared(&path).mode(0o660);
    shared.save(&worker(1)).unwrap();
    shared.save(&worker(2)).unwrap();
    for name in ["1.toml", "2.toml", "lock"] {
        assert_eq!(owner(&inside.join(name)), (0, 100), "{name}");
    }
}

/// As `sudo` and services that start as root leave things: the user goes on.
#[test]
fn what_root_has_begun_in_the_directory_of_a_user_and_their_group_goes_on_as_theirs() {
    if !needs_root() {
        return;
    }
    let (_above, path) = directory_of((NOBODY, NOBODY), 0o775);
    StatusFile::undeclared(&path).save(&worker(2)).unwrap();
    passes_as((NOBODY, NOBODY), "permissions::goes_on_as_a_user", &path);
    let file = StatusFile::undeclared(&path);
    file.update(|worker: &mut Worker| worker.jobs -= 1).unwrap();
    passes_as((NOBODY, NOBODY), "permissions::goes_on_as_a_user", &path);
    assert_eq!(file.load().unwrap(), worker(3));
}

/// A private status, and the link of another user that leads there.
fn private_status_behind(link: &Path, owner: u32) -> PathBuf {
    let home = link.parent().unwrap().with_file_name("home");
    fs::create_dir(&home).unwrap();
    let private = home.join("private.toml");
    let file = StatusFile::undeclared(&private);
    for jobs in 98..=99 {
        file.save(&worker(jobs)).unwrap();
    }
    symlink("../home/private.toml.status", link).unwrap();
    lchown(link, Some(owner), Some(owner)).unwrap();
    private
}

#[test]
fn a_link_in_the_place_of_the_status_directory_leads_nobody_into_another_status() {
    if !needs_root() {
        return;
    }
    for (owner, permissions) in [
        ((0, NOBODY), 0o2770),
        ((NOBODY, NOBODY), 0o755),
        ((0, 0), 0o1777),
    ] {
        let (_above, path) = directory_of(owner, permissions);
        let inside = status_directory(&path);
        let private = private_status_behind(&inside, NOBODY);
        let before = tree_snapshot(private.parent().unwrap());
        let file = StatusFile::undeclared(&path).mode(0o660);
        let results = [
            file.save(&worker(1)),
            file.update(|_| ()),
            file.remove(),
            file.lock().map(drop),
        ];
        for result in results {
            let Err(Error::Unsafe { location, kind, .. }) = result else {
                panic!("{result:?}");
            };
            assert_eq!(
                (location.path(), kind),
                (Some(&*inside), DamageKind::NotADirectory)
            );
        }
        assert_eq!(tree_snapshot(private.parent().unwrap()), before);
    }
}

/// Not even to look whether it is locked: a mark would make the file longer, or take its text.
#[test]
fn the_lock_of_another_program_is_left_alone() {
    if !needs_root() {
        return;
    }
    let (above, path) = directory_of((NOBODY, NOBODY), 0o755);
    let app = above.path().join("app");
    fs::create_dir(&app).unwrap();
    fs::write(app.join("lock"), "pid 4711\n").unwrap();
    symlink(&app, status_directory(&path)).unwrap();
    lchown(status_directory(&path), Some(NOBODY), None).unwrap();
    let before = tree_snapshot(&app);
    assert!(StatusFile::undeclared(&path).save(&worker(1)).is_err());
    assert_eq!(tree_snapshot(&app), before);
}

/// Root would save where the user could not.
#[test]
fn root_follows_the_link_of_a_user_to_what_is_theirs_and_no_further() {
    if !needs_root() {
        return;
    }
    let (above, path) = directory_of((NOBODY, NOBODY), 0o755);
    let dotfiles = above.path().join("dotfiles");
    fs::create_dir(&dotfiles).unwrap();
    let real = dotfiles.join("real.toml");
    fs::write(&real, "jobs = 7\n").unwrap();
    symlink("../dotfiles/real.toml", &path).unwrap();
    lchown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
    let file = StatusFile::undeclared(&path);
    let before = tree_snapshot(&dotfiles);
    assert_eq!(file.load().unwrap(), worker(7));
    is_untrusted(file.save(&worker(8)), &path, NOBODY);
    is_untrusted(file.update(|_| ()), &path, NOBODY);
    assert_eq!(tree_snapshot(&dotfiles), before);

    own(&dotfiles, NOBODY, NOBODY);
    own(&real, NOBODY, NOBODY);
    file.save(&worker(8)).unwrap();
    assert_eq!(owner(&real), (NOBODY, NOBODY));
    assert_eq!(file.load().unwrap(), worker(8));
}

/// Nothing is made beside what is refused.
#[test]
fn a_device_gets_no_status_directory() {
    let device = Path::new("/dev/null");
    let (_above, path) = crate::common::path_in_a_new_directory();
    make_fifo(&path);
    for path in [device, &path] {
        let file = StatusFile::undeclared(path);
        let results = [
            file.save(&worker(1)),
            file.update(|_: &mut Worker| ()),
            file.lock().map(drop),
        ];
        for result in results {
            assert!(matches!(result, Err(Error::Unsafe { .. })), "{result:?}");
        }
        assert!(!status_directory(path).exists());
    }
    assert_eq!(names(path.parent().unwrap()), ["worker.toml"]);
}

#[test]
fn under_any_umask_the_owner_can_load_and_go_on() {
    let (above, path) = if is_root() {
        directory_of((NOBODY, NOBODY), 0o755)
    } else {
        crate::common::path_in_a_new_directory()
    };
    let name = "owners::saves_under_each_umask";
    if is_root() {
        passes_as((NOBODY, NOBODY), name, &path);
        set_mode(path.parent().unwrap(), 0o2755);
        passes_as((NOBODY, NOBODY), name, &path);
        let inside = status_directory(&path.with_file_name("0777").join("worker.toml"));
        assert_eq!(mode(&inside), 0o2700);
    } else {
        passes(child(name, &path));
    }
    drop(above);
}

#[test]
#[ignore = "run by the test above as an ordinary user"]
fn saves_under_each_umask() {
    let Some(path) = child_path() else { return };
    for umask in ["0777", "0377", "0577", "0022"] {
        let path = path.with_file_name(umask).join("worker.toml");
        if path.exists() {
            fs::remove_dir_all(path.parent().unwrap()).unwrap();
        }
        passes(under_umask(umask, &child("permissions::saves", &path)));
        let file = StatusFile::undeclared(&path);
        assert_eq!(file.load().unwrap(), worker(2));
        file.save(&worker(3)).unwrap();
        let inside = status_directory(&path);
        let made = [&inside, &inside.join("2.toml"), &inside.join("lock"), &path];
        assert_eq!(
            made.map(|made| mode(made) & 0o777),
            [0o700, 0o400, 0o600, 0o600],
            "{umask}"
        );
    }
}

/// Whether an ordinary user may make a namespace of users; says if not.
fn has_namespaces() -> bool {
    use std::os::unix::process::CommandExt;
    let mut unshare = Command::new("unshare");
    unshare
        .args(["--map-root-user", "true"])
        .uid(NOBODY)
        .gid(NOBODY)
        .current_dir("/");
    let has = unshare.output().is_ok_and(|output| output.status.success());
    if !has {
        let _ = writeln!(
            io::stderr(),
            "skipped: users cannot make a namespace of users here"
        );
    }
    has
}

/// Root of a namespace, in a volume whose owner has no number there: nothing can be given to them.
#[test]
fn root_of_a_namespace_saves_in_the_volume_of_whom_it_does_not_know() {
    if !needs_root() || !has_namespaces() {
        return;
    }
    for (group, mode) in [
        (1234, 0o777),
        (1234, 0o1777),
        (NOBODY, 0o775),
        (NOBODY, 0o2775),
    ] {
        let (_above, path) = directory_of((1234, group), mode);
        let by = ["unshare", "--map-root-user"];
        passes_as_by(&by, (NOBODY, NOBODY), "owners::saves_and_goes_on", &path);
        let made = status_directory(&path).join("lock");
        assert_eq!(owner(&made).0, NOBODY);
        passes_as_by(&by, (NOBODY, NOBODY), "owners::goes_on", &path);
    }
}

#[test]
#[ignore = "run by the tests of what is shared"]
fn saves_and_goes_on() {
    let Some(path) = child_path() else { return };
    let file = StatusFile::undeclared(&path);
    file.save(&worker(0)).unwrap();
    goes_on();
}

#[test]
#[ignore = "run by the tests of what is shared"]
fn goes_on() {
    let Some(path) = child_path() else { return };
    go_on(&StatusFile::undeclared(&path));
}

#[test]
#[ignore = "run by the tests of what is shared"]
fn goes_on_in_the_group() {
    let Some(path) = child_path() else { return };
    go_on(&StatusFile::undeclared(&path).mode(0o660));
}

#[test]
#[ignore = "run by the tests of what is shared"]
fn goes_on_with_all() {
    let Some(path) = child_path() else { return };
    go_on(&StatusFile::undeclared(&path).mode(0o666));
}

fn go_on(file: &StatusFile<Worker>) {
    for _ in 0..3 {
        file.update(|worker| worker.jobs += 1).unwrap();
    }
    let saved = file.load().unwrap();
    file.save(&saved).unwrap();
    assert_eq!(file.load().unwrap(), saved);
}

/// Runs the test as each of these in turn, twice.
fn pass_as_each(users: &[(u32, u32)], name: &str, path: &Path) {
    for &user in users.iter().chain(users) {
        passes_as(user, name, path);
    }
    let jobs = StatusFile::<Worker>::undeclared(path).load().unwrap().jobs;
    assert_eq!(jobs, 6 * users.len() as u64);
}

#[test]
fn members_of_a_group_share_a_status_and_so_does_root() {
    const GROUP: u32 = 4242;
    if !needs_root() {
        return;
    }
    let users = [(NOBODY, GROUP), (STRANGER, GROUP), (0, 0)];
    for first in 0..users.len() {
        let mut users = users;
        users.rotate_left(first);
        let (_above, path) = directory_of((0, GROUP), 0o2770);
        pass_as_each(&users, "owners::goes_on_in_the_group", &path);
        assert_eq!(mode(&status_directory(&path)), 0o2770);
        assert_eq!(mode(&path), 0o660);
    }
}

/// A container platform gives each start of a program another user of the group 0, and lets that write.
#[test]
fn a_user_by_chance_goes_on_with_what_another_has_left() {
    if !needs_root() {
        return;
    }
    let users = [(1_000_640_000, 0), (1_000_650_000, 0)];
    let (_above, path) = directory_of((0, 0), 0o775);
    pass_as_each(&users, "owners::goes_on_in_the_group", &path);
    // A volume that all may write to, as many make them.
    let users = [(1_000_640_000, 1), (1_000_650_000, 2)];
    let (_above, path) = directory_of((0, 0), 0o777);
    pass_as_each(&users, "owners::goes_on_with_all", &path);
}

/// `StateDirectory` with `DynamicUser`: the directory lies in one of root's, the way there is a link, and all in it is
/// given to the user of this start.
#[test]
fn a_dynamic_user_goes_on_in_its_state_directory() {
    if !needs_root() {
        return;
    }
    let lib = tempfile::tempdir().unwrap();
    set_mode(lib.path(), 0o755);
    let private = lib.path().join("private");
    fs::create_dir(&private).unwrap();
    fs::create_dir(private.join("app")).unwrap();
    symlink("private/app", lib.path().join("app")).unwrap();
    let path = lib.path().join("app/worker.toml");
    for user in [61_234, 62_345] {
        give_all(&private.join("app"), user);
        passes_as((user, user), "owners::goes_on", &path);
        assert_eq!(owner(&status_directory(&path)), (user, user));
    }
    let file = StatusFile::<Worker>::undeclared(&path);
    assert_eq!(file.load().unwrap(), worker(6));
}

fn give_all(path: &Path, user: u32) {
    own(path, user, user);
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give_all(&entry.unwrap().path(), user);
        }
    }
}
