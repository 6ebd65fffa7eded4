use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(file = "w.toml", path = "worker.toml")]
struct Worker {
    jobs_done: u64,
}

fn main() {}
