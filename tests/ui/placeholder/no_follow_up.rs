use serde::{Deserialize, Serialize};
use statusfile::{KeyedStatus, PersistentStatus};

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(path = "jobs/{idd}.toml")]
struct Job {
    id: u64,
}

#[derive(Serialize, Deserialize, PersistentStatus)]
#[status(path = "{tenant}/{id}.toml", keep = 1)]
struct Task {
    tenant: String,
    id: u64,
}

fn main() {
    let _ = Job { id: 17 }.save();
    let _ = Job::load(17);
    let _ = Task::load(("a", 17));
    let _ = Task::load_all();
}
