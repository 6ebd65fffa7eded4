//! A status directory that is a mount of its own: no rename leads out of it, or into it.

use super::at_the_path::{edit_before, is_at_the_path, is_kept, set_aside};
use super::edge_cases::save_hidden;
use super::failures::{assert_kept, fail_each_call};
use super::{DIRECTORY, PATH, Worker, directory, load, save, saved_on, status, update};
use crate::fs::simulated::Simulated;
use crate::store::backend::Backend;
use crate::store::options::Publish;

/// What came out of the path last.
const BESIDE: &str = "/app/.worker.toml.published";
const EXCHANGE: &str = "exchange .worker.toml.published and worker.toml";
const EDIT: &[u8] = b"jobs = 60 # mine\n";

fn machine_with(jobs: u64) -> Simulated {
    saved_on(Simulated::with(Simulated::new().medium().divided()), jobs)
}

#[test]
fn a_save_publishes_from_beside_the_path() {
    let fs = machine_with(3);
    assert_eq!(fs.bytes(PATH), fs.bytes(format!("{DIRECTORY}/3.toml")));
    assert_eq!(fs.bytes(BESIDE), fs.bytes(format!("{DIRECTORY}/2.toml")));
    directory(&fs).remove().unwrap();
    assert_eq!(fs.names("/app"), [""; 0]);
}

#[test]
fn a_save_that_publishes_nothing_takes_out_what_is_there() {
    let fs = machine_with(3);
    save_hidden(&fs, 4).unwrap();
    assert!(!is_at_the_path(&fs));
    assert_eq!(load(&fs).unwrap(), 4);
}

#[test]
fn an_edit_during_a_save_goes_back_and_one_that_nobody_saw_is_set_aside() {
    let fs = machine_with(3);
    edit_before(&fs, EXCHANGE, EDIT);
    save(&fs, 4).unwrap();
    assert!(!fs.forget_fault());
    assert_eq!(load(&fs).unwrap(), 60);
    fs.put(BESIDE, b"jobs = 70 # late\n");
    fs.put(format!("{DIRECTORY}/4.aside"), b"older\n");
    update(&fs).unwrap();
    assert_eq!(load(&fs).unwrap(), 61);
    assert!(is_kept(&fs, EDIT));
    let aside = set_aside(&fs);
    assert!(aside.contains(&b"jobs = 70 # late\n".to_vec()) && aside.len() == 2);
}

#[test]
fn what_is_no_file_beside_the_path_is_for_a_person_to_move() {
    let fs = machine_with(3);
    fs.take_away(BESIDE);
    fs.put_special(BESIDE);
    let error = save(&fs, 4).unwrap_err();
    assert!(error.to_string().contains("move it away"), "{error}");
    assert!(!error.may_be_visible());
    assert_eq!(load(&fs).unwrap(), 3);
    fs.take_away(BESIDE);
    save(&fs, 4).unwrap();
}

#[test]
fn of_every_call_that_fails() {
    for publish in [Publish::Copy, Publish::Link, Publish::Never] {
        for (text, before) in [(&b"jobs = 5\n"[..], 5), (b"jobs = 'a mistake'\n", 4)] {
            let calls = fail_each_call(
                || {
                    let fs = machine_with(4);
                    fs.put(BESIDE, b"jobs = 70 # late\n");
                    fs.put(PATH, text);
                    fs
                },
                |fs| {
                    let mut status = status(fs);
                    status.backend.options.publish = publish;
                    status.save(&Worker { jobs: 9 }, None)
                },
                |fs, result, case| {
                    if before == 4 && is_at_the_path(fs) && fs.bytes(PATH) == text {
                        assert!(result.is_err(), "{case}");
                        fs.take_away(PATH);
                    }
                    assert_kept(fs, &result, Some(before), case);
                },
            );
            assert!(calls > 20, "{calls}");
        }
    }
}
