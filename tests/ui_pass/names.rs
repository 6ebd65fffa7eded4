#![allow(non_camel_case_types)]

use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
struct r#type {
    r#fn: u64,
}

#[derive(Serialize, Deserialize, PersistentStatus)]
struct Zähler {
    größe: u64,
}

#[derive(Serialize, Deserialize, PersistentStatus)]
struct __ {
    count: u64,
}

mod private {
    use super::*;

    #[derive(Serialize, Deserialize, PersistentStatus)]
    pub(super) struct Inner {
        count: u64,
    }
}

#[test]
fn compile() {
    #[derive(Serialize, Deserialize, PersistentStatus)]
    struct Local {
        count: u64,
    }

    let _ = r#type::status_file();
    let _ = Zähler::status_file();
    let _ = __::status_file();
    let _ = private::Inner::status_file();
    let _ = Local::status_file();
}
