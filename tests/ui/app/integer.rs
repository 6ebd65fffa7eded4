use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(app = 1)]
struct Worker {
    jobs_done: u64,
}

fn main() {}
