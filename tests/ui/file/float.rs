use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(file = 1.5)]
struct Worker {
    jobs_done: u64,
}

fn main() {}
