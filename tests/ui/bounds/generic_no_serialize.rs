use statusfile::PersistentStatus;

#[derive(serde::Deserialize, PersistentStatus)]
struct Worker<T> {
    job: T,
}

fn main() {
    let _ = Worker::<u64>::status_file();
}
