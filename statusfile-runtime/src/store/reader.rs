//! What a program reads and replaces: the statuses of its own type, up to a version.

use crate::error::{Error, Location};
use std::iter;

/// A type, by the names that it has and had. It says nothing of its text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader {
    /// What the program calls it, modules and all.
    pub(crate) rust_name: fn() -> &'static str,
    /// What its files call it: package and name. `None` where nobody has declared it.
    pub(crate) type_name: Option<&'static str>,
    /// What its files called it before it was renamed.
    pub(crate) formerly: &'static [&'static str],
    /// The type of the version before.
    pub(crate) previous: Option<fn() -> Reader>,
    /// The newest version that it reads.
    pub(crate) version: u32,
}

/// The same type of the same version.
impl PartialEq for Reader {
    fn eq(&self, other: &Self) -> bool {
        let own = ((self.rust_name)(), self.type_name, self.version);
        own == ((other.rust_name)(), other.type_name, other.version)
    }
}

impl Reader {
    /// It, and the types of all versions before.
    fn and_previous(self) -> impl Iterator<Item = Self> {
        iter::successors(Some(self), |reader| {
            reader.previous.map(|previous| previous())
        })
    }

    /// Whether its files have this name, or those of an older version, or had it once.
    fn is_called(self, type_name: &str) -> bool {
        self.and_previous().any(|reader| {
            reader.type_name == Some(type_name) || reader.formerly.contains(&type_name)
        })
    }

    /// Whether the other is this type, or one that it was.
    fn was(self, other: Self) -> bool {
        self.and_previous().any(|reader| {
            let formerly = other.type_name.map(|name| reader.formerly.contains(&name));
            (reader.rust_name)() == (other.rust_name)() || formerly == Some(true)
        })
    }

    /// The one of two that reads what the other saves, if one does.
    pub(crate) fn newer_of(self, other: Self) -> Option<Self> {
        if other.was(self) {
            return Some(other);
        }
        self.was(other).then_some(self)
    }

    /// Refuses what another type wrote. What has no type is nobody's, and who has declared none takes all.
    pub(crate) fn refuse_foreign(
        self,
        location: impl Into<Location>,
        wrote: Option<&str>,
    ) -> Result<(), Error> {
        match (self.type_name, wrote) {
            (Some(declared), Some(found)) if !self.is_called(found) => Err(Error::Foreign {
                location: location.into(),
                found: found.to_owned(),
                declared: declared.to_owned(),
            }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Reader = Reader {
        rust_name: || "app::v1::Worker",
        type_name: Some("app/WorkerV1"),
        formerly: &["old/Worker"],
        previous: None,
        version: 1,
    };

    const SECOND: Reader = Reader {
        rust_name: || "app::Worker",
        type_name: Some("app/Worker"),
        formerly: &[],
        previous: Some(|| FIRST),
        version: 2,
    };

    const OTHER: Reader = Reader {
        rust_name: || "app::other::Worker",
        previous: None,
        ..SECOND
    };

    const UNDECLARED: Reader = Reader {
        type_name: None,
        ..SECOND
    };

    #[test]
    fn what_an_older_version_wrote_and_what_had_another_name_is_ones_own() {
        for own in [
            None,
            Some("app/Worker"),
            Some("app/WorkerV1"),
            Some("old/Worker"),
        ] {
            assert_eq!(SECOND.refuse_foreign("/s.toml", own), Ok(()), "{own:?}");
        }
        assert!(FIRST.refuse_foreign("/s.toml", Some("app/Worker")).is_err());
        let error = SECOND
            .refuse_foreign("/s.toml", Some("app/Job"))
            .unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("/s.toml: "), "{text}");
        assert!(
            text.contains("`app/Job`") && text.contains("`app/Worker`"),
            "{text}"
        );
        assert_eq!(
            UNDECLARED.refuse_foreign("/s.toml", Some("app/Job")),
            Ok(())
        );
    }

    #[test]
    fn of_a_type_and_what_it_was_the_newer_reads_both() {
        let former = Reader {
            rust_name: || "app::Before",
            type_name: Some("old/Worker"),
            formerly: &[],
            ..FIRST
        };
        for (one, other) in [
            (FIRST, SECOND),
            (SECOND, FIRST),
            (SECOND, SECOND),
            (former, SECOND),
        ] {
            assert_eq!(one.newer_of(other), Some(SECOND));
        }
        // One name in the files, and two types.
        assert_eq!(SECOND.newer_of(OTHER), None);
        assert_eq!(OTHER.newer_of(FIRST), None);
        assert_eq!(UNDECLARED.newer_of(SECOND), Some(SECOND));
    }
}
