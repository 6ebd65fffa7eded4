//! `show`, `get`, `history` and `diff`: they print, and change nothing.

use crate::common::{sealed, tree_snapshot};
use crate::place::{Place, age, empty, saved};
use crate::run::{Ran, statusfile};
use serde_json::Value as Json;
use std::fs;
use std::path::Path;

const NEWEST: &str = "\
# DIR/worker.toml: generation 2, saved 3 min ago (TIME)
# 127 B, version 1, seal holds (crc32 CRC)
jobs = 2
last = \"job 2\"

[server]
port = 80
";

fn without_crc(ran: &Ran) -> String {
    match ran.out.split_once("crc32 ") {
        Some((before, after)) => format!("{before}crc32 CRC{}", &after[8..]),
        None => ran.out.clone(),
    }
}

/// As [`Place::run`], and nothing is changed by it.
fn looked(place: &Place, verb: &str, args: &[&str]) -> Ran {
    looked_at(place, &place.path, verb, args)
}

#[track_caller]
fn looked_at(place: &Place, path: &Path, verb: &str, args: &[&str]) -> Ran {
    let before = tree_snapshot(place.directory.path());
    let ran = place.run_at(path, verb, args);
    assert_eq!(tree_snapshot(place.directory.path()), before);
    ran
}

#[test]
fn show_prints_toml_with_what_there_is_to_know_as_comments() {
    let ran = looked(&saved(2), "show", &[]);
    assert_eq!(without_crc(&ran), NEWEST);
    assert_eq!((ran.code, &*ran.err), (Some(0), ""));
    assert_eq!(
        ran.out.parse::<toml::Table>().unwrap(),
        crate::place::status(2)
    );
}

#[test]
fn the_directory_and_what_is_in_it_are_understood() {
    let place = saved(2);
    let directory = place.directory_of_status();
    for path in [directory.clone(), directory.join("lock")] {
        assert_eq!(
            without_crc(&looked_at(&place, &path, "show", &[])),
            NEWEST,
            "{path:?}"
        );
    }
    let inside = |args: &[&str]| place.ran(statusfile().args(args).current_dir(&directory));
    assert_eq!(without_crc(&inside(&["show", "."])), NEWEST);
    assert!(inside(&["show", "1.toml"]).out.contains("generation 1,"));
    assert!(looked_at(&place, &place.generation(1), "get", &["jobs"]).out == "1\n");
}

#[test]
fn a_status_whose_own_name_looks_like_another_ones_file_is_itself() {
    let place = saved(2);
    let odd = place.directory_of_status().join("7.toml");
    statusfile_runtime::StatusFile::undeclared(&odd)
        .save(&crate::place::status(9))
        .unwrap();
    let ran = place.run_at(&odd, "get", &["jobs"]);
    ran.prints(0, "9\n", "");
}

#[test]
fn only_the_name_that_a_save_gives_is_that_of_a_generation() {
    let place = saved(6);
    for name in ["007.toml", "+7.toml", "0.toml"] {
        let foreign = place.directory_of_status().join(name);
        fs::write(&foreign, "jobs = 70\n").unwrap();
        looked_at(&place, &foreign, "get", &["jobs"]).prints(0, "70\n", "");
        let ran = looked_at(&place, &foreign, "show", &[]);
        assert!(
            ran.out
                .starts_with(&format!("# DIR/worker.toml.status/{name}: an edit, ")),
            "{ran}"
        );
        let found = looked(&place, "verify", &[]);
        assert_eq!(
            found.out,
            format!("foreign  DIR/worker.toml.status/{name}: is not part of a status\n")
        );
        fs::remove_file(&foreign).unwrap();
    }
    looked_at(&place, &place.generation(6), "get", &["jobs"]).prints(0, "6\n", "");
}

#[cfg(unix)]
#[test]
fn a_users_link_to_a_status_elsewhere_is_followed() {
    let place = saved(2);
    let link = place.directory.path().join("mine");
    std::os::unix::fs::symlink("worker.toml", &link).unwrap();
    looked_at(&place, &link, "get", &["jobs"]).prints(0, "2\n", "");
    let through = looked_at(&place, &link, "history", &[]);
    assert_eq!(through.out, looked(&place, "history", &[]).out);
}

#[test]
fn older_ones_are_shown_when_asked_for() {
    let place = saved(3);
    for (args, jobs) in [
        (&["--previous"][..], 2),
        (&["--generation", "1"], 1),
        (&["-g", "3"], 3),
    ] {
        let ran = looked(&place, "show", args);
        assert!(ran.out.contains(&format!("\njobs = {jobs}\n")), "{ran}");
    }
    let ran = looked_at(&place, &place.generation(2), "show", &["--previous"]);
    assert!(ran.out.contains("\njobs = 1\n"), "{ran}");
    place.damage(2);
    let ran = looked(&place, "show", &["--previous"]);
    assert!(ran.out.contains("\njobs = 1\n"), "{ran}");
    looked(&place, "show", &["-g", "9"]).prints(
        1,
        "",
        "statusfile: DIR/worker.toml.status/9.toml: cannot read the status: \
         generation 9 does not exist (there are 3, 2, 1)\n",
    );
    looked_at(&place, &place.generation(1), "show", &["--previous"]).prints(
        1,
        "",
        "statusfile: DIR/worker.toml: no good status before generation 1 is kept\n",
    );
}

#[test]
fn damage_is_passed_over_and_reported_on_stderr() {
    let place = saved(3);
    let warning = |name: &str| {
        format!("warning: passed over DIR/{name}: is cut short: 41 of 44 bytes are left\n")
    };
    place.damage_path();
    let ran = looked(&place, "get", &["jobs"]);
    ran.prints(0, "3\n", &warning("worker.toml"));
    place.damage(3);
    let warnings = warning("worker.toml") + &warning("worker.toml.status/3.toml");
    let ran = looked(&place, "get", &["jobs"]);
    ran.prints(0, "2\n", &warnings);
    let ran = looked(&place, "show", &["--json"]);
    let json: Json = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(json["file"], "DIR/worker.toml.status/2.toml");
    assert_eq!(json["generation"], 2);
    let damage = "is cut short: 41 of 44 bytes are left";
    let files = ["DIR/worker.toml", "DIR/worker.toml.status/3.toml"];
    for (skipped, file) in files.iter().enumerate() {
        assert_eq!(json["skipped"][skipped]["file"], *file);
        assert_eq!(json["skipped"][skipped]["damage"], damage);
    }
    let ran = looked(&place, "history", &["--json"]);
    let json: Json = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(json[0]["damage"], damage);
    assert_eq!(json[1]["damage"], Json::Null);
    looked_at(&place, &place.generation(3), "show", &[]).prints(
        1,
        "",
        "statusfile: DIR/worker.toml.status/3.toml: is cut short: 41 of 44 bytes are left\n",
    );
    place.damage(2);
    place.damage(1);
    looked(&place, "show", &[]).prints(
        1,
        "",
        "statusfile: DIR/worker.toml: no intact copy of the status is left\n\
         \x20 DIR/worker.toml: is cut short: 41 of 44 bytes are left\n\
         \x20 DIR/worker.toml.status/3.toml: is cut short: 41 of 44 bytes are left\n\
         \x20 DIR/worker.toml.status/2.toml: is cut short: 41 of 44 bytes are left\n\
         \x20 DIR/worker.toml.status/1.toml: is cut short: 41 of 44 bytes are left\n\
         nothing was changed: restore one of these files, or call `remove` to start over\n",
    );
}

#[test]
fn where_there_is_nothing_that_is_said() {
    let place = empty();
    for verb in ["show", "history", "diff", "verify", "restore", "edit"] {
        let ran = looked(&place, verb, &[]);
        ran.ends(3);
        assert!(
            ran.err
                .ends_with("DIR/worker.toml: no status was ever saved here\n")
                || verb == "verify" && ran.err.contains("no status was ever saved here"),
            "{verb}: {ran}"
        );
    }
}

#[test]
fn json_holds_it_all() {
    let place = saved(1);
    let text = "t = 1979-05-27\nf = 1.5\ni = inf\nb = true\na = [1, \"x\"]\n";
    let bytes = sealed(2, 3, text);
    place.put_version(1, 3, text);
    let ran = looked(&place, "show", &["--json"]);
    let json: Json = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(json["path"], "DIR/worker.toml");
    assert_eq!(json["file"], "DIR/worker.toml");
    assert_eq!(json["generation"], 1);
    assert_eq!(json["version"], 3);
    assert_eq!(json["bytes"], bytes.len());
    assert_eq!(json["seal"]["holds"], true);
    assert_eq!(json["seal"]["bytes"], text.len());
    let expected = serde_json::json!({
        "t": "1979-05-27", "f": 1.5, "i": "inf", "b": true, "a": [1, "x"],
    });
    assert_eq!(json["status"], expected);
    let ran = looked(&place, "get", &["a", "--json"]);
    assert_eq!(
        serde_json::from_str::<Json>(&ran.out).unwrap(),
        expected["a"]
    );
}

#[test]
fn an_edit_is_shown_as_one() {
    let place = saved(2);
    place.put_edit("jobs = 9\n");
    age(&place.path);
    looked(&place, "show", &[]).prints(
        0,
        "# DIR/worker.toml: an edit, saved 3 min ago (TIME)\n# 9 B, version 1, no seal\njobs = 9\n",
        "",
    );
    let ran = looked(&place, "show", &["--previous"]);
    assert!(ran.out.contains("generation 2,"), "{ran}");
    place.put_edit("jobs = x\n");
    let ran = looked(&place, "show", &[]);
    assert!(ran.out.ends_with("\njobs = x\n"), "{ran}");
    let ran = looked(&place, "get", &["jobs"]);
    ran.ends(1);
    assert!(ran.err.contains("DIR/worker.toml:1:8: "), "{ran}");
}

#[test]
fn one_value_is_printed_as_scripts_want_it() {
    let place = empty();
    place.put_edit(
        "name = \"a b\"\nwhen = 1979-05-27\nnames = [\"x\", \"y\"]\n[server]\nport = 80\n\"odd key\" = 1.0\n\
         [[mirrors]]\nhost = \"m\"\n",
    );
    for (key, printed) in [
        ("name", "a b\n"),
        ("when", "1979-05-27\n"),
        ("names", "[\"x\", \"y\"]\n"),
        ("names.1", "y\n"),
        ("server.port", "80\n"),
        ("server.\"odd key\"", "1.0\n"),
        ("mirrors.0.host", "m\n"),
        ("server", "\"odd key\" = 1.0\nport = 80\n"),
    ] {
        looked(&place, "get", &[key]).prints(0, printed, "");
        looked(&place, "show", &[key]).prints(0, printed, "");
    }
    for key in [
        "none",
        "server.none",
        "name.none",
        "names.2",
        "names.x",
        "mirrors.1.host",
    ] {
        let expected = format!("statusfile: DIR/worker.toml: there is no key {key}\n");
        looked(&place, "get", &[key]).prints(1, "", &expected);
    }
    let ran = looked(&place, "get", &["a..b"]);
    ran.ends(2);
    assert!(
        ran.err.starts_with("statusfile: \"a..b\" is not a key: "),
        "{ran}"
    );
}

#[test]
fn a_value_is_printed_byte_for_byte_even_if_it_looks_like_a_colour() {
    let place = empty();
    place.put_edit("name = \"\\u001b[31mred\"\n");
    looked(&place, "get", &["name"]).prints(0, "\u{1b}[31mred\n", "");
}

#[test]
fn history_has_a_row_for_each_generation() {
    let place = saved(3);
    place.damage(2);
    let size = |number| fs::metadata(place.generation(number)).unwrap().len();
    assert_eq!((size(3), size(2)), (127, 124));
    looked(&place, "history", &[]).prints(
        0,
        "   GENERATION  SAVED             SIZE   VERSION  STATE\n\
         *  3           3 min ago (TIME)  127 B  1        good\n\
         \x20  2           3 min ago (TIME)  124 B  -        damaged: is cut short: 41 of 44 bytes are left\n\
         \x20  1           3 min ago (TIME)  127 B  1        good\n"
            .replace("SAVED             ", "SAVED                             ")
            .as_str(),
        "",
    );
}

#[test]
fn history_marks_the_one_that_is_loaded() {
    let place = saved(3);
    let loaded = |place: &Place| {
        let ran = looked(place, "history", &["--json"]);
        let rows: Vec<Json> = serde_json::from_str(&ran.out).unwrap();
        let loaded = rows.iter().filter(|row| row["loaded"] == true);
        loaded
            .map(|row| row["generation"].as_u64())
            .collect::<Vec<_>>()
    };
    assert_eq!(loaded(&place), [Some(3)]);
    place.damage(3);
    assert_eq!(loaded(&place), [None]);
    place.damage_path();
    assert_eq!(loaded(&place), [Some(2)]);
    place.copy_to_the_path(1);
    assert_eq!(loaded(&place), [Some(1)]);
    place.put_foreign("jobs = 7\n");
    assert_eq!(loaded(&place), [None]);
    let ran = looked(&place, "history", &[]);
    assert!(ran.out.contains("\n*  path  "), "{ran}");
    place.put_edit("jobs = 7\n");
    assert_eq!(loaded(&place), [None]);
    let ran = looked(&place, "history", &[]);
    assert!(ran.out.contains("\n*  edit  "), "{ran}");
}

#[test]
fn diff_prints_what_changed_by_key() {
    let place = saved(2);
    let seen = place.typed.clone().keep(10);
    let mut table = place.load();
    table.remove("last");
    table.insert("new key".to_owned(), true.into());
    table["server"]["port"] = 8080.into();
    seen.save(&table).unwrap();
    place.age(3);
    let from_to = |from, to| {
        format!(
            "--- generation {from}, saved 3 min ago (TIME)\n+++ generation {to}, saved 3 min ago (TIME)\n"
        )
    };
    let changes = "- last = \"job 2\"\n+ \"new key\" = true\n~ server.port: 80 -> 8080\n";
    looked(&place, "diff", &[]).prints(0, &(from_to(2, 3) + changes), "");
    looked(&place, "diff", &["2"]).prints(0, &(from_to(2, 3) + changes), "");
    looked_at(&place, &place.generation(2), "diff", &[]).prints(0, &(from_to(2, 3) + changes), "");
    let changes = "~ jobs: 1 -> 2\n~ last: \"job 1\" -> \"job 2\"\n";
    looked(&place, "diff", &["1", "2"]).prints(0, &(from_to(1, 2) + changes), "");
    looked(&place, "diff", &["2", "2"]).prints(0, &(from_to(2, 2) + "nothing differs\n"), "");
    looked(&place, "diff", &["2", "9"]).ends(1);
    place.put_edit("# mine\njobs = 2\nlast = 'job 2'\nserver = { port = 80 }\n");
    age(&place.path);
    let ran = looked(&place, "diff", &["2"]);
    assert!(
        ran.out
            .ends_with("+++ an edit, saved 3 min ago (TIME)\nonly comments or layout differ\n"),
        "{ran}"
    );
}

/// Whatever lies at the path and is not the newest generation came after it.
#[test]
fn what_somebody_put_at_the_path_has_the_newest_generation_before_it() {
    let place = saved(3);
    place.copy_to_the_path(1);
    let name = "DIR/worker.toml: generation 1, saved 3 min ago";
    let ran = looked(&place, "show", &[]);
    assert!(ran.out.starts_with(&format!("# {name}")), "{ran}");
    let ran = looked(&place, "show", &["--previous"]);
    assert!(ran.out.contains(": generation 3, "), "{ran}");

    place.put_foreign("jobs = 7\n");
    let ran = looked(&place, "show", &[]);
    let name = "# DIR/worker.toml: the file at the path, saved ";
    assert!(ran.out.starts_with(name), "{ran}");
    assert!(ran.out.contains(", seal holds (crc32 "), "{ran}");
    let ran = looked(&place, "diff", &[]);
    let names: Vec<_> = ran.out.lines().take(2).collect();
    assert!(names[0].starts_with("--- generation 3, "), "{ran}");
    assert!(names[1].starts_with("+++ the file at the path, "), "{ran}");
    let ran = looked(&place, "show", &["--json"]);
    let json: Json = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(json["generation"], Json::Null);

    // And `restore` takes back what put it there.
    let ran = place.run("restore", &["-y"]);
    ran.ends(0);
    let said = "DIR/worker.toml: generation 5 is now what generation 3 was\n";
    assert_eq!((&*ran.err, place.jobs()), (said, 3));
}
