use statusfile::PersistentStatus;

#[derive(serde::Serialize, PersistentStatus)]
struct Worker<T> {
    job: T,
}

fn main() {
    let _ = Worker::<u64>::status_file();
}
