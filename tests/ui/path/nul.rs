use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(path = "a\0b")]
struct Worker {
    jobs_done: u64,
}

fn main() {}
