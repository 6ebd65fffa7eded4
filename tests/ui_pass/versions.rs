use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
struct WorkerV1 {
    jobs: u64,
}

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(version = 5, previous = WorkerV1)]
struct WorkerV5 {
    jobs: i64,
}

#[derive(Serialize, Deserialize, Default, PersistentStatus)]
#[status(version = 6, previous = WorkerV5, default)]
struct Worker {
    jobs_done: u64,
}

impl TryFrom<WorkerV1> for WorkerV5 {
    type Error = std::num::TryFromIntError;

    fn try_from(previous: WorkerV1) -> Result<Self, Self::Error> {
        Ok(Self {
            jobs: previous.jobs.try_into()?,
        })
    }
}

impl From<WorkerV5> for Worker {
    fn from(previous: WorkerV5) -> Self {
        Self {
            jobs_done: previous.jobs.unsigned_abs(),
        }
    }
}

#[derive(Serialize, Deserialize, PersistentStatus)]
struct Old<T> {
    job: T,
}

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(version = 2, previous = Old<T>)]
struct Queue<T> {
    jobs: Vec<T>,
}

impl<T> From<Old<T>> for Queue<T> {
    fn from(previous: Old<T>) -> Self {
        Self {
            jobs: vec![previous.job],
        }
    }
}

const _: () = assert!(Worker::VERSION == 6 && WorkerV1::VERSION == 1);

#[test]
fn compile() {
    let _ = Queue::<String>::load;
}
