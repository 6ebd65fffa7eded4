//! The value that all contenders save.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The size of a state, in bytes of TOML; a state has about as many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) usize);

impl Size {
    pub(crate) const SMALL: Self = Self(300);
    pub(crate) const LARGE: Self = Self(20_000_000);
    pub(crate) const ALL: [Self; 4] = [Self::SMALL, Self(2_000), Self(200_000), Self::LARGE];
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            bytes if bytes >= 1_000_000 => write!(f, "{} MB", bytes / 1_000_000),
            bytes if bytes >= 1_000 => write!(f, "{} KB", bytes / 1_000),
            bytes => write!(f, "{bytes} B"),
        }
    }
}

/// The state of a crawler, with as many jobs as its size asks for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    /// Changes with every save.
    pub(crate) revision: u64,
    host: String,
    user_agent: String,
    resume_from: String,
    succeeded: f64,
    last_error: Option<String>,
    jobs: Vec<Job>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Job {
    id: u64,
    url: String,
    phase: Phase,
    attempts: u32,
    bytes: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Phase {
    Waiting,
    Fetching,
    Done,
}

impl State {
    pub(crate) fn new(size: Size) -> Self {
        let mut state = Self {
            revision: 1,
            host: "crawler-07.example.org".to_owned(),
            user_agent: "crawler/2.4".to_owned(),
            resume_from: "8f14e45fceea167a5a36dedd4bea2543".to_owned(),
            succeeded: 0.9871,
            last_error: Some("connection reset".to_owned()),
            jobs: Vec::new(),
        };
        let bare = state.bytes();
        state.jobs.push(Job::new(0));
        let job = state.bytes() - bare;
        state
            .jobs
            .extend((1..size.0.saturating_sub(bare) / job).map(|id| Job::new(id as u64)));
        state
    }

    fn bytes(&self) -> usize {
        toml::to_string(self).map_or(0, |text| text.len())
    }
}

impl Job {
    fn new(id: u64) -> Self {
        Self {
            id: 100_000 + id,
            url: format!(
                "https://example.org/articles/{:06}.html",
                id * 7919 % 1_000_000
            ),
            phase: match id % 3 {
                0 => Phase::Fetching,
                1 => Phase::Waiting,
                _ => Phase::Done,
            },
            attempts: 1,
            bytes: 10_000 + id * 104_729 % 90_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_about_as_large_as_asked() {
        for size in &Size::ALL[..3] {
            let bytes = State::new(*size).bytes();
            assert!(bytes.abs_diff(size.0) * 10 < size.0, "{size}: {bytes}");
        }
    }

    #[test]
    fn a_state_is_loaded_as_it_was() {
        let state = State::new(Size(2_000));
        let text = toml::to_string(&state).unwrap();
        assert_eq!(toml::from_str::<State>(&text).unwrap(), state);
    }
}
