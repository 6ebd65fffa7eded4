use statusfile::PersistentStatus;

#[derive(serde::Serialize, PersistentStatus)]
struct Worker {
    jobs_done: u64,
}

fn main() {}
