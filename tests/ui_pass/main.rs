//! What `#[derive(PersistentStatus)]` accepts: that it compiles is most of the test.

#![allow(dead_code, unused_qualifications)]

mod attributes;
mod generics;
mod keyed;
mod names;
mod shapes;
mod versions;
