//! What is kept, what comes back, what is taken away, and what people edit.

use super::{
    DIRECTORY, PATH, WORKER, Worker, directory, load, machine_with, save, settings, status,
    unsealed,
};
use crate::api::typed::Typed;
use crate::codec::source::breaks_off;
use crate::error::{Error, Step};
use crate::fs::simulated::{Crash, Simulated};
use crate::store::backend::Backend;
use crate::store::directory::Directory;
use crate::store::options::Options;
use crate::store::snapshot::Origin;
use std::path::{Path, PathBuf};

fn generation(generation: u64) -> PathBuf {
    Path::new(DIRECTORY).join(format!("{generation}.toml"))
}

#[test]
fn history_tells_of_good_and_damaged() {
    let fs = machine_with(2);
    fs.put(generation(4), b"torn");
    fs.put_sparse(generation(5), 1 << 40);
    fs.put_link(generation(6), "elsewhere");
    let history = directory(&fs).history().unwrap();
    let told: Vec<_> = history
        .iter()
        .map(|kept| (kept.number, kept.bytes, kept.version.is_ok()))
        .collect();
    let whole = Some(fs.bytes(generation(2)).len() as u64);
    assert_eq!(
        told,
        [
            (6, None, false),
            (5, Some(1 << 40), false),
            (4, Some(4), false),
            (2, whole, true),
            (1, whole, true)
        ]
    );
    assert!(directory(&Simulated::new()).history().unwrap().is_empty());
}

#[test]
fn history_passes_over_what_a_save_has_just_retired() {
    let fs = machine_with(4);
    let person = fs.process();
    fs.meanwhile_after(3, move || save(&person, 5).unwrap());
    let history = directory(&fs).history().unwrap();
    assert_eq!(history.len(), 1);
    assert_eq!(history[0].number, 4);
}

#[test]
fn what_is_not_kept_damaged_or_unreadable_is_not_restored() {
    let fs = machine_with(4);
    let Err(Error::Io {
        step,
        location,
        cause,
    }) = status(&fs).restore(2)
    else {
        panic!();
    };
    assert_eq!((step, location), (Step::Read, generation(2).into()));
    assert!(cause.to_string().contains("4, 3"), "{cause}");
    fs.put(generation(3), b"torn");
    let error = status(&fs).restore(3).unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
    assert_eq!(load(&fs).unwrap(), 4);
}

#[test]
fn what_is_restored_is_the_same_to_the_letter() {
    let fs = machine_with(4);
    let older = fs.bytes(generation(3));
    assert_eq!(status(&fs).restore(3).unwrap().jobs, 3);
    assert_eq!(unsealed(&fs.bytes(generation(5))), unsealed(&older));
    let loaded = status(&fs).read_generation(4).unwrap();
    assert_eq!(
        (loaded.value.jobs, loaded.origin),
        (4, Origin::Generation(4))
    );
}

#[test]
fn removing_nothing_makes_nothing() {
    let fs = Simulated::new();
    directory(&fs).remove().unwrap();
    assert_eq!(fs.names("/app"), [""; 0]);
}

/// Otherwise a power loss could take it back, and leave any of those before it.
#[test]
fn a_status_that_a_dead_writer_left_visible_is_durable_before_others_go() {
    // Once it had published its file, and once it had synced that as well.
    for calls in [25, 27] {
        let fs = machine_with(4);
        let dying = fs.process();
        dying.kill_after(calls);
        save(&dying, 5).unwrap_err();
        assert_eq!(load(&fs).unwrap(), 5);
        remove_killed_everywhere(&fs);
    }
}

/// After a power loss, too, a load finds one of the last two statuses or none.
fn remove_killed_everywhere(fs: &Simulated) {
    for calls in 0.. {
        let fs = Simulated::with(fs.medium());
        fs.kill_after(calls);
        let removed = directory(&fs).remove();
        for medium in fs.medium().after_power_cut(Crash::Subset) {
            match load(&Simulated::with(medium)) {
                Ok(jobs) => assert!(jobs >= 4, "{jobs}, killed after {calls} calls"),
                Err(error) => assert!(matches!(error, Error::NotFound { .. }), "{error}"),
            }
        }
        if removed.is_ok() {
            break;
        }
    }
}

#[test]
fn what_others_keep_beside_a_status_stays_when_it_goes() {
    let fs = machine_with(4);
    let notes = Path::new(DIRECTORY).join("notes");
    fs.put(&notes, b"mine");
    fs.put(generation(5), b"torn");
    save(&fs, 5).unwrap();
    assert!(fs.names(DIRECTORY).contains(&"5.damaged".into()));
    directory(&fs).remove().unwrap();
    assert_eq!(fs.names(DIRECTORY), ["notes"]);
    assert!(matches!(load(&fs), Err(Error::NotFound { .. })));
}

#[test]
fn what_is_damaged_or_was_set_aside_goes_with_its_status() {
    let fs = machine_with(4);
    fs.put(PATH, b"jobs = 4.5\n");
    save(&fs, 5).unwrap();
    assert!(fs.names(DIRECTORY).contains(&"4.aside".into()));
    let whole = fs.bytes(PATH);
    fs.put(PATH, &whole[..whole.len() - 1]);
    directory(&fs).remove().unwrap();
    assert_eq!(fs.names("/app"), [""; 0]);
}

#[test]
fn what_a_save_has_left_at_the_path_is_no_edit() {
    let fs = machine_with(2);
    assert_eq!(fs.bytes(PATH), fs.bytes(generation(2)));
    let loaded = status(&fs).read().unwrap();
    assert_eq!((loaded.value.jobs, loaded.origin), (2, Origin::Path));
    fs.put(PATH, b"jobs = 20 # mine\n");
    let loaded = status(&fs).read().unwrap();
    assert_eq!((loaded.value.jobs, loaded.origin), (20, Origin::Edit));
    let good = settings(&fs).read_last_good().unwrap();
    assert_eq!((good.value.jobs, good.origin), (2, Origin::Generation(2)));
}

#[test]
fn two_links_to_one_file_are_one_status() {
    const DOTFILES: &str = "/app/dotfiles/worker.toml";
    let fs = Simulated::new();
    fs.put_directory("/app/dotfiles");
    fs.put(DOTFILES, b"jobs = 1 # mine\n");
    fs.put_link(PATH, "dotfiles/worker.toml");
    fs.put_link("/app/other.toml", "worker.toml");
    let through = |link: &str| {
        let options = settings(&fs).backend.options;
        let backend = Directory::at(fs.clone(), Path::new(link), options, breaks_off);
        let backend = backend.unwrap().followed().unwrap();
        let schema = settings(&fs).schema;
        Typed::new(backend, schema)
    };
    assert_eq!(through(PATH).load().unwrap().jobs, 1);
    through(PATH).save(&Worker { jobs: 2 }, None).unwrap();
    assert!(fs.bytes(DOTFILES).ends_with(b"\njobs = 2 # mine\n"));
    assert_eq!(through("/app/other.toml").load().unwrap().jobs, 2);
    let held = through(PATH).lock().unwrap();
    let second = through("/app/other.toml").save(&Worker { jobs: 3 }, None);
    assert!(matches!(second, Err(Error::Locked { .. })), "{second:?}");
    drop(held);
    through("/app/other.toml").backend.remove().unwrap();
    assert_eq!(fs.names("/app"), ["dotfiles", "other.toml", "worker.toml"]);
    assert_eq!(fs.names("/app/dotfiles"), [""; 0]);
    // A link that leads nowhere is where the next one begins.
    through("/app/other.toml")
        .save(&Worker { jobs: 4 }, None)
        .unwrap();
    assert_eq!(fs.names("/app/dotfiles").len(), 2);
}

#[test]
fn what_does_not_look_for_a_link_first_follows_it_all_the_same() {
    let fs = Simulated::new();
    fs.put_directory("/app/dotfiles");
    fs.put_link(PATH, "dotfiles/worker.toml");
    let options = Options::default();
    let through = Typed::new(
        Directory::at(fs.clone(), Path::new(PATH), options, breaks_off).unwrap(),
        WORKER,
    );
    assert!(matches!(through.load(), Err(Error::NotFound { .. })));
    through.save_shared(&Worker { jobs: 1 }).unwrap();
    assert_eq!(through.load().unwrap().jobs, 1);
    assert_eq!(fs.names("/app"), ["dotfiles", "worker.toml"]);

    // Beside the link, where it was before it was one.
    fs.put_directory(DIRECTORY);
    through.save_shared(&Worker { jobs: 2 }).unwrap();
    assert_eq!(through.load().unwrap().jobs, 2);
    assert_eq!(fs.names(DIRECTORY), ["lock"]);
    assert!(
        fs.bytes("/app/dotfiles/worker.toml")
            .ends_with(b"\njobs = 2\n")
    );
}

#[test]
fn links_that_lead_in_a_circle_are_an_error() {
    let fs = Simulated::new();
    fs.put_link(PATH, "other.toml");
    fs.put_link("/app/other.toml", "worker.toml");
    let status = Directory::at(fs, Path::new(PATH), Options::default(), breaks_off).unwrap();
    assert!(status.latest(None).is_err());
    let error = status.followed().map(drop).unwrap_err().to_string();
    assert!(error.ends_with("its links lead in a circle"), "{error}");
}
