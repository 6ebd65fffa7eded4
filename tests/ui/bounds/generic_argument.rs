use statusfile::PersistentStatus;

#[derive(serde::Serialize, serde::Deserialize, PersistentStatus)]
struct Worker<T> {
    job: T,
}

struct Job;

fn main() {
    let _ = Worker::<Job>::status_file();
}
