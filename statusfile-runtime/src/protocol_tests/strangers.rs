//! What others have put where a status belongs, by whose it is.

use super::{DIRECTORY, PATH, WORKER, Worker, load, machine_with, save, status, update};
use crate::api::typed::Typed;
use crate::codec::source::breaks_off;
use crate::error::{DamageKind, Error};
use crate::fs::simulated::Simulated;
use crate::store::backend::Backend;
use crate::store::directory::Directory;
use crate::store::options::Options;
use std::path::Path;

const ROOT: u32 = 0;
const ALICE: u32 = 1000;
const BOB: u32 = 2000;
const GROUP: u32 = 50;

const STICKY: u32 = 0o1777;
const SHARED: u32 = 0o2770;
const OWN: u32 = 0o755;

/// A machine where `user` saves in the directory of `above`, and `maker` has made the status directory.
fn machine(user: u32, above: u32, mode: u32, maker: u32) -> Simulated {
    let fs = Simulated::new();
    fs.put_directory(DIRECTORY);
    fs.own("/app", above, GROUP, mode);
    fs.own(DIRECTORY, maker, GROUP, 0o700);
    fs.act_as(user);
    fs
}

#[track_caller]
fn is_refused(result: Result<(), Error>, at: &str, by: u32) {
    let Err(error) = result else {
        panic!("{at} of {by} was accepted");
    };
    let expected = Error::refused(at, DamageKind::Untrusted { owner: by });
    assert_eq!(error, expected);
}

/// Who saves, whose the directory above is, its mode, who has made the status directory, with which mode the status is
/// saved; and whether it is.
#[test]
fn a_status_directory_is_taken_from_whom_it_may_be() {
    for (user, above, mode, maker, status_mode, is_saved) in [
        // In a directory of all, from root, the owner of that and oneself.
        (ALICE, ROOT, STICKY, ROOT, 0o600, true),
        (ALICE, BOB, STICKY, BOB, 0o600, true),
        (ALICE, ROOT, STICKY, ALICE, 0o600, true),
        (ALICE, ROOT, STICKY, BOB, 0o600, false),
        (ROOT, ROOT, STICKY, BOB, 0o600, false),
        (ALICE, ROOT, 0o777, BOB, 0o600, false),
        // Where only some may write, these may.
        (ALICE, ROOT, SHARED, BOB, 0o600, true),
        (ALICE, ROOT, OWN, BOB, 0o600, true),
        (ROOT, ROOT, SHARED, BOB, 0o600, true),
        // But not for root, who comes to another.
        (ROOT, ALICE, OWN, ALICE, 0o600, true),
        (ROOT, ALICE, OWN, ROOT, 0o600, true),
        (ROOT, ALICE, SHARED, BOB, 0o600, false),
        (ROOT, ALICE, SHARED, BOB, 0o660, true),
        (ROOT, ALICE, SHARED, BOB, 0o640, false),
        // What everyone may write is no stranger's.
        (ALICE, ROOT, STICKY, BOB, 0o666, true),
        (ALICE, ROOT, STICKY, BOB, 0o660, false),
        (ALICE, ROOT, STICKY, BOB, 0o644, false),
    ] {
        let fs = machine(user, above, mode, maker);
        let mut status = status(&fs);
        status.backend.options.mode = status_mode;
        let before = fs.medium();
        let saved = status.save(&Worker { jobs: 1 }, None);
        if is_saved {
            saved.unwrap();
            continue;
        }
        is_refused(saved, DIRECTORY, maker);
        is_refused(status.update(|_| ()), DIRECTORY, maker);
        is_refused(
            status.backend.lock(std::time::Duration::ZERO).map(drop),
            DIRECTORY,
            maker,
        );
        assert!(fs.medium() == before);
    }
}

/// A group is shared with by its members, and not by those of another.
#[test]
fn for_root_a_mode_that_lets_the_group_write_is_for_the_group_of_the_directory_above() {
    let fs = machine(ROOT, ALICE, SHARED, BOB);
    fs.own(DIRECTORY, BOB, GROUP + 1, 0o770);
    let mut status = status(&fs);
    status.backend.options.mode = 0o660;
    is_refused(status.save(&Worker { jobs: 1 }, None), DIRECTORY, BOB);
}

/// As where a server takes root for nobody: what this process makes is nobody's as well.
#[test]
fn who_is_another_to_the_server_is_no_stranger() {
    const NOBODY: u32 = 65534;
    let fs = machine(ROOT, ROOT, 0o777, NOBODY);
    fs.be_taken_for(NOBODY);
    save(&fs, 1).unwrap();
    update(&fs).unwrap();
    assert_eq!(load(&fs).unwrap(), 2);
    let fs = machine(ROOT, ROOT, 0o777, BOB);
    fs.be_taken_for(NOBODY);
    is_refused(save(&fs, 1), DIRECTORY, BOB);
}

#[test]
fn a_load_asks_nothing_of_owners() {
    let fs = machine_with(3);
    fs.own("/app", ROOT, GROUP, STICKY);
    for path in [DIRECTORY, PATH, "/app/worker.toml.status/3.toml"] {
        fs.own(path, BOB, GROUP, 0o700);
    }
    assert_eq!(load(&fs).unwrap(), 3);
    fs.take_away(PATH);
    assert_eq!(load(&fs).unwrap(), 3);
    is_refused(save(&fs, 4), DIRECTORY, BOB);
}

/// A copy has the owner and the permissions of what it replaces; but not those that a stranger has chosen.
#[test]
fn a_copy_is_not_like_what_a_stranger_has_put_there() {
    for (owner, is_like) in [(ROOT, true), (BOB, false)] {
        let fs = machine_with(3);
        fs.own("/app", ROOT, GROUP, STICKY);
        fs.put(PATH, b"jobs = 4\n");
        fs.own(PATH, owner, GROUP, 0o666);
        save(&fs, 5).unwrap();
        let like = "create published like what it replaces".to_owned();
        assert_eq!(fs.take_calls().contains(&like), is_like, "{owner}");
        assert_eq!(load(&fs).unwrap(), 5);
    }
}

/// Through the link at the path, as a program would that has not looked for one.
fn through(fs: &Simulated) -> Typed<Directory<Simulated>, Worker> {
    let options = Options::default();
    let directory = Directory::at(fs.clone(), Path::new(PATH), options, breaks_off);
    Typed::new(directory.unwrap(), WORKER)
}

/// Who saves, whose the directory of the link is, its mode, whose the link and whose the directory that it leads to;
/// and whether a save follows it, and a load.
#[test]
fn a_link_is_followed_from_whom_it_may_be() {
    for (user, above, mode, maker, to, is_saved, is_loaded) in [
        (ALICE, ALICE, OWN, ALICE, ALICE, true, true),
        (ALICE, ROOT, OWN, BOB, BOB, true, true),
        (ALICE, ROOT, STICKY, ALICE, BOB, true, true),
        (ALICE, ROOT, STICKY, ROOT, BOB, true, true),
        (ALICE, ROOT, STICKY, BOB, ALICE, false, false),
        (ALICE, ROOT, 0o777, BOB, ALICE, false, true),
        // Root goes only where the maker of the link could go, too.
        (ROOT, ROOT, OWN, ROOT, ALICE, true, true),
        (ROOT, ALICE, OWN, ROOT, ROOT, true, true),
        (ROOT, ALICE, OWN, ALICE, ALICE, true, true),
        (ROOT, ALICE, OWN, ALICE, ROOT, false, true),
        (ROOT, ALICE, OWN, ALICE, BOB, false, true),
        (ROOT, ALICE, SHARED, BOB, BOB, false, true),
    ] {
        let fs = Simulated::new();
        fs.put_directory("/app/to");
        fs.put("/app/to/real.toml", b"jobs = 7\n");
        fs.put_link(PATH, "to/real.toml");
        fs.own("/app", above, GROUP, mode);
        fs.own(PATH, maker, GROUP, 0o777);
        fs.own("/app/to", to, GROUP, OWN);
        fs.act_as(user);
        let before = fs.medium();
        let loaded = through(&fs).load().map(drop);
        if is_loaded {
            loaded.unwrap();
        } else {
            is_refused(loaded, PATH, maker);
        }
        let saved = through(&fs).save_shared(&Worker { jobs: 8 });
        if is_saved {
            saved.unwrap();
            assert_eq!(through(&fs).load().unwrap().jobs, 8);
        } else {
            is_refused(saved, PATH, maker);
            assert!(fs.medium() == before);
        }
    }
}

/// It would be made for whoever has made the link.
#[test]
fn root_makes_no_directory_that_the_link_of_another_leads_to() {
    let fs = Simulated::new();
    fs.put_link(PATH, "/new/worker.toml");
    fs.own("/app", ALICE, GROUP, OWN);
    fs.own(PATH, ALICE, GROUP, 0o777);
    let before = fs.medium();
    is_refused(through(&fs).save_shared(&Worker { jobs: 1 }), PATH, ALICE);
    assert!(fs.medium() == before);
}

/// What is refused for what it is gets no status directory.
#[test]
fn what_is_refused_at_the_path_leaves_nothing_beside_it() {
    let special = Simulated::new();
    special.put_special(PATH);
    let directory = Simulated::new();
    directory.put_directory(PATH);
    let large = Simulated::new();
    large.put_sparse(PATH, 1 << 40);
    for fs in [special, directory, large] {
        let before = fs.medium();
        for result in [save(&fs, 1), update(&fs)] {
            assert!(matches!(result, Err(Error::Unsafe { .. })), "{result:?}");
        }
        assert!(fs.medium() == before);
    }
}
