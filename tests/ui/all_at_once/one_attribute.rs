use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(pth = "a", keep = 1, mode = 640, dir = "stat", lock_timeout = 10)]
struct Worker {
    jobs_done: u64,
}

fn main() {}
