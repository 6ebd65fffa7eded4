use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(path = "tasks/{tenant}-{id}.toml")]
struct Task {
    tenant: String,
    id: u64,
}

fn main() {}
