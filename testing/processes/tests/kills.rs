//! A writer is killed at random moments.

use actors::{Count, shared};
use statusfile::{Error, Origin};
use std::hash::{BuildHasher, RandomState};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{fs, thread};

const ACTOR: &str = env!("CARGO_BIN_EXE_actor");
const STATUSES: u64 = if cfg!(windows) { 5 } else { 25 };
const KILLS_OF_EACH: u64 = 20;

/// Under Wine, a save takes ten times as long as elsewhere, at the least.
const PACE: u64 = if cfg!(windows) { 10 } else { 1 };

/// Starts a writer, kills it at a random moment, and returns the last number that it acknowledged.
/// Half of them die in the middle of saves, the others at any moment from their start on.
fn save_and_kill(path: &Path, random: u64) -> Option<u64> {
    let mut actor = Command::new(ACTOR);
    let actor = actor.arg("save").arg(path).stdout(Stdio::piped());
    let mut writer = actor.spawn().unwrap();
    let mut output = BufReader::new(writer.stdout.take().unwrap());
    let mut acknowledged = String::new();
    let wait = if random.is_multiple_of(2) {
        output.read_line(&mut acknowledged).unwrap();
        random % (3_000 * PACE)
    } else {
        random % (12_000 * PACE)
    };
    thread::sleep(Duration::from_micros(wait));
    writer.kill().unwrap();
    output.read_to_string(&mut acknowledged).unwrap();
    writer.wait().unwrap();
    acknowledged.lines().last()?.parse().ok()
}

#[test]
fn after_each_of_many_kills_the_last_acknowledged_save_or_a_later_one_is_there() {
    let seed = RandomState::new();
    let (mut cut_short, mut saved) = (0, 0);
    for status in 0..STATUSES {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("new/count.toml");
        let file = shared(&path);
        let (mut last, mut is_published) = (0, false);
        for kill in 0..KILLS_OF_EACH {
            let acknowledged = save_and_kill(&path, seed.hash_one((status, kill)));
            last = acknowledged.unwrap_or(last);
            is_published |= acknowledged.is_some();
            match file.read() {
                Ok(loaded) => {
                    let count = loaded.value;
                    assert!(count.is_whole(), "{count:?}");
                    assert!(count.number >= last, "{count:?} after {last}");
                    let at_path = loaded.origin == Origin::Path;
                    assert!(at_path || !is_published, "{:?} after {last}", loaded.origin);
                    assert!(loaded.skipped.is_empty(), "{:?}", loaded.skipped);
                    cut_short += u32::from(count.number > last);
                    last = count.number;
                }
                Err(Error::NotFound { .. }) if last == 0 => {}
                Err(error) => panic!("{error} after {last}"),
            }
        }
        saved += last;

        // The first keeps what the last writer has named and not put at the path.
        for number in [last + 1, last + 2] {
            file.save(&Count::new(number)).unwrap();
        }
        let mut left: Vec<_> = fs::read_dir(path.with_file_name("count.toml.status"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.retain(|name| name != "lock" && name != "published");
        assert_eq!(left.len(), 2, "dead writers left {left:?}");
    }
    assert!(
        saved > STATUSES,
        "only {saved} saves in {STATUSES} statuses"
    );
    assert!(
        cut_short > 0,
        "no kill came between a commit and its acknowledgement"
    );
}
