//! What each operation makes of what it finds.

use super::{
    DIRECTORY, PATH, Worker, directory, listing, load, machine_with, save, save_text, sealed,
    sealed_status, status, unsealed, update,
};
use crate::api::typed::Typed;
use crate::codec::untyped::AnyVersion;
use crate::error::DamageKind;
use crate::error::{Error, Step, Versioned};
use crate::fs::Platform;
use crate::fs::simulated::{MEDIUM_ERROR, Simulated, with_slashes};
use crate::store::backend::Backend;
use crate::store::directory::Directory;
use crate::store::directory::layout::Layout;
use crate::store::directory::lock::Held;
use crate::store::limits::Limits;
use crate::store::options::{Durability, Publish};
use crate::store::snapshot::Origin;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub(super) fn generation(generation: u64) -> PathBuf {
    Path::new(DIRECTORY).join(format!("{generation}.toml"))
}

fn own(fs: &Simulated) -> crate::fs::simulated::Directory {
    fs.open_directory(Path::new(DIRECTORY)).unwrap()
}

pub(super) fn kept(fs: &Simulated) -> Vec<String> {
    let ours = |name: &String| name != "lock" && name != "published";
    fs.names(DIRECTORY).into_iter().filter(ours).collect()
}

/// The calls that change nothing on disk.
fn only_looks(call: &str) -> bool {
    let verb = call.split(' ').next().unwrap_or_default();
    ["inspect", "list", "read", "open", "lock", "unlock", "close"].contains(&verb)
        && !call.starts_with("open or create")
}

#[test]
fn before_the_first_save_there_is_none() {
    let fs = Simulated::new();
    assert!(matches!(load(&fs), Err(Error::NotFound { .. })));
    assert_eq!(status(&fs).load_or_default().unwrap(), Worker::default());
    assert_eq!(fs.names("/app"), [""; 0]);
}

#[test]
fn where_not_even_the_directory_above_is_there_is_nothing() {
    let fs = Simulated::new();
    let directory = directory(&fs);
    let not_kept = |number| directory.generation(number, None).unwrap_err().to_string();
    assert!(not_kept(1).ends_with("generation 1 does not exist (there are none)"));
    fs.take_away("/app");
    assert!(matches!(load(&fs), Err(Error::NotFound { .. })));
    assert!(directory.history().unwrap().is_empty());
    assert!(not_kept(1).ends_with("generation 1 does not exist (there are none)"));
    directory.remove().unwrap();
    assert_eq!(fs.names("/"), [""; 0]);

    let new = sealed_status("jobs = 7\n");
    let gate = AnyVersion {
        repairs_edit: false,
    };
    directory.commit_shared(new, &gate).unwrap();
    assert_eq!(load(&fs).unwrap(), 7);
}

/// Whatever a load makes of the path, from there on the newest generation is the status.
pub(super) fn hide(fs: &Simulated) {
    fs.take_away(PATH);
}

/// What one process does with the status of a machine where nothing lies at the path.
fn hidden(fs: &Simulated) -> Typed<Directory<Simulated>, Worker> {
    let mut status = status(fs);
    status.backend.options.publish = Publish::Never;
    status
}

pub(super) fn save_hidden(fs: &Simulated, jobs: u64) -> Result<(), Error> {
    hidden(fs).save(&Worker { jobs }, None)
}

#[test]
fn a_first_save_is_kept_twice() {
    for damaged in [generation(1), PATH.into()] {
        let fs = Simulated::new();
        save(&fs, 7).unwrap();
        assert_eq!(kept(&fs), ["1.toml"]);
        assert_eq!(fs.bytes(PATH), fs.bytes(generation(1)));
        fs.put(damaged, b"");
        assert_eq!(load(&fs).unwrap(), 7);
    }
    for damaged in [1, 2] {
        let fs = Simulated::new();
        save_hidden(&fs, 7).unwrap();
        assert_eq!(kept(&fs), ["1.toml", "2.toml"]);
        fs.put(generation(damaged), b"");
        assert_eq!(load(&fs).unwrap(), 7);
    }
}

#[test]
fn a_first_save_makes_the_directories_on_the_way_and_syncs_them() {
    let fs = Simulated::new();
    let mut status = status(&fs);
    status.backend.layout = Layout::new(Path::new("/app/a/b/worker.toml")).unwrap();
    status.save(&Worker { jobs: 7 }, None).unwrap();
    let calls = fs.take_calls();
    for directory in ["b", "a", "app", "/"] {
        assert!(calls.contains(&format!("sync {directory}")), "{calls:?}");
    }
    assert_eq!(status.load().unwrap().jobs, 7);
}

#[test]
fn where_case_is_ignored_another_spelling_takes_the_number() {
    let fs = Simulated::with(machine_with(4).medium().ignoring_case());
    fs.put(Path::new(DIRECTORY).join("5.TOML"), b"foreign");
    for jobs in 5..=7 {
        save(&fs, jobs).unwrap();
        assert_eq!(load(&fs).unwrap(), jobs);
    }
    assert_eq!(kept(&fs), ["5.TOML", "7.toml", "8.toml"]);
    assert_eq!(fs.bytes(Path::new(DIRECTORY).join("5.TOML")), b"foreign");
}

#[test]
fn where_case_is_ignored_a_path_is_spelled_as_its_status() {
    let beside = |fs: &Simulated, path, twin: Option<&str>| {
        let mut directory = directory(fs);
        directory.layout = Layout::new(Path::new(path)).unwrap();
        directory
            .refuse_other_spelling(twin.map(Path::new))
            .map_err(|error| error.to_string())
    };
    let respelled = |fs: &Simulated, path| beside(fs, path, None);
    for hidden in [false, true] {
        let fs = Simulated::with(machine_with(4).medium().ignoring_case());
        if hidden {
            fs.take_away(PATH);
        }
        assert_eq!(respelled(&fs, PATH), Ok(()));
        for path in ["/app/Worker.toml", "/app/worker.TOML"] {
            let said = with_slashes(respelled(&fs, path).unwrap_err());
            let expected = format!(
                "{path}: cannot determine the path of the status: this file system ignores case, and the name of \
                 the status here is `worker.toml`: "
            );
            assert!(said.starts_with(&expected), "{said}");
        }
        assert_eq!(respelled(&fs, "/app/other.toml"), Ok(()));
        assert_eq!(respelled(&fs, "/app/7"), Ok(()));
        // Who may not list the directory cannot tell.
        for failed in 0..2 {
            fs.fail_after(failed, 13);
            assert_eq!(respelled(&fs, "/app/Worker.toml"), Ok(()));
        }
    }
    // The directories above, once this process has spelled them in another way.
    let fs = Simulated::with(machine_with(4).medium().ignoring_case());
    for hidden in [false, true] {
        let path = "/App/worker.toml";
        assert_eq!(respelled(&fs, path), Ok(()));
        let said = beside(&fs, path, Some(PATH)).unwrap_err();
        let expected = format!("this process uses the status as {PATH}: ");
        assert!(said.contains(&expected), "{said}");
        if hidden {
            fs.take_away(PATH);
        }
    }
    let fs = machine_with(4);
    fs.put_directory("/App");
    assert_eq!(beside(&fs, "/App/worker.toml", Some(PATH)), Ok(()));
    // Two names of one file are no two spellings.
    fs.put_second_name(PATH, "/app/Worker.toml");
    assert_eq!(respelled(&fs, "/app/Worker.toml"), Ok(()));
}

/// They may have been made by another process, which has not synced them.
#[test]
fn where_there_are_but_directories_a_save_is_the_first() {
    let fs = Simulated::new();
    fs.put_directory(DIRECTORY);
    for name in ["9.toml", "8.damaged"] {
        fs.put_directory(Path::new(DIRECTORY).join(name));
    }
    assert!(matches!(load(&fs), Err(Error::NotFound { .. })));
    fs.take_calls();
    save(&fs, 1).unwrap();
    let calls = fs.take_calls();
    assert!(calls.contains(&"sync /".to_owned()), "{calls:?}");
    assert_eq!(kept(&fs), ["10.toml", "8.damaged", "9.toml"]);
    save(&fs, 2).unwrap();
    fs.take_away(PATH);
    assert_eq!(load(&fs).unwrap(), 2);
    directory(&fs).remove().unwrap();
    assert_eq!(fs.names(DIRECTORY), ["8.damaged", "9.toml"]);
    assert!(matches!(load(&fs), Err(Error::NotFound { .. })));
}

#[test]
fn a_directory_that_cannot_be_made_is_named_with_the_one_above() {
    let fs = Simulated::new();
    let mut status = status(&fs);
    status.backend.layout = Layout::new(Path::new("/app/a/b/worker.toml")).unwrap();
    let (disk_full, calls) = (28, 5);
    fs.fail_after(calls, disk_full);
    let error = status.save(&Worker { jobs: 7 }, None).unwrap_err();
    let said = error.to_string();
    let expected = "/app/a/b: cannot open or make this directory in /app/a: ";
    assert!(said.starts_with(expected), "{said}");
}

#[test]
fn a_directory_that_cannot_be_opened_is_not_taken_for_one_that_is_missing() {
    let io_error = 5;
    for calls in 0..2 {
        let fs = Simulated::new();
        let mut status = status(&fs);
        status.backend.layout = Layout::new(Path::new("/app/a/worker.toml")).unwrap();
        fs.fail_after(calls, io_error);
        let error = status.save(&Worker { jobs: 7 }, None).unwrap_err();
        assert!(error.to_string().contains("os error 5"), "{error}");
        assert_eq!(fs.names("/app"), [""; 0]);
    }
}

/// As a restore from a backup leaves it that was broken off.
#[test]
fn a_text_that_is_cut_short_and_stands_alone_stops_no_first_save() {
    let fs = machine_with(4);
    let whole = fs.bytes(PATH);
    let fs = Simulated::new();
    fs.put(PATH, &whole[..whole.len() - 2]);
    assert!(matches!(load(&fs), Err(Error::Damaged { .. })));
    save(&fs, 7).unwrap();
    assert_eq!(load(&fs).unwrap(), 7);
}

#[test]
fn a_name_too_long_for_the_status_directory_says_how_long_it_may_be() {
    const ENAMETOOLONG: i32 = if cfg!(windows) { 206 } else { 36 };
    let name = "n".repeat(250);
    let path = Path::new("/app").join(&name);
    let status_at_path = |fs: &Simulated| {
        let mut status = status(fs);
        status.backend.layout = Layout::new(&path).unwrap();
        status
    };
    let too_long = |fs: &Simulated, calls| {
        fs.fail_after(calls, ENAMETOOLONG);
        status_at_path(fs)
    };
    let fs = Simulated::new();
    for (calls, result) in [
        // At the path, at the status directory, and where that is made.
        (0, too_long(&fs, 0).load().map(drop)),
        (2, too_long(&fs, 2).load().map(drop)),
        (1, too_long(&fs, 1).save(&Worker { jobs: 1 }, None)),
        (2, too_long(&fs, 2).save(&Worker { jobs: 1 }, None)),
    ] {
        let said = with_slashes(result.unwrap_err());
        let why = "the name has 250 bytes, and may have 248 here, as the directory beside the file has it too";
        assert!(said.contains(why), "{calls}: {said}");
        assert!(
            said.starts_with(&format!("/app/{name}: cannot determine the path")),
            "{said}"
        );
    }
    // An edit does without a status directory.
    fs.put(&path, b"jobs = 3\n");
    assert_eq!(too_long(&fs, 2).load().unwrap().jobs, 3);
    fs.fail_after(2, MEDIUM_ERROR);
    let failed = status_at_path(&fs).load();
    assert!(
        matches!(
            failed,
            Err(Error::Io {
                step: Step::Read,
                ..
            })
        ),
        "{failed:?}"
    );

    // All of the path, though not its name.
    let fs = machine_with(1);
    fs.fail_after(0, ENAMETOOLONG);
    let said = load(&fs).unwrap_err().to_string();
    assert!(said.ends_with("the path is too long: 16 bytes"), "{said}");
}

#[test]
fn saves_keep_the_newest_and_the_one_before() {
    let fs = machine_with(20);
    assert_eq!(kept(&fs), ["19.toml", "20.toml"]);
    assert_eq!(load(&fs).unwrap(), 20);
    fs.put(generation(20), b"");
    assert_eq!(load(&fs).unwrap(), 20);
    hide(&fs);
    assert_eq!(load(&fs).unwrap(), 19);
}

#[test]
fn as_many_are_kept_as_asked() {
    let fs = Simulated::new();
    let mut status = status(&fs);
    status.backend.options.keep = 4;
    for jobs in 1..=9 {
        status.save(&Worker { jobs }, None).unwrap();
    }
    assert_eq!(kept(&fs), ["6.toml", "7.toml", "8.toml", "9.toml"]);
    status.backend.options.keep = 2;
    status.save(&Worker { jobs: 10 }, None).unwrap();
    assert_eq!(kept(&fs), ["10.toml", "9.toml"]);
}

#[test]
fn the_report_says_which_and_what_was_passed_over() {
    let fs = machine_with(4);
    let loaded = status(&fs).read().unwrap();
    assert_eq!(loaded.origin, Origin::Path);
    assert!(loaded.skipped.is_empty());

    fs.put(generation(6), b"jobs = 9\n");
    fs.put_special(generation(7));
    assert!(status(&fs).read().unwrap().skipped.is_empty());
    fs.put(PATH, b"");
    let loaded = status(&fs).read().unwrap();
    assert_eq!(loaded.origin, Origin::Generation(4));
    let skipped: Vec<_> = loaded.skipped.iter().map(with_slashes).collect();
    assert_eq!(
        skipped,
        [
            "/app/worker.toml: is empty",
            "/app/worker.toml.status/7.toml: is a FIFO, socket or device, not a regular file",
            "/app/worker.toml.status/6.toml: does not begin with a seal",
        ]
    );
}

#[test]
fn a_damaged_file_is_set_aside_and_one_at_most() {
    let fs = machine_with(4);
    fs.put(generation(4), b"jobs");
    hide(&fs);
    save_hidden(&fs, 5).unwrap();
    assert_eq!(kept(&fs), ["3.toml", "4.damaged", "5.toml"]);
    fs.put(generation(5), b"other");
    save_hidden(&fs, 6).unwrap();
    assert_eq!(kept(&fs), ["3.toml", "5.damaged", "6.toml"]);
    assert_eq!(fs.bytes(Path::new(DIRECTORY).join("5.damaged")), b"other");
}

/// The text at the path is whole, and no generation holds it any more.
#[test]
fn where_the_newest_is_damaged_what_lies_at_the_path_is_kept() {
    let fs = machine_with(4);
    fs.put(generation(4), b"jobs");
    assert_eq!(load(&fs).unwrap(), 4);
    save(&fs, 5).unwrap();
    assert_eq!(kept(&fs), ["3.toml", "4.damaged", "5.toml", "6.toml"]);
    assert_eq!(status(&fs).read_generation(5).unwrap().value.jobs, 4);
    assert_eq!(load(&fs).unwrap(), 5);
}

#[test]
fn of_several_set_aside_one_stays() {
    let fs = machine_with(4);
    for generation in [1, 2] {
        fs.put(
            Path::new(DIRECTORY).join(format!("{generation}.damaged")),
            b"",
        );
    }
    save(&fs, 5).unwrap();
    assert_eq!(kept(&fs), ["2.damaged", "4.toml", "5.toml"]);
}

#[test]
fn a_disk_that_fails_once_is_asked_again() {
    let fs = machine_with(4);
    fs.fail_after(7, MEDIUM_ERROR);
    update(&fs).unwrap();
    assert!(!fs.forget_fault());
    assert_eq!(load(&fs).unwrap(), 5);
}

#[test]
fn where_every_copy_is_damaged_nothing_is_put_in_its_place() {
    let fs = machine_with(4);
    fs.put(generation(3), b"");
    fs.put(generation(4), b"jobs");
    hide(&fs);
    for result in [
        load(&fs).map(drop),
        status(&fs).load_or_default().map(drop),
        update(&fs),
    ] {
        let Err(Error::Damaged { candidates, .. }) = result else {
            panic!("{result:?}");
        };
        assert!(matches!(candidates[0].kind, DamageKind::Unsealed));
        assert!(matches!(candidates[1].kind, DamageKind::Empty));
    }
    assert_eq!(kept(&fs), ["3.toml", "4.toml"]);
}

#[test]
fn a_save_after_that_is_kept_twice_again() {
    let fs = machine_with(4);
    fs.put(generation(3), b"");
    fs.put(generation(4), b"jobs");
    hide(&fs);
    save_hidden(&fs, 9).unwrap();
    assert_eq!(kept(&fs), ["4.aside", "4.damaged", "5.toml", "6.toml"]);
    fs.put(generation(6), b"");
    assert_eq!(load(&fs).unwrap(), 9);
}

#[test]
fn what_is_set_aside_takes_no_name_that_is_taken() {
    let fs = machine_with(4);
    fs.put(generation(3), b"");
    fs.put(generation(4), b"jobs");
    fs.put(Path::new(DIRECTORY).join("4.aside"), b"before");
    hide(&fs);
    save_hidden(&fs, 9).unwrap();
    assert!(kept(&fs).contains(&"5.aside".to_owned()));
    assert_eq!(fs.bytes(Path::new(DIRECTORY).join("4.aside")), b"before");
}

#[test]
fn what_shows_that_there_was_a_status_is_not_replaced_by_a_default() {
    let only_set_aside = machine_with(1);
    only_set_aside.put(Path::new(DIRECTORY).join("9.damaged"), b"");
    only_set_aside.take_away(generation(1));
    only_set_aside.take_away(PATH);

    let only_an_empty_file = Simulated::new();
    only_an_empty_file.put(PATH, b"");

    for fs in [only_set_aside, only_an_empty_file] {
        let result = status(&fs).load_or_default();
        assert!(matches!(result, Err(Error::Damaged { .. })), "{result:?}");
        save(&fs, 3).unwrap();
        assert_eq!(load(&fs).unwrap(), 3);
    }
}

#[test]
fn an_edit_wins_over_every_generation() {
    let copied = machine_with(4).bytes(generation(3));
    let mut altered = copied.clone();
    altered.extend_from_slice(b"# checked\n");
    for (edit, jobs, origin) in [
        (b"# by hand\njobs = 50\n".to_vec(), 50, Origin::Edit),
        (b"\xef\xbb\xbfjobs = 51\r\n".to_vec(), 51, Origin::Edit),
        (copied, 3, Origin::Path),
        (altered, 3, Origin::Edit),
    ] {
        let fs = machine_with(4);
        fs.put(PATH, &edit);
        let loaded = status(&fs).read().unwrap();
        assert_eq!((loaded.value.jobs, loaded.origin), (jobs, origin));
        update(&fs).unwrap();
        assert_eq!(load(&fs).unwrap(), jobs + 1);
        assert_eq!(kept(&fs), ["4.toml", "5.toml", "6.toml"]);
        fs.put(generation(6), b"");
        hide(&fs);
        assert_eq!(load(&fs).unwrap(), jobs, "the edit is the older status");
    }
}

#[test]
fn an_edit_is_kept_byte_for_byte() {
    let fs = machine_with(4);
    let edit = "# why: see the ticket\njobs   = 50 # so many\n";
    fs.put(PATH, edit.as_bytes());
    save(&fs, 5).unwrap();
    assert_eq!(unsealed(&fs.bytes(generation(5))), edit.as_bytes());
}

#[test]
fn a_copy_of_the_newest_at_the_path_is_not_kept_again() {
    let fs = machine_with(4);
    fs.put(PATH, &fs.bytes(generation(4)));
    save(&fs, 5).unwrap();
    assert_eq!(kept(&fs), ["4.toml", "5.toml"]);
    assert_eq!(load(&fs).unwrap(), 5);
}

#[test]
fn an_edit_that_is_no_status_stops_loads_and_no_save() {
    let fs = machine_with(4);
    let edit = b"jobs = 50\nJobs = 'many'\njobs = 51\n";
    fs.put(PATH, edit);
    let before = kept(&fs);
    for result in [load(&fs).map(drop), update(&fs)] {
        let Err(Error::Decode { location, line, .. }) = result else {
            panic!("{result:?}");
        };
        assert_eq!((location.path(), line), (Some(Path::new(PATH)), 3));
    }
    assert_eq!(fs.bytes(PATH), edit);
    assert_eq!(kept(&fs), before);
    save(&fs, 5).unwrap();
    assert_eq!(load(&fs).unwrap(), 5);
    assert_eq!(kept(&fs), ["4.aside", "4.toml", "5.toml"]);
    assert_eq!(fs.bytes(Path::new(DIRECTORY).join("4.aside")), edit);
}

#[cfg(feature = "editable")]
#[test]
fn where_people_edit_an_edit_that_is_no_status_waits_for_them() {
    let fs = machine_with(4);
    fs.put(PATH, b"jobs = 'many'\n");
    let before = fs.medium();
    let refused = super::settings(&fs).save(&Worker { jobs: 5 }, None);
    assert!(matches!(refused, Err(Error::Decode { .. })), "{refused:?}");
    assert!(fs.medium() == before);
}

#[test]
fn of_what_was_set_aside_the_newest_stay() {
    let fs = machine_with(4);
    for jobs in 5..=20 {
        fs.put(PATH, format!("jobs = {jobs}.5\n").as_bytes());
        save(&fs, jobs).unwrap();
    }
    let aside = listing(&fs).aside;
    assert_eq!(aside, (10..=19).rev().collect::<Vec<_>>());
    let newest = fs.bytes(Path::new(DIRECTORY).join("19.aside"));
    assert_eq!(newest, b"jobs = 20.5\n");
}

/// Into the file that lies at the path, as an editor does that writes in place, or as another in its place.
#[test]
fn an_edit_made_while_a_save_runs_is_kept_or_wins() {
    type Write = fn(&Simulated, &[u8]);
    let ways: [Write; 2] = [
        |fs, text| fs.put(PATH, text),
        |fs, text| fs.write_in_place(PATH, text),
    ];
    for (write, edited) in ways.into_iter().flat_map(|way| [(way, false), (way, true)]) {
        for calls in 0.. {
            let fs = machine_with(4);
            if edited {
                fs.put(PATH, b"jobs = 50\n");
            }
            let person = fs.process();
            fs.meanwhile_after(calls, move || write(&person, b"jobs = 60 # mine\n"));
            save(&fs, 5).unwrap();
            if fs.forget_fault() {
                assert!(calls > 25, "{calls}");
                break;
            }
            let newest = load(&fs).unwrap();
            let kept = listing(&fs).generations.into_iter();
            let mut kept = kept.map(|number| fs.bytes(generation(number)));
            assert!(
                newest == 60 || newest == 5 && kept.any(|text| text.ends_with(b"= 60 # mine\n")),
                "{newest} after an edit before call {calls}"
            );
            update(&fs).unwrap();
            assert_eq!(load(&fs).unwrap(), newest + 1);
            assert!(listing(&fs).aside.is_empty());
        }
    }
}

/// Whatever it is: what comes after a save wins, and nothing of it is lost.
#[test]
fn what_is_no_file_and_comes_during_a_save_is_given_back() {
    for calls in 12..22 {
        let fs = machine_with(4);
        let person = fs.process();
        fs.meanwhile_after(calls, move || person.put_link(PATH, "elsewhere.toml"));
        save(&fs, 5).unwrap();
        assert!(!fs.forget_fault());
        let target = fs.medium().target(Path::new(PATH)).map(Path::to_owned);
        assert_eq!(
            target.as_deref(),
            Some(Path::new("elsewhere.toml")),
            "{calls}"
        );
        assert!(kept(&fs).contains(&"5.toml".to_owned()));
    }
}

/// A shell has the file open before a save, and writes to it after.
#[test]
fn what_is_written_to_the_file_that_a_save_has_replaced_is_set_aside() {
    let fs = machine_with(5);
    let published = Path::new(DIRECTORY).join("published");
    fs.write_in_place(&published, b"jobs = 60\n");
    save(&fs, 6).unwrap();
    assert_eq!(load(&fs).unwrap(), 6);
    assert_eq!(kept(&fs), ["5.aside", "5.toml", "6.toml"]);
    assert_eq!(
        fs.bytes(Path::new(DIRECTORY).join("5.aside")),
        b"jobs = 60\n"
    );
}

#[test]
fn an_empty_file_at_the_path_is_damage() {
    let fs = machine_with(4);
    fs.put(PATH, b"");
    let loaded = status(&fs).read().unwrap();
    assert_eq!(loaded.value.jobs, 4);
    assert!(matches!(loaded.skipped[0].kind, DamageKind::Empty));
    save(&fs, 5).unwrap();
    assert!(status(&fs).read().unwrap().skipped.is_empty());
}

#[test]
fn a_file_that_was_there_before_us_is_loaded_and_kept() {
    let fs = Simulated::new();
    fs.put(PATH, b"jobs = 50\n");
    assert_eq!(load(&fs).unwrap(), 50);
    save(&fs, 51).unwrap();
    assert_eq!(kept(&fs), ["1.toml", "2.toml"]);
    fs.put(generation(2), b"");
    hide(&fs);
    assert_eq!(load(&fs).unwrap(), 50);
}

#[test]
fn what_is_no_file_at_the_path_is_left_alone() {
    let directory = machine_with(4);
    directory.put_directory(PATH);
    let fifo = machine_with(4);
    fifo.put_special(PATH);
    for fs in [directory, fifo] {
        for result in [load(&fs).map(drop), save(&fs, 5), update(&fs)] {
            assert!(matches!(result, Err(Error::Unsafe { .. })), "{result:?}");
        }
        assert_eq!(kept(&fs), ["3.toml", "4.toml"]);
    }
}

#[test]
fn what_is_too_large_to_be_a_status_is_passed_over_or_refused() {
    let fs = machine_with(4);
    fs.put_sparse(generation(4), 1 << 40);
    hide(&fs);
    assert_eq!(load(&fs).unwrap(), 3);
    fs.put_sparse(PATH, 1 << 40);
    for result in [load(&fs).map(drop), save(&fs, 5)] {
        let Err(Error::Unsafe { kind, .. }) = result else {
            panic!("{result:?}");
        };
        assert!(matches!(kind, DamageKind::TooLarge { bytes, .. } if bytes == 1 << 40));
    }
}

#[test]
fn an_edit_that_is_too_large_to_be_decoded_is_refused_and_stays() {
    let fs = machine_with(4);
    let edit = [b"jobs = 50\n", &b"#".repeat(1024)[..]].concat();
    fs.put(PATH, &edit);
    let mut status = status(&fs);
    status.backend.options.limits = Limits::of(1024);
    for result in [
        status.load().map(drop),
        status.save(&Worker { jobs: 5 }, None),
    ] {
        let Err(Error::Unsafe { kind, .. }) = result else {
            panic!("{result:?}");
        };
        let (bytes, most) = (edit.len() as u64, 1024);
        assert_eq!(kind, DamageKind::TooLarge { bytes, most });
    }
    assert_eq!(fs.bytes(PATH), edit);
    assert_eq!(load(&fs).unwrap(), 50);
}

#[test]
fn a_lock_that_is_no_file_is_refused_and_loads_go_on() {
    let lock = Path::new(DIRECTORY).join("lock");
    let (with_link, with_fifo) = (machine_with(4), machine_with(4));
    with_link.put_link(&lock, "/app/elsewhere");
    with_fifo.put_special(&lock);
    for fs in [with_link, with_fifo] {
        for result in [save(&fs, 5), update(&fs)] {
            let Err(Error::Unsafe { location, .. }) = result else {
                panic!("{result:?}");
            };
            assert_eq!(location.path(), Some(&*lock));
        }
        assert_eq!(load(&fs).unwrap(), 4);
        assert_eq!(fs.names("/app"), ["worker.toml", "worker.toml.status"]);
        assert!(!fs.is_locked());
    }
}

#[test]
fn while_someone_holds_the_lock_only_loads_go_on() {
    let fs = machine_with(4);
    let held = status(&fs.process()).lock().unwrap();
    for result in [save(&fs, 5), update(&fs)] {
        assert!(matches!(result, Err(Error::Locked { .. })), "{result:?}");
    }
    assert_eq!(load(&fs).unwrap(), 4);
    assert_eq!(kept(&fs), ["3.toml", "4.toml"]);
    drop(held);
    save(&fs, 5).unwrap();
}

#[test]
fn what_a_newer_program_wrote_is_never_replaced() {
    let newer_schema = sealed(2, 2, "jobs = 9\n");
    let newer_format = sealed(3, 1, "jobs = 9\n");
    for (file, expected, newer) in [
        (newer_schema, Versioned::Schema, 2),
        (newer_format, Versioned::Format, 3),
    ] {
        for path in [generation(6), PATH.into()] {
            let fs = machine_with(4);
            hide(&fs);
            fs.put(&path, &file);
            let before = kept(&fs);
            for result in [load(&fs).map(drop), save(&fs, 5), update(&fs)] {
                let Err(Error::Newer { what, found, .. }) = result else {
                    panic!("{result:?}");
                };
                assert_eq!((what, found), (expected, newer));
            }
            assert_eq!(kept(&fs), before);
            assert_eq!(fs.bytes(&path), file);
        }
    }
}

/// A person has added to it, so that its seal is broken.
#[test]
fn an_edit_of_what_a_newer_program_wrote_is_never_replaced() {
    let fs = machine_with(4);
    let mut edit = sealed(2, 2, "jobs = 9\n");
    edit.extend_from_slice(b"# mine\n");
    fs.put(PATH, &edit);
    for result in [load(&fs).map(drop), save(&fs, 5), update(&fs)] {
        assert!(
            matches!(result, Err(Error::Newer { found: 2, .. })),
            "{result:?}"
        );
    }
    assert_eq!(fs.bytes(PATH), edit);
    assert_eq!(kept(&fs), ["3.toml", "4.toml"]);
}

#[test]
fn what_a_newer_program_wrote_need_not_be_text() {
    let fs = machine_with(4);
    fs.put(
        PATH,
        b"#:statusfile 3 version=1 bytes=1 crc32=00000000\n\xff",
    );
    assert!(matches!(load(&fs), Err(Error::Newer { .. })));
}

#[test]
fn whole_but_no_such_struct_is_an_error_and_not_damage() {
    let fs = machine_with(4);
    fs.put(PATH, sealed_status("tasks = 9\n").bytes());
    let Err(Error::Decode { line, message, .. }) = load(&fs) else {
        panic!();
    };
    // After the seal, which is correct.
    assert_eq!(line, 2);
    assert_eq!(message, "missing field `jobs` at the top of the file");
    assert!(matches!(update(&fs), Err(Error::Decode { .. })));
}

#[test]
fn a_load_changes_nothing() {
    let fs = machine_with(4);
    fs.put(generation(6), b"jobs");
    fs.put(Path::new(DIRECTORY).join("00000000000000ff.tmp"), b"jobs");
    load(&fs).unwrap();
    hide(&fs);
    load(&fs).unwrap();
    let calls = fs.take_calls();
    assert!(calls.iter().all(|call| only_looks(call)), "{calls:?}");
}

#[test]
fn a_load_that_saves_overtake_looks_again() {
    let fs = machine_with(4);
    hide(&fs);
    let writer = fs.process();
    fs.meanwhile_after(4, move || {
        save_hidden(&writer, 5).unwrap();
        save_hidden(&writer, 6).unwrap();
    });
    assert_eq!(load(&fs).unwrap(), 6);
}

#[test]
fn a_load_that_saves_always_overtake_takes_the_lock() {
    fn overtake(fs: &Simulated, calls: usize, jobs: u64) {
        let (reader, writer) = (fs.clone(), fs.process());
        fs.meanwhile_after(calls, move || {
            save_hidden(&writer, jobs).unwrap();
            save_hidden(&writer, jobs + 1).unwrap();
            if jobs < 10 {
                overtake(&reader, 5, jobs + 2);
            }
        });
    }
    let fs = machine_with(3);
    hide(&fs);
    overtake(&fs, 4, 4);
    assert_eq!(load(&fs).unwrap(), 11);
    let calls = fs.take_calls();
    assert!(calls.contains(&"lock lock shared".into()), "{calls:?}");
    assert!(!fs.is_locked());
}

/// By a holder of the lock, who can still save.
#[test]
fn a_load_that_is_overtaken_for_as_long_as_it_may_wait_says_who_is_in_the_way() {
    type Writer = Arc<(Typed<Directory<Simulated>, Worker>, Held<Simulated>)>;
    fn overtake(
        fs: &Simulated,
        writer: Writer,
        mut after: impl Iterator<Item = usize> + Send + 'static,
    ) {
        let Some(calls) = after.next() else { return };
        let reader = fs.clone();
        fs.meanwhile_after(calls, move || {
            let (status, held) = &*writer;
            for jobs in 0..2 {
                status.save(&Worker { jobs }, Some(held)).unwrap();
            }
            overtake(&reader, writer, after);
        });
    }
    let fs = machine_with(3);
    hide(&fs);
    let writer = hidden(&fs.process());
    let held = writer.lock().unwrap();
    overtake(&fs, Arc::new((writer, held)), [4, 5, 5, 5, 10].into_iter());
    let mut reader = status(&fs);
    reader.backend.options.lock_timeout = Duration::ZERO;
    let error = reader.load().unwrap_err();
    assert!(matches!(error, Error::Locked { .. }), "{error}");
}

#[test]
fn a_file_that_goes_even_under_the_lock_is_named() {
    fn take_newest_away(fs: &Simulated, mut after: impl Iterator<Item = usize> + Send + 'static) {
        let Some(calls) = after.next() else { return };
        let person = fs.clone();
        fs.meanwhile_after(calls, move || {
            person.take_away(generation(listing(&person).generations[0]));
            take_newest_away(&person, after);
        });
    }
    let fs = machine_with(1);
    hide(&fs);
    for generation in 2..=8 {
        save_text(&fs, generation, "jobs = 1\n");
    }
    take_newest_away(&fs, [4, 5, 5, 5, 10].into_iter());
    let Err(Error::Damaged { candidates, .. }) = load(&fs) else {
        panic!();
    };
    assert!(matches!(candidates[0].kind, DamageKind::Missing));
    assert_eq!(candidates[0].location, generation(4).into());
    assert!(!fs.is_locked());
    assert_eq!(load(&fs).unwrap(), 1);
}

#[test]
fn a_load_without_a_lock_to_take_looks_once_more() {
    fn overtake(fs: &Simulated, calls: usize, jobs: u64) {
        let (reader, writer) = (fs.clone(), fs.process());
        fs.meanwhile_after(calls, move || {
            save_hidden(&writer, jobs).unwrap();
            save_hidden(&writer, jobs + 1).unwrap();
            writer.take_away(Path::new(DIRECTORY).join("lock"));
            if jobs < 10 {
                overtake(&reader, 5, jobs + 2);
            }
        });
    }
    let fs = machine_with(3);
    hide(&fs);
    overtake(&fs, 4, 4);
    assert_eq!(load(&fs).unwrap(), 11);
    assert!(!fs.names(DIRECTORY).contains(&"lock".into()));
}

#[test]
fn a_writer_whose_every_temp_file_is_taken_says_so() {
    fn take(fs: &Simulated, calls: usize) {
        let (writer, person) = (fs.clone(), fs.process());
        fs.meanwhile_after(calls, move || {
            for temp in listing(&person).temps {
                person.take_away(Path::new(DIRECTORY).join(temp));
            }
            take(&writer, 3);
        });
    }
    let fs = machine_with(4);
    take(&fs, 3);
    let Err(error @ Error::Io { .. }) = save(&fs, 5) else {
        panic!();
    };
    assert!(error.to_string().contains("every temp file"), "{error}");
    fs.forget_fault();
    assert_eq!(load(&fs).unwrap(), 4);
    assert_eq!(kept(&fs), ["3.toml", "4.toml"]);
}

/// A person, or a removal, takes the directory that a save has just opened or made.
#[test]
fn a_writer_whose_directory_is_taken_makes_another() {
    for calls in [2, 6] {
        let fs = machine_with(4);
        let person = fs.process();
        fs.meanwhile_after(calls, move || take_directory_away(&person));
        save(&fs, 5).unwrap();
        assert!(!fs.forget_fault());
        assert_eq!(load(&fs).unwrap(), 5);
    }
}

#[test]
fn a_writer_whose_every_directory_is_taken_says_so() {
    fn take(fs: &Simulated, calls: usize) {
        let (writer, person) = (fs.clone(), fs.process());
        fs.meanwhile_after(calls, move || {
            take_directory_away(&person);
            take(&writer, 3);
        });
    }
    let fs = machine_with(4);
    take(&fs, 2);
    let error = save(&fs, 5).unwrap_err();
    assert!(error.is_not_found(), "{error}");
    fs.forget_fault();
    assert_eq!(fs.names("/app"), ["worker.toml"]);
}

fn take_directory_away(fs: &Simulated) {
    for name in fs.names(DIRECTORY) {
        fs.take_away(Path::new(DIRECTORY).join(name));
    }
    fs.take_away(DIRECTORY);
}

#[test]
fn a_writer_whose_temp_file_a_cleaner_took_starts_over() {
    for calls in [3, 4] {
        let fs = machine_with(4);
        let cleaner = fs.process();
        fs.meanwhile_after(calls, move || {
            let own = own(&cleaner);
            directory(&cleaner).sweep(&own, listing(&cleaner).temps.iter());
        });
        save(&fs, 5).unwrap();
        assert_eq!(load(&fs).unwrap(), 5);
        assert_eq!(kept(&fs), ["4.toml", "5.toml"]);
    }
}

#[test]
fn a_live_temp_file_is_not_swept() {
    let fs = machine_with(4);
    let slow = fs.process();
    let path = Path::new(DIRECTORY);
    let temp = directory(&slow)
        .write_temp(&own(&slow), path, &sealed_status("slow"), 0o400)
        .unwrap();
    save(&fs, 5).unwrap();
    assert!(kept(&fs).contains(&"0000000000000005.tmp".into()));
    drop(temp);
    assert_eq!(kept(&fs), ["4.toml", "5.toml"]);
}

#[test]
fn a_name_that_is_taken_under_the_lock_shows_that_the_lock_does_not_work() {
    let fs = machine_with(4);
    let other = fs.process();
    fs.meanwhile_after(15, move || save_text(&other, 5, "jobs = 9\n"));
    let Err(error @ Error::Io { .. }) = save(&fs, 5) else {
        panic!();
    };
    assert!(error.to_string().contains("locks do not work"), "{error}");
    assert_eq!(load(&fs).unwrap(), 4);
    assert_eq!(kept(&fs), ["3.toml", "4.toml", "5.toml"]);
}

#[test]
fn a_rename_that_is_done_and_reported_as_failed_is_done() {
    let fs = machine_with(4);
    fs.lose_reply_after(15, MEDIUM_ERROR);
    save(&fs, 5).unwrap();
    assert!(!fs.forget_fault());
    assert_eq!(load(&fs).unwrap(), 5);
    assert_eq!(kept(&fs), ["4.toml", "5.toml"]);
}

#[test]
fn a_damaged_generation_that_cannot_be_set_aside_stays_where_it_is() {
    let damaged = || {
        let fs = machine_with(4);
        fs.put(generation(5), b"torn");
        fs
    };
    let fs = damaged();
    save(&fs, 5).unwrap();
    let calls = fs.take_calls();
    let mut that_fail = calls.iter().filter(|call| !call.starts_with("close"));
    let set_aside = that_fail.position(|call| call.contains("5.damaged"));
    let fs = damaged();
    fs.fail_after(set_aside.unwrap(), MEDIUM_ERROR);
    save(&fs, 5).unwrap();
    assert!(!fs.forget_fault());
    assert_eq!(load(&fs).unwrap(), 5);
    assert_eq!(fs.bytes(generation(5)), b"torn");
}

#[test]
fn a_save_that_cannot_be_synced_is_taken_back() {
    for (calls, step, at) in [
        (25, Step::Sync, PATH.into()),
        (26, Step::Sync, generation(5)),
        (27, Step::Sync, generation(4)),
        (28, Step::SyncNames, DIRECTORY.into()),
        (29, Step::SyncParents, "/app".into()),
    ] {
        let fs = machine_with(4);
        fs.fail_after(calls, MEDIUM_ERROR);
        // Another process, which has to sync the older status, too.
        let error = save(&fs.process(), 5).unwrap_err();
        assert!(matches!(&error, Error::Io { step: failed, .. } if *failed == step));
        assert_eq!(error.path(), Some(&*at));
        assert_eq!(load(&fs).unwrap(), 4);
        assert_eq!(fs.names(DIRECTORY), ["3.toml", "4.toml", "lock"]);
    }
    let fs = machine_with(4);
    fs.fail_from_then_on(22, MEDIUM_ERROR);
    assert!(save(&fs, 5).unwrap_err().may_be_visible());
    fs.forget_fault();
    assert_eq!(load(&fs).unwrap(), 5);
}

/// Where locks do not exclude, another host may have swept the temp file and taken the name.
#[test]
fn a_rename_that_failed_as_another_took_the_name_is_not_believed() {
    let fs = machine_with(4);
    let own = own(&fs);
    let path = Path::new(DIRECTORY);
    for theirs in [true, false] {
        let mut temp = directory(&fs)
            .write_temp(&own, path, &sealed_status("ours"), 0o400)
            .unwrap();
        let name = listing(&fs).temps.remove(0);
        if theirs {
            fs.take_away(path.join(name));
        }
        fs.put(generation(6), b"theirs");
        temp.rename(Path::new("6.toml")).unwrap_err();
        drop(temp);
        assert_eq!(fs.bytes(generation(6)), b"theirs");
        assert!(listing(&fs).temps.is_empty());
    }
}

/// A second name of one file, as a file system gives it that cannot refuse in a rename.
#[test]
fn a_rename_that_was_done_in_part_leaves_one_name() {
    let fs = machine_with(4);
    let (own, path) = (own(&fs), Path::new(DIRECTORY));
    let mut temp = directory(&fs)
        .write_temp(&own, path, &sealed_status("ours"), 0o400)
        .unwrap();
    let name = path.join(listing(&fs).temps.remove(0));
    fs.put_second_name(&name, generation(6));
    temp.rename(Path::new("6.toml")).unwrap();
    drop(temp);
    assert_eq!(unsealed(&fs.bytes(generation(6))), b"ours");
    assert!(listing(&fs).temps.is_empty());
}

#[test]
fn a_lock_in_a_directory_that_another_has_replaced_is_not_the_lock() {
    let fs = machine_with(4);
    let person = fs.process();
    // Once the directory and the lock are open, and before the lock is taken.
    fs.meanwhile_after(3, move || {
        take_directory_away(&person);
        hide(&person);
        person.put_directory(DIRECTORY);
        save_text(&person, 7, "jobs = 70\n");
    });
    update(&fs).unwrap();
    assert_eq!(load(&fs).unwrap(), 71);
    assert!(!fs.is_locked());
}

#[test]
fn a_status_directory_that_is_none_is_refused_and_left_alone() {
    let (linked, file) = (Simulated::new(), Simulated::new());
    linked.put_link(DIRECTORY, "/app/elsewhere");
    file.put(DIRECTORY, b"notes");
    for fs in [linked, file] {
        let before = fs.medium();
        for result in [save(&fs, 1), update(&fs), load(&fs).map(drop)] {
            let Err(Error::Unsafe { location, kind }) = result else {
                panic!("{result:?}");
            };
            assert_eq!(location, DIRECTORY.into());
            assert!(matches!(kind, DamageKind::NotADirectory));
        }
        assert!(fs.medium() == before);
    }
}

/// Its seal says of what version it is.
#[test]
fn an_edit_is_the_status_though_no_generation_may_be_read() {
    let fs = machine_with(1);
    let mut edit = fs.bytes(PATH);
    edit.extend_from_slice(b"# mine\n");
    fs.put(PATH, &edit);
    fs.fail_from_then_on(1, 13);
    let loaded = status(&fs).read().unwrap();
    assert_eq!((loaded.value.jobs, loaded.origin), (1, Origin::Edit));
}

/// Though the type has changed since, without a new version.
#[cfg(feature = "editable")]
#[test]
fn a_copy_that_nobody_edited_is_not_decoded() {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Renamed {
        tasks: u64,
    }
    let fs = Simulated::new();
    super::settings(&fs)
        .save(&Worker { jobs: 1 }, None)
        .unwrap();
    let mut schema = crate::codec::schema::Schema::new(1);
    schema.editable = true;
    let renamed = Typed::new(super::settings(&fs).backend, schema);
    renamed.save(&Renamed { tasks: 2 }, None).unwrap();
    assert_eq!(renamed.load().unwrap().tasks, 2);
    fs.put(PATH, b"jobs = 3 # mine\n");
    let refused = renamed.save(&Renamed { tasks: 4 }, None);
    assert!(matches!(refused, Err(Error::Decode { .. })), "{refused:?}");
}

#[test]
fn there_is_no_generation_after_the_last() {
    let fs = machine_with(4);
    let last = i64::MAX.unsigned_abs();
    fs.put(generation(last), b"");
    let Err(Error::Io { step, location, .. }) = save(&fs, 5) else {
        panic!();
    };
    assert_eq!((step, location), (Step::Rename, generation(last).into()));
    assert_eq!(load(&fs).unwrap(), 4);
}

#[test]
fn without_syncs_when_asked() {
    let fs = Simulated::new();
    let mut status = status(&fs);
    status.backend.options.durability = Durability::Process;
    status.save(&Worker { jobs: 1 }, None).unwrap();
    status.save(&Worker { jobs: 2 }, None).unwrap();
    let calls = fs.take_calls();
    assert!(
        !calls.iter().any(|call| call.starts_with("sync")),
        "{calls:?}"
    );
}

/// A server may have no room for what was written, and say so when the file is closed.
#[test]
fn without_syncs_a_save_hears_what_another_machine_says_of_its_files() {
    let machine = || {
        let fs = machine_with(4);
        fs.move_disk_away();
        fs
    };
    let save = |fs: &Simulated| {
        let mut status = status(fs);
        status.backend.options.durability = Durability::Process;
        status.save(&Worker { jobs: 5 }, None)
    };
    let fs = machine();
    save(&fs).unwrap();
    let calls = fs.take_calls();
    let heard: Vec<_> = calls
        .iter()
        .filter(|call| call.starts_with("hear of"))
        .collect();
    assert_eq!(heard, ["hear of 5.tmp", "hear of published"]);
    for heard in ["hear of 5.tmp", "hear of published"] {
        let fs = machine();
        let failing = fs.process();
        fs.meanwhile_before(heard, move || failing.fail_after(0, 28));
        let error = save(&fs).unwrap_err();
        assert!(!error.may_be_visible(), "{error}");
        assert_eq!(load(&fs).unwrap(), 4);
    }
}
