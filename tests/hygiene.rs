//! The expansion of `#[derive(PersistentStatus)]` in the least welcoming surroundings.

#![no_implicit_prelude]
#![deny(warnings, missing_docs, unused_qualifications)]
#![deny(clippy::all, clippy::pedantic)]
#![allow(dead_code, missing_debug_implementations, unreachable_pub)]

mod core {}
mod std {}
mod alloc {}
mod serde {}
mod statusfile {}

mod every_key {
    #[derive(::serde::Serialize, ::serde::Deserialize, ::statusfile::PersistentStatus)]
    #[status(path = "worker.toml", env = "WORKER", keep = 1_000_000, mode = 0o640)]
    #[status(durability = "process", lock_timeout = "60000ms")]
    pub(super) struct Worker {
        count: u64,
    }

    #[derive(::serde::Serialize, ::serde::Deserialize, ::statusfile::PersistentStatus)]
    #[status(
        app = "hygiene",
        dir = "cache",
        file = "parts.toml",
        durability = "full"
    )]
    pub(super) struct Parts {
        count: u64,
    }

    #[derive(::serde::Serialize, ::serde::Deserialize, ::statusfile::PersistentStatus)]
    pub(super) struct Nothing {
        count: u64,
    }

    #[derive(::serde::Serialize, ::serde::Deserialize, ::statusfile::PersistentStatus)]
    #[status(path = "jobs/{text}/{number}/{other}.toml", keep = 3)]
    pub(super) struct Keyed {
        text: ::std::string::String,
        number: u64,
        other: ::std::borrow::Cow<'static, str>,
    }
}

#[allow(non_camel_case_types, non_upper_case_globals)]
mod shadowed {
    type Result = ();
    type Option = ();
    struct Some;
    struct None;
    struct Ok;
    struct Err;
    struct Declaration;
    struct StatusFile;
    struct Error;
    struct Durability;
    struct Dir;
    struct Duration;
    struct Value;
    struct Pattern;
    struct Component;
    type Key = ();
    const key: u8 = 0;
    const COMPONENTS: u8 = 0;
    fn __checked() {}
    fn checked() {}
    trait PersistentStatus {}
    trait KeyedStatus {}
    trait Encode {}
    trait Decode {}
    trait Keep {}
    mod core {}
    mod std {}
    mod statusfile {}
    mod __private {}

    #[derive(::serde::Serialize, ::serde::Deserialize, ::statusfile::PersistentStatus)]
    #[status(path = "worker.toml", env = "WORKER", keep = 3, mode = 0o640)]
    #[status(durability = "process", lock_timeout = "1s")]
    pub(super) struct Worker {
        count: u64,
    }

    #[derive(::serde::Serialize, ::serde::Deserialize, ::statusfile::PersistentStatus)]
    #[status(path = "{text}/{number}.toml")]
    pub(super) struct Keyed {
        text: ::std::string::String,
        number: u64,
    }

    impl Keyed {
        fn key() {}
        fn pattern() {}
        fn status_file() {}
    }
}

#[allow(non_camel_case_types, non_upper_case_globals)]
mod clashing_parameters {
    #[derive(::serde::Serialize, ::serde::Deserialize, ::statusfile::PersistentStatus)]
    pub(super) struct Types<T, E, Result, Option, Encode, PersistentStatus, statusfile, core> {
        a: T,
        b: E,
        c: Result,
        d: Option,
        e: Encode,
        f: PersistentStatus,
        g: statusfile,
        h: core,
    }

    #[derive(::serde::Serialize, ::serde::Deserialize, ::statusfile::PersistentStatus)]
    pub(super) struct Constants<const KEEP: usize, const statusfile: usize> {
        count: u64,
    }

    #[derive(::serde::Serialize, ::serde::Deserialize, ::statusfile::PersistentStatus)]
    #[status(file = "{a}.toml")]
    pub(super) struct Keyed<
        'a,
        Key: ::std::fmt::Display,
        Value,
        const Pattern: usize,
        const COMPONENTS: usize,
    > {
        a: Key,
        b: Value,
        c: ::std::borrow::Cow<'a, str>,
    }

    #[derive(::serde::Serialize, ::serde::Deserialize, ::statusfile::PersistentStatus)]
    pub(super) struct Lifetimes<'a, 'b> {
        a: ::std::borrow::Cow<'a, str>,
        b: ::std::borrow::Cow<'b, str>,
    }
}

mod clashing_items {
    #[derive(::serde::Serialize, ::serde::Deserialize, ::statusfile::PersistentStatus)]
    pub(super) struct Declaration {
        keep: u64,
    }

    #[derive(::serde::Serialize, ::serde::Deserialize, ::statusfile::PersistentStatus)]
    pub(super) struct StatusFile {
        declared: u64,
    }

    impl StatusFile {
        fn status_file() -> u64 {
            0
        }

        fn declared() -> u64 {
            0
        }
    }

    #[derive(::serde::Serialize, ::serde::Deserialize, ::statusfile::PersistentStatus)]
    pub(super) struct PersistentStatus {
        declared: u64,
    }
}

mod renamed {
    mod inner {
        pub(in super::super) mod persist {
            pub use ::statusfile::{
                __private, Durability, Error, KeyedStatus, PersistentStatus, StatusFile,
            };
        }
    }

    mod statusfile {}

    #[derive(::serde::Serialize, ::serde::Deserialize, inner::persist::PersistentStatus)]
    #[status(crate = "inner::persist", keep = 3, dir = "data", durability = "full")]
    pub(super) struct InString<T> {
        job: T,
    }

    #[derive(::serde::Serialize, ::serde::Deserialize, inner::persist::PersistentStatus)]
    #[status(crate = crate::renamed::inner::persist, keep = 3)]
    pub(super) struct AsPath {
        job: u64,
    }

    #[derive(::serde::Serialize, ::serde::Deserialize, inner::persist::PersistentStatus)]
    #[status(crate = "inner::persist", file = "{job}.toml")]
    pub(super) struct Keyed {
        job: u64,
    }

    macro_rules! kept {
        ($name:ident) => {
            #[derive(
                ::serde::Serialize, ::serde::Deserialize, inner::persist::PersistentStatus,
            )]
            #[status(crate = $crate::renamed::inner::persist, keep = 3)]
            pub(super) struct $name {
                job: u64,
            }
        };
    }

    kept!(ByMacro);
}

/// Says little.
pub mod documented {
    /// Counts.
    #[derive(::serde::Serialize, ::serde::Deserialize, ::statusfile::PersistentStatus)]
    #[status(keep = 3)]
    pub struct Public {
        /// How many.
        pub count: u64,
    }
}

mod discouraged {
    #[derive(::serde::Serialize, ::serde::Deserialize, ::statusfile::PersistentStatus)]
    #[status(file = "{id}.toml")]
    struct OldField {
        #[deprecated]
        id: u64,
    }

    #[deprecated]
    #[derive(::serde::Serialize, ::serde::Deserialize, ::statusfile::PersistentStatus)]
    #[status(keep = 3)]
    struct Old {
        count: u64,
    }

    #[must_use]
    #[derive(::serde::Serialize, ::serde::Deserialize, ::statusfile::PersistentStatus)]
    struct MustUse<#[expect(non_camel_case_types)] t> {
        count: t,
    }
}

fn kept<T: ::statusfile::PersistentStatus>() {}

fn kept_by_key<T: ::statusfile::KeyedStatus>() {}

#[::core::prelude::v1::test]
fn every_type_can_be_kept() {
    #[derive(::serde::Serialize, ::serde::Deserialize, ::statusfile::PersistentStatus)]
    struct Local {
        count: u64,
    }

    kept::<Local>();
    kept::<every_key::Worker>();
    kept::<every_key::Parts>();
    kept::<every_key::Nothing>();
    kept::<shadowed::Worker>();
    kept::<clashing_parameters::Types<u8, u8, u8, u8, u8, u8, u8, u8>>();
    kept::<clashing_parameters::Constants<1, 2>>();
    kept::<clashing_parameters::Lifetimes<'_, '_>>();
    kept::<clashing_items::Declaration>();
    kept::<clashing_items::StatusFile>();
    kept::<clashing_items::PersistentStatus>();
    kept::<renamed::InString<u8>>();
    kept::<renamed::AsPath>();
    kept::<renamed::ByMacro>();
    kept::<documented::Public>();
    kept_by_key::<every_key::Keyed>();
    kept_by_key::<shadowed::Keyed>();
    kept_by_key::<clashing_parameters::Keyed<'_, u8, u8, 1, 2>>();
    kept_by_key::<renamed::Keyed>();
}
