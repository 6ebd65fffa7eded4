use statusfile::PersistentStatus;

#[derive(serde::Serialize, serde::Deserialize, PersistentStatus)]
struct Worker<'a> {
    name: &'a str,
}

fn main() {}
