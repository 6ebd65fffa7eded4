use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(app = "org/{tenant}")]
struct Task {
    tenant: String,
    id: u64,
}

fn main() {}
