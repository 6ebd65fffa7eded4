//! Calls go down. What a file of the runtime, of the derive or of the command names lies in a layer
//! below its own, and no files go round in a circle: so each can be read without what is above it.
//!
//! This reads the paths in the sources, those of `use` and those in the code. Code for tests may
//! name anything. A method that one file adds to the type of another is not seen.

mod reader;
mod small;
mod sources;

use sources::Sources;

/// A crate's layers, the topmost first, and what else is not allowed.
struct Rules {
    root: &'static str,
    layers: &'static [&'static [&'static str]],
    /// Layers, and the layers below them or other crates that they do without all the same.
    without: &'static [(&'static str, &'static [&'static str])],
    /// Stands in for a layer in tests, so that its place is that layer's.
    stand_ins: &'static [&'static str],
}

const RUNTIME: Rules = Rules {
    root: "statusfile-runtime/src/lib.rs",
    layers: &[
        &["lib"],
        &["api"],
        &["codec", "place"],
        &["store"],
        &["fs", "trace"],
        &["error"],
    ],
    without: &[
        ("codec", &["fs"]),
        (
            "store",
            &["serde", "toml", "toml_edit", "serde_path_to_error"],
        ),
    ],
    stand_ins: &["store/memory.rs"],
};

const DERIVE: Rules = Rules {
    root: "statusfile-derive/src/lib.rs",
    layers: &[
        &["lib"],
        &["expand"],
        &["keyed", "section"],
        &["check", "schema"],
        &["ast"],
        &["attr", "serde_attr", "kebab"],
        &["value"],
        &["literal", "duration", "template"],
        &["entry"],
        &["ctxt", "key", "nearest"],
    ],
    without: &[],
    stand_ins: &[],
};

const COMMAND: Rules = Rules {
    root: "statusfile-cli/src/main.rs",
    layers: &[
        &["main"],
        &["verb"],
        &["change"],
        &["place", "content"],
        &["as_toml"],
        &["key", "as_json", "stand_ins"],
        &["out", "outcome", "moment", "cli"],
    ],
    without: &[],
    stand_ins: &[],
};

#[test]
fn the_runtime() {
    let sources = Sources::on_disk(&RUNTIME);
    let arrows = sources.arrows("store/directory/commit.rs");
    assert!(arrows.contains("store/directory/layout.rs"), "{arrows:?}");
    assert_eq!(sources.problems(&RUNTIME), [""; 0]);
}

#[test]
fn the_derive() {
    let sources = Sources::on_disk(&DERIVE);
    let arrows = sources.arrows("expand.rs");
    assert!(arrows.contains("ast.rs"), "{arrows:?}");
    assert_eq!(sources.problems(&DERIVE), [""; 0]);
}

#[test]
fn the_command() {
    let sources = Sources::on_disk(&COMMAND);
    let arrows = sources.arrows("verb/show.rs");
    assert!(arrows.contains("place.rs"), "{arrows:?}");
    assert_eq!(sources.problems(&COMMAND), [""; 0]);
}
