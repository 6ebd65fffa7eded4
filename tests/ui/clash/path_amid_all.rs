use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(dir = "data", app = "worker", path = "worker.toml", file = "w.toml")]
struct Worker {
    jobs_done: u64,
}

fn main() {}
