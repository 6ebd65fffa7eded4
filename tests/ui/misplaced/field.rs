use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
struct Worker {
    #[status(keep = 3)]
    jobs_done: u64,
}

fn main() {}
