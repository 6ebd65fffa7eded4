use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(keep = 2, keep = 3, keep = 4)]
struct Worker {
    jobs_done: u64,
}

fn main() {}
