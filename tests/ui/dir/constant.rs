use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(dir = DIR)]
struct Worker {
    jobs_done: u64,
}

fn main() {}
