//! What every back end must do, run over each of them.

use super::{PATH, WORKER, Worker, directory, sealed_status, unsealed};
use crate::api::typed::Typed;
use crate::codec::schema::Schema;
use crate::codec::source::breaks_off;
use crate::error::Error;
use crate::fs::Disk;
use crate::fs::simulated::Simulated;
use crate::store::backend::{Backend, Over};
use crate::store::directory::Directory;
use crate::store::directory::layout::Layout;
use crate::store::memory::Memory;
use crate::store::options::{Options, Publish};
use crate::store::snapshot::Origin;
use std::cell::Cell;
use std::fs;
use std::sync::Barrier;
use std::thread;
use tempfile::TempDir;

/// What a directory puts at the path is no part of the interface. There an edit with a mistake waits for whoever
/// made it, where people edit.
const UNPUBLISHED: Options = Options {
    publish: Publish::Never,
    editable: true,
    ..Options::DEFAULT
};

/// A back end, and what others may do to what it keeps.
trait Subject {
    type Backend: Backend + Clone;

    fn new() -> Self;

    fn backend(&self) -> Self::Backend;

    fn keep(backend: &mut Self::Backend, keep: usize);

    /// A person puts this where the status lies.
    fn edit(&self, bytes: &[u8]);

    /// A generation is no longer what it was.
    fn damage(&self, number: u64);

    fn status(&self) -> Typed<Self::Backend, Worker> {
        Typed::new(self.backend(), WORKER)
    }

    fn save(&self, jobs: u64) {
        self.status().save(&Worker { jobs }, None).unwrap();
    }

    fn load(&self) -> Result<u64, Error> {
        self.status().load().map(|worker| worker.jobs)
    }

    fn numbers(&self) -> Vec<u64> {
        let history = self.backend().history().unwrap();
        history.iter().map(|generation| generation.number).collect()
    }
}

impl Subject for Memory {
    type Backend = Self;

    fn new() -> Self {
        Memory::new()
    }

    fn backend(&self) -> Self {
        self.clone()
    }

    fn keep(backend: &mut Self, keep: usize) {
        backend.options.keep = keep;
    }

    fn edit(&self, bytes: &[u8]) {
        Memory::edit(self, bytes);
    }

    fn damage(&self, number: u64) {
        Memory::damage(self, number);
    }
}

impl Subject for Simulated {
    type Backend = Directory<Self>;

    fn new() -> Self {
        Simulated::new()
    }

    fn backend(&self) -> Directory<Self> {
        let options = UNPUBLISHED;
        Directory {
            options,
            ..directory(self)
        }
    }

    fn keep(backend: &mut Directory<Self>, keep: usize) {
        backend.options.keep = keep;
    }

    fn edit(&self, bytes: &[u8]) {
        self.put(PATH, bytes);
    }

    fn damage(&self, number: u64) {
        self.put(directory(self).layout.generation(number), b"jobs");
    }
}

/// In a directory of a real file system.
struct Real(TempDir);

impl Real {
    #[expect(clippy::disallowed_methods, reason = "others ask nobody")]
    fn put(&self, name: &str, bytes: &[u8]) {
        let path = self.0.path().join(name);
        let _ = fs::remove_file(&path);
        fs::write(path, bytes).unwrap();
    }
}

impl Subject for Real {
    type Backend = Directory<Disk>;

    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn backend(&self) -> Directory<Disk> {
        Directory {
            fs: Disk,
            layout: Layout::new(&self.0.path().join("worker.toml")).unwrap(),
            options: UNPUBLISHED,
            breaks_off,
            is_followed: true,
        }
    }

    fn keep(backend: &mut Directory<Disk>, keep: usize) {
        backend.options.keep = keep;
    }

    fn edit(&self, bytes: &[u8]) {
        self.put("worker.toml", bytes);
    }

    fn damage(&self, number: u64) {
        self.put(&format!("worker.toml.status/{number}.toml"), b"jobs");
    }
}

fn nothing_is_not_found_and_stays_nothing<S: Subject>() {
    let subject = S::new();
    assert!(matches!(subject.load(), Err(Error::NotFound { .. })));
    assert_eq!(
        subject.status().load_or_default().unwrap(),
        Worker::default()
    );
    assert!(subject.numbers().is_empty());
    subject.backend().remove().unwrap();
}

fn what_was_committed_last_is_the_status<S: Subject>() {
    let subject = S::new();
    for jobs in 1..=5 {
        subject.save(jobs);
        assert_eq!(subject.load().unwrap(), jobs);
    }
    let read = subject.status().read().unwrap();
    assert_eq!(read.origin, Origin::Generation(subject.numbers()[0]));
    assert!(read.skipped.is_empty());
}

fn one_damaged_text_is_survived_from_the_first_commit_on<S: Subject>() {
    for jobs in 1..=3 {
        for damaged in [0, 1] {
            let subject = S::new();
            (1..=jobs).for_each(|jobs| subject.save(jobs));
            let number = subject.numbers()[damaged];
            subject.damage(number);
            let read = subject.status().read().unwrap();
            let expected = if damaged == 0 && jobs > 1 {
                jobs - 1
            } else {
                jobs
            };
            assert_eq!(read.value.jobs, expected);
            assert_eq!(read.skipped.len(), usize::from(damaged == 0));
            subject.save(9);
            assert_eq!(subject.load().unwrap(), 9);
        }
    }
}

fn where_all_are_damaged_nothing_takes_their_place<S: Subject>() {
    let subject = S::new();
    subject.save(1);
    for number in subject.numbers() {
        subject.damage(number);
    }
    let result = subject.status().load_or_default();
    let Err(Error::Damaged { candidates, .. }) = result else {
        panic!("{result:?}");
    };
    assert_eq!(candidates.len(), 2);
}

fn as_many_are_kept_as_asked_the_newest_first<S: Subject>() {
    let subject = S::new();
    let mut backend = subject.backend();
    S::keep(&mut backend, 4);
    let status = Typed::new(backend, WORKER);
    for jobs in 1..=9 {
        status.save(&Worker { jobs }, None).unwrap();
    }
    let numbers = subject.numbers();
    assert_eq!(numbers.len(), 4);
    assert!(numbers.is_sorted_by(|newer, older| newer > older));
    let kept = numbers.iter().map(|&number| status.read_generation(number));
    let kept: Vec<u64> = kept.map(|read| read.unwrap().value.jobs).collect();
    assert_eq!(kept, [9, 8, 7, 6]);
}

fn an_older_one_becomes_the_newest_again_to_the_letter<S: Subject>() {
    let subject = S::new();
    subject.save(1);
    subject.save(2);
    let older = subject.numbers()[1];
    let before = subject.backend().generation(older, None).unwrap();
    assert_eq!(subject.status().restore(older).unwrap().jobs, 1);
    let after = subject.backend().latest_generation().unwrap();
    let (after, before) = (after.document.bytes(), before.document.bytes());
    assert_eq!(unsealed(after), unsealed(before));
    assert_ne!(after, before, "saved at another time");
    assert!(matches!(
        subject.status().restore(999),
        Err(Error::Io { .. })
    ));
}

fn an_edit_is_the_status_and_then_the_older_one<S: Subject>() {
    let subject = S::new();
    subject.save(1);
    subject.edit(b"jobs = 50 # by hand\n");
    let read = subject.status().read().unwrap();
    assert_eq!((read.value.jobs, read.origin), (50, Origin::Edit));
    assert_eq!(subject.status().read_last_good().unwrap().value.jobs, 1);
    subject.status().update(|worker| worker.jobs += 1).unwrap();
    assert_eq!(subject.load().unwrap(), 51);
    let older = subject.backend().generation(subject.numbers()[1], None);
    let older = older.unwrap();
    assert!(older.document.bytes().ends_with(b"\njobs = 50 # by hand\n"));
}

fn an_edit_that_the_gate_refuses_stops_the_commit<S: Subject>() {
    let subject = S::new();
    subject.save(1);
    subject.edit(b"jobs = many\n");
    let numbers = subject.numbers();
    let result = subject.status().save(&Worker { jobs: 2 }, None);
    assert!(matches!(result, Err(Error::Decode { .. })), "{result:?}");
    assert_eq!(subject.numbers(), numbers);
    assert!(matches!(subject.load(), Err(Error::Decode { .. })));
}

fn a_newer_version_is_not_replaced<S: Subject>() {
    let subject = S::new();
    let newer = Typed::new(subject.backend(), Schema::<Worker>::new(2));
    newer.save(&Worker { jobs: 7 }, None).unwrap();
    let result = subject.status().save(&Worker { jobs: 1 }, None);
    assert!(
        matches!(result, Err(Error::Newer { found: 2, .. })),
        "{result:?}"
    );
    assert_eq!(newer.load().unwrap().jobs, 7);
}

fn what_another_type_wrote_is_neither_loaded_nor_replaced<S: Subject>() {
    let subject = S::new();
    let typed = |type_name| Typed::new(subject.backend(), WORKER.named(Some(type_name)));
    // What nobody has declared is the first one's.
    subject.save(6);
    let own = typed("app/Worker");
    for jobs in [5, 7] {
        own.save(&Worker { jobs }, None).unwrap();
    }
    let other = typed("app/Job");
    for refused in [
        other.load().map(drop),
        other.load_or_default().map(drop),
        other.read_last_good().map(drop),
        other.restore(subject.numbers()[0]).map(drop),
        other.update(|worker| worker.jobs += 1),
        other.save(&Worker { jobs: 8 }, None),
    ] {
        let Err(Error::Foreign {
            found, declared, ..
        }) = refused
        else {
            panic!("{refused:?}");
        };
        assert_eq!((&*found, &*declared), ("app/Worker", "app/Job"));
    }
    subject.edit(b"jobs = 9\n");
    let refused = other.save(&Worker { jobs: 8 }, None);
    assert!(matches!(refused, Err(Error::Foreign { .. })), "{refused:?}");
    assert_eq!(own.load().unwrap().jobs, 9);
}

fn what_nobody_declares_stays_what_it_was<S: Subject>() {
    let subject = S::new();
    let own = Typed::new(subject.backend(), WORKER.named(Some("app/Worker")));
    own.save(&Worker { jobs: 1 }, None).unwrap();
    subject.save(2);
    subject.edit(b"jobs = 3\n");
    subject.save(4);
    for number in subject.numbers() {
        let kept = subject.backend().generation(number, None).unwrap();
        let head = b"#:statusfile 2 type=app/Worker version=1 ";
        assert!(kept.document.bytes().starts_with(head), "{number}");
    }
    assert_eq!(own.load().unwrap().jobs, 4);
}

fn a_commit_over_what_has_changed_is_refused<S: Subject>() {
    let subject = S::new();
    let backend = subject.backend();
    let commit = |over: Over<'_, _>| {
        let new = sealed_status("jobs = 9\n");
        backend.commit(&new, over, &WORKER, None)
    };
    commit(Over::Nothing).unwrap();
    let refused = commit(Over::Nothing);
    assert!(matches!(refused, Err(Error::Changed { .. })), "{refused:?}");

    let seen = backend.latest(None).unwrap();
    subject.save(2);
    let refused = commit(Over::Still(&seen));
    assert!(matches!(refused, Err(Error::Changed { .. })), "{refused:?}");
    assert_eq!(subject.load().unwrap(), 2);

    let seen = backend.latest(None).unwrap();
    subject.edit(b"jobs = 3\n");
    let refused = commit(Over::Still(&seen));
    assert!(matches!(refused, Err(Error::Changed { .. })), "{refused:?}");
    let seen = backend.latest(None).unwrap();
    commit(Over::Still(&seen)).unwrap();
    assert_eq!(subject.load().unwrap(), 9);
}

/// Where nobody is locked out, a change is made again to what another has left.
fn no_update_is_lost<S: Subject>()
where
    S::Backend: Send,
{
    const THREADS: u64 = 4;
    const UPDATES: u64 = 25;
    let subject = S::new();
    let begin = Barrier::new(4);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            let status = subject.status();
            let begin = &begin;
            scope.spawn(move || {
                begin.wait();
                for _ in 0..UPDATES {
                    status.update(|worker| worker.jobs += 1).unwrap();
                }
            });
        }
    });
    assert_eq!(subject.load().unwrap(), THREADS * UPDATES);
}

fn a_change_is_made_again_only_if_another_was_faster<S: Subject>() {
    let subject = S::new();
    subject.save(1);
    let calls = Cell::new(0);
    subject
        .status()
        .update(|worker| {
            calls.set(calls.get() + 1);
            worker.jobs += 1;
        })
        .unwrap();
    assert_eq!((calls.get(), subject.load().unwrap()), (1, 2));
}

fn what_is_removed_is_gone_and_can_begin_again<S: Subject>() {
    let subject = S::new();
    subject.save(1);
    subject.edit(b"jobs = 2\n");
    subject.backend().remove().unwrap();
    assert!(matches!(subject.load(), Err(Error::NotFound { .. })));
    assert!(subject.numbers().is_empty());
    subject.save(3);
    assert_eq!(subject.load().unwrap(), 3);
}

macro_rules! suite {
    ($($subject:ident: $type:ty),*) => {
        suite!(@tests ($(($subject, $type)),*) [
            nothing_is_not_found_and_stays_nothing
            what_was_committed_last_is_the_status
            one_damaged_text_is_survived_from_the_first_commit_on
            where_all_are_damaged_nothing_takes_their_place
            as_many_are_kept_as_asked_the_newest_first
            an_older_one_becomes_the_newest_again_to_the_letter
            an_edit_is_the_status_and_then_the_older_one
            an_edit_that_the_gate_refuses_stops_the_commit
            a_newer_version_is_not_replaced
            what_another_type_wrote_is_neither_loaded_nor_replaced
            what_nobody_declares_stays_what_it_was
            a_commit_over_what_has_changed_is_refused
            no_update_is_lost
            a_change_is_made_again_only_if_another_was_faster
            what_is_removed_is_gone_and_can_begin_again
        ]);
    };
    (@tests ($($subject:tt),*) $tests:tt) => {
        $(suite!(@module $subject $tests);)*
    };
    (@module ($subject:ident, $type:ty) [$($test:ident)*]) => {
        mod $subject {
            $(#[test]
            fn $test() {
                super::$test::<$type>();
            })*
        }
    };
}

suite!(memory: crate::store::memory::Memory, real: super::Real);

/// Threads of one process on a simulated machine do not wait for each other.
mod simulated {
    use crate::fs::simulated::Simulated;

    #[test]
    fn all_but_what_takes_threads() {
        super::nothing_is_not_found_and_stays_nothing::<Simulated>();
        super::what_was_committed_last_is_the_status::<Simulated>();
        super::one_damaged_text_is_survived_from_the_first_commit_on::<Simulated>();
        super::where_all_are_damaged_nothing_takes_their_place::<Simulated>();
        super::as_many_are_kept_as_asked_the_newest_first::<Simulated>();
        super::an_older_one_becomes_the_newest_again_to_the_letter::<Simulated>();
        super::an_edit_is_the_status_and_then_the_older_one::<Simulated>();
        super::an_edit_that_the_gate_refuses_stops_the_commit::<Simulated>();
        super::a_newer_version_is_not_replaced::<Simulated>();
        super::a_commit_over_what_has_changed_is_refused::<Simulated>();
        super::a_change_is_made_again_only_if_another_was_faster::<Simulated>();
        super::what_is_removed_is_gone_and_can_begin_again::<Simulated>();
    }
}
