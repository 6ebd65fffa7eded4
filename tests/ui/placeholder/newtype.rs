use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(path = "jobs/{id}.toml")]
struct Job(std::collections::BTreeMap<String, u64>);

fn main() {}
