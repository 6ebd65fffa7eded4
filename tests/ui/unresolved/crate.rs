use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(crate = "nowhere")]
struct Worker {
    jobs_done: u64,
}

fn main() {}
