//! A kill at every call, alone and followed by a power cut that keeps every prefix of the unflushed
//! names with none, half or all of the unflushed bytes; then a second one.

use super::{PATH, listing, load, machine_with, save, store, update};
use crate::error::Error;
use crate::fs::simulated::{Simulated, Unflushed};

type Operation = fn(&Simulated) -> Result<(), Error>;

const SAVE: Operation = |fs| save(fs, 9);
const UNFLUSHED: [Unflushed; 3] = [Unflushed::Nothing, Unflushed::Half, Unflushed::Everything];

/// Kills `operation` at each of its calls and hands every machine that can come of it to `check`,
/// with whether the operation was acknowledged. The last one was not killed at all.
fn kill_at_each_call(
    machine: impl Fn() -> Simulated,
    operation: Operation,
    mut check: impl FnMut(Simulated, bool, &str),
) {
    for calls in 0.. {
        let fs = machine();
        fs.kill_after(calls);
        let acknowledged = operation(&fs).is_ok();
        let complete = fs.forget_fault();
        for names in 0..=fs.unflushed_names() {
            for bytes in UNFLUSHED {
                let case = format!("killed after {calls} calls, {names} names, {bytes:?} kept");
                check(fs.after_power_cut(names, bytes), acknowledged, &case);
            }
        }
        check(
            fs.process(),
            acknowledged,
            &format!("killed after {calls} calls"),
        );
        if complete {
            return;
        }
    }
}

/// `before` was acknowledged, and 9 too if `acknowledged`.
fn assert_not_lost(fs: &Simulated, before: Option<u64>, acknowledged: bool, case: &str) -> u64 {
    match load(fs) {
        Ok(9) => 9,
        Ok(jobs) if before == Some(jobs) && !acknowledged => jobs,
        Err(Error::NotFound { .. }) if before.is_none() && !acknowledged => 0,
        other => panic!("{case}: {other:?}"),
    }
}

/// A save still works, and no one damaged file takes every copy of it.
fn assert_sound(fs: &Simulated, case: &str) {
    let loaded = load(fs).ok();
    save(fs, 10).unwrap();
    assert_eq!(load(fs).unwrap(), 10, "{case}");
    let listing = listing(fs);
    for &generation in &listing.generations {
        let damaged = fs.after_power_cut(fs.unflushed_names(), Unflushed::Everything);
        damaged.put(store(fs).layout.generation(generation), b"");
        let jobs = load(&damaged).unwrap();
        assert!(
            jobs == 10 || Some(jobs) == loaded,
            "{case}, {generation} damaged: {jobs}"
        );
    }
    assert!(listing.temps.is_empty(), "{case}: {listing:?}");
}

fn assert_survives(machine: impl Fn() -> Simulated, operation: Operation, before: Option<u64>) {
    let mut machines = 0;
    kill_at_each_call(machine, operation, |fs, acknowledged, case| {
        machines += 1;
        assert_not_lost(&fs, before, acknowledged, case);
        assert_sound(&fs, case);
    });
    assert!(machines > 100, "{machines}");
}

#[test]
fn a_first_save() {
    assert_survives(Simulated::new, SAVE, None);
}

#[test]
fn a_steady_save() {
    assert_survives(|| machine_with(5), SAVE, Some(5));
}

#[test]
fn an_update() {
    assert_survives(|| machine_with(8), update, Some(8));
}

#[test]
fn a_save_over_an_edit() {
    let edited = || {
        let fs = machine_with(4);
        fs.put(PATH, b"jobs = 5\n");
        fs
    };
    assert_survives(edited, SAVE, Some(5));
}

#[test]
fn a_save_over_a_damaged_newest() {
    let damaged = || {
        let fs = machine_with(5);
        fs.put(store(&fs).layout.generation(6), b"jobs");
        fs
    };
    assert_survives(damaged, SAVE, Some(4));
}

#[test]
fn two_in_a_row() {
    kill_at_each_call(
        || machine_with(5),
        |fs| save(fs, 6),
        |first, acknowledged, case| {
            let before = load(&first).unwrap();
            assert!(
                before == 6 || (before == 5 && !acknowledged),
                "{case}: {before}"
            );
            let again = || first.after_power_cut(first.unflushed_names(), Unflushed::Everything);
            kill_at_each_call(again, SAVE, |second, acknowledged, second_case| {
                let case = format!("{case}; then {second_case}");
                assert_not_lost(&second, Some(before), acknowledged, &case);
            });
        },
    );
}
