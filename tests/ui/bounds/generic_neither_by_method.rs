use statusfile::PersistentStatus;

#[derive(PersistentStatus)]
struct Worker<T> {
    job: T,
}

fn main() {
    let _ = Worker::<u64>::status_file();
}
