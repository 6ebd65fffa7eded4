use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(keep = 1)]
#[status(mode = 640)]
enum Worker {
    Idle,
    Busy {
        #[status]
        job: u64,
    },
}

fn main() {}
