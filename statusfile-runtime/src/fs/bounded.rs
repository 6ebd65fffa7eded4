//! A table of what is worth remembering. What is forgotten is found out once more, and no harm is done.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

/// Forgets all once it is full.
pub(crate) struct Bounded<K, V> {
    most: usize,
    entries: HashMap<K, V>,
}

impl<K: Eq + Hash, V> Bounded<K, V> {
    pub(crate) fn of(most: usize) -> Self {
        Self {
            most,
            entries: HashMap::new(),
        }
    }

    pub(crate) fn insert(&mut self, key: K, value: V) {
        if self.entries.len() >= self.most {
            self.entries.clear();
        }
        self.entries.insert(key, value);
    }

    pub(crate) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.entries.get(key)
    }

    pub(crate) fn get_mut<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.entries.get_mut(key)
    }

    pub(crate) fn remove<Q: Eq + Hash + ?Sized>(&mut self, key: &Q)
    where
        K: Borrow<Q>,
    {
        self.entries.remove(key);
    }

    #[cfg(target_os = "linux")]
    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.entries.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_is_full_forgets_all_and_goes_on() {
        let mut table = Bounded::of(2);
        table.insert(1, 'a');
        table.insert(2, 'b');
        assert_eq!([1, 2].map(|key| table.get(&key)), [Some(&'a'), Some(&'b')]);
        table.insert(3, 'c');
        assert_eq!(
            [1, 2, 3].map(|key| table.get(&key)),
            [None, None, Some(&'c')]
        );
    }
}
