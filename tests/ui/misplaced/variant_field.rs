use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
enum Worker {
    Busy {
        #[status]
        job: u64,
    },
}

fn main() {}
