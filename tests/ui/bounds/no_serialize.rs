use statusfile::PersistentStatus;

#[derive(serde::Deserialize, PersistentStatus)]
struct Worker {
    jobs_done: u64,
}

fn main() {}
