//! Every call of every operation fails, once and from then on.

use super::at_the_path::machine_with_a_copy_cut_short;
#[cfg(feature = "editable")]
use super::settings;
use super::{PATH, Worker, directory, listing, load, machine_with, save, status, update};
use crate::error::Error;
use crate::fs::simulated::{MEDIUM_ERROR, Simulated};
use crate::store::backend::Backend;
use crate::store::options::Publish;

/// EIO, ENOSPC, EDQUOT, EINTR, EACCES and EROFS, by their numbers on Linux; those of Windows, with a sharing violation
/// in the place of EINTR. A write that fails has written half.
pub(super) const ERRORS: [i32; 6] = if cfg!(windows) {
    [MEDIUM_ERROR, 112, 1295, 32, 5, 19]
} else {
    [MEDIUM_ERROR, 28, 122, 4, 13, 30]
};

/// Whether the disk fails in this case.
fn is_of_the_disk(case: &str) -> bool {
    case.starts_with(&format!("error {MEDIUM_ERROR} "))
}

/// Lets each call of `operation` fail in each way, on a machine of its own, until no call is left to
/// fail. `check` sees the machine, healthy again, and the result. Returns how many calls failed.
pub(super) fn fail_each_call<T>(
    machine: impl Fn() -> Simulated,
    operation: impl Fn(&Simulated) -> Result<T, Error>,
    check: impl Fn(&Simulated, Result<T, Error>, &str),
) -> usize {
    for calls in 0.. {
        for error in ERRORS {
            for (fail, how) in [
                (Simulated::fail_after as fn(&Simulated, usize, i32), "once"),
                (Simulated::fail_from_then_on, "from then on"),
            ] {
                let fs = machine();
                fail(&fs, calls, error);
                let result = operation(&fs);
                if fs.forget_fault() {
                    return calls;
                }
                let case = format!("error {error} after {calls} calls, {how}");
                check(&fs, result, &case);
            }
        }
    }
    unreachable!()
}

/// What must hold after a save of 9 that may have failed, where `before` was acknowledged.
pub(super) fn assert_kept(
    fs: &Simulated,
    result: &Result<(), Error>,
    before: Option<u64>,
    case: &str,
) {
    match (load(fs), result) {
        (Ok(9), Ok(())) => {}
        (Ok(9), Err(error)) if error.may_be_visible() => {}
        (Ok(jobs), Err(error)) if Some(jobs) == before => assert_explains(error, case),
        (Err(Error::NotFound { .. }), Err(error)) if before.is_none() => {
            assert_explains(error, case);
        }
        other => panic!("{case}: {other:?}"),
    }
    assert!(!fs.is_locked(), "{case}");

    save(fs, 10).unwrap();
    assert_eq!(load(fs).unwrap(), 10, "{case}");
    assert!(listing(fs).temps.is_empty(), "{case}");
    assert!(listing(fs).generations.len() <= 3, "{case}");
}

/// An error names the step, the path and the cause.
fn assert_explains(error: &Error, case: &str) {
    let text = error.to_string();
    assert!(text.starts_with('/'), "{case}: {text}");
    assert!(text.contains("os error"), "{case}: {text}");
}

#[test]
fn of_a_first_save() {
    let calls = fail_each_call(
        Simulated::new,
        |fs| save(fs, 9),
        |fs, result, case| assert_kept(fs, &result, None, case),
    );
    assert!(calls > 20, "{calls}");
}

#[test]
fn of_a_steady_save() {
    let calls = fail_each_call(
        || machine_with(5),
        |fs| save(fs, 9),
        |fs, result, case| assert_kept(fs, &result, Some(5), case),
    );
    assert!(calls > 15, "{calls}");
}

#[test]
fn of_a_save_over_an_edit() {
    let calls = fail_each_call(
        || {
            let fs = machine_with(4);
            fs.put(PATH, b"jobs = 5\n");
            fs
        },
        |fs| save(fs, 9),
        |fs, result, case| assert_kept(fs, &result, Some(5), case),
    );
    assert!(calls > 25, "{calls}");
}

#[cfg(feature = "editable")]
#[test]
fn of_a_save_of_settings() {
    let calls = fail_each_call(
        || {
            let fs = machine_with(5);
            fs.put(PATH, b"jobs = 5 # mine\n");
            fs
        },
        |fs| settings(fs).save(&Worker { jobs: 9 }, None),
        |fs, result, case| assert_kept(fs, &result, Some(5), case),
    );
    assert!(calls > 25, "{calls}");
}

#[test]
fn of_a_save_that_publishes_in_another_way() {
    for publish in [Publish::Link, Publish::Never] {
        for (before, edited) in [(4, true), (5, false)] {
            let calls = fail_each_call(
                || {
                    let fs = machine_with(before);
                    if edited {
                        fs.put(PATH, b"jobs = 5\n");
                    }
                    fs
                },
                |fs| {
                    let mut status = status(fs);
                    status.backend.options.publish = publish;
                    status.save(&Worker { jobs: 9 }, None)
                },
                |fs, result, case| assert_kept(fs, &result, Some(5), case),
            );
            assert!(calls > 15, "{calls}");
        }
    }
}

#[test]
fn of_an_update() {
    let calls = fail_each_call(
        || machine_with(8),
        update,
        |fs, result, case| assert_kept(fs, &result, Some(8), case),
    );
    assert!(calls > 15, "{calls}");
}

#[test]
fn of_a_restoration() {
    let calls = fail_each_call(
        || {
            let fs = machine_with(9);
            save(&fs, 5).unwrap();
            fs
        },
        |fs| status(fs).restore(9).map(drop),
        |fs, result, case| assert_kept(fs, &result, Some(5), case),
    );
    assert!(calls > 15, "{calls}");
}

#[test]
fn of_a_removal() {
    for edited in [false, true] {
        let machine = || {
            let fs = machine_with(5);
            if edited {
                fs.put(PATH, b"jobs = 5\n");
            }
            fs
        };
        let calls = fail_each_call(
            machine,
            |fs| directory(fs).remove(),
            |fs, result, case| {
                match (load(fs), &result) {
                    (Err(Error::NotFound { .. }), _) => {}
                    (Ok(5), Err(error)) => assert_explains(error, case),
                    other => panic!("{case}: {other:?}"),
                }
                assert!(!fs.is_locked(), "{case}");
                directory(fs).remove().unwrap();
                assert_eq!(fs.names("/app"), [""; 0], "{case}");
                save(fs, 10).unwrap();
                assert_eq!(load(fs).unwrap(), 10, "{case}");
            },
        );
        assert!(calls > 15, "{calls}");
    }
}

#[test]
fn of_a_look_at_what_is_kept() {
    let calls = fail_each_call(
        || machine_with(5),
        |fs| directory(fs).history(),
        |_, result, case| match result {
            // What the disk does not give back is damage.
            Ok(history) => assert!(history.iter().any(|kept| kept.version.is_err()), "{case}"),
            Err(error) => assert_explains(&error, case),
        },
    );
    assert_eq!(calls, 5);
}

#[test]
fn of_a_load() {
    for (published, calls) in [(true, 1), (false, 5)] {
        let failed = fail_each_call(
            || {
                let fs = machine_with(5);
                if !published {
                    fs.take_away(PATH);
                }
                fs
            },
            load,
            |fs, result, case| {
                match result {
                    // The disk is asked a second time, and there is a second copy.
                    Ok(5) if is_of_the_disk(case) => {}
                    Err(error) => assert_explains(&error, case),
                    Ok(jobs) => panic!("{case}: {jobs}"),
                }
                assert_eq!(load(fs).unwrap(), 5, "{case}");
            },
        );
        assert_eq!(failed, calls);
    }
}

/// Whether it is one depends on every generation, so none may be passed over that may not be read.
#[test]
fn of_a_load_where_the_path_holds_a_copy_that_was_cut_short() {
    let failed = fail_each_call(
        || machine_with_a_copy_cut_short(1),
        load,
        |fs, result, case| {
            match result {
                Ok(43) if is_of_the_disk(case) => {}
                // The disk gives back no generation, and so none tells that there was more.
                Ok(4) if is_of_the_disk(case) && case.ends_with("from then on") => {}
                Err(error) => assert_explains(&error, case),
                Ok(jobs) => panic!("{case}: {jobs}"),
            }
            assert_eq!(load(fs).unwrap(), 43, "{case}");
        },
    );
    assert_eq!(failed, 10);
}
