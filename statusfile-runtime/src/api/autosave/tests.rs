//! What cannot be brought about from outside: a thread that has gone, as it has in a fork.

use super::*;
use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

type Numbers = BTreeMap<String, u32>;

/// An autosave of another process: what the child of a fork of that has. There is no thread in it.
fn forked(file: &StatusFile<Numbers>) -> Autosave<Numbers> {
    let another = process::id() + 1;
    let fork = file.autosave_in(another, AutosaveOptions::default());
    let fork = fork.unwrap();
    fork.owner.saver.memory.end();
    while Arc::strong_count(&fork.owner.saver) > 1 {
        thread::yield_now();
    }
    fork
}

fn file() -> (tempfile::TempDir, StatusFile<Numbers>) {
    let directory = tempfile::tempdir().unwrap();
    let file =
        StatusFile::undeclared(directory.path().join("numbers.toml")).lock_timeout(Duration::ZERO);
    (directory, file)
}

#[test]
fn a_fork_changes_its_memory_and_saves_nothing() {
    let (_directory, file) = file();
    let fork = forked(&file);
    fork.update(|numbers| numbers.insert("a".to_owned(), 1));
    assert_eq!(fork.with(|numbers| numbers["a"]), 1);

    let told = format!(
        "{}: cannot save the status in the background: this process is a fork of the one that \
         autosaves it, and shares its lock; only that one can save it",
        file.location()
    );
    assert_eq!(fork.flush().unwrap_err().to_string(), told);
    let another = fork.clone();
    assert_eq!(another.close().unwrap_err().to_string(), told);
    assert_eq!(fork.close().unwrap_err().to_string(), told);
    assert!(matches!(file.load(), Err(Error::NotFound { .. })));
}

#[test]
fn a_fork_leaves_the_lock_to_its_parent() {
    let (_directory, file) = file();
    let fork = forked(&file);
    fork.update(Numbers::clear);
    drop(fork);
    assert!(matches!(file.lock(), Err(Error::Locked { .. })));
    assert!(matches!(file.load(), Err(Error::NotFound { .. })));
}

#[test]
fn the_last_handle_saves_even_if_the_thread_has_gone() {
    let (_directory, file) = file();
    let numbers = file.autosave().unwrap();
    numbers.owner.saver.memory.end();
    numbers.update(|numbers| numbers.insert("a".to_owned(), 1));
    numbers.flush().unwrap();
    assert_eq!(file.load().unwrap()["a"], 1);
    numbers.update(|numbers| numbers.insert("a".to_owned(), 2));
    drop(numbers);
    assert_eq!(file.load().unwrap()["a"], 2);
    drop(file.lock().unwrap());
}

#[test]
fn handles_can_be_shared_by_threads() {
    fn is_shareable<T: Clone + Send + Sync + 'static>() {}
    is_shareable::<Autosave<std::cell::Cell<u8>>>();
}
