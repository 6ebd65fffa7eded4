use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, Default, PersistentStatus)]
#[status(default)]
#[serde(tag = "kind")]
enum Worker {
    #[default]
    Idle,
    Busy {
        job: String,
    },
}

fn main() {}
