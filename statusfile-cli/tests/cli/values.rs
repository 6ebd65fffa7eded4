//! Whatever the library writes: integers of up to 128 bits, `nan`, and keys that are empty.

use crate::place::{Place, empty};
use crate::run::statusfile;
use serde::{Deserialize, Serialize};
use statusfile_runtime::{Durability, StatusFile};
use std::collections::BTreeMap;
use std::fs;

/// What a program may save, and no `toml::Value` can hold.
#[derive(Serialize, Deserialize)]
struct Large {
    big: u64,
    jobs: u8,
    least: i128,
    list: Vec<u128>,
    ratio: f64,
    server: BTreeMap<String, u64>,
}

const LARGE: Large = Large {
    big: u64::MAX,
    jobs: 1,
    least: i128::MIN,
    list: Vec::new(),
    ratio: 0.5,
    server: BTreeMap::new(),
};

/// Generation 1 is `LARGE` with some in its list and its table; in 2 the table holds another.
fn saved() -> Place {
    let place = empty();
    let file = StatusFile::undeclared(&place.path)
        .durability(Durability::Process)
        .keep(10);
    for odd in [u64::MAX, u64::MAX - 1] {
        let large = Large {
            list: vec![u128::MAX, 1],
            server: BTreeMap::from([(String::new(), 1), ("odd".to_owned(), odd)]),
            ..LARGE
        };
        file.save(&large).unwrap();
    }
    place
}

fn text(place: &Place, number: u64) -> String {
    let file = fs::read_to_string(place.generation(number)).unwrap();
    let (_, text) = file.split_once('\n').unwrap();
    text.to_owned()
}

const U128_MAX: &str = "340282366920938463463374607431768211455";
const I128_MIN: &str = "-170141183460469231731687303715884105728";

#[test]
fn large_integers_are_no_finding() {
    let place = saved();
    let ran = place.run("verify", &[]);
    ran.prints(0, "", "1 status checked, all is well\n");
}

#[test]
fn large_integers_are_printed() {
    let place = saved();
    for (key, printed, json) in [
        ("big", "18446744073709551615\n", "18446744073709551615\n"),
        ("least", &format!("{I128_MIN}\n"), &format!("{I128_MIN}\n")),
        ("list.0", &format!("{U128_MAX}\n"), &format!("{U128_MAX}\n")),
        (
            "list",
            &format!("[{U128_MAX}, 1]\n"),
            &format!("[\n  {U128_MAX},\n  1\n]\n"),
        ),
        (
            "server",
            "\"\" = 1\nodd = 18446744073709551614\n",
            "{\n  \"\": 1,\n  \"odd\": 18446744073709551614\n}\n",
        ),
        ("jobs", "1\n", "1\n"),
    ] {
        for verb in ["get", "show"] {
            place.run(verb, &[key]).prints(0, printed, "");
            place.run(verb, &[key, "--json"]).prints(0, json, "");
        }
    }
}

#[test]
fn large_integers_in_inline_tables_are_printed() {
    let place = empty();
    place.put_edit(&format!("a = [[{{ b = {U128_MAX} }}], 1]\n"));
    let inline = format!("[[{{ b = {U128_MAX} }}], 1]\n");
    place.run("get", &["a"]).prints(0, &inline, "");
    place
        .run("get", &["a.0.0", "--json"])
        .prints(0, &format!("{{\n  \"b\": {U128_MAX}\n}}\n"), "");
    place
        .run("set", &["a.0.0.b", &format!("{U128_MAX}0")])
        .ends(0);
    place
        .run("get", &["a.0.0.b"])
        .prints(0, &format!("{U128_MAX}0\n"), "");
}

#[test]
fn the_whole_as_json_has_them_digit_for_digit() {
    let ran = saved().run("show", &["--json"]);
    ran.ends(0);
    let expected = format!(
        "  \"status\": {{\n    \"big\": 18446744073709551615,\n    \"jobs\": 1,\n    \"least\": {I128_MIN},\n    \
         \"list\": [\n      {U128_MAX},\n      1\n    ],\n    \"ratio\": 0.5,\n    \
         \"server\": {{\n      \"\": 1,\n      \"odd\": 18446744073709551614\n    }}\n  }},\n"
    );
    assert!(ran.out.contains(&expected), "{ran}");
}

#[test]
fn large_integers_differ_and_are_restored() {
    let place = saved();
    let changed = "~ server.odd: 18446744073709551615 -> 18446744073709551614\n";
    let ran = place.run("diff", &[]);
    ran.ends(0);
    assert!(ran.out.ends_with(changed), "{ran}");
    let ran = place.run("restore", &["--yes"]);
    ran.ends(0);
    let back = "~ server.odd: 18446744073709551614 -> 18446744073709551615\n";
    assert!(ran.out.ends_with(back), "{ran}");
    assert_eq!(text(&place, 3), text(&place, 1));
}

#[test]
fn large_integers_are_set_and_stay_beside_what_is_set() {
    for (key, value, kind, shown) in [
        ("jobs", "2", None, "1 -> 2"),
        (
            "jobs",
            "18446744073709551615",
            None,
            "1 -> 18446744073709551615",
        ),
        ("big", "7", None, "18446744073709551615 -> 7"),
        (
            "big",
            "0xffff_ffff_ffff_ffff",
            None,
            "18446744073709551615 -> 0xffff_ffff_ffff_ffff",
        ),
        (
            "least",
            "-9223372036854775809",
            None,
            &format!("{I128_MIN} -> -9223372036854775809"),
        ),
        ("list.1", U128_MAX, None, &format!("1 -> {U128_MAX}")),
        (
            "list",
            "[18446744073709551615]",
            None,
            &format!("[{U128_MAX}, 1] -> [18446744073709551615]"),
        ),
        ("server.odd", "1", None, "18446744073709551614 -> 1"),
        (
            "ratio",
            "18446744073709551616",
            None,
            "0.5 -> 18446744073709552000.0",
        ),
        (
            "big",
            "18446744073709551615",
            Some("string"),
            "18446744073709551615 -> \"18446744073709551615\"",
        ),
    ] {
        let place = saved();
        let before = text(&place, 2);
        let mut args = vec![key, value];
        args.extend(kind.iter().flat_map(|kind| ["--type", kind]));
        let expected = format!("DIR/worker.toml: generation 3: {key}: {shown}\n");
        place.run("set", &args).prints(0, "", &expected);
        let after = text(&place, 3);
        let (old, new) = shown.split_once(" -> ").unwrap();
        let (old, new) = match key {
            "list.1" => (format!(", {old}]"), format!(", {new}]")),
            key => {
                let name = key.trim_start_matches("server.");
                (format!("{name} = {old}\n"), format!("{name} = {new}\n"))
            }
        };
        assert!(before.contains(&old), "{key}: {before}");
        assert_eq!(after, before.replace(&old, &new), "{key}");
    }
}

#[test]
fn a_large_integer_that_is_there_already_is_not_saved_again() {
    let place = saved();
    let said = "DIR/worker.toml: big is 18446744073709551615 already\n";
    place
        .run("set", &["big", "18446744073709551615"])
        .prints(0, "", said);
}

#[test]
fn a_large_integer_is_added() {
    let place = saved();
    let said = "DIR/worker.toml: generation 3: server.new: nothing -> 18446744073709551615\n";
    let args = ["server.new", "18446744073709551615", "--type", "integer"];
    place.run("set", &args).prints(0, "", said);
    assert_eq!(
        text(&place, 3),
        text(&place, 2) + "new = 18446744073709551615\n"
    );
}

/// Comments and strings may look like anything.
#[test]
fn no_text_is_taken_for_an_integer_that_set_puts_back() {
    let place = empty();
    let odd = "é 0x00000000 0x000000000 0x0000000000";
    let before =
        format!("# {odd}\nbig = 0xffff_ffff_ffff_ffff # {odd}\n'{odd}' = '{odd}'\na = 1\n");
    place.put_edit(&before);
    place.run("set", &["a", odd, "--type", "string"]).ends(0);
    let after = before.replace("a = 1", &format!("a = \"{odd}\""));
    assert_eq!(text(&place, 2), after);
}

/// No type takes one of more than 128 bits, but a person may write it.
#[test]
fn an_integer_of_any_length_does_no_harm() {
    let place = empty();
    let digits = "9".repeat(50);
    place.put_edit(&format!("a = {digits} # all\nb = 1\n"));
    place
        .run("get", &["a"])
        .prints(0, &format!("{digits}\n"), "");
    let json = format!("\"{digits}\"\n");
    place.run("get", &["a", "--json"]).prints(0, &json, "");
    place.run("set", &["b", "2"]).ends(0);
    assert_eq!(text(&place, 2), format!("a = {digits} # all\nb = 2\n"));
}

#[cfg(unix)]
#[test]
fn large_integers_can_be_edited() {
    let place = saved();
    let mut edit = statusfile();
    edit.arg("edit").arg(&place.path);
    edit.env(
        "VISUAL",
        "sed -i -e 's/^jobs = 1/jobs = 18446744073709551615/'",
    );
    let said = "DIR/worker.toml: saved as generation 3\n";
    place.ran(&mut edit).prints(0, "", said);
    let expected = text(&place, 2).replace("jobs = 1\n", "jobs = 18446744073709551615\n");
    assert_eq!(text(&place, 3), expected);
}

/// An editor that others are faster than.
#[cfg(unix)]
#[test]
fn what_others_saved_during_an_edit_is_shown() {
    let place = saved();
    let mut edit = statusfile();
    edit.arg("edit").arg(&place.path);
    edit.env("TMPDIR", place.directory.path());
    let binary = crate::run::BINARY;
    let path = place.path.display();
    edit.env(
        "VISUAL",
        format!("'{binary}' set '{path}' jobs 7; sed -i s/0.5/0.6/"),
    );
    let ran = place.ran(&mut edit);
    ran.ends(1);
    assert_eq!(ran.out, "~ jobs: 1 -> 7\n", "{ran}");
}

#[test]
fn what_is_no_number_is_a_string_in_json() {
    let place = empty();
    place.put_edit("a = nan\nb = [-nan, inf, -inf]\nc = { d = +nan }\n");
    place
        .run("get", &["a", "--json"])
        .prints(0, "\"nan\"\n", "");
    place
        .run("get", &["b", "--json"])
        .prints(0, "[\n  \"nan\",\n  \"inf\",\n  \"-inf\"\n]\n", "");
    let ran = place.run("show", &["--json"]);
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["status"]["c"]["d"], "nan");
}

#[test]
fn a_key_may_be_empty() {
    let place = empty();
    place.put_edit("\"\" = 1\n[server]\n\"\" = { \"\" = 2 }\n[[\"a b\".\"\"]]\n\"\" = 3\n");
    for (key, printed) in [
        ("", "1\n"),
        ("\"\"", "1\n"),
        ("''", "1\n"),
        ("server.\"\".\"\"", "2\n"),
        ("server.\"\"", "\"\" = 2\n"),
        ("\"a b\".''.0.''", "3\n"),
    ] {
        place.run("get", &[key]).prints(0, printed, "");
        place.run("show", &[key]).prints(0, printed, "");
    }
    let said = "DIR/worker.toml: generation 2: \"\": 1 -> 4\n";
    place.run("set", &["", "4"]).prints(0, "", said);
    let said = "DIR/worker.toml: generation 3: server.\"\".\"\": 2 -> 5\n";
    place.run("set", &["server.''.''", "5"]).prints(0, "", said);
    let ran = place.run("diff", &[]);
    assert!(ran.out.ends_with("~ server.\"\".\"\": 2 -> 5\n"), "{ran}");
    assert_eq!(
        text(&place, 3),
        "\"\" = 4\n[server]\n\"\" = { \"\" = 5 }\n[[\"a b\".\"\"]]\n\"\" = 3\n"
    );
}

#[test]
fn a_key_with_a_part_missing_is_no_empty_key() {
    let place = saved();
    for key in ["server.", ".server", "."] {
        let said = format!(
            "statusfile: {key:?} is not a key: unquoted keys cannot be empty, expected letters, numbers, `-`, `_`; \
             a key looks like server.port, 'names.\"a b\"' or 'names.\"\"'\n"
        );
        place.run("get", &[key]).prints(2, "", &said);
    }
}
