use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(max_bytes = 0)]
struct Worker {
    jobs_done: u64,
}

fn main() {}
