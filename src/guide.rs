//! How to use this crate, a page for each need. Each says what to write, what happens on disk, what to
//! do when it fails, and what it costs.

// The links of the pages lead to other pages where they are read as files. Here they lead to items:
// of two definitions of a link, the first counts.

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/guide/checkpointing.md")]
pub mod checkpointing {}

// `Autosave` has an `update` of its own.
#[doc = "[`update`]: crate::Autosave::update"]
#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/guide/autosave.md")]
pub mod autosave {}

#[doc = include_str!("guide/links.md")]
#[cfg_attr(
    all(feature = "editable", feature = "watch"),
    doc = include_str!("../docs/guide/settings.md")
)]
#[cfg_attr(
    not(all(feature = "editable", feature = "watch")),
    doc = "Settings that people edit. This page needs the features `editable` and `watch`; \
           [docs.rs](https://docs.rs/statusfile/latest/statusfile/guide/settings) shows it."
)]
pub mod settings {}

// `KeyedStatus` has an `update` of its own.
#[doc = "[`update`]: crate::KeyedStatus::update"]
#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/guide/many-jobs.md")]
pub mod many_jobs {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/guide/several-processes.md")]
pub mod several_processes {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/guide/shared-places.md")]
pub mod shared_places {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/guide/versions.md")]
pub mod versions {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/guide/moving-over.md")]
pub mod moving_over {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/guide/testing.md")]
pub mod testing {}
