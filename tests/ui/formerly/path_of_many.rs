use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(path = "jobs/{id}.toml", formerly = "old/job.toml")]
struct Job {
    id: u64,
}

fn main() {}
