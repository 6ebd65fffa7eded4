use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(path = "{tenant}/{id}.toml")]
struct Task {
    tenant: String,
    id: Vec<u8>,
}

fn main() {}
