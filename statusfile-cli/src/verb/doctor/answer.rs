/// Whether a file system has one feature, and what that means.
pub(super) struct Answer {
    pub(super) is_there: bool,
    /// Whether a promise cannot be kept without it.
    pub(super) is_problem: bool,
    pub(super) meaning: String,
}

impl Answer {
    pub(super) fn yes(meaning: impl Into<String>) -> Self {
        Self {
            is_there: true,
            is_problem: false,
            meaning: meaning.into(),
        }
    }

    pub(super) fn no(meaning: impl Into<String>) -> Self {
        Self {
            is_there: false,
            is_problem: false,
            meaning: meaning.into(),
        }
    }

    pub(super) fn problem(meaning: impl Into<String>) -> Self {
        Self {
            is_problem: true,
            ..Self::no(meaning)
        }
    }
}
