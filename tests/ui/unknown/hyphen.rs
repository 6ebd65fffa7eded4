use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(lock-timeout = "1s")]
struct Worker {
    jobs_done: u64,
}

fn main() {}
