use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
enum Worker {
    Idle,
    Busy { job: u64 },
}

fn main() {}
