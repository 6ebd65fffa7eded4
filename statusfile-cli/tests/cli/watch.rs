//! `watch`.

use crate::place::{Place, empty, saved, status};
use crate::run::{closed, statusfile};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

struct Watching {
    child: Child,
    out: Receiver<String>,
    err: Receiver<String>,
}

/// Enough for anything that comes at all.
const SOON: Duration = Duration::from_secs(60);

impl Watching {
    /// Begins and waits until it watches, which it says in a message.
    fn begin(place: &Place) -> (Self, String) {
        let mut child = statusfile()
            .arg("watch")
            .arg(&place.path)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = lines(child.stdout.take().unwrap());
        let err = lines(child.stderr.take().unwrap());
        let watching = Self { child, out, err };
        let message = watching.message(place);
        (watching, message)
    }

    #[track_caller]
    fn lines(&self, place: &Place, count: usize) -> String {
        let lines = (0..count).map(|_| self.out.recv_timeout(SOON).unwrap());
        place.normal(&lines.collect::<String>())
    }

    #[track_caller]
    fn message(&self, place: &Place) -> String {
        place.normal(&self.err.recv_timeout(SOON).unwrap())
    }
}

/// What can be read, line by line.
fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines() {
            if sender.send(line.unwrap() + "\n").is_err() {
                break;
            }
        }
    });
    receiver
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn each_new_generation_is_printed_with_what_it_changed() {
    let place = saved(2);
    let (watching, message) = Watching::begin(&place);
    assert_eq!(message, "watching DIR/worker.toml, now at generation 2\n");
    place.typed.save(&status(3)).unwrap();
    assert_eq!(
        watching.lines(&place, 3),
        "TIME generation 3: 127 B, version 1\n~ jobs: 2 -> 3\n~ last: \"job 2\" -> \"job 3\"\n"
    );
    place.run("set", &["server.port", "81"]).ends(0);
    assert_eq!(
        watching.lines(&place, 2),
        "TIME generation 4: 127 B, version 1\n~ server.port: 80 -> 81\n"
    );
    place.put_edit("jobs = 9\n");
    assert!(
        watching
            .lines(&place, 1)
            .starts_with("TIME an edit: 9 B, version 1\n")
    );
}

#[test]
fn what_somebody_restores_over_the_path_is_printed_once() {
    let place = saved(3);
    let (watching, message) = Watching::begin(&place);
    assert_eq!(message, "watching DIR/worker.toml, now at generation 3\n");
    place.copy_to_the_path(1);
    assert_eq!(
        watching.lines(&place, 3),
        "TIME generation 1: 127 B, version 1\n~ jobs: 3 -> 1\n~ last: \"job 3\" -> \"job 1\"\n"
    );
    // One of a backup, of which there is no generation.
    place.put_foreign("jobs = 7\n");
    let printed = watching.lines(&place, 4);
    assert!(
        printed.starts_with("TIME the file at the path: 91 B, version 1\n~ jobs: 1 -> 7\n"),
        "{printed}"
    );
    place.typed.save(&status(8)).unwrap();
    let printed = watching.lines(&place, 6);
    assert!(
        printed.starts_with(
            "TIME generation 4: 91 B, version 1\nnothing differs\nTIME generation 5: "
        ),
        "{printed}"
    );
}

#[test]
fn saves_that_follow_each_other_fast_are_all_printed_if_they_are_kept() {
    let place = saved(1);
    let (watching, _) = Watching::begin(&place);
    let file = place.typed.clone().keep(10);
    for jobs in 2..=5 {
        file.save(&status(jobs)).unwrap();
    }
    let printed = watching.lines(&place, 12);
    let numbers = printed
        .lines()
        .filter_map(|line| line.strip_prefix("TIME generation "));
    assert_eq!(
        numbers.map(|rest| &rest[..1]).collect::<Vec<_>>(),
        ["2", "3", "4", "5"]
    );
}

#[test]
fn any_version_is_watched() {
    let place = saved(1);
    place.put_version(1, 4, "jobs = 1\n");
    let (watching, _) = Watching::begin(&place);
    place.run("set", &["jobs", "2"]).ends(0);
    let expected = "TIME generation 2: 91 B, version 4\n~ jobs: 1 -> 2\n";
    assert_eq!(watching.lines(&place, 2), expected);
}

#[test]
fn nothing_needs_to_be_there_and_mistakes_are_reported() {
    let place = empty();
    let (watching, message) = Watching::begin(&place);
    assert_eq!(
        message,
        "watching DIR/worker.toml; there is no status yet\n"
    );
    place.typed.save(&status(1)).unwrap();
    assert!(watching.lines(&place, 1).starts_with("TIME generation 1: "));
    place.put_edit("jobs = x\n");
    assert!(watching.message(&place).contains("worker.toml:1:8: "));
}

#[test]
fn it_ends_when_nobody_reads() {
    let place = saved(1);
    let mut command = statusfile();
    command.arg("watch").arg(&place.path);
    let mut child = command
        .stdout(closed())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let start = Instant::now();
    for jobs in 2.. {
        place.typed.save(&status(jobs)).unwrap();
        if child.try_wait().unwrap().is_some() {
            break;
        }
        if start.elapsed() > SOON {
            child.kill().unwrap();
        }
        thread::sleep(Duration::from_millis(50));
    }
    let ran = place.ran_from(&child.wait_with_output().unwrap());
    ran.ends(0);
    assert_eq!(ran.err.lines().count(), 1, "{ran}");
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it() {
    use rustix::process::{Pid, Signal, kill_process};
    use std::os::unix::process::ExitStatusExt;

    let place = saved(1);
    let (mut watching, _) = Watching::begin(&place);
    let id = Pid::from_child(&watching.child);
    // An interrupt would do the same, but that is ignored where tests run in the background.
    kill_process(id, Signal::TERM).unwrap();
    assert_eq!(watching.child.wait().unwrap().signal(), Some(15));
}
