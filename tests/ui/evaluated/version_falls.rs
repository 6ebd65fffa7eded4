use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(version = 3)]
struct WorkerV1 {
    jobs: u64,
}

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(version = 2, previous = WorkerV1)]
struct Worker {
    jobs_done: u64,
}

impl From<WorkerV1> for Worker {
    fn from(previous: WorkerV1) -> Self {
        Self { jobs_done: previous.jobs }
    }
}

fn main() {}
