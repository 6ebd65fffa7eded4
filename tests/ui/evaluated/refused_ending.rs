use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(file = "{id}.status")]
struct Job {
    id: u64,
}

fn main() {}
