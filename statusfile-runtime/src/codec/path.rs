//! Where in a status something is, by the names in its file.

use std::fmt::Write;

/// The most of a path that is shown.
const WIDTH: usize = 160;

/// A path such as `servers[2].port`, which grows and shrinks while a value is walked through. It is
/// empty for the value as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FieldPath {
    text: String,
}

impl FieldPath {
    /// What [`back_to`](Self::back_to) takes to forget all that comes after this.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    pub(super) fn back_to(&mut self, len: usize) {
        self.text.truncate(len);
    }

    pub(super) fn key(&mut self, key: &str) {
        if !self.text.is_empty() {
            self.text.push('.');
        }
        let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        if !key.is_empty() && key.chars().all(is_plain) {
            self.text.push_str(key);
        } else {
            let _ = write!(self.text, "{key:?}");
        }
    }

    pub(super) fn index(&mut self, index: usize) {
        let _ = write!(self.text, "[{index}]");
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// The path for an error: of a long one, how it begins and ends.
    pub(super) fn shown(&self) -> String {
        let count = self.text.chars().count();
        if count <= WIDTH {
            return self.text.clone();
        }
        let begin: String = self.text.chars().take(WIDTH / 2).collect();
        let end: String = self.text.chars().skip(count - WIDTH / 2).collect();
        format!("{begin}...{end}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_as_people_would() {
        let mut path = FieldPath::default();
        path.key("servers");
        path.index(2);
        let servers = path.len();
        path.key("a b\n");
        assert_eq!(path.as_str(), "servers[2].\"a b\\n\"");
        path.back_to(servers);
        path.key("");
        assert_eq!(path.as_str(), "servers[2].\"\"");
    }

    #[test]
    fn of_a_long_path_the_ends_are_shown() {
        let mut path = FieldPath::default();
        path.key("first");
        for _ in 0..200 {
            path.key("é");
        }
        path.key("last");
        let shown = path.shown();
        assert!(shown.chars().count() < 200, "{shown}");
        assert!(shown.starts_with("first.é") && shown.ends_with("é.last"));
    }
}
