use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
struct WorkerV1 {
    jobs: u64,
}

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(version = 2, previous = WorkerV1)]
struct Worker {
    jobs_done: u64,
}

impl TryFrom<WorkerV1> for Worker {
    type Error = ();

    fn try_from(previous: WorkerV1) -> Result<Self, ()> {
        Ok(Self { jobs_done: previous.jobs })
    }
}

fn main() {}
