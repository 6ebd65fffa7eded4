//! What happens where the operating system reports nothing, or fails to.

use super::*;
use crate::StatusFile;
use crate::api::typed::Typed;
use notify::{Config, EventHandler, NullWatcher, RecursiveMode, WatcherKind};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

type Numbers = BTreeMap<String, u8>;

const SOON: Duration = Duration::from_secs(10);

fn quick() -> Debounce {
    Debounce {
        quiet: Duration::from_millis(1),
        longest: Duration::from_millis(1),
        poll_interval: Duration::from_millis(10),
        ..Debounce::default()
    }
}

fn numbers(number: u8) -> Numbers {
    [("number".to_owned(), number)].into()
}

fn status(path: &Path) -> Typed<OnDisk, Numbers> {
    StatusFile::undeclared(path).typed().unwrap()
}

fn watch<W>(path: &Path) -> Result<(Receiver<Result<Numbers, Error>>, Watch), Error>
where
    W: Watcher + Send + 'static,
{
    let (sender, receiver) = mpsc::channel();
    let report = move |change| sender.send(change).unwrap();
    let status = status(path);
    let directory = status.backend.clone();
    let report =
        move |seen: Result<Seen, _>| report(seen.and_then(|seen| Ok(status.decode(&seen)?.value)));
    let watch = start::<W>(directory, quick(), report)?;
    Ok((receiver, watch))
}

#[test]
fn what_nobody_reports_is_found_anyway() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a/worker.toml");
    let (changes, _watch) = watch::<NullWatcher>(&path).unwrap();
    for number in 1..=3 {
        StatusFile::undeclared(&path)
            .save(&numbers(number))
            .unwrap();
        let change = changes.recv_timeout(SOON).unwrap();
        assert_eq!(change.unwrap(), numbers(number));
    }
}

/// Reports a failure as soon as it begins.
#[derive(Debug)]
struct Failing;

impl Watcher for Failing {
    fn new<F: EventHandler>(mut handler: F, _: Config) -> notify::Result<Self> {
        handler.handle_event(Err(notify::Error::generic("the wire is cut")));
        Ok(Self)
    }

    fn watch(&mut self, _: &Path, _: RecursiveMode) -> notify::Result<()> {
        Ok(())
    }

    fn unwatch(&mut self, _: &Path) -> notify::Result<()> {
        Ok(())
    }

    fn kind() -> WatcherKind {
        WatcherKind::NullWatcher
    }
}

#[test]
fn a_failure_is_reported_once_and_the_watch_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("worker.toml");
    let (changes, _watch) = watch::<Failing>(&path).unwrap();
    let failure = changes.recv_timeout(SOON).unwrap().unwrap_err();
    let told = format!(
        "{}: cannot watch the status: the wire is cut",
        path.display()
    );
    assert_eq!(failure.to_string(), told);

    for number in 1..=3 {
        StatusFile::undeclared(&path)
            .save(&numbers(number))
            .unwrap();
        let change = changes.recv_timeout(SOON).unwrap();
        assert_eq!(change.unwrap(), numbers(number));
    }
}

#[test]
fn nothing_is_reported_after_a_callback_ended_the_watch() {
    let directory = tempfile::tempdir().unwrap();
    let status = status(&directory.path().join("worker.toml"));
    let debounce = quick();
    let directories = DirectoryWatcher::<Failing>::new(status.backend.layout.clone());
    let changes = ChangeDetector::new(status.backend.clone());
    status.save(&numbers(1), None).unwrap();
    debounce.fail(notify::Error::generic("the wire is cut"));

    // There are two things to report, the failure and the status.
    let mut reports = 0;
    run(&debounce, directories, changes, |_| {
        reports += 1;
        debounce.alarm.end();
    });
    assert_eq!(reports, 1);
}

/// Watches nothing, as the limit is reached.
#[derive(Debug)]
struct Full;

impl Watcher for Full {
    fn new<F: EventHandler>(_: F, _: Config) -> notify::Result<Self> {
        Ok(Self)
    }

    fn watch(&mut self, path: &Path, _: RecursiveMode) -> notify::Result<()> {
        let full = notify::Error::new(notify::ErrorKind::MaxFilesWatch);
        Err(full.add_path(path.to_owned()))
    }

    fn unwatch(&mut self, _: &Path) -> notify::Result<()> {
        Ok(())
    }

    fn kind() -> WatcherKind {
        WatcherKind::NullWatcher
    }
}

#[test]
fn what_cannot_be_watched_at_all_is_an_error_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("missing/worker.toml");
    let error = watch::<Full>(&path).unwrap_err().to_string();
    let told = format!(
        "{}: cannot watch the status: this user",
        directory.path().display()
    );
    assert!(error.starts_with(&told), "{error}");
}
