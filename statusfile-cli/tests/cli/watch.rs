//! `watch`.

use crate::common::{replace, sealed};
use crate::place::{Place, empty, saved, status};
use crate::run::statusfile;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, ChildStdout, Stdio};
use std::thread;
use std::time::{Duration, Instant};

struct Watching {
    child: Child,
    out: Option<BufReader<ChildStdout>>,
    err: BufReader<ChildStderr>,
}

impl Watching {
    fn begin(place: &Place) -> Self {
        let mut child = statusfile()
            .arg("watch")
            .arg(&place.path)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = Some(BufReader::new(child.stdout.take().unwrap()));
        let err = BufReader::new(child.stderr.take().unwrap());
        Self { child, out, err }
    }

    fn lines(&mut self, place: &Place, count: usize) -> String {
        let mut lines = String::new();
        for _ in 0..count {
            self.out.as_mut().unwrap().read_line(&mut lines).unwrap();
        }
        place.normal(lines.as_bytes())
    }

    fn message(&mut self, place: &Place) -> String {
        let mut line = String::new();
        self.err.read_line(&mut line).unwrap();
        place.normal(line.as_bytes())
    }
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
    let mut watching = Watching::begin(&place);
    assert_eq!(
        watching.message(&place),
        "watching DIR/worker.toml, now at generation 3\n"
    );
    place.typed.save(&status(3)).unwrap();
    assert_eq!(
        watching.lines(&place, 3),
        "TIME generation 4: 93 B, version 1\n~ jobs: 2 -> 3\n~ last: \"job 2\" -> \"job 3\"\n"
    );
    place.run("set", &["server.port", "81"]).ends(0);
    assert_eq!(
        watching.lines(&place, 2),
        "TIME generation 5: 93 B, version 1\n~ server.port: 80 -> 81\n"
    );
    place.put_edit("jobs = 9\n");
    assert!(
        watching
            .lines(&place, 1)
            .starts_with("TIME an edit: 9 B, version 1\n")
    );
}

#[test]
fn saves_that_follow_each_other_fast_are_all_printed_if_they_are_kept() {
    let place = saved(1);
    let mut watching = Watching::begin(&place);
    watching.message(&place);
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
        ["3", "4", "5", "6"]
    );
}

#[test]
fn any_version_is_watched() {
    let place = saved(1);
    for number in [1, 2] {
        replace(&place.generation(number), &sealed(1, 4, "jobs = 1\n"));
    }
    let mut watching = Watching::begin(&place);
    watching.message(&place);
    place.run("set", &["jobs", "2"]).ends(0);
    let expected = "TIME generation 3: 59 B, version 4\n~ jobs: 1 -> 2\n";
    assert_eq!(watching.lines(&place, 2), expected);
}

#[test]
fn nothing_needs_to_be_there_and_damage_is_told() {
    let place = empty();
    let mut watching = Watching::begin(&place);
    assert_eq!(
        watching.message(&place),
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
    let mut watching = Watching::begin(&place);
    watching.message(&place);
    watching.out = None;
    let start = Instant::now();
    for jobs in 2.. {
        place.typed.save(&status(jobs)).unwrap();
        if let Some(ended) = watching.child.try_wait().unwrap() {
            assert_eq!(ended.code(), Some(0));
            let mut err = String::new();
            watching.err.read_to_string(&mut err).unwrap();
            assert_eq!(err, "");
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "it goes on");
        thread::sleep(Duration::from_millis(50));
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_it() {
    use rustix::process::{Pid, Signal, kill_process};
    use std::os::unix::process::ExitStatusExt;

    let place = saved(1);
    let mut watching = Watching::begin(&place);
    watching.message(&place);
    let id = Pid::from_child(&watching.child);
    kill_process(id, Signal::INT).unwrap();
    assert_eq!(watching.child.wait().unwrap().signal(), Some(2));
}
