use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(lock_timeout = "1h")]
struct Worker {
    jobs_done: u64,
}

fn main() {}
