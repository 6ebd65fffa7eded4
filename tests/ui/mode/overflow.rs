use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(mode = 0o77777777777777777777)]
struct Worker {
    jobs_done: u64,
}

fn main() {}
