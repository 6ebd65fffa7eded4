use serde::{Deserialize, Serialize};
use statusfile::{KeyedStatus, PersistentStatus};

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(path = "state/worker.toml", env = "WORKER_STATUS", keep = 3)]
#[status(mode = 0o640, durability = "process", lock_timeout = "250ms")]
#[status(crate = "statusfile")]
struct EveryKeyBesidePath {
    jobs_done: u64,
}

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(app = "org/worker", dir = "cache", file = "worker.toml")]
struct Parts {
    jobs_done: u64,
}

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(formerly = "OldName", formerly = "old-app/OldName")]
#[status(formerly = "r#fn", formerly = "/old/worker.toml")]
struct Renamed {
    jobs_done: u64,
}

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(app = "old-app", file = "{id}.toml", formerly = "old-app/Job")]
struct RenamedOfMany {
    id: u64,
}

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(crate = ::statusfile)]
struct CrateAsPath {
    jobs_done: u64,
}

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status()]
struct Nothing {
    jobs_done: u64,
}

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(
    keep = 2usize,
    mode = 0o600u32,
    path = r"worker.toml",
    durability = "full",
    lock_timeout = "0s",
    max_bytes = 1_024u64
)]
struct Edges {
    jobs_done: u64,
}

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(
    keep = 1_000_000,
    mode = 0o777,
    lock_timeout = "18446744073709551615ms",
    max_bytes = 268_435_456
)]
struct UpperEdges {
    jobs_done: u64,
}

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(path = "./.worker/../worker")]
struct OddPath {
    jobs_done: u64,
}

macro_rules! worker {
    ($name:ident, $path:literal, $keep:expr, $root:path) => {
        #[derive(Serialize, Deserialize, PersistentStatus)]
        #[status(path = $path, keep = $keep, crate = $root,)]
        struct $name {
            jobs_done: u64,
        }
    };
}

worker!(FromMacro, "worker.toml", 4, ::statusfile);

#[test]
fn compile() {
    let _ = EveryKeyBesidePath::status_file();
    let _ = Parts::status_file();
    let _ = Renamed::status_file();
    let _ = RenamedOfMany::status_file(7);
    let _ = CrateAsPath::status_file();
    let _ = Nothing::status_file();
    let _ = Edges::status_file();
    let _ = UpperEdges::status_file();
    let _ = OddPath::status_file();
    let _ = FromMacro::status_file();
}
