//! Every change of a status is reported once, by any process, and wherever it comes from.
//!
//! That nothing is reported is shown by what is reported next. A pause before that can only make a
//! test miss a mistake, never fail.

#![expect(clippy::unwrap_used, reason = "these run in tests only")]

use notify::Watcher;
use serde::{Deserialize, Serialize};
use statusfile::{Error, PersistentStatus, StatusFile, Watch};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// Enough for any report that the operating system brings about, and too little for one that waits
/// until the status is looked at anyway.
const SOON: Duration = Duration::from_secs(10);

/// Enough for a change to be looked at before the next one.
const PAUSE: Duration = Duration::from_millis(300);

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Settings {
    theme: String,
    size: u32,
}

fn size(size: u32) -> Settings {
    Settings {
        size,
        ..Settings::default()
    }
}

/// What a watch reports.
struct Changes(Receiver<Result<Settings, Error>>);

impl Changes {
    fn of(path: &Path) -> (Self, Watch) {
        let (sender, receiver) = mpsc::channel();
        let watch = at(path).watch(move |change| sender.send(change).unwrap());
        (Self(receiver), watch.unwrap())
    }

    #[track_caller]
    fn next(&self) -> Result<Settings, Error> {
        self.0.recv_timeout(SOON).expect("nothing was reported")
    }

    /// Whether the watch is over and has nothing more to say.
    fn has_ended(&self) -> bool {
        self.0.recv_timeout(SOON).err() == Some(RecvTimeoutError::Disconnected)
    }
}

fn at(path: &Path) -> StatusFile<Settings> {
    StatusFile::undeclared(path)
}

/// Saves `value` by a handle of its own.
fn save(path: &Path, value: u32) {
    at(path).save(&size(value)).unwrap();
}

/// A directory, and the path of a status in it that was saved.
fn saved() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("settings.toml");
    save(&path, 1);
    (directory, path)
}

/// Does `test` while another thread does `act`, over and over.
fn while_another_thread(act: impl Fn(u32) + Sync, test: impl FnOnce()) {
    struct Over<'a>(&'a AtomicBool);

    impl Drop for Over<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let rounds = (0..).take_while(|_| !is_over.load(Ordering::Relaxed));
            rounds.for_each(&act);
        });
        // Even if the test fails.
        let _over = Over(&is_over);
        test();
    });
}

/// Puts a file in the place of what lies at `path`, all at once, as most editors do.
fn put(path: &Path, text: &str) {
    let beside = path.with_extension("editor");
    fs::write(&beside, text).unwrap();
    fs::rename(beside, path).unwrap();
}

#[test]
fn every_save_is_reported_but_the_one_before() {
    let (_directory, path) = saved();
    let (changes, _watch) = Changes::of(&path);
    for value in [2, 3, 3, 2] {
        save(&path, value);
        assert_eq!(changes.next().unwrap(), size(value));
    }
}

#[test]
fn edits_are_reported_and_what_replaces_them() {
    let (_directory, path) = saved();
    let (changes, _watch) = Changes::of(&path);
    put(&path, "size = 2\n");
    assert_eq!(changes.next().unwrap(), size(2));

    let mut edit = OpenOptions::new().append(true).open(&path).unwrap();
    edit.write_all(b"theme = \"dark\"\n").unwrap();
    drop(edit);
    let theme = "dark".to_owned();
    assert_eq!(changes.next().unwrap(), Settings { theme, size: 2 });

    save(&path, 3);
    assert_eq!(changes.next().unwrap(), size(3));

    put(&path, "size = 4\n");
    assert_eq!(changes.next().unwrap(), size(4));
    fs::remove_file(&path).unwrap();
    assert_eq!(changes.next().unwrap(), size(3));
}

#[test]
fn a_mistake_is_reported_once_and_then_its_correction() {
    let (_directory, path) = saved();
    let (changes, _watch) = Changes::of(&path);
    put(&path, "theme = \"dark\"\nsize = two\n");
    let mistake = changes.next().unwrap_err();
    let Error::Decode { line, column, .. } = mistake else {
        panic!("{mistake}");
    };
    assert_eq!((line, column), (2, 8));

    fs::write(path.with_extension("other"), "").unwrap();
    thread::sleep(PAUSE);
    put(&path, "size = 2\n");
    assert_eq!(changes.next().unwrap(), size(2));
}

#[test]
fn what_changes_no_status_is_not_reported() {
    let (directory, path) = saved();
    put(&path, "size = 2\n");
    let (changes, _watch) = Changes::of(&path);
    let status_directory = directory.path().join("settings.toml.status");

    put(&path, "size = 2\n");
    fs::write(status_directory.join("0123456789abcdef.tmp"), "size = 5\n").unwrap();
    fs::write(status_directory.join("notes"), "").unwrap();
    fs::remove_file(status_directory.join("1.toml")).unwrap();
    drop(at(&path).lock().unwrap());
    save(&directory.path().join("other.toml"), 7);
    thread::sleep(PAUSE);

    save(&path, 3);
    assert_eq!(changes.next().unwrap(), size(3));
}

#[test]
fn many_quick_saves_end_with_the_newest() {
    const LAST: u32 = 100;
    let (_directory, path) = saved();
    let (changes, _watch) = Changes::of(&path);
    (2..=LAST).for_each(|value| save(&path, value));
    let mut last = 1;
    while last < LAST {
        let next = changes.next().unwrap().size;
        assert!(next > last, "{next} after {last}");
        last = next;
    }
    save(&path, LAST + 1);
    assert_eq!(changes.next().unwrap(), size(LAST + 1));
}

#[test]
fn saves_without_a_pause_are_reported_all_the_same() {
    let (_directory, path) = saved();
    let (changes, _watch) = Changes::of(&path);
    let save_on = |round| save(&path, 2 + round);
    while_another_thread(save_on, || {
        let (first, second) = (changes.next().unwrap(), changes.next().unwrap());
        assert!(first.size < second.size, "{first:?} {second:?}");
    });
}

#[test]
fn a_status_need_not_be_there_and_nor_need_its_directories() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a/b/settings.toml");
    let (changes, _watch) = Changes::of(&path);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);

    for value in 1..=3 {
        save(&path, value);
        assert_eq!(changes.next().unwrap(), size(value));
    }
}

#[test]
fn directories_may_appear_one_by_one() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a/b/settings.toml");
    let (changes, _watch) = Changes::of(&path);
    for parent in ["a", "a/b"] {
        fs::create_dir(directory.path().join(parent)).unwrap();
        thread::sleep(PAUSE);
    }
    put(&path, "size = 1\n");
    assert_eq!(changes.next().unwrap(), size(1));
    for value in 2..=3 {
        save(&path, value);
        assert_eq!(changes.next().unwrap(), size(value));
    }
}

#[test]
fn a_removal_is_reported_and_so_is_what_is_saved_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a/settings.toml");
    save(&path, 1);
    let (changes, _watch) = Changes::of(&path);
    for value in [2, 4] {
        // Without the file at the path it is still there, and nothing has changed.
        fs::remove_file(&path).unwrap();
        thread::sleep(PAUSE);
        // All at once: file by file, a load in between finds the older status.
        let gone = directory.path().join("a/gone");
        fs::rename(directory.path().join("a/settings.toml.status"), gone).unwrap();
        let removed = changes.next();
        assert!(
            matches!(removed, Err(Error::NotFound { .. })),
            "{removed:?}"
        );
        fs::remove_dir_all(directory.path().join("a")).unwrap();
        // It was not removed by a program, and this one wants to begin again.
        at(&path).remove().unwrap();
        for value in [value, value + 1] {
            save(&path, value);
            assert_eq!(changes.next().unwrap(), size(value));
        }
    }
}

#[test]
fn directories_that_are_replaced_at_once_are_watched_again() {
    let directory = tempfile::tempdir().unwrap();
    let above = directory.path().join("a");
    let path = above.join("settings.toml");
    save(&path, 1);
    let (changes, _watch) = Changes::of(&path);

    let remove: [fn(&Path); 2] = [
        |above| fs::remove_dir_all(above).unwrap(),
        |above| fs::rename(above, above.with_file_name("elsewhere")).unwrap(),
    ];
    for (remove, value) in remove.into_iter().zip([2, 4]) {
        remove(&above);
        at(&path).remove().unwrap();
        save(&path, value);
        // It may have been looked at in between.
        while changes.next().ok() != Some(size(value)) {}
        save(&path, value + 1);
        assert_eq!(changes.next().unwrap(), size(value + 1));
    }
    save(&directory.path().join("elsewhere/settings.toml"), 7);
    thread::sleep(PAUSE);
    save(&path, 6);
    assert_eq!(changes.next().unwrap(), size(6));
}

#[test]
fn nothing_is_reported_once_the_watch_is_dropped() {
    let (_directory, path) = saved();
    let (began, beginning) = mpsc::channel();
    let is_done = Arc::new(AtomicBool::new(false));
    let done = Arc::clone(&is_done);
    let watch = at(&path).watch(move |_| {
        began.send(()).unwrap();
        thread::sleep(PAUSE);
        done.store(true, Ordering::Relaxed);
    });
    save(&path, 2);
    beginning.recv_timeout(SOON).unwrap();
    save(&path, 3);
    drop(watch);
    assert!(is_done.load(Ordering::Relaxed));
    assert_eq!(
        beginning.try_recv().err(),
        Some(mpsc::TryRecvError::Disconnected)
    );
}

#[test]
fn a_watch_may_be_dropped_by_its_callback() {
    let (_directory, path) = saved();
    let slot = Arc::new(Mutex::new(None::<Watch>));
    let (sender, receiver) = mpsc::channel();
    let own = Arc::clone(&slot);
    let watch = at(&path).watch(move |change| {
        drop(own.lock().unwrap().take());
        sender.send(change).unwrap();
    });
    *slot.lock().unwrap() = Some(watch.unwrap());
    let changes = Changes(receiver);
    save(&path, 2);
    assert_eq!(changes.next().unwrap(), size(2));
    assert!(changes.has_ended());
}

#[test]
fn loads_are_no_changes() {
    let (_directory, path) = saved();
    let (changes, _watch) = Changes::of(&path);
    let load_on = |_| drop(at(&path).load().unwrap());
    while_another_thread(load_on, || {
        for value in 2..=4 {
            thread::sleep(PAUSE);
            save(&path, value);
            assert_eq!(changes.next().unwrap(), size(value));
        }
    });
}

#[test]
fn watches_do_not_disturb_each_other() {
    let (_directory, path) = saved();
    let (one, one_watch) = Changes::of(&path);
    let (other, _other_watch) = Changes::of(&path);
    save(&path, 2);
    assert_eq!(one.next().unwrap(), size(2));
    assert_eq!(other.next().unwrap(), size(2));
    drop(one_watch);
    assert!(one.has_ended());
    save(&path, 3);
    assert_eq!(other.next().unwrap(), size(3));
}

/// Whatever it is written in: what a save puts in the place of the path is a change of the directory.
#[test]
fn any_program_that_watches_the_directory_sees_the_path_change_with_each_save() {
    let (directory, path) = saved();
    save(&path, 2);
    let (sender, events) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let _ = sender.send(event.unwrap().paths);
    })
    .unwrap();
    let (above, mode) = (directory.path(), notify::RecursiveMode::NonRecursive);
    watcher.watch(above, mode).unwrap();
    for value in 3..=5 {
        save(&path, value);
        while !events.recv_timeout(SOON).unwrap().contains(&path) {}
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(toml::from_str::<Settings>(&text).unwrap(), size(value));
        thread::sleep(PAUSE);
        events.try_iter().for_each(drop);
    }
}

#[test]
fn a_derived_type_can_be_watched() {
    #[derive(Serialize, Deserialize, PersistentStatus)]
    #[status(path = "/nowhere")]
    struct Derived {}

    let watch = Derived::watch(|_| {}).unwrap();
    let path = std::path::absolute("/nowhere").unwrap();
    assert_eq!(
        format!("{watch:?}"),
        format!("Watch {{ path: {path:?}, .. }}")
    );
}
