use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(path = "{tenant}/nul/{id}.toml")]
struct Job<T> {
    tenant: String,
    id: u64,
    more: T,
}

fn main() {}
