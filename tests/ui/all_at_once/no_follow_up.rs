use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(keep = 1)]
struct Worker<T> {
    job: T,
}

fn keep(worker: &impl PersistentStatus) {
    let _ = worker;
}

fn main() {
    keep(&Worker { job: 1 });
    let _ = Worker::<u8>::status_file();
}
