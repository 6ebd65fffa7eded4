use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(file = "a/b.toml")]
struct Worker {
    jobs_done: u64,
}

fn main() {}
