use super::debounce::Debounce;
use crate::error::{At, Error, Step};
use crate::fs::{Identity, identity};
use crate::store::directory::layout::Layout;
use notify::event::{AccessKind, AccessMode};
use notify::{Config, ErrorKind, Event, EventKind, RecursiveMode, Watcher};
use std::io;
use std::path::PathBuf;

/// How often the directories may be others again before they are left alone for a moment.
const TRIES: usize = 4;

/// Has the operating system report what happens in the directories of a status.
///
/// It never follows one directory to another with the same watcher: a watcher remembers its
/// directories by their paths, and could take the end of an old one for that of the new.
pub(super) struct DirectoryWatcher<W> {
    layout: Layout,
    watched: Option<(W, Vec<Known>)>,
}

type Known = (PathBuf, Identity);

impl<W: Watcher> DirectoryWatcher<W> {
    pub(super) fn new(layout: Layout) -> Self {
        let watched = None;
        Self { layout, watched }
    }

    /// Watches the directories that there are now, for `debounce`. Nothing happens if they are
    /// the same as before; if not, it is time to look at the status after this.
    ///
    /// What the operating system complained of since the last time is the error, once all that can
    /// be done about it was done.
    pub(super) fn watch_all(&mut self, debounce: &Debounce) -> Result<(), Error> {
        let failure = debounce.take_failure();
        if failure.is_some() {
            self.watched = None;
        }
        for _ in 0..TRIES {
            let directories = self.directories_now()?;
            if matches!(&self.watched, Some((_, before)) if *before == directories) {
                return failure.map_or(Ok(()), |failure| Err(self.error(failure)));
            }
            self.watched = None;
            match watch(&directories, debounce.clone()) {
                Ok(watcher) => self.watched = Some((watcher, directories)),
                // What is no longer there cannot be watched.
                Err(_) if self.directories_now()? != directories => {}
                Err(failure) => return Err(self.error(failure)),
            }
        }
        debounce.notify();
        Ok(())
    }

    /// The status directory and the one above, in which the path itself lies. Where they are
    /// missing, the nearest one above: that is where they will appear.
    fn directories_now(&self) -> Result<Vec<Known>, Error> {
        let mut directories = Vec::new();
        for directory in self.layout.directory.ancestors() {
            if let Some(identity) = identity(directory).at(Step::Watch, directory)? {
                directories.push((directory.to_owned(), identity));
                if directory != self.layout.directory {
                    return Ok(directories);
                }
            }
        }
        let cause = io::ErrorKind::NotFound.into();
        Err(Error::io(Step::Watch, &self.layout.path, cause))
    }

    fn error(&self, failure: notify::Error) -> Error {
        let path = failure.paths.first().unwrap_or(&self.layout.path);
        let cause = match failure.kind {
            ErrorKind::Io(cause) => cause,
            ErrorKind::PathNotFound => io::ErrorKind::NotFound.into(),
            ErrorKind::MaxFilesWatch => io::Error::other(
                "this user watches as many files as the system allows (on Linux, the sysctl \
                 fs.inotify.max_user_watches)",
            ),
            _ => io::Error::other(failure.to_string()),
        };
        Error::io(Step::Watch, path, cause)
    }
}

fn watch<W: Watcher>(directories: &[Known], debounce: Debounce) -> notify::Result<W> {
    let report = move |event: notify::Result<Event>| match event {
        Ok(event) if only_looked(event.kind) => {}
        Ok(_) => debounce.notify(),
        Err(failure) => debounce.fail(failure),
    };
    let mut watcher = W::new(report, Config::default())?;
    let mut paths = watcher.paths_mut();
    for (directory, _) in directories {
        paths.add(directory, RecursiveMode::NonRecursive)?;
    }
    paths.commit()?;
    Ok(watcher)
}

/// Loads are reported, too; if they counted, every look would cause the next one.
fn only_looked(kind: EventKind) -> bool {
    let written = EventKind::Access(AccessKind::Close(AccessMode::Write));
    kind.is_access() && kind != written
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StatusFile;
    use std::collections::BTreeMap;
    use std::sync::mpsc;
    use std::time::Duration;

    /// If a load were reported as more than a look, every look would cause the next one.
    #[test]
    fn loads_are_reported_as_looks_only() {
        let directory = tempfile::tempdir().unwrap();
        let file =
            StatusFile::<BTreeMap<String, u8>>::undeclared(directory.path().join("worker.toml"));
        file.save(&BTreeMap::new()).unwrap();

        let (sender, told) = mpsc::channel();
        let mut watcher = notify::recommended_watcher(sender).unwrap();
        for name in ["", "worker.toml.status"] {
            let directory = directory.path().join(name);
            let mode = RecursiveMode::NonRecursive;
            watcher.watch(&directory, mode).unwrap();
        }
        file.load().unwrap();
        drop(StatusFile::<()>::undeclared(directory.path().join("last")).lock());
        loop {
            let event = told.recv_timeout(Duration::from_secs(10)).unwrap().unwrap();
            if event.paths.iter().any(|path| path.ends_with("last.status")) {
                break;
            }
            assert!(only_looked(event.kind), "{event:?}");
        }
    }
}
