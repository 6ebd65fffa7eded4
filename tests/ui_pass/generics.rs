use serde::{Deserialize, Serialize, de::DeserializeOwned};
use statusfile::PersistentStatus;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::marker::PhantomData;

#[derive(Serialize, Deserialize, PersistentStatus)]
struct Plain<T> {
    job: T,
}

#[derive(Serialize, Deserialize, PersistentStatus)]
struct Defaulted<T = u32> {
    job: T,
}

#[derive(Serialize, Deserialize, PersistentStatus)]
struct Bounded<K: Ord, V: Debug>
where
    V: Clone,
{
    jobs: BTreeMap<K, V>,
}

#[derive(Serialize, Deserialize, PersistentStatus)]
struct Constant<const N: usize = { 1 + 1 }> {
    count: u64,
}

#[derive(Serialize, Deserialize, PersistentStatus)]
struct Array<T, const N: usize>
where
    [T; N]: Serialize + DeserializeOwned,
{
    jobs: [T; N],
}

#[derive(Serialize, Deserialize, PersistentStatus)]
struct Lifetime<'a> {
    name: Cow<'a, str>,
}

#[derive(Serialize, Deserialize, PersistentStatus)]
struct Mixed<'a, T: Clone + 'a, const N: usize> {
    #[serde(bound(deserialize = "T: DeserializeOwned"))]
    jobs: Cow<'a, [T]>,
}

#[derive(Serialize, Deserialize, PersistentStatus)]
struct Phantom<T> {
    count: u64,
    of: PhantomData<T>,
}

#[derive(Serialize, Deserialize, PersistentStatus)]
struct SerdeDefault<T> {
    #[serde(default)]
    job: T,
}

trait Job {
    type Output;
}

struct Build;

impl Job for Build {
    type Output = String;
}

#[derive(Serialize, Deserialize, PersistentStatus)]
#[serde(bound(
    serialize = "J::Output: Serialize",
    deserialize = "J::Output: DeserializeOwned"
))]
struct Projected<J: Job> {
    last: J::Output,
}

#[derive(PersistentStatus)]
struct ByHand<T>(T);

impl<T: ToString> Serialize for ByHand<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([("value", self.0.to_string())])
    }
}

impl<'de, T: From<u8>> Deserialize<'de> for ByHand<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let map = BTreeMap::<String, u8>::deserialize(deserializer)?;
        Ok(Self(T::from(map["value"])))
    }
}

#[derive(Serialize, Deserialize, PersistentStatus)]
#[serde(tag = "kind")]
enum Choice<T> {
    Idle,
    Busy { job: T },
}

struct NoSerde;

#[test]
fn compile() {
    let _ = Plain::<u64>::status_file();
    let _ = <Defaulted>::status_file();
    let _ = Bounded::<String, u64>::status_file();
    let _ = Constant::<3>::status_file();
    let _ = Array::<u64, 4>::status_file();
    let _ = Lifetime::status_file();
    let _ = Mixed::<u64, 2>::status_file();
    let _ = Phantom::<NoSerde>::status_file();
    let _ = SerdeDefault::<u64>::status_file();
    let _ = Projected::<Build>::status_file();
    let _ = ByHand::<u64>::status_file();
    let _ = Choice::<u64>::status_file();
}
