//! What lies on disk before an operation, and what must be there after it.

use crate::strace::{Actor, Call, Report};
use actors::{Count, shared};
use statusfile::Durability;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// An operation, and where it starts from.
pub(crate) struct Job {
    pub(crate) name: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) number: u64,
    prepare: fn(&Path),
    /// What a load finds before it.
    before: Option<u64>,
    /// What a load finds if files newer than that cannot be read.
    older: &'static [u64],
    /// What a load finds once it is done.
    after: u64,
}

/// A status in a directory of its own.
pub(crate) struct Scene {
    _directory: TempDir,
    pub(crate) path: PathBuf,
    pub(crate) log: PathBuf,
}

const EDIT: u64 = 70;

impl Job {
    pub(crate) const FIRST_SAVE: Self = Self {
        name: "first save",
        operation: "save",
        number: 40,
        prepare: |_| {},
        before: None,
        older: &[],
        after: 40,
    };

    pub(crate) const SAVE: Self = Self {
        name: "save",
        prepare: save_three_times,
        before: Some(30),
        older: &[20],
        ..Self::FIRST_SAVE
    };

    pub(crate) const SAVE_OVER_EDIT: Self = Self {
        name: "save over an edit",
        prepare: |path| {
            save_three_times(path);
            let sealed =
                fs::read_to_string(saved_elsewhere(EDIT).path().join("count.toml")).unwrap();
            let (_, text) = sealed.split_once('\n').unwrap();
            fs::write(path, text).unwrap();
        },
        before: Some(EDIT),
        older: &[],
        ..Self::SAVE
    };

    /// Somebody has put a status of another time at the path.
    pub(crate) const SAVE_OVER_RESTORED: Self = Self {
        name: "save over a restored status",
        prepare: |path| {
            save_three_times(path);
            fs::copy(saved_elsewhere(EDIT).path().join("count.toml"), path).unwrap();
        },
        ..Self::SAVE_OVER_EDIT
    };

    /// A writer was killed, and then the newest status was damaged, and the file at the path, too.
    pub(crate) const SAVE_OVER_DAMAGE: Self = Self {
        name: "save over damage",
        prepare: |path| {
            save_three_times(path);
            let newest = newest(path);
            let text = fs::read(&newest).unwrap();
            let half = &text[..text.len() - 3];
            cut_short(&newest);
            cut_short(path);
            fs::write(newest.with_file_name("0123456789abcdef.tmp"), "").unwrap();
            fs::write(newest.with_file_name("published"), half).unwrap();
            fs::write(newest.with_file_name("1.damaged"), "").unwrap();
        },
        before: Some(20),
        older: &[],
        ..Self::SAVE
    };

    pub(crate) const UPDATE: Self = Self {
        name: "update",
        operation: "add",
        number: 1,
        after: 31,
        ..Self::SAVE
    };

    pub(crate) const LOAD: Self = Self {
        name: "load",
        operation: "load",
        after: 30,
        ..Self::SAVE
    };

    /// The same with another number to save.
    pub(crate) fn of(self, number: u64) -> Self {
        Self {
            number,
            after: number,
            ..self
        }
    }

    /// What may have been saved: an update of an older status, where the newest cannot be read.
    fn results(&self, unreadable: bool) -> Vec<u64> {
        let mut results = vec![self.after];
        if unreadable && self.operation == "add" {
            results.extend(self.older.iter().map(|older| older + self.number));
        }
        results
    }
}

fn save_three_times(path: &Path) {
    let file = shared(path).durability(Durability::Process);
    for number in [10, 20, 30] {
        file.save(&Count::new(number)).unwrap();
    }
}

fn saved_elsewhere(number: u64) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let file = shared(directory.path().join("count.toml"));
    file.save(&Count::new(number)).unwrap();
    directory
}

/// As a failing disk does it, which changes no times.
fn cut_short(path: &Path) {
    let file = fs::File::options().write(true).open(path).unwrap();
    let before = file.metadata().unwrap();
    file.set_len(before.len() - 3).unwrap();
    file.set_modified(before.modified().unwrap()).unwrap();
}

/// The newest generation.
fn newest(path: &Path) -> PathBuf {
    let number = shared(path).history().unwrap()[0].number;
    status_directory(path).join(format!("{number}.toml"))
}

fn status_directory(path: &Path) -> PathBuf {
    path.with_file_name("count.toml.status")
}

impl Scene {
    pub(crate) fn new(job: &Job) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("new/count.toml");
        (job.prepare)(&path);
        Self {
            path,
            log: directory.path().join("log"),
            _directory: directory,
        }
    }

    pub(crate) fn job(&self, job: &Job) -> (&'static str, &Path, u64) {
        (job.operation, &self.path, job.number)
    }

    /// The operation with nothing going wrong.
    pub(crate) fn trace(&self, job: &Job, options: &[String]) -> (Option<Report>, usize) {
        let mut actor = Actor::trace(&self.log, options, self.job(job));
        let (report, open) = actor.report().unwrap();
        actor.end();
        (Some(report), open)
    }

    /// What was acknowledged is there, what failed says so and has changed nothing, and the next
    /// save works and leaves nothing behind. Without a report the actor was killed.
    pub(crate) fn check(&self, job: &Job, report: Option<&Report>, injected: &[Call]) {
        let context = format!("{report:?} after {injected:#?}");
        let unreadable = injected.iter().any(hides_a_generation);
        let results = job.results(unreadable);
        let found = self.load();
        match report {
            Some(&Report::Saved(number)) => {
                assert!(results.contains(&number), "{context}");
                assert!(!injected.iter().any(must_not_pass), "{context}");
                assert_eq!(found, Some(number), "{context}");
            }
            Some(&Report::Loaded { number, skipped }) => {
                let older = unreadable && skipped > 0 && job.older.contains(&number);
                assert!(number == job.after || older, "{context}");
                assert_eq!(found, job.before, "{context}");
            }
            Some(Report::Failed { visible, text }) => {
                let says_step = [": cannot ", ": no intact copy", ": locked by"];
                let says_step = says_step.iter().any(|step| text.contains(step));
                assert!(text.starts_with('/') && says_step, "{context}");
                let result = found.is_some_and(|found| results.contains(&found));
                assert!(found == job.before || *visible && result, "{context}");
            }
            None => {
                let result = found.is_some_and(|found| results.contains(&found));
                assert!(found == job.before || result, "{context}");
            }
        }
        if job.before == Some(EDIT) {
            assert!(self.keeps(EDIT), "the edit is lost: {context}");
        }

        // The first keeps what was named and never put at the path.
        for number in [job.number + 900, job.number + 901] {
            self.save(number);
            assert_eq!(self.load(), Some(number), "{context}");
        }
        self.check_names(&context);
    }

    /// What a fresh process loads, if there is anything.
    fn load(&self) -> Option<u64> {
        let mut actor = Actor::start("load", &self.path, 0);
        let (report, _) = actor.report().unwrap();
        actor.end();
        match report {
            Report::Loaded { number, .. } => Some(number),
            Report::Failed { text, .. } if text.contains("no status was ever saved") => None,
            other => panic!("{other:?}"),
        }
    }

    /// Saves in a fresh process, which waits for no lock.
    fn save(&self, number: u64) {
        let mut actor = Actor::start("save", &self.path, number);
        let (report, _) = actor.report().unwrap();
        actor.end();
        assert_eq!(report, Report::Saved(number));
    }

    /// Whether some file holds the text of the status `number`.
    fn keeps(&self, number: u64) -> bool {
        let text = format!("number = {number}\n");
        let kept = fs::read_dir(status_directory(&self.path)).unwrap();
        let mut files = kept
            .map(|entry| entry.unwrap().path())
            .chain([self.path.clone()]);
        files.any(|file| fs::read_to_string(file).is_ok_and(|found| found.contains(&text)))
    }

    /// Two generations, what the last save has replaced, the lock, and what was set aside; and a copy of the newest
    /// generation at the path.
    fn check_names(&self, context: &str) {
        let directory = status_directory(&self.path);
        let mut names: Vec<_> = fs::read_dir(&directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let (mut kept, mut aside) = (0, 0);
        for name in &names {
            match name.rsplit_once('.') {
                None if ["lock", "published"].contains(&name.as_str()) => {}
                Some((_, "toml")) => kept += 1,
                Some((_, "damaged" | "aside")) => aside += 1,
                _ => panic!("left behind: {names:?}: {context}"),
            }
        }
        assert!(kept == 2 && aside <= 3, "left behind: {names:?}: {context}");
        let at_path = fs::symlink_metadata(&self.path).unwrap();
        assert!(at_path.is_file(), "{context}");
        let copied = fs::read(&self.path).unwrap() == fs::read(newest(&self.path)).unwrap();
        assert!(copied, "another text is at the path: {context}");
    }
}

/// Whether the disk does not give back a generation: then it counts as damaged.
fn hides_a_generation(call: &Call) -> bool {
    let reads = ["openat", "statx", "read"].contains(&call.name.as_str());
    let adds = call.line.contains("O_CREAT");
    // The name stands beside its directory, or is what a descriptor leads to.
    let name = call.line.split(".toml.status").nth(1).unwrap_or_default();
    reads && !adds && call.line.contains("= -1 EIO") && name.contains(".toml")
}

/// Whether nothing may be acknowledged after this has failed.
fn must_not_pass(call: &Call) -> bool {
    let passes = ["EINTR", "EINVAL"]
        .iter()
        .any(|error| call.line.contains(error));
    // What is not set aside now is by the next save.
    let tidies = call.line.contains(".aside\"");
    !passes && !tidies && ["fsync", "write", "renameat2"].contains(&call.name.as_str())
}
