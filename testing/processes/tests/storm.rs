//! Several writers of one status are killed at random moments, started again and killed again, and
//! a reader watches.
//!
//! Some hundred kills by default, ten thousand with `STATUSFILE_FULL=1`.

#![cfg(unix)]

use actors::{Count, shared};
use std::env;
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

const ACTOR: &str = env!("CARGO_BIN_EXE_actor");
const WRITERS: u64 = 4;
const SIGKILL: i32 = 9;

#[test]
fn updates_of_killed_writers_are_never_lost_and_never_done_twice() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("count.toml");
    let mut acknowledged = storm(&path, "count", "read", 1, || {
        shared(&path).load().unwrap().number
    });
    let total = acknowledged.len();
    acknowledged.sort_unstable();
    acknowledged.dedup();
    assert_eq!(acknowledged.len(), total, "a number was acknowledged twice");
}

#[test]
fn saves_of_killed_writers_each_take_a_generation_of_their_own() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("count.toml");
    // A writer that is killed before its generation is at the path leaves it, and the next one makes what is
    // at the path a generation again.
    storm(&path, "save", "watch", 2, || newest(&path) - 1);
}

#[test]
fn saves_side_by_side_take_one_generation_each() {
    const SAVES: u64 = 100;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("count.toml");
    shared(&path).save(&Count::new(0)).unwrap();
    let first = newest(&path);
    let watcher = watch("watch", &path);
    thread::scope(|scope| {
        for writer in 1..=WRITERS {
            // Threads that wait for the lock in different ways share no commit.
            let file = shared(&path).lock_timeout(Duration::from_secs(60 + writer));
            scope.spawn(move || {
                for save in 0..SAVES {
                    file.save(&Count::new(writer * SAVES + save)).unwrap();
                }
            });
        }
        let mut writers: Vec<_> = (0..WRITERS)
            .map(|_| start("increment", &path, "100"))
            .collect();
        for writer in &mut writers {
            assert!(writer.wait().unwrap().success());
        }
    });
    assert_eq!(newest(&path), first + 2 * WRITERS * SAVES);
    close(watcher);
}

/// Kills the writers that `job` makes, again and again, and returns what they acknowledged.
///
/// `counted` is the number of saves that the status shows. It must never be less than what was
/// acknowledged, and in the end no more than that and `of_each` for each kill.
fn storm(
    path: &Path,
    job: &str,
    watcher: &str,
    of_each: u64,
    counted: impl Fn() -> u64 + Sync,
) -> Vec<u64> {
    let full = env::var_os("STATUSFILE_FULL").is_some();
    let kills_of_each = if full { 2_500 } else { 75 };
    let seed = RandomState::new();
    shared(path).save(&Count::new(0)).unwrap();
    let watcher = watch(watcher, path);

    let known = AtomicU64::new(0);
    let weather = |writer| {
        let mut acknowledged = Vec::new();
        for kill in 0..kills_of_each {
            let numbers = write_and_kill(path, job, seed.hash_one((writer, kill)));
            let before = known.fetch_add(numbers.len() as u64, Ordering::Relaxed);
            let (least, counted) = (before + numbers.len() as u64, counted());
            assert!(counted >= least, "{counted} with {least} acknowledged");
            acknowledged.extend(numbers);
        }
        acknowledged
    };
    let acknowledged: Vec<u64> = thread::scope(|scope| {
        let writers = (0..WRITERS).map(|writer| scope.spawn(move || weather(writer)));
        let writers: Vec<_> = writers.collect();
        let ended = writers.into_iter().map(|writer| writer.join().unwrap());
        ended.flatten().collect()
    });

    let (kills, least) = (WRITERS * kills_of_each, acknowledged.len() as u64);
    let counted = counted();
    assert!(
        (least..=least + of_each * kills).contains(&counted),
        "{counted} with {least} acknowledged and {kills} kills"
    );
    let loads = close(watcher);
    let figures =
        format!("{job}: {kills} kills, {least} acknowledged, {counted} done, {loads} loads");
    let _ = writeln!(io::stderr(), "{figures}");
    check_names(path);
    acknowledged
}

/// Starts a writer, kills it at a random moment, and returns what it acknowledged. Half of them die
/// in the middle of saves, the others at any moment from their start on.
fn write_and_kill(path: &Path, job: &str, random: u64) -> Vec<u64> {
    let mut actor = Command::new(ACTOR);
    let actor = actor.arg(job).arg(path).stdout(Stdio::piped());
    let mut writer = actor.spawn().unwrap();
    let mut output = BufReader::new(writer.stdout.take().unwrap());
    let mut acknowledged = String::new();
    if random.is_multiple_of(2) {
        output.read_line(&mut acknowledged).unwrap();
    }
    thread::sleep(Duration::from_micros(random % 8_000));
    writer.kill().unwrap();
    output.read_to_string(&mut acknowledged).unwrap();
    assert_eq!(writer.wait().unwrap().signal(), Some(SIGKILL), "it failed");
    let whole = acknowledged
        .split_inclusive('\n')
        .filter(|line| line.ends_with('\n'));
    whole.map(|line| line.trim_end().parse().unwrap()).collect()
}

fn start(job: &str, path: &Path, times: &str) -> Child {
    let mut actor = Command::new(ACTOR);
    actor.arg(job).arg(path).arg(times).spawn().unwrap()
}

fn watch(job: &str, path: &Path) -> Child {
    let mut actor = Command::new(ACTOR);
    let actor = actor.arg(job).arg(path);
    actor.stdin(Stdio::piped()).stdout(Stdio::piped());
    actor.stderr(Stdio::piped()).spawn().unwrap()
}

/// Lets a watcher end, which must not have seen anything wrong, and returns how often it loaded.
fn close(mut watcher: Child) -> u64 {
    drop(watcher.stdin.take());
    let output = watcher.wait_with_output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    String::from_utf8_lossy(&output.stdout)
        .trim()
        .parse()
        .unwrap()
}

/// The number of the newest generation, while nobody saves: a listing may miss names that come and go.
fn newest(path: &Path) -> u64 {
    let file = shared(path);
    let _held = file.lock().unwrap();
    file.history().unwrap()[0].number
}

/// After two more saves, what the dead writers left is gone: the first keeps what the last of them has named
/// and not put at the path.
fn check_names(path: &Path) {
    for _ in 0..2 {
        shared(path).save(&Count::new(0)).unwrap();
    }
    let names = fs::read_dir(path.with_file_name("count.toml.status")).unwrap();
    let mut names: Vec<_> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.retain(|name| name != "lock" && name != "published");
    assert_eq!(names.len(), 2, "dead writers left {names:?}");
}
