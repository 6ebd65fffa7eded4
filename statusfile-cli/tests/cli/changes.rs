//! `set` and `restore`.

use crate::common::tree_snapshot;
use crate::place::{empty, saved};
use crate::run::statusfile;
use std::fs;
use std::io::Write;
use std::process::Stdio;
use std::thread;

const COMMENTED: &str = "\
# about jobs
jobs   = 1 # one
hex = 0x10
name = 'x'
ratio = 0.5
on = true
day = 1979-05-27
list = [1, 2]
point = { x = 1, y = 2 }

[server]
port = 80 # for now

[[mirrors]]
host = \"m\"
";

#[test]
fn set_keeps_the_type_and_the_layout() {
    for (key, value, shown, line) in [
        ("jobs", "2", "1 -> 2", "jobs   = 2 # one"),
        ("jobs", "-2", "1 -> -2", "jobs   = -2 # one"),
        ("name", "2", "'x' -> \"2\"", "name = \"2\""),
        ("name", "a \"b\"", "'x' -> 'a \"b\"'", "name = 'a \"b\"'"),
        ("ratio", "1", "0.5 -> 1.0", "ratio = 1.0"),
        ("on", "false", "true -> false", "on = false"),
        (
            "day",
            "1979-05-28",
            "1979-05-27 -> 1979-05-28",
            "day = 1979-05-28",
        ),
        ("list", "[3]", "[1, 2] -> [3]", "list = [3]"),
        ("list.1", "3", "2 -> 3", "list = [1, 3]"),
        ("point.x", "3", "1 -> 3", "point = { x = 3, y = 2 }"),
        ("server.port", "8080", "80 -> 8080", "port = 8080 # for now"),
        ("mirrors.0.host", "n", "\"m\" -> \"n\"", "host = \"n\""),
    ] {
        let place = empty();
        place.put_edit(COMMENTED);
        let ran = place.run("set", &[key, value]);
        ran.prints(
            0,
            "",
            &format!("DIR/worker.toml: generation 2: {key}: {shown}\n"),
        );
        let text = fs::read_to_string(place.generation(2)).unwrap();
        let (_, text) = text.split_once('\n').unwrap();
        let before = COMMENTED.lines();
        let changed: Vec<_> = text
            .lines()
            .zip(before)
            .filter(|(new, old)| new != old)
            .collect();
        assert_eq!(changed.len(), 1, "{key}: {text}");
        assert_eq!(changed[0].0, line);
        assert_eq!(text.lines().count(), COMMENTED.lines().count());
    }
}

#[test]
fn set_refuses_another_type_unless_asked() {
    let place = saved(2);
    for (key, value, kind) in [
        ("jobs", "many", "integer"),
        ("jobs", "1.5", "integer"),
        ("server.port", "", "integer"),
    ] {
        let ran = place.run("set", &[key, value]);
        let expected =
            format!("statusfile: {value:?} is not an {kind}; --type gives another type\n");
        ran.prints(2, "", &expected);
    }
    assert_eq!(place.numbers()[0], 2);
    place
        .run("set", &["jobs", "many", "--type", "string"])
        .ends(0);
    assert_eq!(place.load()["jobs"].as_str(), Some("many"));
    place
        .run("set", &["jobs", "[1, {a = 2}]", "--type", "toml"])
        .ends(0);
    assert_eq!(place.load()["jobs"][1]["a"].as_integer(), Some(2));
}

#[test]
fn set_adds_a_key_only_when_its_type_is_given() {
    let place = saved(2);
    let missing = "statusfile: DIR/worker.toml: there is no key a.b; \
                   to add one to a table, give its --type\n";
    place.run("set", &["a.b", "1"]).prints(1, "", missing);
    place.run("set", &["a.b", "1", "--type", "integer"]).prints(
        0,
        "",
        "DIR/worker.toml: generation 3: a.b: nothing -> 1\n",
    );
    assert_eq!(place.load()["a"]["b"].as_integer(), Some(1));
    place
        .run("set", &["server.host", "db", "--type", "string"])
        .ends(0);
    assert_eq!(place.load()["server"]["host"].as_str(), Some("db"));
    assert_eq!(place.load()["server"]["port"].as_integer(), Some(80));
    place
        .run("set", &["jobs.b", "1", "--type", "integer"])
        .ends(1);
    let ran = place.run("set", &["server", "1"]);
    ran.prints(
        1,
        "",
        "statusfile: server is a table: set one of its keys, or use `statusfile edit`\n",
    );
}

#[test]
fn set_to_what_is_there_saves_nothing() {
    let place = saved(2);
    let before = tree_snapshot(place.directory.path());
    place
        .run("set", &["jobs", "2"])
        .prints(0, "", "DIR/worker.toml: jobs is 2 already\n");
    assert_eq!(tree_snapshot(place.directory.path()), before);
}

#[test]
fn set_keeps_the_version_and_what_the_program_keeps() {
    let place = saved(2);
    for number in [1, 2] {
        place.put_version(number, 4, "jobs = 1\n");
    }
    place.run("set", &["jobs", "2"]).ends(0);
    let text = fs::read_to_string(place.generation(3)).unwrap();
    assert!(text.starts_with("#:statusfile 2 version=4 "), "{text}");
    assert_eq!(place.numbers(), [3, 2, 1]);
}

#[test]
fn no_set_undoes_another() {
    let place = saved(1);
    thread::scope(|scope| {
        for key in ["a", "b", "c", "d"] {
            let place = &place;
            scope.spawn(move || {
                place.run("set", &[key, "1", "--type", "integer"]).ends(0);
            });
        }
    });
    let status = place.load();
    assert!(
        ["a", "b", "c", "d"]
            .iter()
            .all(|&key| status.contains_key(key)),
        "{status}"
    );
}

#[test]
fn a_generation_is_not_changed() {
    let place = saved(2);
    let before = tree_snapshot(place.directory.path());
    for (verb, args) in [("set", &["jobs", "7"][..]), ("edit", &[])] {
        place.run_at(&place.generation(2), verb, args).prints(
            2,
            "",
            "statusfile: generation 2 is never changed: name the status, DIR/worker.toml\n",
        );
    }
    assert_eq!(tree_snapshot(place.directory.path()), before);
}

#[test]
fn while_others_hold_the_lock_nothing_is_changed() {
    let place = saved(2);
    let held = place.typed.lock().unwrap();
    let child = statusfile()
        .args([
            "set".as_ref(),
            place.path.as_os_str(),
            "jobs".as_ref(),
            "7".as_ref(),
        ])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(place.jobs(), 2);
    drop(held);
    let ran = place.ran_from(&child.wait_with_output().unwrap());
    ran.ends(0);
    assert_eq!(place.jobs(), 7);
}

const RESTORED: &str = "\
--- generation 3, saved 3 min ago (TIME)
+++ generation 2, saved 3 min ago (TIME)
~ jobs: 3 -> 2
~ last: \"job 3\" -> \"job 2\"
";

#[test]
fn restore_shows_the_diff_and_takes_a_yes() {
    let place = saved(3);
    let ran = place.run("restore", &["--yes"]);
    ran.prints(
        0,
        RESTORED,
        "DIR/worker.toml: generation 4 is now what generation 2 was\n",
    );
    assert_eq!((place.jobs(), place.numbers()[0]), (2, 4));
    // Which can be undone.
    place.run("restore", &["-y"]).ends(0);
    assert_eq!(place.jobs(), 3);
    place
        .run_at(&place.generation(1), "restore", &["-y"])
        .ends(0);
    assert_eq!(place.jobs(), 1);
    place.run("restore", &["3", "-y"]).ends(0);
    assert_eq!(place.jobs(), 3);
}

#[test]
fn restore_asks_and_takes_nothing_else_for_a_yes() {
    let place = saved(3);
    for (answer, code) in [("", 1), ("\n", 1), ("n\n", 1), ("yikes\n", 1), ("Y\n", 0)] {
        let mut child = statusfile()
            .args(["restore".as_ref(), place.path.as_os_str()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(answer.as_bytes())
            .unwrap();
        let ran = place.ran_from(&child.wait_with_output().unwrap());
        ran.ends(code);
        assert_eq!(ran.out, RESTORED, "{answer:?}");
        assert!(
            ran.err
                .starts_with("Restore generation 2 of DIR/worker.toml? [y/N] "),
            "{ran}"
        );
        assert_eq!(
            ran.err.ends_with("statusfile: nothing was restored\n"),
            code == 1
        );
    }
    assert_eq!(place.jobs(), 2);
}

#[test]
fn what_cannot_be_restored_is_said() {
    let place = saved(3);
    place.run("restore", &["9", "-y"]).ends(1);
    place.damage(2);
    place.run("restore", &["2", "-y"]).prints(
        1,
        "",
        "statusfile: DIR/worker.toml.status/2.toml: is cut short: 41 of 44 bytes are left\n",
    );
    place.run("restore", &["3", "-y"]).prints(
        0,
        "",
        "DIR/worker.toml: generation 3 is the same as generation 3; nothing to restore\n",
    );
    assert_eq!(place.numbers()[0], 3);
}

#[test]
fn an_edit_is_kept_when_it_is_restored_over_and_one_with_a_mistake_is_not_touched() {
    let place = saved(2);
    place.put_edit("jobs = 9\n");
    place.run("restore", &["-y"]).ends(0);
    assert_eq!(place.jobs(), 2);
    assert_eq!(
        place.typed.load_generation(3).unwrap().value["jobs"].as_integer(),
        Some(9)
    );
    place.put_edit("jobs = x\n");
    let ran = place.run("restore", &["-y"]);
    ran.ends(1);
    assert!(
        ran.err.contains("DIR/worker.toml:1:8: ")
            && ran
                .err
                .ends_with("repair this edit with `statusfile edit`, or move it away\n"),
        "{ran}"
    );
    assert_eq!(fs::read_to_string(&place.path).unwrap(), "jobs = x\n");
}

#[test]
fn what_any_version_wrote_is_restored() {
    let place = saved(2);
    for (number, version) in [(1, 2), (2, 7)] {
        place.put_version(number, version, &format!("jobs = {version}\n"));
    }
    let ran = place.run("restore", &["-y"]);
    ran.ends(0);
    assert!(ran.out.contains("\nversion 7 -> 2\n"), "{ran}");
    let text = fs::read_to_string(place.generation(3)).unwrap();
    assert!(text.starts_with("#:statusfile 2 version=2 "), "{text}");
}
