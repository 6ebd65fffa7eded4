//! Which element of a new list is which of an old one.

use std::collections::HashMap;

/// Where so many pairs would have to be compared, elements are paired by their place: the time that this
/// takes must not grow faster than the list.
const MOST_PAIRS: usize = 4096;

/// For each element of `new`, the place of the one in `old` that it was made from, if there is one. No two
/// have the same, and they keep their order.
///
/// Equal elements belong together, and between these the most similar ones: `similarity` is asked for a
/// place in `old` and one in `new`. Where as many were taken away as were added, they were changed.
pub(super) fn align<T: AsRef<str>>(
    old: &[T],
    new: &[T],
    similarity: impl Fn(usize, usize) -> usize,
) -> Vec<Option<usize>> {
    let mut aligned = vec![None; new.len()];
    let mut from = (0, 0);
    for (in_old, in_new) in anchors(old, new) {
        pair_between(from, (in_old, in_new), &similarity, &mut aligned);
        if let Some(place) = aligned.get_mut(in_new) {
            *place = Some(in_old);
        }
        from = (in_old + 1, in_new + 1);
    }
    pair_between(from, (old.len(), new.len()), &similarity, &mut aligned);
    aligned
}

/// Pairs of equal elements, in the order of both lists: those that both begin and end with, and between
/// them as many as possible of those that are there once.
fn anchors<T: AsRef<str>>(old: &[T], new: &[T]) -> Vec<(usize, usize)> {
    let same = |(one, other): &(&T, &T)| one.as_ref() == other.as_ref();
    let begin = old.iter().zip(new).take_while(same).count();
    let (old_rest, new_rest) = (
        old.get(begin..).unwrap_or_default(),
        new.get(begin..).unwrap_or_default(),
    );
    let ends = old_rest.iter().rev().zip(new_rest.iter().rev());
    let end = ends.take_while(same).count();
    let (old_end, new_end) = (old.len() - end, new.len() - end);

    let mut once: HashMap<&str, (Vec<usize>, Vec<usize>)> = HashMap::new();
    for (place, element) in old.iter().enumerate().take(old_end).skip(begin) {
        once.entry(element.as_ref()).or_default().0.push(place);
    }
    for (place, element) in new.iter().enumerate().take(new_end).skip(begin) {
        once.entry(element.as_ref()).or_default().1.push(place);
    }
    let mut pairs: Vec<_> = once
        .into_values()
        .filter_map(|places| match (&*places.0, &*places.1) {
            (&[in_old], &[in_new]) => Some((in_old, in_new)),
            _ => None,
        })
        .collect();
    pairs.sort_unstable();

    let begin = (0..begin).map(|place| (place, place));
    let end = (old_end..old.len()).zip(new_end..new.len());
    begin.chain(longest_rise(&pairs)).chain(end).collect()
}

/// The longest selection of `pairs`, which rise in the first number, that rises in the second one, too.
fn longest_rise(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // For each length of a selection, the last pair of the one that ends lowest, and for each pair the one
    // before it in the longest selection that it ends.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::new();
    let second = |place: usize| pairs.get(place).map(|pair| pair.1);
    for (place, pair) in pairs.iter().enumerate() {
        let shorter = ends.partition_point(|&end| second(end) < Some(pair.1));
        before.push(
            shorter
                .checked_sub(1)
                .and_then(|last| ends.get(last).copied()),
        );
        match ends.get_mut(shorter) {
            Some(end) => *end = place,
            None => ends.push(place),
        }
    }
    let last = ends.last().copied();
    let back = std::iter::successors(last, |&place| before.get(place).copied().flatten());
    let mut selected: Vec<_> = back.filter_map(|place| pairs.get(place).copied()).collect();
    selected.reverse();
    selected
}

/// Pairs what lies between two places, each in `old` and in `new`, none of which has an equal there.
fn pair_between(
    (old_from, new_from): (usize, usize),
    (old_to, new_to): (usize, usize),
    similarity: &impl Fn(usize, usize) -> usize,
    aligned: &mut [Option<usize>],
) {
    let (old_count, new_count) = (old_to - old_from, new_to - new_from);
    let mut pair = |in_old: usize, in_new: usize| {
        if let Some(place) = aligned.get_mut(new_from + in_new) {
            *place = Some(old_from + in_old);
        }
    };
    if old_count.saturating_mul(new_count) > MOST_PAIRS {
        (0..old_count.min(new_count)).for_each(|place| pair(place, place));
        return;
    }
    // What is not alike at all is a change of that very element only if none came or went.
    let unlike = usize::from(old_count == new_count);
    // best[i][j]: the most that the first i of one and the first j of the other have in common.
    let width = new_count + 1;
    let mut best = vec![0; (old_count + 1) * width];
    let at = |best: &[usize], i: usize, j: usize| best.get(i * width + j).copied().unwrap_or(0);
    let value = |i: usize, j: usize| {
        2 * similarity(old_from + i, new_from + j) + usize::from(i == j) * unlike
    };
    for i in 1..=old_count {
        for j in 1..=new_count {
            let apart = at(&best, i - 1, j).max(at(&best, i, j - 1));
            let together = at(&best, i - 1, j - 1) + value(i - 1, j - 1);
            if let Some(cell) = best.get_mut(i * width + j) {
                *cell = apart.max(together);
            }
        }
    }
    let (mut i, mut j) = (old_count, new_count);
    while i > 0 && j > 0 {
        let here = at(&best, i, j);
        if here == at(&best, i - 1, j) {
            i -= 1;
        } else if here == at(&best, i, j - 1) {
            j -= 1;
        } else {
            (i, j) = (i - 1, j - 1);
            pair(i, j);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Elements are as similar as they have letters in common.
    fn aligned(old: &str, new: &str) -> Vec<Option<usize>> {
        let words = |text: &str| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let (old, new) = (words(old), words(new));
        let similarity = |i: usize, j: usize| {
            old[i]
                .chars()
                .filter(|letter| new[j].contains(*letter))
                .count()
        };
        let aligned = align(&old, &new, similarity);
        let places: Vec<_> = aligned.iter().flatten().collect();
        assert!(places.is_sorted_by(|one, other| one < other), "{aligned:?}");
        aligned
    }

    #[test]
    fn what_is_equal_stays_together() {
        assert_eq!(aligned("a b c", "b c"), [Some(1), Some(2)]);
        assert_eq!(aligned("a b c", "a c"), [Some(0), Some(2)]);
        assert_eq!(aligned("b c", "a b x c"), [None, Some(0), None, Some(1)]);
        assert_eq!(aligned("a b c d", "x b d"), [Some(0), Some(1), Some(3)]);
        assert_eq!(aligned("a a a", "a a"), [Some(0), Some(1)]);
        assert_eq!(aligned("", "a"), [None]);
        assert_eq!(aligned("a", ""), []);
    }

    #[test]
    fn what_changed_is_found_by_what_it_still_has() {
        assert_eq!(aligned("abc def", "dex"), [Some(1)]);
        assert_eq!(aligned("abc def", "xyz abd def"), [None, Some(0), Some(1)]);
        assert_eq!(aligned("a b", "x b"), [Some(0), Some(1)]);
        assert_eq!(aligned("a b", "x y"), [Some(0), Some(1)]);
        assert_eq!(aligned("a b", "x"), [None]);
    }

    #[test]
    fn of_what_moved_as_much_as_possible_stays() {
        assert_eq!(
            aligned("a b c d", "d a b c"),
            [None, Some(0), Some(1), Some(2)]
        );
    }

    #[test]
    fn long_lists_take_no_longer_than_their_length() {
        let old: Vec<_> = (0..100_000).map(|number| number.to_string()).collect();
        let new: Vec<_> = (50_000..200_000)
            .rev()
            .map(|number| (number * 2).to_string())
            .collect();
        let aligned = align(&old, &new, |_, _| panic!("this would be asked too often"));
        assert_eq!(aligned.len(), new.len());
        let same = align(&old, &old, |_, _| 0);
        assert!(
            same.iter()
                .enumerate()
                .all(|(place, old)| *old == Some(place))
        );
    }
}
