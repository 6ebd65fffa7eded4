/// A key of `#[status(...)]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Path,
    Env,
    App,
    Dir,
    File,
    Keep,
    Mode,
    Durability,
    LockTimeout,
    MaxBytes,
    Version,
    Previous,
    Formerly,
    Default,
    Editable,
    Link,
    Copy,
    Prove,
    Crate,
}

impl Key {
    pub(crate) const ALL: [Self; 19] = [
        Self::Path,
        Self::Env,
        Self::App,
        Self::Dir,
        Self::File,
        Self::Keep,
        Self::Mode,
        Self::Durability,
        Self::LockTimeout,
        Self::MaxBytes,
        Self::Version,
        Self::Previous,
        Self::Formerly,
        Self::Default,
        Self::Editable,
        Self::Link,
        Self::Copy,
        Self::Prove,
        Self::Crate,
    ];

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Env => "env",
            Self::App => "app",
            Self::Dir => "dir",
            Self::File => "file",
            Self::Keep => "keep",
            Self::Mode => "mode",
            Self::Durability => "durability",
            Self::LockTimeout => "lock_timeout",
            Self::MaxBytes => "max_bytes",
            Self::Version => "version",
            Self::Previous => "previous",
            Self::Formerly => "formerly",
            Self::Default => "default",
            Self::Editable => "editable",
            Self::Link => "link",
            Self::Copy => "copy",
            Self::Prove => "prove",
            Self::Crate => "crate",
        }
    }

    /// A right use of the key, for error messages.
    pub(crate) fn example(self) -> &'static str {
        match self {
            Self::Path => r#"path = "worker.toml""#,
            Self::Env => r#"env = "WORKER_STATUS""#,
            Self::App => r#"app = "my-app""#,
            Self::Dir => r#"dir = "state""#,
            Self::File => r#"file = "worker.toml""#,
            Self::Keep => "keep = 3",
            Self::Mode => "mode = 0o640",
            Self::Durability => r#"durability = "full""#,
            Self::LockTimeout => r#"lock_timeout = "10s""#,
            Self::MaxBytes => "max_bytes = 1_000_000",
            Self::Version => "version = 2",
            Self::Previous => "previous = WorkerV1",
            Self::Formerly => r#"formerly = "OldWorker""#,
            Self::Default => "default",
            Self::Editable => "editable",
            Self::Link => "link",
            Self::Copy => "copy = false",
            Self::Prove => "prove = false",
            Self::Crate => r#"crate = "statusfile""#,
        }
    }

    /// Whether it may be set several times, to several values.
    pub(crate) fn is_repeated(self) -> bool {
        self == Self::Formerly
    }

    pub(crate) fn takes(self) -> &'static str {
        match self {
            Self::Keep | Self::Mode | Self::MaxBytes | Self::Version => "an integer literal",
            Self::Previous => "a type",
            Self::Default | Self::Editable | Self::Link => "no value",
            Self::Copy | Self::Prove => "`true` or `false`",
            Self::Crate => "a path",
            _ => "a string literal",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn every_key_is_found_by_its_name() {
        for key in Key::ALL {
            assert_eq!(Key::from_name(key.name()), Some(key));
        }
        assert_eq!(Key::from_name("Path"), None);
    }

    #[test]
    fn every_example_sets_its_own_key() {
        for key in Key::ALL {
            let start = key.example().split(" = ").next();
            assert_eq!(start, Some(key.name()));
        }
    }
}
