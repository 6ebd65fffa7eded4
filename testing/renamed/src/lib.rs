//! Types kept by a crate that knows `statusfile` as `persist`.

use persist::PersistentStatus;
use serde::{Deserialize, Serialize};

/// The name in a string.
#[derive(Debug, Serialize, Deserialize, PersistentStatus)]
#[status(crate = "persist", path = "worker.toml", keep = 3, durability = "full")]
pub struct InString {
    /// How many jobs are done.
    pub jobs_done: u64,
}

/// The name as a path.
#[derive(Debug, Serialize, Deserialize, PersistentStatus)]
#[status(crate = ::persist, path = "last-job.toml")]
pub struct AsPath<T> {
    /// The last job.
    pub last_job: T,
}
