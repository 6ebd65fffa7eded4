use crate::error::Error;
use crate::store::backend::Backend;
use crate::store::snapshot::Snapshot;
use std::hash::{BuildHasher, RandomState};

/// Knows what a load found last, to notice when it finds something else.
pub(super) struct ChangeDetector<B> {
    backend: B,
    hashes: RandomState,
    last: Fingerprint,
}

/// What a load found, in little memory: the hash of its bytes, of which no two saves have the same.
type Fingerprint = Result<u64, Error>;

impl<B: Backend> ChangeDetector<B> {
    /// What there is now is no change.
    pub(super) fn new(backend: B) -> Self {
        let hashes = RandomState::new();
        let last = fingerprint(&backend.latest(None), &hashes);
        Self {
            backend,
            hashes,
            last,
        }
    }

    /// What a load finds, if that has changed.
    pub(super) fn changed(&mut self) -> Option<Result<Snapshot<B::Token>, Error>> {
        let found = self.backend.latest(None);
        let fingerprint = fingerprint(&found, &self.hashes);
        let is_same = match (&fingerprint, &self.last) {
            (Err(now), Err(before)) => now.is_same_failure(before),
            (now, before) => now == before,
        };
        self.last = fingerprint;
        (!is_same).then_some(found)
    }
}

/// A status that does not decode is known by its bytes, too: a mistake is reported once.
fn fingerprint<T>(found: &Result<Snapshot<T>, Error>, hashes: &RandomState) -> Fingerprint {
    let found = found.as_ref().map_err(Error::clone)?;
    Ok(hashes.hash_one(found.document.bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::typed::Typed;
    use crate::codec::schema::Schema;
    use crate::codec::source::breaks_off;
    use crate::fs::simulated::{Simulated, with_slashes};
    use crate::store::directory::Directory;
    use crate::store::options::Options;
    use serde::Serialize;
    use std::path::Path;

    const PATH: &str = "/app/worker.toml";

    #[derive(Serialize, serde::Deserialize)]
    struct Worker {
        jobs: u64,
    }

    const WORKER: Schema<Worker> = Schema::new(1);

    struct Machine {
        fs: Simulated,
        typed: Typed<Directory<Simulated>, Worker>,
        changes: ChangeDetector<Directory<Simulated>>,
    }

    impl Machine {
        /// One on which 1 was saved, and 2 after it.
        fn new() -> Self {
            let mut machine = Self::empty();
            machine.save(1);
            machine.save(2);
            assert_eq!(machine.changed(), Some(Ok(2)));
            machine
        }

        fn empty() -> Self {
            let fs = Simulated::new();
            let typed = Typed::new(
                Directory::at(fs.clone(), Path::new(PATH), Options::default(), breaks_off).unwrap(),
                WORKER,
            );
            let changes = ChangeDetector::new(typed.backend.clone());
            Self { fs, typed, changes }
        }

        fn save(&self, jobs: u64) {
            self.typed.save(&Worker { jobs }, None).unwrap();
        }

        /// The jobs of a status, or the first line of an error.
        fn changed(&mut self) -> Option<Result<u64, String>> {
            let found = self.changes.changed()?;
            let loaded = found.and_then(|seen| self.typed.decode(&seen));
            let first_line = |error: Error| with_slashes(error).lines().next().map(str::to_owned);
            let jobs = loaded.map(|loaded| loaded.value.jobs);
            Some(jobs.map_err(|error| first_line(error).unwrap()))
        }
    }

    #[test]
    fn a_save_is_news_once_even_of_the_same_value() {
        let mut machine = Machine::new();
        assert_eq!(machine.changed(), None);
        machine.save(2);
        assert_eq!(machine.changed(), Some(Ok(2)));
        assert_eq!(machine.changed(), None);
    }

    #[test]
    fn the_same_status_from_another_file_is_no_news() {
        let mut machine = Machine::new();
        machine.fs.put(PATH, b"");
        assert_eq!(machine.changed(), None);
    }

    #[test]
    fn an_edit_is_news_if_its_text_is() {
        let mut machine = Machine::new();
        for (text, changed) in [
            ("jobs = 3", Some(Ok(3))),
            ("jobs = 3", None),
            ("jobs=3", Some(Ok(3))),
        ] {
            machine.fs.put(PATH, text.as_bytes());
            assert_eq!(machine.changed(), changed);
        }
    }

    #[test]
    fn a_mistake_is_news_once_and_so_is_the_next_one() {
        let mut machine = Machine::new();
        for (text, place) in [("jobs = x", "1:8: "), ("\njobs = x", "2:8: ")] {
            machine.fs.put(PATH, text.as_bytes());
            let error = machine.changed().unwrap().unwrap_err();
            assert!(error.starts_with(&format!("{PATH}:{place}")), "{error}");
            assert_eq!(machine.changed(), None);
        }
        machine.fs.take_away(PATH);
        assert_eq!(machine.changed(), Some(Ok(2)));
    }

    #[test]
    fn what_damage_and_removal_leave_is_news() {
        let mut machine = Machine::new();
        machine.fs.take_away(PATH);
        let [newest, older] =
            [2, 1].map(|generation| machine.typed.backend.layout.generation(generation));
        machine.fs.put(newest, b"torn");
        assert_eq!(machine.changed(), Some(Ok(1)));
        machine.fs.put(older, b"torn");
        let lost = Err(format!("{PATH}: no intact copy of the status is left"));
        assert_eq!(machine.changed(), Some(lost));
        assert_eq!(machine.changed(), None);
    }
}
