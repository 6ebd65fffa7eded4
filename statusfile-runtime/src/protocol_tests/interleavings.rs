//! Two and three writers at once: every order of their calls that leads to another state, with a
//! crash of one of them at any moment, or of none.
//!
//! Writers that save without loading have most to do before they wait for each other, and first saves
//! more than others: those take minutes, and run with `--ignored`.

use super::mutants::{Weakened, Weakness};
use super::{Worker, listing, load, machine_with, save, status_on};
use crate::api::typed::Typed;
use crate::error::Error;
use crate::fs::FileSystem;
use crate::fs::simulated::{Medium, Simulated, Turns};
use crate::store::backend::Backend;
use crate::store::directory::Directory;
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};
use std::thread;

/// What one process does.
#[derive(Clone, Copy, Debug)]
enum Writer {
    Save(u64),
    Update,
    Remove,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    Step(usize),
    Kill(usize),
}

/// Where a row of choices leads.
struct Outcome {
    medium: Medium,
    fingerprint: u64,
    /// The writers that are not done.
    alive: Vec<usize>,
    /// Those of them that can make a call now.
    enabled: Vec<usize>,
    /// The results of the others, in the order of the writers.
    results: Vec<Option<Result<(), String>>>,
}

impl Writer {
    fn run<F: FileSystem>(self, status: &Typed<Directory<F>, Worker>) -> Result<(), Error> {
        match self {
            Self::Save(jobs) => status.save(&Worker { jobs }, None),
            Self::Update => status.update(|worker| worker.jobs += 1),
            Self::Remove => status.backend.remove(),
        }
    }
}

/// Starts `writers` on a machine with `medium`, lets their calls happen as `choices` has them, and goes
/// on as `next` says from wherever that leads.
fn follow<F: FileSystem>(
    medium: &Medium,
    writers: &[Writer],
    choices: &[Choice],
    see: impl Fn(Simulated) -> F + Sync,
    mut next: impl FnMut(&Outcome) -> Option<Choice>,
) {
    let fs = Simulated::with(medium.clone());
    let turns = Arc::new(Turns::default());
    let results = Mutex::new(BTreeMap::new());
    let processes: Vec<_> = writers
        .iter()
        .map(|_| fs.process_in_turns(&turns))
        .collect();
    let ids: Vec<_> = processes.iter().map(Simulated::number).collect();
    let kill = |id| {
        fs.kill(id);
        turns.release(id);
    };
    let make = |choice| match choice {
        Choice::Step(writer) => turns.grant(ids[writer]),
        Choice::Kill(writer) => kill(ids[writer]),
    };
    thread::scope(|scope| {
        for (&writer, process) in writers.iter().zip(processes) {
            let (see, turns, results) = (&see, &turns, &results);
            scope.spawn(move || {
                let id = process.number();
                let result = writer.run(&status_on(see(process)));
                let result = result.map_err(|error| error.to_string());
                results.lock().unwrap().insert(id, result);
                turns.end(id);
            });
        }
        for &choice in choices {
            turns.waiting();
            make(choice);
        }
        loop {
            let waiting = turns.waiting();
            let is_free = |id| match waiting[id] {
                Some((node, lock)) => !fs.is_contended(node, lock),
                None => true,
            };
            let alive = (0..ids.len()).filter(|&writer| waiting.contains_key(&ids[writer]));
            let alive: Vec<_> = alive.collect();
            let enabled = alive.iter().filter(|&&writer| is_free(&ids[writer]));
            let results = results.lock().unwrap().clone();
            let outcome = Outcome {
                medium: fs.medium(),
                fingerprint: fs.fingerprint(),
                enabled: enabled.copied().collect(),
                results: ids.iter().map(|id| results.get(id).cloned()).collect(),
                alive,
            };
            match next(&outcome) {
                Some(choice) => make(choice),
                None => return waiting.into_keys().for_each(kill),
            }
        }
    });
}

/// Follows every row of choices, and checks wherever it leads. Returns how many states that are.
///
/// A row goes on with the first choice that there is; the others are followed from the start.
fn explore<F: FileSystem>(
    start: &Simulated,
    writers: &[Writer],
    see: impl Fn(Simulated) -> F + Sync,
) -> Result<usize, String> {
    let start = start.medium();
    let mut seen = HashSet::new();
    let mut rows = vec![Vec::new()];
    let mut result = Ok(());
    while let Some(begun) = rows.pop() {
        let mut row = begun.clone();
        follow(&start, writers, &begun, &see, |outcome| {
            let killed = row.iter().find_map(|choice| match choice {
                Choice::Kill(writer) => Some(*writer),
                Choice::Step(_) => None,
            });
            if result.is_err() || !seen.insert((outcome.fingerprint, killed)) {
                return None;
            }
            let checked = check(&start, writers, outcome, killed);
            result = checked.map_err(|loss| format!("{loss}: {row:?}"));
            let steps = outcome.enabled.iter().map(|&writer| Choice::Step(writer));
            let kills = outcome.alive.iter().map(|&writer| Choice::Kill(writer));
            let mut choices = steps.chain(kills.filter(|_| killed.is_none()));
            let first = choices.next()?;
            rows.extend(choices.map(|choice| [&row[..], &[choice]].concat()));
            row.push(first);
            Some(first)
        });
        if let Err(loss) = result {
            return Err(loss);
        }
    }
    Ok(seen.len())
}

/// What must be true at every moment, and what besides when all writers are done.
fn check(
    start: &Medium,
    writers: &[Writer],
    outcome: &Outcome,
    killed: Option<usize>,
) -> Result<(), String> {
    let before = load(&Simulated::with(start.clone())).ok();
    let fs = Simulated::with(outcome.medium.clone());
    let removes = writers
        .iter()
        .any(|writer| matches!(writer, Writer::Remove));
    let now = load(&fs);
    match (&now, before) {
        (Ok(_), _) | (Err(Error::NotFound { .. }), None) => {}
        (Err(Error::NotFound { .. }), _) if removes => {}
        (Err(error), _) => return Err(format!("a load: {error}")),
    }
    for (writer, result) in outcome.results.iter().enumerate() {
        match result {
            Some(Err(error)) if Some(writer) != killed => return Err(error.clone()),
            _ => {}
        }
    }
    if !outcome.alive.is_empty() {
        return match outcome.enabled[..] {
            [] => Err("nobody can go on".into()),
            _ => Ok(()),
        };
    }

    let value = now.unwrap_or_default();
    let acknowledged = writers.len() - usize::from(killed.is_some());
    let saved: Vec<_> = writers
        .iter()
        .filter_map(|writer| match writer {
            Writer::Save(jobs) => Some(*jobs),
            Writer::Update | Writer::Remove => None,
        })
        .collect();
    let updates = (writers.len() - saved.len()) as u64;
    let bases = saved.iter().copied().chain([before.unwrap_or_default()]);
    let bases = bases.chain(removes.then_some(0));
    let mut values = bases.flat_map(|base| base..=base + updates);
    if !values.any(|allowed| allowed == value) {
        return Err(format!("{value} in the end"));
    }
    if saved.is_empty() && !removes {
        let least = before.unwrap_or_default() + acknowledged as u64;
        if value < least {
            return Err(format!("{value} in the end, and {least} acknowledged"));
        }
    }
    let newest = |fs: &Simulated| listing(fs).generations.first().copied().unwrap_or_default();
    let added = newest(&fs).saturating_sub(newest(&Simulated::with(start.clone())));
    if added < acknowledged as u64 && !removes {
        return Err(format!("{acknowledged} saves under {added} generations"));
    }
    save(&fs, 1_000).map_err(|error| format!("a save afterwards: {error}"))?;
    if !listing(&fs).temps.is_empty() {
        return Err("a temp file stays".into());
    }
    Ok(())
}

fn assert_no_update_is_lost(start: &Simulated, writers: &[Writer]) {
    let states = explore(start, writers, |fs| fs).unwrap();
    println!("{writers:?}: {states} states");
    assert!(states > 100, "{states}");
}

#[test]
fn two_updates() {
    assert_no_update_is_lost(&machine_with(3), &[Writer::Update; 2]);
}

#[test]
#[ignore = "takes a minute"]
fn two_saves() {
    assert_no_update_is_lost(&machine_with(3), &[Writer::Save(100), Writer::Save(200)]);
}

#[test]
#[cfg_attr(windows, ignore = "takes a minute")]
fn a_save_and_an_update() {
    assert_no_update_is_lost(&machine_with(3), &[Writer::Save(100), Writer::Update]);
}

#[test]
#[ignore = "takes a minute"]
fn three_updates() {
    assert_no_update_is_lost(&machine_with(3), &[Writer::Update; 3]);
}

#[test]
fn two_first_updates() {
    assert_no_update_is_lost(&Simulated::new(), &[Writer::Update; 2]);
}

#[test]
fn an_update_and_a_removal() {
    assert_no_update_is_lost(&machine_with(3), &[Writer::Update, Writer::Remove]);
}

#[test]
#[ignore = "takes a minute"]
fn a_save_and_a_removal() {
    assert_no_update_is_lost(&machine_with(3), &[Writer::Save(100), Writer::Remove]);
}

#[test]
fn two_removals() {
    assert_no_update_is_lost(&machine_with(3), &[Writer::Remove; 2]);
}

#[test]
#[ignore = "takes minutes"]
fn two_updates_and_a_removal() {
    let writers = [Writer::Update, Writer::Update, Writer::Remove];
    assert_no_update_is_lost(&machine_with(3), &writers);
}

#[test]
#[ignore = "takes minutes"]
fn a_first_save_and_an_update() {
    assert_no_update_is_lost(&Simulated::new(), &[Writer::Save(100), Writer::Update]);
}

#[test]
#[ignore = "takes minutes"]
fn two_first_saves() {
    let writers = [Writer::Save(100), Writer::Save(200)];
    assert_no_update_is_lost(&Simulated::new(), &writers);
}

fn assert_found(weakness: Weakness, writers: &[Writer]) {
    let see = |fs| Weakened::new(fs, weakness);
    let loss = explore(&machine_with(3), writers, see).expect_err("it should have been found");
    println!("{weakness:?}: {loss}");
}

#[test]
fn a_lock_that_is_skipped_is_found() {
    assert_found(Weakness::NoLock, &[Writer::Update; 2]);
}

#[test]
fn a_lock_that_is_released_early_is_found() {
    assert_found(Weakness::LockReleasedEarly, &[Writer::Update; 2]);
}

/// As POSIX allows where a directory is not read from its start again, and as btrfs does.
#[test]
fn a_listing_of_what_was_there_when_the_directory_was_opened_is_found() {
    let writers = [Writer::Save(100), Writer::Save(200)];
    assert_found(Weakness::ListingFromTheOpening, &writers);
}

#[test]
fn a_cleaner_that_does_not_ask_for_the_lock_of_a_temp_file_is_found() {
    let writers = [Writer::Save(100), Writer::Save(200)];
    assert_found(Weakness::SweepWithoutTheLock, &writers);
}

#[test]
fn a_writer_that_does_not_look_whether_its_temp_file_is_still_there_is_found() {
    let writers = [Writer::Save(100), Writer::Save(200)];
    assert_found(Weakness::TempFileTakenForGranted, &writers);
}
