//! A new version of a program takes over what an old one kept, through a crash or a power loss on the
//! way.

use super::{DIRECTORY, PATH, Worker, directory, load, machine_with, save, status};
use crate::api::typed::Typed;
use crate::codec::schema::Schema;
use crate::fs::simulated::{Crash, Simulated};
use crate::store::backend::Backend;
use crate::store::directory::Directory;
use crate::{Error, PersistentStatus, StatusFile};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What became of [`Worker`].
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Upgraded {
    jobs_done: u64,
}

impl From<Worker> for Upgraded {
    fn from(previous: Worker) -> Self {
        Self {
            jobs_done: previous.jobs,
        }
    }
}

impl PersistentStatus for Worker {
    fn status_file() -> Result<StatusFile<Self>, Error> {
        Ok(StatusFile::undeclared(PATH))
    }
}

const UPGRADED: Schema<Upgraded> = Schema::new(2).previous::<Worker>();

fn upgraded(fs: &Simulated) -> Typed<Directory<Simulated>, Upgraded> {
    Typed::new(directory(fs), UPGRADED)
}

fn upgrade(fs: &Simulated) -> Result<(), Error> {
    upgraded(fs).update(|upgraded| upgraded.jobs_done += 1)
}

fn load_upgraded(fs: &Simulated) -> u64 {
    upgraded(fs).load().unwrap().jobs_done
}

/// What must hold of a machine on which 4 was acknowledged, and perhaps 5 by the new program.
fn check(fs: &Simulated, acknowledged: bool, case: &str) {
    let upgraded = load_upgraded(fs);
    assert!(
        upgraded == 5 || (upgraded == 4 && !acknowledged),
        "{case}: {upgraded}"
    );
    // An old program goes on where it can read the status, and else leaves it alone.
    let before = fs.medium();
    match (load(fs), upgraded) {
        (Ok(4), 4) => {
            save(fs, 6).unwrap();
            assert_eq!(load_upgraded(fs), 6, "{case}");
        }
        (Err(Error::Newer { .. }), 5) => {
            assert!(matches!(save(fs, 6), Err(Error::Newer { .. })), "{case}");
            assert_eq!(load_upgraded(fs), 5, "{case}");
            assert!(
                fs.medium() != before,
                "{case}: not even the lock was asked for"
            );
        }
        other => panic!("{case}: {other:?}"),
    }
}

#[test]
fn at_every_call() {
    for crash in [Crash::Prefix, Crash::Subset, Crash::Halves] {
        for calls in 0.. {
            let fs = machine_with(4);
            fs.kill_after(calls);
            let result = upgrade(&fs);
            let complete = fs.forget_fault();
            assert!(result.is_ok() || !complete, "{result:?}");
            let case = format!("{crash:?}, killed after {calls} calls");
            for image in fs.medium().after_power_cut(crash) {
                check(&Simulated::with(image), complete, &case);
            }
            check(&Simulated::with(fs.medium()), complete, &case);
            if complete {
                assert!(calls > 15);
                break;
            }
        }
    }
}

/// The new program knows no way from the version in its seal.
#[test]
fn an_edit_that_cannot_be_converted_stops_loads_and_no_save() {
    let fs = machine_with(4);
    let edit = b"#:statusfile 2 version=1\njobs = 50\n";
    fs.put(PATH, edit);
    let mut status = upgraded(&fs);
    status.schema = Schema::new(2);
    let refused = status.load();
    assert!(matches!(refused, Err(Error::Convert { .. })), "{refused:?}");
    status.save(&Upgraded { jobs_done: 5 }, None).unwrap();
    assert_eq!(load_upgraded(&fs), 5);
    let aside = Path::new(DIRECTORY).join("4.aside");
    assert_eq!(fs.bytes(aside), edit);
}

#[test]
fn the_older_status_stays_as_it_was_written() {
    let fs = machine_with(4);
    upgrade(&fs).unwrap();
    let versions: Vec<_> = directory(&fs)
        .history()
        .unwrap()
        .into_iter()
        .map(|kept| kept.version.unwrap())
        .collect();
    assert_eq!(versions, [2, 1]);
    assert_eq!(status(&fs).read_generation(4).unwrap().value.jobs, 4);
    let restored = upgraded(&fs).restore(4).unwrap();
    assert_eq!(restored.jobs_done, 4);
    assert_eq!(load(&fs).unwrap(), 4);
}
