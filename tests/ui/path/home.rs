use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(path = "~/worker.toml")]
struct Worker {
    jobs_done: u64,
}

fn main() {}
