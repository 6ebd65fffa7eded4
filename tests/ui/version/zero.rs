use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(version = 0)]
struct Worker {
    jobs_done: u64,
}

fn main() {}
