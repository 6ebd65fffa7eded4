use crate::codec;
use crate::error::Error;
use crate::fs::FileSystem;
use crate::recover::Found;
use crate::schema::Schema;
use crate::store::{Origin, Store};
use serde::de::DeserializeOwned;
use std::hash::{BuildHasher, RandomState};

/// Knows what a load found last, to tell when it finds something else.
#[derive(Debug)]
pub(super) struct Seen<F> {
    store: Store<F>,
    hashes: RandomState,
    last: Sight,
}

/// What a load found, in little memory.
#[derive(Debug, PartialEq, Eq)]
enum Sight {
    Status { origin: Origin, hash: u64 },
    Failure(String),
}

impl<F: FileSystem> Seen<F> {
    /// What there is now is no news.
    pub(super) fn new(store: Store<F>) -> Self {
        let hashes = RandomState::new();
        let last = Sight::of(&store.recover(), &hashes);
        Self {
            store,
            hashes,
            last,
        }
    }

    /// What a load gives, if that has changed.
    pub(super) fn news<T>(&mut self, schema: &Schema<T>) -> Option<Result<T, Error>>
    where
        T: DeserializeOwned,
    {
        let found = self.store.recover();
        let sight = Sight::of(&found, &self.hashes);
        if sight == self.last {
            return None;
        }
        self.last = sight;
        Some(found.and_then(|found| codec::decode(schema, &found.path, &found.bytes)))
    }
}

impl Sight {
    /// A status that does not decode is known by its bytes, too: a mistake is reported once.
    fn of(found: &Result<Found, Error>, hashes: &RandomState) -> Self {
        match found {
            Ok(found) => Self::Status {
                origin: match found.origin {
                    // The first save keeps its status as 1 and, a moment later, as 2.
                    Origin::Generation(1) => Origin::Generation(2),
                    origin => origin,
                },
                hash: hashes.hash_one(&found.bytes),
            },
            Err(error) => Self::Failure(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::simulated::Simulated;
    use crate::name::Layout;
    use crate::store::Options;
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
        store: Store<Simulated>,
        seen: Seen<Simulated>,
    }

    impl Machine {
        /// One on which 1 was saved, and 2 after it.
        fn new() -> Self {
            let mut machine = Self::empty();
            machine.save(1);
            machine.save(2);
            assert_eq!(machine.news(), Some(Ok(2)));
            machine
        }

        fn empty() -> Self {
            let fs = Simulated::new();
            let store = Store {
                fs: fs.clone(),
                layout: Layout::new(Path::new(PATH)).unwrap(),
                options: Options::default(),
            };
            let seen = Seen::new(store.clone());
            Self { fs, store, seen }
        }

        fn save(&self, jobs: u64) {
            self.store.save(&WORKER, &Worker { jobs }, None).unwrap();
        }

        /// The jobs of a status, or the first line of an error.
        fn news(&mut self) -> Option<Result<u64, String>> {
            let jobs = |worker: Worker| worker.jobs;
            let first_line = |error: Error| error.to_string().lines().next().map(str::to_owned);
            let news = self.seen.news(&WORKER).map(|news| news.map(jobs));
            news.map(|news| news.map_err(|error| first_line(error).unwrap()))
        }
    }

    #[test]
    fn a_save_is_news_once_even_of_the_same_value() {
        let mut machine = Machine::new();
        assert_eq!(machine.news(), None);
        machine.save(2);
        assert_eq!(machine.news(), Some(Ok(2)));
        assert_eq!(machine.news(), None);
    }

    #[test]
    fn the_second_copy_of_a_first_save_is_no_news() {
        let mut machine = Machine::empty();
        machine.save(1);
        let second = machine.store.layout.generation(2);
        let bytes = machine.fs.bytes(&second);
        machine.fs.take_away(&second);
        assert_eq!(machine.news(), Some(Ok(1)));
        machine.fs.put(second, &bytes);
        assert_eq!(machine.news(), None);
    }

    #[test]
    fn an_edit_is_news_if_its_text_is() {
        let mut machine = Machine::new();
        for (text, news) in [
            ("jobs = 3", Some(Ok(3))),
            ("jobs = 3", None),
            ("jobs=3", Some(Ok(3))),
        ] {
            machine.fs.put(PATH, text.as_bytes());
            assert_eq!(machine.news(), news);
        }
    }

    #[test]
    fn a_mistake_is_news_once_and_so_is_the_next_one() {
        let mut machine = Machine::new();
        for (text, place) in [("jobs = x", "1:8: "), ("\njobs = x", "2:8: ")] {
            machine.fs.put(PATH, text.as_bytes());
            let error = machine.news().unwrap().unwrap_err();
            assert!(error.starts_with(&format!("{PATH}:{place}")), "{error}");
            assert_eq!(machine.news(), None);
        }
        machine.fs.take_away(PATH);
        assert_eq!(machine.news(), Some(Ok(2)));
    }

    #[test]
    fn what_damage_and_removal_leave_is_news() {
        let mut machine = Machine::new();
        let [newest, older] = [3, 2].map(|generation| machine.store.layout.generation(generation));
        machine.fs.put(newest, b"torn");
        assert_eq!(machine.news(), Some(Ok(1)));
        machine.fs.put(older, b"torn");
        let lost = Err(format!("{PATH}: no good status is left"));
        assert_eq!(machine.news(), Some(lost));
        assert_eq!(machine.news(), None);
    }
}
