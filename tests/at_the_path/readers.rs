//! What programs of any language see that read the path, or look for changes of it, while saves go on.

use crate::common::sealed_at;
use crate::place::{Place, Worker, worker};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Never missing, never torn, never older than what was there before, and an ordinary file all the time.
#[test]
fn a_reader_finds_a_whole_status_each_time_and_never_an_older_one() {
    let place = Place::saved(1);
    let is_over = AtomicBool::new(false);
    let saves = thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut jobs = 1;
            while !is_over.load(Ordering::Relaxed) {
                jobs += 1;
                place.file.save(&worker(jobs)).unwrap();
            }
            jobs
        });
        let end = Instant::now() + Duration::from_secs(2);
        let mut seen = BTreeSet::new();
        let read = || {
            assert!(fs::symlink_metadata(&place.path).unwrap().is_file());
            let real = fs::canonicalize(&place.path).unwrap();
            let file = fs::read_to_string(real).unwrap();
            let jobs = toml::from_str::<Worker>(&file).unwrap().jobs;
            let (seal, text) = file.split_once('\n').unwrap();
            let saved = seal.split("saved=").nth(1).unwrap();
            let saved = saved.split(' ').next().unwrap();
            assert_eq!(sealed_at(saved, 2, 1, text), file.as_bytes());
            jobs
        };
        let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            while Instant::now() < end {
                let jobs = read();
                assert!(
                    seen.last().is_none_or(|&last| last <= jobs),
                    "{jobs} after {seen:?}"
                );
                seen.insert(jobs);
            }
        }));
        is_over.store(true, Ordering::Relaxed);
        let saves = writer.join().unwrap();
        if let Err(failed) = failed {
            std::panic::resume_unwind(failed);
        }
        assert!(seen.len() > 10, "{seen:?}");
        saves
    });
    assert_eq!(place.file.load().unwrap(), worker(saves));
}

/// By size and time, by the number of the file, and by that of its directory: whatever a program looks at.
#[test]
fn a_program_that_looks_for_changes_sees_every_save() {
    let place = Place::new();
    let mut before = None;
    for jobs in 0..50 {
        place.file.save(&worker(jobs)).unwrap();
        let file = fs::metadata(&place.path).unwrap();
        let looks = (file.ino(), file.modified().unwrap());
        if let Some((ino, modified)) = before {
            assert!(
                looks.0 != ino && looks.1 > modified,
                "{looks:?} after {before:?}"
            );
        }
        before = Some(looks);
    }
}

/// Who has it open reads on in what was there when it was opened.
#[test]
fn who_has_it_open_reads_what_was_there() {
    use std::io::Read;
    let place = Place::saved(1);
    let before = fs::read_to_string(&place.path).unwrap();
    let mut open = fs::File::open(&place.path).unwrap();
    for jobs in 2..5 {
        place.file.save(&worker(jobs)).unwrap();
    }
    let mut read = String::new();
    open.read_to_string(&mut read).unwrap();
    assert_eq!(read, before);
}

/// Who has it open for writing, and writes late, has written an edit that nobody looked at: it is kept aside.
#[test]
fn what_is_written_late_into_a_file_that_was_replaced_is_kept_aside() {
    use std::io::Write;
    let place = Place::saved(2);
    let mut open = fs::OpenOptions::new()
        .append(true)
        .open(&place.path)
        .unwrap();
    place.file.save(&worker(3)).unwrap();
    open.write_all(b"# late\n").unwrap();
    place.file.save(&worker(4)).unwrap();
    assert_eq!(place.file.load().unwrap(), worker(4));
    let aside = crate::common::aside(&place.path, 3);
    let text = fs::read_to_string(aside).unwrap();
    assert!(text.ends_with("\njobs = 2\n# late\n"), "{text}");
    assert_eq!(place.kept(), ["3.aside", "3.toml", "4.toml"]);
}
