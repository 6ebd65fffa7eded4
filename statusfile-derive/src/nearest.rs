use strsim::damerau_levenshtein;

/// The candidate a person most likely meant, if any is near.
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
        .map(|candidate| (damerau_levenshtein(&word, candidate), candidate))
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

#[cfg(test)]
mod tests {
    use super::nearest;
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
