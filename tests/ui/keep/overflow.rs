use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(keep = 99999999999999999999999999999999999999999)]
struct Worker {
    jobs_done: u64,
}

fn main() {}
