use serde::{Deserialize, Serialize};
use statusfile::{Error, KeyedStatus, PersistentStatus};
use std::borrow::Cow;
use std::fmt::Display;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(path = "/var/jobs/{id}.toml", env = "JOBS", keep = 3)]
#[status(mode = 0o640, durability = "process", lock_timeout = "250ms")]
#[status(crate = "statusfile")]
struct EveryKeyBesidePath {
    id: u64,
}

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(app = "org/worker", dir = "cache", file = "job-{id}.toml")]
struct Parts {
    id: u64,
}

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(path = "{a}/{b}/fixed/x{c}y/{d}")]
struct Several {
    d: Name,
    c: std::string::String,
    b: char,
    a: i8,
}

#[derive(PartialEq, Serialize, Deserialize)]
struct Name(String);

impl Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(path = "{id}.toml")]
struct Generic<'a, T: Display, const N: usize> {
    id: T,
    text: Cow<'a, str>,
}

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(path = "{text}.toml")]
struct Borrowing<'a> {
    text: Cow<'a, str>,
}

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(path = "{{literal}}/{{}}.toml")]
struct Literal {
    id: u64,
}

macro_rules! keyed {
    ($name:ident, $path:literal, $ty:ty) => {
        #[derive(Serialize, Deserialize, PersistentStatus)]
        #[status(path = $path)]
        struct $name {
            id: $ty,
        }
    };
}

keyed!(FromMacro, "{id}.toml", u32);

fn first<T: KeyedStatus>(key: T::Key<'_>) -> Result<T, Error> {
    T::load(key)
}

#[test]
fn compile() {
    let _ = EveryKeyBesidePath::status_file(17);
    let _ = Parts::status_file(17);
    let text = "c".to_owned();
    let _ = Several::status_file((-1, 'b', &text, &Name(text.clone())));
    let _ = Generic::<String, 3>::status_file(&text);
    let _ = Borrowing::status_file(&Cow::Borrowed("a"));
    let _ = Literal::status_file();
    let _ = FromMacro::status_file(17);
    let _ = first::<Parts>(17);
}
