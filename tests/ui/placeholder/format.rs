use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(path = "jobs/{id:03}.toml")]
struct Job {
    id: u64,
}

fn main() {}
