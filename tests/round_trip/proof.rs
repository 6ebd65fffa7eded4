//! A save that returns `Ok` has shown that its value comes back.

use crate::place::status;
use crate::{Holds, holds};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use statusfile::{Durability, Error, PersistentStatus, StatusFile};
use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet};
use std::fmt::Debug;
use std::thread;
use tempfile::TempDir;

type Perhaps = Option<u8>;

fn new<T>() -> (TempDir, StatusFile<T>) {
    let directory = tempfile::tempdir().unwrap();
    let file = status(directory.path().join("status.toml"));
    (directory, file.durability(Durability::Process))
}

/// Expects that `value` is refused beside anything small or large, and returns the field and the message.
#[track_caller]
fn refused<T: Serialize + DeserializeOwned>(value: T) -> (String, String) {
    #[derive(Serialize, Deserialize)]
    struct Beside<T> {
        padding: String,
        value: T,
    }
    let mut said = Vec::new();
    let mut beside = Beside {
        padding: String::new(),
        value,
    };
    for padding in [0, 100_000] {
        beside.padding = "x".repeat(padding);
        let (_directory, file) = new();
        match file.save(&beside) {
            Err(Error::Encode { field, message, .. }) => said.push((field, message)),
            other => panic!("{other:?} with {padding} bytes beside"),
        }
        assert!(matches!(file.load(), Err(Error::NotFound { .. })));
    }
    assert_eq!(said[0], said[1]);
    said.remove(0)
}

#[track_caller]
fn is_refused<T: Serialize + DeserializeOwned>(value: T, at: &str, hint: &str) {
    let (field, message) = refused(value);
    assert_eq!(field, at, "{message}");
    assert!(message.contains(hint), "{message}");
}

#[track_caller]
fn comes_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T) {
    let (_directory, file) = new();
    let value = holds(value);
    file.save(&value).unwrap();
    assert_eq!(file.load().unwrap(), value);
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Page {
    Html {
        title: String,
    },
    Redirects {
        by_status: BTreeMap<u16, u32>,
    },
    Listed {
        #[serde(with = "statusfile::with::pairs")]
        by_status: BTreeMap<u16, u32>,
    },
}

#[test]
fn integer_keys_in_a_tagged_enum_are_refused_and_pairs_are_not() {
    let html = || Page::Html {
        title: String::new(),
    };
    let by_status = BTreeMap::from([(301, 5)]);
    let redirects = Page::Redirects {
        by_status: by_status.clone(),
    };
    is_refused(
        vec![html(), redirects],
        "value[1]",
        "statusfile::with::pairs",
    );
    comes_back(vec![html(), Page::Listed { by_status }]);
}

#[test]
fn what_an_untagged_enum_takes_for_another_variant_is_refused() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(untagged)]
    enum Number {
        Real(f64),
        Whole(i64),
    }
    comes_back(Number::Real(1.0));
    is_refused(Number::Whole(1), "value", "untagged");
    is_refused(
        vec![Number::Real(1.0), Number::Whole(i64::MAX)],
        "value[1]",
        "untagged",
    );
}

#[test]
fn what_is_left_out_without_a_default_is_refused() {
    #[derive(Serialize, Deserialize)]
    struct Tagged {
        #[serde(skip_serializing_if = "Vec::is_empty")]
        tags: Vec<String>,
    }
    is_refused(
        vec![Tagged { tags: vec![] }],
        "value[0].tags",
        "serde(default)",
    );
}

#[test]
fn what_is_written_and_never_read_is_refused() {
    #[derive(Serialize, Deserialize)]
    struct Told {
        #[serde(skip_deserializing)]
        count: Option<u8>,
    }
    is_refused(Told { count: Some(1) }, "value.count", "passes over");
}

#[test]
fn none_as_the_value_of_a_map_is_refused_and_options_are_not() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Flat {
        a: Option<u8>,
        #[serde(flatten)]
        rest: BTreeMap<String, Option<u8>>,
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Slots {
        #[serde(with = "statusfile::with::options")]
        map: BTreeMap<String, Option<u8>>,
        #[serde(with = "statusfile::with::options")]
        list: Vec<Option<Perhaps>>,
        #[serde(with = "statusfile::with::pairs")]
        pairs: HashMap<Option<u8>, (u8, u8)>,
    }
    let map = BTreeMap::from([("k k".to_owned(), None::<u8>), ("l".to_owned(), Some(1))]);
    is_refused(map.clone(), "value.\"k k\"", "with::options");
    is_refused(
        HashMap::from([(7, None::<String>)]),
        "value.7",
        "with::options",
    );
    is_refused(
        Flat {
            a: None,
            rest: map.clone(),
        },
        "value.\"k k\"",
        "with::options",
    );
    let (_directory, file) = new();
    assert!(matches!(file.save(&map), Err(Error::Encode { .. })));

    // A field beside a flattened one looks like an entry of a map to a serializer.
    comes_back(Flat {
        a: None,
        rest: BTreeMap::new(),
    });
    is_refused(
        Slots {
            map: map.clone(),
            list: vec![Some(None)],
            pairs: HashMap::new(),
        },
        "value.list[0][0]",
        "options",
    );
    comes_back(Slots {
        map,
        list: vec![Some(Some(1)), None],
        pairs: HashMap::new(),
    });
}

#[test]
fn some_of_none_is_refused() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Flat {
        a: Option<Perhaps>,
        #[serde(flatten)]
        rest: BTreeMap<String, u8>,
    }
    is_refused(Some(None::<u8>), "value", "loaded as `None`");
    is_refused(
        vec![holds(Some(None::<u8>))],
        "value[0].held",
        "loaded as `None`",
    );
    comes_back(Some(Some(1)));
    comes_back(None::<Option<u8>>);

    let flat = |a| Flat {
        a,
        rest: BTreeMap::new(),
    };
    is_refused(flat(Some(None)), "value.a", "loaded as `None`");
    comes_back(flat(None));
}

#[test]
fn each_refusal_names_the_field_and_what_to_write() {
    #[derive(Serialize, Deserialize)]
    enum Variant {
        Holding(Option<u8>),
        Deep { here: Vec<Option<u8>> },
        Two(u8, ()),
    }
    #[derive(Serialize, Deserialize)]
    struct Unit;
    #[derive(Serialize, Deserialize)]
    struct Twice {
        bytes: u8,
        #[serde(flatten)]
        rest: BTreeMap<String, u8>,
    }
    let map = |key: &str| BTreeMap::from([(key.to_owned(), vec![Unit])]);
    is_refused(
        Variant::Holding(None),
        "value.Holding",
        "variant of its own",
    );
    is_refused(
        Variant::Deep {
            here: vec![Some(1), None],
        },
        "value.Deep.here[1]",
        "with::options",
    );
    is_refused(Variant::Two(1, ()), "value.Two[1]", "no form");
    is_refused(map("a"), "value.a[0]", "serde(skip)");
    is_refused(holds(map("")), "value.held.\"\"[0]", "serde(skip)");
    is_refused(BTreeMap::from([((1, 2), 3)]), "value", "with::pairs");
    is_refused(
        holds(BTreeMap::from([(Some(1), 3)])),
        "value.held",
        "with::pairs",
    );
    let rest = BTreeMap::from([("bytes".to_owned(), 1)]);
    is_refused(vec![Twice { bytes: 1, rest }], "", "`bytes`");
}

#[test]
fn sets_and_maps_without_an_order_come_back() {
    let words = || (0..50).map(|number| format!("word {number}"));
    comes_back(words().collect::<HashSet<_>>());
    comes_back(words().map(|word| (word, 1)).collect::<HashMap<_, _>>());
    comes_back(vec![words().collect::<HashSet<_>>(), HashSet::new()]);
    comes_back(BTreeMap::from([(
        "a".to_owned(),
        words().collect::<HashSet<_>>(),
    )]));
    let (_directory, file) = new();
    let heap: BinaryHeap<_> = [3, 1, 4, 1, 5, 9, 2, 6].into();
    file.save(&holds(heap.clone())).unwrap();
    let loaded: Holds<BinaryHeap<i32>> = file.load().unwrap();
    assert_eq!(loaded.held.into_sorted_vec(), heap.into_sorted_vec());
}

#[test]
fn a_map_without_a_key_for_a_value_is_refused() {
    #[derive(Deserialize)]
    struct Wrong {}
    impl Serialize for Wrong {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            use serde::ser::SerializeMap;
            let mut map = serializer.serialize_map(None)?;
            map.serialize_value(&1)?;
            map.end()
        }
    }
    is_refused(Wrong {}, "value", "without a key");
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Link {
    name: String,
    next: Option<Box<Link>>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Wrapped(Vec<Option<Wrapped>>);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Cons {
    Nil,
    Cons(u8, Box<Cons>),
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Tree {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    children: Vec<Tree>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    End,
    Next { next: Option<Box<Tagged>> },
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Flat {
    #[serde(flatten)]
    by_name: BTreeMap<String, Flat>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum List {
    Leaf(u8),
    List(Vec<List>),
}

fn many<T>(depth: usize, end: T, around: impl Fn(T) -> T) -> Holds<T> {
    holds((0..depth).fold(end, |inner, _| around(inner)))
}

fn links(depth: usize) -> Holds<Link> {
    many(depth, Link::default(), |next| Link {
        name: String::new(),
        next: Some(next.into()),
    })
}

/// Saves values of every depth that may matter, and loads those that were saved.
#[track_caller]
fn saves_all_that_it_loads<T: Serialize + DeserializeOwned + PartialEq + Debug>(
    nested: impl Fn(usize) -> T,
) {
    let (_directory, file) = new();
    let depths = [1, 20, 60, 100, 120, 300, 1000].into_iter();
    let edges = (38..43).chain(76..83).chain(156..162);
    for depth in depths.chain(edges) {
        match file.save(&nested(depth)) {
            Ok(()) => assert_eq!(file.load().unwrap(), nested(depth)),
            Err(error) => assert!(
                matches!(error, Error::Encode { .. }) && depth > 38,
                "{error}"
            ),
        }
        // What was not proved is acknowledged only if a reader takes it.
        let unproved = file.clone().prove(false);
        if unproved.save(&nested(depth)).is_ok() {
            assert!(file.load().is_ok(), "{depth}");
        }
    }
}

#[test]
fn nothing_is_too_deep_for_a_small_stack() {
    let small = thread::Builder::new().stack_size(2 << 20);
    let all = || {
        saves_all_that_it_loads(links);
        saves_all_that_it_loads(|depth| {
            many(depth, Wrapped(vec![]), |inner| Wrapped(vec![Some(inner)]))
        });
        saves_all_that_it_loads(|depth| {
            many(depth, Cons::Nil, |inner| Cons::Cons(1, inner.into()))
        });
        saves_all_that_it_loads(|depth| {
            many(depth, Tree::default(), |inner| Tree {
                children: vec![inner],
            })
        });
        saves_all_that_it_loads(|depth| {
            many(depth, List::Leaf(1), |inner| List::List(vec![inner]))
        });
    };
    let small_all = move || {
        all();
        saves_all_that_it_loads(|depth| {
            many(depth, Tagged::End, |next| Tagged::Next {
                next: Some(next.into()),
            })
        });
        saves_all_that_it_loads(|depth| {
            many(depth, Flat::default(), |inner| Flat {
                by_name: [("a".to_owned(), inner)].into(),
            })
        });
    };
    small.spawn(small_all).unwrap().join().unwrap();
}

#[test]
fn what_is_too_deep_is_named_by_how_its_path_begins_and_ends() {
    let (_directory, file) = new();
    let Err(Error::Encode { field, message, .. }) = file.save(&links(3000)) else {
        panic!("saved");
    };
    assert!(
        field.starts_with("held.next.next") && field.len() < 200,
        "{field}"
    );
    assert!(message.contains("too deep"), "{message}");
}

#[derive(Debug, PartialEq, Serialize, Deserialize, PersistentStatus)]
#[status(default)]
struct Filled {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(with = "in_seconds", skip_serializing_if = "Option::is_none")]
    pause: Option<u64>,
    name: Option<String>,
}

mod in_seconds {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "serde passes it so")]
    pub(super) fn serialize<S: Serializer>(pause: &Option<u64>, to: S) -> Result<S::Ok, S::Error> {
        pause.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
        Option::deserialize(from)
    }
}

impl Default for Filled {
    fn default() -> Self {
        Self {
            tags: vec!["new".into()],
            pause: Some(5),
            name: Some("by default".into()),
        }
    }
}

#[test]
fn what_would_come_back_as_the_default_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("filled.toml");
    let refused = |value: Filled| match value.save_to(&path) {
        Err(Error::Encode { field, message, .. }) => {
            assert!(message.contains("serde(default)"), "{message}");
            field
        }
        other => panic!("{other:?}"),
    };
    let tags = vec![];
    assert_eq!(
        refused(Filled {
            tags,
            ..Filled::default()
        }),
        "tags"
    );
    assert_eq!(
        refused(Filled {
            pause: None,
            ..Filled::default()
        }),
        "pause"
    );
    let unnamed = Filled {
        name: None,
        ..Filled::default()
    };
    unnamed.save_to(&path).unwrap();
    assert_eq!(Filled::load_from(&path).unwrap(), unnamed);
}

#[test]
fn every_way_to_save_proves_what_it_saves() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("filled.toml");
    let file = Filled::at(&path).durability(Durability::Process);
    let good = Filled::default();
    file.save(&good).unwrap();
    let empty = |value: &mut Filled| value.tags.clear();
    assert!(matches!(file.update(empty), Err(Error::Encode { .. })));
    let lock = file.lock().unwrap();
    let refused = lock.save(&Filled {
        tags: vec![],
        ..Filled::default()
    });
    assert!(matches!(refused, Err(Error::Encode { .. })));
    drop(lock);
    let autosaved = file.autosave().unwrap();
    autosaved.update(empty);
    assert!(matches!(autosaved.flush(), Err(Error::Encode { .. })));
    autosaved.update(|value| value.tags.push("again".into()));
    autosaved.close().unwrap();
    assert_eq!(file.load().unwrap().tags, ["again"]);
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize, PersistentStatus)]
#[status(prove = false)]
struct Unproved {
    held: Option<Perhaps>,
}

#[test]
fn without_a_proof_everything_is_saved() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("unproved.toml");
    Unproved { held: Some(None) }.save_to(&path).unwrap();
    assert_eq!(Unproved::load_from(&path).unwrap(), Unproved::default());

    let (_directory, file) = new();
    let file = file.prove(false);
    file.save(&holds(Some(None::<u8>))).unwrap();
    assert_eq!(file.load().unwrap(), holds(None));
}
