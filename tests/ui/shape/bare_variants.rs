use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
#[serde(rename_all = "kebab-case")]
enum Worker {
    #[serde(rename = "skip")]
    Idle,
    Done,
}

fn main() {}
