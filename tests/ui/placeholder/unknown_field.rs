use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(path = "jobs/{idd}.toml")]
struct Job {
    id: u64,
}

fn main() {}
