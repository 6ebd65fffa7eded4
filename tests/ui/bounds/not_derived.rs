use statusfile::PersistentStatus;

struct Worker;

fn keep<T: PersistentStatus>(status: &T) {
    status.save().unwrap();
}

fn main() {
    keep(&Worker);
}
