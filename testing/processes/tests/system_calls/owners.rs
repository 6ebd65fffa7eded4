//! What a user does while root saves in a directory of theirs: whatever they put in the place of what root has just
//! made, root changes nothing that is not the status's.

use crate::can_trace;
use crate::strace::{Actor, Report};
use std::fs::{self, Metadata, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use tempfile::TempDir;

/// A user who owns nothing else.
const USER: u32 = 65534;

/// Between two calls of root, so that the user need not be quick. In microseconds.
const DELAY: u32 = 200_000;

/// A directory of the user, and what root has beside it.
struct Scene {
    _above: TempDir,
    path: PathBuf,
    target: PathBuf,
    cron: PathBuf,
    log: PathBuf,
}

impl Scene {
    fn new() -> Self {
        let above = tempfile::tempdir().unwrap();
        fs::set_permissions(above.path(), Permissions::from_mode(0o711)).unwrap();
        let [user, cron] = ["user", "cron.hourly"].map(|name| above.path().join(name));
        fs::create_dir(&user).unwrap();
        chown(&user, Some(USER), Some(USER)).unwrap();
        fs::create_dir(&cron).unwrap();
        let target = above.path().join("target");
        fs::write(&target, "secret\n").unwrap();
        fs::set_permissions(&target, Permissions::from_mode(0o644)).unwrap();
        Self {
            path: user.join("count.toml"),
            target,
            cron,
            log: above.path().join("log"),
            _above: above,
        }
    }

    fn status_directory(&self) -> PathBuf {
        self.path.with_file_name("count.toml.status")
    }

    /// Puts a link of the user in the place of the status directory, as soon as that is there and `is_due`. Whether
    /// that was before the save was `over`. Where root makes the directory again before the link is there, once more.
    fn swap(&self, target: &Path, over: &AtomicBool, is_due: impl Fn(&Metadata) -> bool) -> bool {
        let directory = self.status_directory();
        while !over.load(Ordering::Relaxed) {
            let found = fs::symlink_metadata(&directory);
            let is_gone =
                found.is_ok_and(|found| is_due(&found)) && fs::remove_dir(&directory).is_ok();
            if is_gone && symlink(target, &directory).is_ok() {
                lchown(&directory, Some(USER), Some(USER)).unwrap();
                return true;
            }
        }
        false
    }

    /// What root has beside the directory of the user is as it was.
    fn is_untouched(&self) {
        let target = fs::metadata(&self.target).unwrap();
        let found = (target.mode() & 0o7777, target.uid(), target.len());
        assert_eq!(found, (0o644, 0, 7));
        let made: Vec<_> = fs::read_dir(&self.cron).unwrap().collect();
        assert!(made.is_empty(), "{made:?}");
        let cron = fs::metadata(&self.cron).unwrap();
        assert_eq!((cron.mode() & 0o7777, cron.uid()), (0o755, 0));
    }

    /// Saves as root, under strace with these calls slow.
    fn save_slowly(&self, call: &str, number: u64) -> Report {
        let slow = format!("inject={call}:delay_exit={DELAY}");
        let options = ["-e".to_owned(), slow];
        let mut actor = Actor::trace(&self.log, &options, ("save", &self.path, number));
        let (report, _) = actor.report().unwrap();
        actor.end();
        report
    }
}

fn can_race() -> bool {
    let is_root = tempfile::tempfile().unwrap().metadata().unwrap().uid() == 0;
    if !is_root {
        let _ = writeln!(io::stderr(), "skipped: only root can save for another user");
    }
    is_root && can_trace()
}

/// Whenever the directory that root has made becomes a link, neither its target's permissions nor its owner change.
#[test]
fn what_takes_the_place_of_the_directory_that_root_has_just_made_is_left_alone() {
    if !can_race() {
        return;
    }
    for call in ["mkdirat", "fchown", "fchmod", "openat"] {
        for given_away in [false, true] {
            let scene = Scene::new();
            for target in [&scene.target, &scene.cron] {
                let over = AtomicBool::new(false);
                let is_due = |found: &Metadata| !given_away || found.uid() == USER;
                let (swapped, report) = thread::scope(|threads| {
                    let swapping = threads.spawn(|| scene.swap(target, &over, is_due));
                    let report = scene.save_slowly(call, 1);
                    over.store(true, Ordering::Relaxed);
                    (swapping.join().unwrap(), report)
                });
                scene.is_untouched();
                let failed = matches!(report, Report::Failed { .. });
                assert_eq!(failed, swapped, "{call}: {report:?}");
                let _ = fs::remove_file(scene.status_directory());
                let _ = fs::remove_dir_all(scene.status_directory());
                let _ = fs::remove_file(&scene.path);
            }
        }
    }
}

/// A link there is refused, wherever it leads at which moment.
#[test]
fn a_link_that_turns_leads_root_nowhere() {
    if !can_race() {
        return;
    }
    let scene = Scene::new();
    let own = scene.path.with_file_name("own");
    fs::create_dir(&own).unwrap();
    chown(&own, Some(USER), Some(USER)).unwrap();
    let done = AtomicBool::new(false);
    let turning = scene.path.with_file_name("turning");
    let targets = [&own, &scene.cron];
    thread::scope(|scope| {
        scope.spawn(|| {
            for target in targets.iter().cycle() {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                symlink(target, &turning).unwrap();
                lchown(&turning, Some(USER), Some(USER)).unwrap();
                fs::rename(&turning, scene.status_directory()).unwrap();
            }
        });
        while fs::symlink_metadata(scene.status_directory()).is_err() {
            thread::yield_now();
        }
        for number in 0..40 {
            let mut actor = Actor::start("save", &scene.path, number);
            let (report, _) = actor.report().unwrap();
            actor.end();
            assert!(matches!(report, Report::Failed { .. }), "{report:?}");
        }
        done.store(true, Ordering::Relaxed);
    });
    scene.is_untouched();
    assert_eq!(fs::read_dir(&own).unwrap().count(), 0);
}
