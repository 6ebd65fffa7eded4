use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(file = "{id}.toml", formerly = "old-app/Job")]
struct Job {
    id: u64,
}

fn main() {}
