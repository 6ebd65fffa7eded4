use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(file = "job:{id}.toml")]
struct Job {
    id: u64,
}

fn main() {}
