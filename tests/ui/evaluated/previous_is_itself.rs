use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(version = 2, previous = Worker)]
struct Worker {
    jobs_done: u64,
}

fn main() {}
