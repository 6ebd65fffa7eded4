//! Which known word a misspelt one was meant to be.
//!
//! Not strsim, which has this distance: it would be one more crate in the build of every user, for
//! twenty lines.

/// The candidate that was most likely meant, if any is near.
///
/// Near is a third of the longer word, and always at least one edit; failing that, a word cut short.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str> + Clone,
) -> Option<&'a str> {
    let word = word.to_lowercase();
    let misspelt = candidates
        .clone()
        .into_iter()
        .map(|candidate| (edits(&word, candidate), candidate))
        .filter(|(edits, candidate)| {
            let longer = word.chars().count().max(candidate.chars().count());
            *edits <= (longer / 3).max(1)
        })
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate);
    misspelt.or_else(|| {
        candidates
            .into_iter()
            .find(|candidate| word.len() > 2 && candidate.starts_with(&word))
    })
}

/// How many letters are put in, left out, exchanged or swapped with the next to make one word of
/// another, none of them twice: the optimal string alignment distance, after Damerau and Levenshtein.
fn edits(from: &str, to: &str) -> usize {
    let [from, to] = [from, to].map(|word| word.chars().collect::<Vec<_>>());
    // What it takes from the beginnings of the one to the beginnings of the other.
    let mut rows = vec![(0..=to.len()).collect::<Vec<_>>()];
    for i in 1..=from.len() {
        let mut row = vec![i];
        for j in 1..=to.len() {
            let exchanged = rows[i - 1][j - 1] + usize::from(from[i - 1] != to[j - 1]);
            let mut least = exchanged.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::{edits, nearest};
    use crate::key::Key;

    fn key(word: &str) -> Option<&'static str> {
        nearest(word, Key::ALL.map(Key::name))
    }

    #[test]
    fn misspelt_keys() {
        for (word, expected) in [
            ("pth", "path"),
            ("Path", "path"),
            ("paht", "path"),
            ("evn", "env"),
            ("keeep", "keep"),
            ("lock_timout", "lock_timeout"),
            ("crates", "crate"),
        ] {
            assert_eq!(key(word), Some(expected), "{word}");
        }
    }

    #[test]
    fn each_mistake_is_one_edit() {
        for (from, to, expected) in [
            ("", "", 0),
            ("", "env", 3),
            ("keep", "keep", 0),
            ("kep", "keep", 1),
            ("keeep", "keep", 1),
            ("kept", "keep", 2),
            ("kepe", "keep", 1),
            ("kitten", "sitting", 3),
            ("ca", "abc", 3),
        ] {
            assert_eq!(edits(from, to), expected, "{from} to {to}");
            assert_eq!(edits(to, from), expected, "{to} to {from}");
        }
    }

    #[test]
    fn words_cut_short() {
        for (word, expected) in [("lock", "lock_timeout"), ("durab", "durability")] {
            assert_eq!(key(word), Some(expected), "{word}");
        }
    }

    #[test]
    fn nothing_near() {
        for word in ["permissions", "x", "lo", ""] {
            assert_eq!(key(word), None, "{word}");
        }
    }
}
