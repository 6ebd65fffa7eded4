use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(max_bytes = 268_435_457)]
struct Worker {
    jobs_done: u64,
}

fn main() {}
