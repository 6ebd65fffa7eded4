//! What was acknowledged, and when.

use std::collections::BTreeMap;

/// The acknowledgements of a storm, by status.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    statuses: BTreeMap<String, History>,
    saves: u64,
}

#[derive(Debug)]
struct History {
    /// When the first save was about to start.
    begun: usize,
    /// When a number was acknowledged, and that number; both only grow.
    acknowledged: Vec<(usize, u64)>,
}

/// What a load must give at least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Promise {
    pub(crate) status: String,
    /// The last number that was acknowledged, or 0 if none was.
    pub(crate) number: u64,
}

impl Ledger {
    pub(crate) fn begin(&mut self, status: &str, position: usize) {
        self.history(status, position);
    }

    pub(crate) fn acknowledge(&mut self, status: &str, number: u64, position: usize) {
        let history = self.history(status, position);
        // Those who share a status save in one order and may be heard in another.
        if history
            .acknowledged
            .last()
            .is_none_or(|last| last.1 < number)
        {
            history.acknowledged.push((position, number));
        }
        self.saves += 1;
    }

    fn history(&mut self, status: &str, position: usize) -> &mut History {
        self.statuses.entry(status.to_owned()).or_insert(History {
            begun: position,
            acknowledged: Vec::new(),
        })
    }

    /// How many saves were acknowledged.
    pub(crate) fn saves(&self) -> u64 {
        self.saves
    }

    /// What had been promised at `position`, for every status that had been begun.
    pub(crate) fn promises_at(&self, position: usize) -> impl Iterator<Item = Promise> {
        let begun = self.statuses.iter();
        let begun = begun.filter(move |(_, history)| history.begun <= position);
        begun.map(move |(status, history)| {
            let known = &history.acknowledged;
            let heard = known.partition_point(|(heard, _)| *heard <= position);
            Promise {
                status: status.clone(),
                number: heard.checked_sub(1).map_or(0, |last| known[last].1),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_heard_before_the_cut_is_promised() {
        let mut ledger = Ledger::default();
        ledger.begin("a", 3);
        ledger.acknowledge("a", 1, 5);
        ledger.acknowledge("a", 3, 7);
        ledger.acknowledge("a", 2, 8);
        let number = |position| ledger.promises_at(position).next().map(|p| p.number);

        let seen = [2, 3, 5, 6, 7, 9].map(number);
        assert_eq!(seen, [None, Some(0), Some(1), Some(1), Some(3), Some(3)]);
    }
}
