use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
enum Worker {
    #[status(keep = 3)]
    Busy { job: u64 },
}

fn main() {}
