use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(path = "jobs/{id}.toml")]
struct Job {
    #[serde(skip)]
    id: u64,
}

fn main() {}
