//! Whether what was promised is there.

use crate::harness::ledger::Promise;
use crate::harness::probe::Probe;
use crate::harness::subject::Found;
use anyhow::Result;

/// How many losses are reported in words.
const REPORTED: usize = 5;

/// What was found after cuts.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// How often an acknowledged save was looked for.
    pub(crate) checked: u64,
    /// How often neither it nor a later one was found.
    pub(crate) lost: u64,
    /// How often no status at all was found then.
    pub(crate) nothing: u64,
    /// What the file at the path held.
    pub(crate) at_path: AtPath,
    /// What else went wrong.
    pub(crate) faults: u64,
    /// The first losses and faults in words.
    pub(crate) reported: Vec<String>,
}

/// What other programs find at the path of a status that was acknowledged, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct AtPath {
    /// What was acknowledged last, or a later one.
    pub(crate) newest: u64,
    /// A status from before that.
    pub(crate) older: u64,
    /// No whole status: no file, an empty one, or a torn one.
    pub(crate) nothing: u64,
}

impl AtPath {
    pub(crate) fn is_always_newest(self) -> bool {
        self.older == 0 && self.nothing == 0
    }
}

impl Findings {
    /// Loads one status and compares it with what was promised. `story` describes the cut, for those
    /// who will ask.
    pub(crate) fn check(
        &mut self,
        probe: &mut Probe,
        promise: &Promise,
        story: &str,
    ) -> Result<Found> {
        let at_path = probe.at_path(&promise.status)?;
        let found = probe.load(&promise.status)?;
        self.judge(promise, &found, story);
        if let Some(at_path) = at_path {
            self.judge_path(promise, &at_path, story);
        }
        Ok(found)
    }

    fn judge_path(&mut self, promise: &Promise, at_path: &Found, story: &str) {
        let Promise { status, number } = promise;
        if *number == 0 {
            return;
        }
        match at_path {
            Found::Number(found) if found >= number => {
                self.at_path.newest += 1;
                return;
            }
            Found::Number(_) => self.at_path.older += 1,
            Found::Nothing | Found::Broken(_) => self.at_path.nothing += 1,
        }
        self.report(|| {
            format!("{status}: {number} was acknowledged, and at the path is {at_path:?}; {story}")
        });
    }

    /// Saves a status that was checked, which must work whatever the cut left.
    pub(crate) fn save_again(
        &mut self,
        probe: &mut Probe,
        promise: &Promise,
        found: &Found,
        story: &str,
    ) -> u64 {
        let next = match found {
            Found::Number(number) => number + 1,
            Found::Nothing | Found::Broken(_) => promise.number + 1,
        };
        if let Err(error) = probe.save(&promise.status, next) {
            self.faults += 1;
            self.report(|| format!("{}: cannot save again: {error:#}; {story}", promise.status));
        }
        next
    }

    fn judge(&mut self, promise: &Promise, found: &Found, story: &str) {
        let Promise { status, number } = promise;
        if *number == 0 {
            if matches!(found, Found::Broken(_)) {
                self.faults += 1;
                self.report(|| format!("{status}: never acknowledged, and {found:?}; {story}"));
            }
            return;
        }
        self.checked += 1;
        match found {
            Found::Number(found) if found >= number => return,
            Found::Number(_) => {}
            Found::Nothing | Found::Broken(_) => self.nothing += 1,
        }
        self.lost += 1;
        self.report(|| format!("{status}: {number} was acknowledged, and {found:?}; {story}"));
    }

    fn report(&mut self, what: impl FnOnce() -> String) {
        if self.reported.len() < REPORTED {
            self.reported.push(what());
        }
    }
}
