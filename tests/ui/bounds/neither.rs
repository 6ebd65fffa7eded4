use statusfile::PersistentStatus;

#[derive(PersistentStatus)]
struct Worker {
    jobs_done: u64,
}

fn main() {}
