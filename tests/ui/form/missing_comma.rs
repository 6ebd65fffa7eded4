use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(path = "worker.toml" keep = 3)]
struct Worker {
    jobs_done: u64,
}

fn main() {}
