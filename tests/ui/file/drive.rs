use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(file = "C:b.toml")]
struct Worker {
    jobs_done: u64,
}

fn main() {}
