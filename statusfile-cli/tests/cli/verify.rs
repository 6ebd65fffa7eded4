//! `verify`.

use crate::common::tree_snapshot;
use crate::place::{Place, empty, saved, status};
use crate::run::{Ran, statusfile};
use serde_json::Value as Json;
use statusfile_runtime::StatusFile;
use std::fs;
use std::path::Path;

#[track_caller]
fn verify(place: &Place, paths: &[&Path], json: bool) -> Ran {
    let before = tree_snapshot(place.directory.path());
    let mut command = statusfile();
    command.arg("verify").args(paths);
    if json {
        command.arg("--json");
    }
    let ran = place.ran(&mut command);
    assert_eq!(tree_snapshot(place.directory.path()), before);
    ran
}

#[test]
fn where_all_is_well_nothing_is_printed() {
    let place = saved(2);
    let directory = place.directory_of_status();
    let one = "1 status checked, all is well\n";
    for path in [&place.path, &directory, &place.generation(2)] {
        verify(&place, &[path], false).prints(0, "", one);
    }
    verify(&place, &[&place.path, &directory], false).prints(0, "", one);
}

#[test]
fn what_is_found_is_printed_a_line_each() {
    let place = saved(2);
    place.damage(2);
    place.copy_to_the_path(1);
    fs::write(place.directory_of_status().join("0123456789abcdef.tmp"), "").unwrap();
    fs::write(place.directory_of_status().join("notes"), "").unwrap();
    let expected = "damaged  DIR/worker.toml.status/2.toml: is cut short: 41 of 44 bytes are left\n\
                    stale    DIR/worker.toml.status/0123456789abcdef.tmp: is left from a save that was killed; \
                    the next save removes it\n\
                    foreign  DIR/worker.toml.status/notes: is not part of a status\n";
    let count = expected.lines().count();
    verify(&place, &[&place.path], false).prints(
        1,
        expected,
        &format!("1 status checked, {count} findings\n"),
    );
}

/// Nothing is wrong with it but that none is behind it.
#[test]
fn the_only_good_generation_is_not_called_damaged() {
    let place = saved(2);
    fs::remove_file(place.generation(1)).unwrap();
    verify(&place, &[&place.path], false).prints(0, "", "1 status checked, all is well\n");
    fs::remove_file(&place.path).unwrap();
    let path = "DIR/worker.toml.status/2.toml";
    let message = "is the only good generation: there is none to fall back on";
    verify(&place, &[&place.path], false).prints(
        1,
        &format!("alone    {path}: {message}\n"),
        "1 status checked, 1 finding\n",
    );
    let ran = verify(&place, &[&place.path], true);
    let json: Vec<Json> = serde_json::from_str(&ran.out).unwrap();
    let finding = &json[0]["findings"][0];
    assert_eq!(finding["class"], "alone");
    assert_eq!(finding["path"], path);
    assert_eq!(finding["message"], message);
}

/// Three statuses at several depths, one of them damaged.
fn many() -> Place {
    let place = empty();
    for path in ["a.toml", "deep/er/b.toml", "plain.status/c.toml"] {
        let path = place.directory.path().join(path);
        let file = StatusFile::undeclared(&path);
        file.save(&status(1)).unwrap();
        file.save(&status(2)).unwrap();
    }
    fs::write(place.directory.path().join("notes.toml"), "no = status").unwrap();
    let damaged = place.directory.path().join("deep/er/b.toml.status/2.toml");
    crate::common::replace(&damaged, b"");
    #[cfg(unix)]
    {
        fs::set_permissions(
            &damaged,
            std::os::unix::fs::PermissionsExt::from_mode(0o400),
        )
        .unwrap();
        std::os::unix::fs::symlink("deep", place.directory.path().join("loop")).unwrap();
    }
    place
}

#[test]
fn directories_are_searched_at_any_depth() {
    let place = many();
    let ran = verify(&place, &[place.directory.path()], false);
    ran.ends(1);
    assert!(
        ran.out
            .starts_with("damaged  DIR/deep/er/b.toml.status/2.toml: is empty\n"),
        "{ran}"
    );
    assert!(ran.err.starts_with("3 statuses checked, "), "{ran}");
}

#[test]
fn json_has_an_entry_for_each_status() {
    let place = many();
    let ran = verify(&place, &[place.directory.path()], true);
    ran.ends(1);
    assert_eq!(ran.err, "");
    let json: Vec<Json> = serde_json::from_str(&ran.out).unwrap();
    let ok = json.iter().map(|entry| {
        (
            entry["path"].as_str().unwrap(),
            entry["ok"].as_bool().unwrap(),
        )
    });
    assert_eq!(
        ok.collect::<Vec<_>>(),
        [
            ("DIR/a.toml", true),
            ("DIR/deep/er/b.toml", false),
            ("DIR/plain.status/c.toml", true)
        ]
    );
    let finding = &json[1]["findings"][0];
    assert_eq!(finding["class"], "damaged");
    assert_eq!(finding["path"], "DIR/deep/er/b.toml.status/2.toml");
    assert_eq!(finding["message"], "is empty");
}

#[test]
fn what_cannot_be_looked_at_outweighs_what_is_found() {
    let place = many();
    let missing = place.directory.path().join("none.toml");
    let ran = verify(&place, &[&missing, place.directory.path()], false);
    ran.ends(3);
    assert!(
        ran.out.contains("is empty")
            && ran
                .err
                .contains("DIR/none.toml: no status was ever saved here\n"),
        "{ran}"
    );
    let ran = verify(&place, &[&missing], true);
    ran.ends(3);
    let json: Vec<Json> = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(json[0]["ok"], false);
    assert!(
        json[0]["error"]
            .as_str()
            .unwrap()
            .contains("no status was ever saved here")
    );
}

#[test]
fn a_directory_without_a_status_is_not_well() {
    let place = empty();
    let expected = "DIR: there is no status in this directory\n0 statuses checked, 0 findings\n";
    verify(&place, &[place.directory.path()], false).prints(3, "", expected);
}

#[test]
fn a_directory_in_the_way_of_a_status_is_a_finding_and_is_not_searched() {
    let place = saved(2);
    fs::remove_file(&place.path).unwrap();
    let inside = place.path.join("inside.toml");
    StatusFile::undeclared(&inside).save(&status(1)).unwrap();
    verify(&place, &[&place.path], false).prints(
        1,
        "damaged  DIR/worker.toml: is a directory, not a regular file\n",
        "1 status checked, 1 finding\n",
    );
    fs::remove_dir_all(place.directory_of_status()).unwrap();
    let ran = verify(&place, &[&place.path], true);
    let json: Vec<Json> = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(json.len(), 1);
    assert_eq!(json[0]["path"], "DIR/worker.toml/inside.toml");
}

#[test]
fn a_file_at_the_path_of_which_all_else_is_gone_is_alone() {
    let place = saved(2);
    fs::remove_dir_all(place.directory_of_status()).unwrap();
    let ran = verify(&place, &[&place.path], false);
    ran.ends(1);
    assert!(ran.out.starts_with("alone    DIR/worker.toml: "), "{ran}");
    assert_eq!(ran.out.lines().count(), 1, "{ran}");
}

/// Restored by somebody, or a save was killed between the two.
#[test]
fn a_file_at_the_path_that_is_not_the_newest_generation_is_stale() {
    let place = saved(2);
    place.copy_to_the_path(1);
    verify(&place, &[&place.path], false).prints(
        1,
        "stale    DIR/worker.toml: is what loads, although generation 2 is newer: it was put there again, \
         or a save was killed; the next save keeps both\n",
        "1 status checked, 1 finding\n",
    );
    place.run("set", &["jobs", "7"]).ends(0);
    verify(&place, &[&place.path], false).prints(0, "", "1 status checked, all is well\n");
}
