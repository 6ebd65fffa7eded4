use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(path = "jobs/{id}.toml")]
struct Job {
    id: Option<u64>,
    pages: u32,
}

fn main() {}
