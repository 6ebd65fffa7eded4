use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(formerly = "old/state/")]
struct Worker {
    jobs_done: u64,
}

fn main() {}
