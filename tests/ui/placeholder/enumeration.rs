use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(path = "jobs/{id}.toml")]
enum Job {
    Open { id: u64 },
    Closed { id: u64 },
}

fn main() {}
