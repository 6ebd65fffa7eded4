use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(keep = 1_000_001)]
struct Worker {
    jobs_done: u64,
}

fn main() {}
