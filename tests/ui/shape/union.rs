use statusfile::PersistentStatus;

#[derive(PersistentStatus)]
union Worker {
    a: u32,
    b: f32,
}

fn main() {}
