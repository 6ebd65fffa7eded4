//! Every system call of a save, an update and a load fails in turn, or is the last one before a
//! kill.
//!
//! A sample of the faults by default, all of them with `STATUSFILE_FULL=1`. Without `strace` there
//! are none, and `STATUSFILE_REQUIRE_STRACE=1` makes that a failure.

#![cfg(target_os = "linux")]

mod descriptors;
mod faults;
mod owners;
mod scene;
mod served;
mod strace;

use faults::{Fault, faults};
use scene::{Job, Scene};
use std::collections::BTreeMap;
use std::env;
use std::io::{self, Write};
use std::process::Command;
use strace::{Actor, Report};

#[test]
fn a_first_save() {
    test(&Job::FIRST_SAVE);
}

#[test]
fn a_save() {
    test(&Job::SAVE);
}

#[test]
fn a_save_over_an_edit() {
    test(&Job::SAVE_OVER_EDIT);
}

#[test]
fn a_save_over_a_restored_status() {
    test(&Job::SAVE_OVER_RESTORED);
}

#[test]
fn a_save_after_a_crash_and_damage() {
    test(&Job::SAVE_OVER_DAMAGE);
}

#[test]
fn an_update() {
    test(&Job::UPDATE);
}

#[test]
fn a_load() {
    test(&Job::LOAD);
}

/// What a full disk does, too: part of the text is written, and then no more.
#[test]
fn a_write_that_is_cut_short() {
    let job = Job::SAVE.of(999);
    let scene = Scene::new(&job);
    let mut shell = Command::new("sh");
    let limit = "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\"";
    shell.args(["-c", limit, env!("CARGO_BIN_EXE_actor")]);
    let mut actor = Actor::spawn(shell, job.operation, &scene.path, job.number);
    let (report, _) = actor.report().unwrap();
    let Report::Failed { visible, text } = &report else {
        panic!("{report:?}");
    };
    assert!(
        !visible && text.contains("cannot write the temp file"),
        "{text}"
    );
    scene.check(&job, Some(&report), &[]);
    actor.end();
}

/// What a save says whose locks fail so, from one of them on: the first is that of the temp file.
fn with_locks_that_fail(fault: &str) -> Report {
    let inject = format!("inject=flock:{fault}");
    let options = ["-e", "trace=flock", "-e", &inject].map(str::to_owned);
    let scene = Scene::new(&Job::SAVE);
    scene.trace(&Job::SAVE, &options).0.unwrap()
}

/// A mount that turns it into a lock of its server, as SMB does, says so of one that another has.
#[test]
fn a_lock_that_may_not_be_had_now_is_waited_for() {
    if can_trace() {
        let report = with_locks_that_fail("error=EACCES:when=2..5");
        assert_eq!(report, Report::Saved(Job::SAVE.number));
    }
}

#[test]
fn where_there_are_no_locks_a_save_says_what_to_do() {
    if !can_trace() {
        return;
    }
    for first in [1, 2] {
        let report = with_locks_that_fail(&format!("error=ENOLCK:when={first}+"));
        let Report::Failed { text, .. } = report else {
            panic!("{report:?}");
        };
        assert!(text.contains("cannot take the lock: No locks"), "{text}");
        assert!(text.contains("local_lock=flock"), "{text}");
    }
}

/// Whether system calls can be traced here; says why not.
fn can_trace() -> bool {
    let Some(reason) = strace::missing() else {
        return true;
    };
    assert!(
        env::var_os("STATUSFILE_REQUIRE_STRACE").is_none(),
        "{reason}"
    );
    let _ = writeln!(io::stderr(), "skipped: {reason}");
    false
}

fn test(job: &Job) {
    if !can_trace() {
        return;
    }
    let scene = Scene::new(job);
    let (report, open) = scene.trace(job, &["-e".into(), "trace=%file,%desc".into()]);
    let (report, open) = (report.unwrap(), open);
    scene.check(job, Some(&report), &[]);
    let calls = strace::calls(&scene.log);

    let full = env::var_os("STATUSFILE_FULL").is_some();
    let faults = faults(&calls, full);
    let mut outcomes = BTreeMap::new();
    for fault in &faults {
        let outcome = inject(job, fault, open);
        *outcomes.entry(outcome).or_insert(0) += 1;
    }
    let (name, calls, faults) = (job.name, calls.len(), faults.len());
    let figures = format!("{name}: {calls} calls, {faults} faults: {outcomes:?}");
    let _ = writeln!(io::stderr(), "{figures}");
}

fn inject(job: &Job, fault: &Fault, open: usize) -> &'static str {
    let scene = Scene::new(job);
    let options = fault.options();
    let mut actor = Actor::trace(&scene.log, &options, scene.job(job));
    let report = actor.report();
    let calls = strace::calls(&scene.log);
    let injected: Vec<_> = calls
        .into_iter()
        .filter(|call| call.line.contains("INJECTED"))
        .collect();
    let report = match report {
        None => {
            assert!(fault.kills(), "{fault:?}: died");
            None
        }
        Some((report, now_open)) => {
            assert!(!fault.kills() && !injected.is_empty(), "missed {fault:?}");
            let kept_open = injected.iter().filter(|call| call.name == "close").count();
            assert_eq!(now_open, open + kept_open, "descriptors after {fault:?}");
            Some(report)
        }
    };
    let outcome = match &report {
        None => "killed",
        Some(Report::Saved(_) | Report::Loaded { .. }) => "done all the same",
        Some(Report::Failed { visible: false, .. }) => "failed",
        Some(Report::Failed { visible: true, .. }) => "visible, not durable",
    };
    scene.check(job, report.as_ref(), &injected);
    actor.end();
    outcome
}
