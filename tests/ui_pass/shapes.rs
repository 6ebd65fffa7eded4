use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, PersistentStatus)]
struct Named {
    jobs_done: u64,
}

#[derive(Serialize, Deserialize, PersistentStatus)]
struct Empty {}

#[derive(Serialize, Deserialize, PersistentStatus)]
struct Newtype(Named);

#[derive(Serialize, Deserialize, PersistentStatus)]
struct Tuple(u64, String);

#[derive(Serialize, Deserialize, PersistentStatus)]
enum Braced {
    Idle {},
    Busy { job: u64 },
    Stopping(Named),
    Between(u64, u64),
}

#[derive(Serialize, Deserialize, PersistentStatus)]
#[serde(tag = "kind")]
enum Tagged {
    Idle,
    Busy { job: u64 },
}

#[derive(Serialize, Deserialize, PersistentStatus)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
enum Adjacent {
    Idle,
    Busy(u64),
}

#[derive(Serialize, Deserialize, PersistentStatus)]
#[serde(untagged)]
enum Untagged {
    Busy { job: u64 },
    Idle,
}

#[derive(Clone, Serialize, Deserialize, PersistentStatus)]
#[serde(from = "Named", into = "Named")]
enum Converted {
    Idle,
}

impl From<Named> for Converted {
    fn from(_: Named) -> Self {
        Self::Idle
    }
}

impl From<Converted> for Named {
    fn from(_: Converted) -> Self {
        Self { jobs_done: 0 }
    }
}

#[derive(Serialize, Deserialize, PersistentStatus)]
enum SomeSkipped {
    Busy {
        job: u64,
    },
    #[serde(skip)]
    Starting,
    #[serde(skip_serializing)]
    Old,
}

#[test]
fn compile() {
    let _ = Named::status_file();
    let _ = Empty::status_file();
    let _ = Newtype::status_file();
    let _ = Tuple::status_file();
    let _ = Braced::status_file();
    let _ = Tagged::status_file();
    let _ = Adjacent::status_file();
    let _ = Untagged::status_file();
    let _ = Converted::status_file();
    let _ = SomeSkipped::status_file();
}
