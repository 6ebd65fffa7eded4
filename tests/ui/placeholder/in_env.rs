use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(env = "JOB_{id}")]
struct Job {
    id: u64,
}

fn main() {}
