//! The real binary, on real files.

#![expect(clippy::unwrap_used, reason = "these run in tests only")]

#[path = "../../../tests/common/mod.rs"]
mod common;

mod changes;
mod conventions;
mod doctor;
mod edit;
mod place;
mod run;
mod show;
#[cfg(unix)]
mod terminal;
#[cfg(unix)]
mod user;
mod values;
mod verify;
mod watch;
