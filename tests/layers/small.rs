//! The reading itself, on small crates.

use crate::Rules;
use crate::sources::Sources;
use std::collections::BTreeSet;

const RULES: Rules = Rules {
    root: "lib.rs",
    layers: &[&["lib"], &["above"], &["left", "right"], &["below"]],
    without: &[("left", &["below", "serde"])],
    stand_ins: &[],
};

fn sources(files: &[(&str, &str)]) -> Sources {
    let files = files.iter();
    let texts = files.map(|&(name, text)| (name.to_owned(), text.to_owned()));
    Sources::new(texts.collect(), "lib.rs", &[])
}

const ROOT: (&str, &str) = ("lib.rs", "mod above; mod below; mod left; mod right;");

/// What is wrong if these are the four files.
fn problems(above: &str, left: &str, right: &str, below: &str) -> Vec<String> {
    let files = [
        ROOT,
        ("above.rs", above),
        ("left.rs", left),
        ("right.rs", right),
        ("below.rs", below),
    ];
    sources(&files).problems(&RULES)
}

#[test]
fn arrows_down_are_fine() {
    let above = "use crate::{below::Low, left::{self, Left as L}};\nfn f() { crate::right::g() }";
    let right = "pub(crate) use super::below::*;\nuse serde::Serialize;";
    let files = [
        ROOT,
        ("above.rs", above),
        ("left.rs", ""),
        ("right.rs", right),
        ("below.rs", ""),
    ];
    let sources = sources(&files);
    assert_eq!(sources.problems(&RULES), [""; 0]);
    let all = BTreeSet::from(["below.rs", "left.rs", "right.rs"]);
    assert_eq!(sources.arrows("above.rs"), all);
}

#[test]
fn an_arrow_up_is_found_however_it_is_written() {
    for below in [
        "use crate::left::Left;",
        "use super::left;",
        "use crate::{left::{Left, More}};",
        "#[cfg(feature = \"watch\")]\nuse crate::left::Left;",
        "fn f() -> crate::left::Left { todo!() }",
        "fn f() { let x = b'\"'; super::left::g::<'a'>() }",
        "fn f<'a>(x: &'a str) { crate::left::g(\"\\\"\", '\\'', '\"', r#\"\"\"#, x) }",
        "mod inner { fn f() { super::super::left::g() } }",
        "use std::fmt; mod inner { use crate::left as other; fn f() { other::g() } }",
        "#[cfg(not(test))]\nuse crate::left::Left;",
        "#[cfg(test)]\nuse std::{a, b};\nuse crate::left::Left;",
        "#[cfg(test)]\nmod tests { use super::*; fn f() {} }\nuse crate::left::Left;",
        "struct S { #[cfg(test)] a: u8, b: crate::left::Left }",
    ] {
        let found = problems("", "", "", below);
        assert_eq!(found, ["below.rs names left.rs"], "{below}");
    }
}

#[test]
fn an_arrow_aside_is_found() {
    assert_eq!(
        problems("", "", "use super::left::Left;", ""),
        ["right.rs names left.rs"]
    );
}

#[test]
fn what_a_layer_does_without_is_found() {
    for left in ["use crate::below::Low;", "type X = super::below::Low;"] {
        assert_eq!(
            problems("", left, "", ""),
            ["left.rs names below.rs"],
            "{left}"
        );
    }
    for left in [
        "use serde::Serialize;",
        "#[derive(serde::Serialize)]\nstruct S;",
    ] {
        assert_eq!(
            problems("", left, "", ""),
            ["left.rs names serde"],
            "{left}"
        );
    }
}

#[test]
fn what_is_no_code_is_no_arrow() {
    for below in [
        "//! See [`Left`](crate::left::Left).\n// crate::left::g()",
        "/* crate::left /* nested */ use crate::left; */",
        "const X: &str = \"use crate::left::Left;\";",
        "const X: &str = r#\"\"crate::left::Left\"#;",
        "const X: &[u8] = b\"\\\"crate::left::Left\";",
        "#[cfg(test)]\nmod tests { use crate::left::Left; }",
        "#[cfg(test)]\nuse crate::left::{Left, More};",
        "#[cfg(test)]\n#[allow(x)]\nfn f() { crate::left::g() }",
        "#[cfg(all(test, unix))]\nmod tests { use crate::left::Left; }",
        "struct S { #[cfg(test)] a: crate::left::Left, b: u8 }",
        "use left::Left; fn f() { ::left::g(); <X as Y>::left::g() }",
    ] {
        assert_eq!(problems("", "", "", below), [""; 0], "{below}");
    }
}

#[test]
fn a_file_in_no_layer_is_found() {
    let files = [("lib.rs", "mod stray;"), ("stray/mod.rs", "")];
    assert_eq!(
        sources(&files).problems(&RULES),
        ["stray/mod.rs is in no layer"]
    );
}

#[test]
fn a_circle_is_found() {
    let files = [
        ("lib.rs", "mod below;"),
        ("below/mod.rs", "mod a; mod b; mod c;"),
        ("below/a.rs", "use super::b::B;"),
        ("below/b.rs", "fn f() { super::c::g() }"),
        ("below/c.rs", "use super::a::A;"),
    ];
    let circle = "a circle: below/a.rs → below/b.rs → below/c.rs → below/a.rs";
    assert_eq!(sources(&files).problems(&RULES), [circle]);
}

#[test]
fn what_a_mod_rs_passes_on_is_no_circle_and_what_it_defines_is() {
    let circle = "a circle: below/a.rs → below/mod.rs → below/a.rs";
    let cases: [(&str, &[&str]); 4] = [
        ("mod a; mod b; pub use a::A; pub(crate) use b::B;", &[]),
        ("mod a; mod b; pub use a::A; use b::B;", &[]),
        ("mod a; mod b; use a::A; struct B;", &[circle]),
        ("mod a; mod b; pub use a::A; struct B(A);", &[circle]),
    ];
    for (module, expected) in cases {
        let files = [
            ("lib.rs", "mod below;"),
            ("below/mod.rs", module),
            ("below/a.rs", "use super::B;"),
            ("below/b.rs", ""),
        ];
        assert_eq!(sources(&files).problems(&RULES), expected, "{module}");
    }
}

#[test]
fn a_name_is_followed_to_where_it_is_defined() {
    let files = [
        ("lib.rs", "mod below; pub use below::Name;"),
        (
            "below/mod.rs",
            "#[cfg(unix)]\n#[path = \"one.rs\"]\nmod one_of; #[cfg(windows)]\n#[path = \"two.rs\"]\nmod one_of; mod user; pub use one_of::Name;",
        ),
        ("below/one.rs", ""),
        ("below/two.rs", ""),
        ("below/user.rs", "use crate::Name;"),
    ];
    let both = BTreeSet::from(["below/one.rs", "below/two.rs"]);
    assert_eq!(sources(&files).arrows("below/user.rs"), both);
}
