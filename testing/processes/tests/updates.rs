//! Several processes and threads change one status.

use actors::{Count, shared};
use std::process::{Command, Stdio};
use std::thread;

const ACTOR: &str = env!("CARGO_BIN_EXE_actor");

/// Fewer under Wine, where a save takes ten times as long as elsewhere, at the least.
const INCREMENTS: u64 = if cfg!(windows) { 100 } else { 1000 };

#[test]
fn four_processes_with_two_hundred_increments_each_make_eight_hundred() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("count.toml");
    let processes: Vec<_> = (0..4)
        .map(|_| {
            let mut actor = Command::new(ACTOR);
            actor
                .arg("increment")
                .arg(&path)
                .arg("200")
                .spawn()
                .unwrap()
        })
        .collect();
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
    assert_eq!(shared(&path).load().unwrap().number, 800);
}

#[test]
fn threads_lose_no_update_either() {
    let directory = tempfile::tempdir().unwrap();
    let file = shared(directory.path().join("count.toml"));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..50 {
                    file.update(|count| *count = Count::new(count.number + 1))
                        .unwrap();
                }
            });
        }
    });
    assert_eq!(file.load().unwrap().number, 400);
}

#[test]
fn readers_beside_writers_see_whole_statuses_that_never_get_older() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("count.toml");
    shared(&path).save(&Count::new(1)).unwrap();

    let readers: Vec<_> = (0..3)
        .map(|_| {
            let mut actor = Command::new(ACTOR);
            let actor = actor.arg("read").arg(&path);
            let actor = actor.stdin(Stdio::piped()).stdout(Stdio::piped());
            actor.stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let writers: Vec<_> = (0..2)
        .map(|_| {
            let mut actor = Command::new(ACTOR);
            actor
                .arg("increment")
                .arg(&path)
                .arg(INCREMENTS.to_string())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut writer in writers {
        assert!(writer.wait().unwrap().success());
    }
    for mut reader in readers {
        drop(reader.stdin.take());
        let output = reader.wait_with_output().unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{complaint}");
        let loads = String::from_utf8_lossy(&output.stdout);
        assert!(loads.trim().parse::<u64>().unwrap() > 100, "{loads} loads");
    }
    assert_eq!(shared(&path).load().unwrap().number, 1 + 2 * INCREMENTS);
}
