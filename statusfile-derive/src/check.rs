use crate::ast::{Input, Shape, Variant};
use crate::attr::Seen;
use crate::ctxt::Ctxt;
use crate::key::Key;
use crate::nearest::nearest;
use crate::serde_attr;
use crate::value::{Former, FormerName};
use syn::Fields;

/// Reports what no single attribute or field shows by itself.
pub(crate) fn check(cx: &Ctxt, input: &Input) {
    shape(cx, input);
    clashes(cx, input);
    versions(cx, input);
    defaults(cx, input);
    publishing(cx, input);
    placeholders(cx, input);
    former_places(cx, input);
    misplaced(cx, input);
}

fn shape(cx: &Ctxt, input: &Input) {
    let name = input.ident;
    match &input.shape {
        Shape::Struct(Fields::Unit) => cx.error_at(
            name,
            format!(
                "`{name}` has nothing to keep: give it fields, or braces (`struct {name} {{}}`)"
            ),
        ),
        Shape::Union(token) => cx.error_at(
            token,
            "a union cannot be kept, since nothing tells which field it holds: \
             write a struct or an enum",
        ),
        Shape::Enum { variants, .. } if variants.is_empty() => cx.error_at(
            name,
            format!("`{name}` has no variants, so there is never a value to keep: add one"),
        ),
        Shape::Enum {
            variants,
            externally_tagged: true,
        } => {
            for variant in variants {
                bare_variant(cx, variant);
            }
        }
        Shape::Struct(Fields::Named(_) | Fields::Unnamed(_)) | Shape::Enum { .. } => {}
    }
}

/// serde writes a unit variant as a string, and a TOML file is a table.
fn bare_variant(cx: &Ctxt, variant: &Variant) {
    if variant.is_unit && !variant.has_own_form {
        let name = variant.ident;
        cx.error_at(
            name,
            format!(
                "`{name}` would be a bare string, which a TOML file cannot hold: \
                 tag the enum (`#[serde(tag = \"kind\")]`) or give the variant braces (`{name} {{}}`)"
            ),
        );
    }
}

/// `path` is the whole path, the other three are its parts.
fn clashes(cx: &Ctxt, input: &Input) {
    let settings = &input.settings;
    let Some(path) = settings.position(Key::Path) else {
        return;
    };
    let is_part = |seen: &&Seen| matches!(seen.key, Key::App | Key::Dir | Key::File);
    let (before, after) = settings.seen.split_at(path);

    let before: Vec<String> = before.iter().filter(is_part).map(name).collect();
    if !before.is_empty() {
        let parts = before.join(" and ");
        cx.error_at(
            &settings.seen[path].ident,
            format!("`path` cannot be combined with {parts}: drop `path`, or drop {parts}"),
        );
    }
    for part in after.iter().filter(is_part) {
        let name = name(part);
        cx.error_at(
            &part.ident,
            format!("{name} cannot be combined with `path`: drop {name}, or drop `path`"),
        );
    }
}

/// A placeholder stands for a field that is saved with the others, else a load could not tell that
/// a status lies where it belongs.
fn placeholders(cx: &Ctxt, input: &Input) {
    let Some(pattern) = input.settings.pattern() else {
        return;
    };
    let (lit, ident) = (&pattern.lit, input.ident);
    if !matches!(input.shape, Shape::Struct(Fields::Named(_))) {
        cx.error_at(
            lit,
            format!(
                "a placeholder is a field's name, and `{ident}` has no named fields: \
                 name them, or drop the placeholder"
            ),
        );
        return;
    }
    for name in pattern.fields() {
        match input.shape.field(name) {
            None => cx.error_at(lit, unknown_field(input, name)),
            Some(field) if serde_attr::has_any(&field.attrs, NOT_KEPT) => cx.error_at(
                &field.ident,
                format!(
                    "`{name}` is part of the status's path and must be saved with it: \
                     do not let serde skip it"
                ),
            ),
            Some(_) => {}
        }
    }
}

/// Of many statuses nobody looks for each at another place, so they must stay where they are.
fn former_places(cx: &Ctxt, input: &Input) {
    let settings = &input.settings;
    if settings.pattern().is_none() {
        return;
    }
    let stays = [Key::Path, Key::App].map(|key| settings.position(key).is_some());
    for Former { lit, what } in &settings.formerly {
        match what {
            FormerName::Path(_) => cx.error_at(
                lit,
                "many statuses are not looked for at an old path: move their directory to the new one, or keep \
                 the old `path`",
            ),
            FormerName::Type {
                package: Some(package),
                ..
            } if stays == [false; 2] => cx.error_at(
                lit,
                format!(
                    "the many statuses lie under the name of the package, and are not looked for under an old \
                     one: add `app = \"{package}\"` to leave them where they are"
                ),
            ),
            FormerName::Type { .. } => {}
        }
    }
}

const NOT_KEPT: &[&str] = &["skip", "skip_serializing", "skip_deserializing"];

fn unknown_field(input: &Input, name: &str) -> String {
    let names = input.shape.field_names();
    let suggestion = nearest(name, names.iter().map(String::as_str))
        .map(|field| format!("; did you mean `{{{field}}}`?"))
        .unwrap_or_default();
    let ident = input.ident;
    let fields: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let fields = match &fields[..] {
        [] => "it has none".to_owned(),
        fields => format!("its fields are {}", fields.join(", ")),
    };
    format!("`{ident}` has no field `{name}`{suggestion}\n{fields}")
}

fn name(seen: &Seen) -> String {
    format!("`{}`", seen.key.name())
}

fn versions(cx: &Ctxt, input: &Input) {
    let settings = &input.settings;
    if let (Some(previous), None) = (
        settings.position(Key::Previous),
        settings.position(Key::Version),
    ) {
        cx.error_at(
            &settings.seen[previous].ident,
            "`previous` needs a `version` that is higher than that of the type it names: \
             add `version = 2`",
        );
    }
}

/// People write into what lies at the path, where they edit.
fn publishing(cx: &Ctxt, input: &Input) {
    let settings = &input.settings;
    let (editable, link) = (settings.editable.is_some(), settings.link.as_ref());
    if let (true, Some(link)) = (editable, link) {
        cx.error_at(
            link,
            "`link` cannot be combined with `editable`: people would write into the newest status itself; \
             drop one of them",
        );
    }
    if settings.copy != Some(false) {
        return;
    }
    let other = match (editable, link) {
        (_, Some(_)) => "link",
        (true, None) => "editable",
        (false, None) => return,
    };
    if let Some(copy) = settings.position(Key::Copy) {
        cx.error_at(
            &settings.seen[copy].ident,
            format!(
                "`copy = false` puts no file at the path, and `{other}` needs one there: drop one of them"
            ),
        );
    }
}

fn defaults(cx: &Ctxt, input: &Input) {
    if let (Shape::Enum { .. }, Some(default)) = (&input.shape, &input.settings.default) {
        cx.error_at(
            default,
            "`default` fills in the fields of a struct, and the variants of an enum have none in \
             common: drop it, or write `#[serde(default)]` on fields",
        );
    }
}

pub(crate) fn misplaced(cx: &Ctxt, input: &Input) {
    let name = input.ident;
    for attribute in &input.misplaced {
        cx.error_at(
            attribute,
            format!("`#[status]` goes on the type: write it above `{name}`"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::ast::Input;
    use crate::ctxt::Ctxt;
    use syn::{DeriveInput, parse_quote};

    fn mistake(input: &DeriveInput) -> (String, String) {
        let cx = Ctxt::new();
        check(&cx, &Input::new(&cx, input));
        cx.mistake()
    }

    #[test]
    fn variants_without_fields() {
        let (at, message) = mistake(&parse_quote!(
            enum Worker {
                Idle,
            }
        ));
        assert_eq!(at, "Idle");
        assert!(
            message.starts_with("`Idle` would be a bare string"),
            "{message}"
        );
    }

    #[test]
    fn path_beside_its_parts() {
        for (input, at, message) in [
            (
                parse_quote!(
                    #[status(path = "a", dir = "state")]
                    struct A {}
                ),
                "dir",
                "`dir` cannot be combined with `path`: drop `dir`, or drop `path`",
            ),
            (
                parse_quote!(
                    #[status(app = "a", path = "a")]
                    struct A {}
                ),
                "path",
                "`path` cannot be combined with `app`: drop `path`, or drop `app`",
            ),
        ] {
            assert_eq!(mistake(&input), (at.to_owned(), message.to_owned()));
        }
    }

    #[test]
    fn attributes_below_the_type() {
        let inputs: [DeriveInput; 4] = [
            parse_quote!(
                struct Worker {
                    #[status(keep = 3)]
                    count: u64,
                }
            ),
            parse_quote!(
                struct Worker(#[status(keep = 3)] u64);
            ),
            parse_quote!(
                enum Worker {
                    #[status(keep = 3)]
                    Busy { count: u64 },
                }
            ),
            parse_quote!(
                enum Worker {
                    Busy {
                        #[status(keep = 3)]
                        count: u64,
                    },
                }
            ),
        ];
        for input in &inputs {
            let (at, message) = mistake(input);
            assert_eq!(at, "# [status (keep = 3)]");
            assert_eq!(
                message,
                "`#[status]` goes on the type: write it above `Worker`"
            );
        }
    }

    #[test]
    fn placeholders_are_named_fields() {
        const NO_NAMES: &str = "a placeholder is a field's name, and `Job` has no named fields: \
             name them, or drop the placeholder";
        for (input, message) in [
            (
                parse_quote!(
                    #[status(file = "{id}.toml")]
                    struct Job(Inner);
                ),
                NO_NAMES,
            ),
            (
                parse_quote!(
                    #[status(file = "{id}.toml")]
                    enum Job {
                        Busy { id: u64 },
                    }
                ),
                NO_NAMES,
            ),
            (
                parse_quote!(
                    #[status(file = "{id}.toml")]
                    struct Job {
                        tenant: u64,
                        idd: u64,
                    }
                ),
                "`Job` has no field `id`; did you mean `{idd}`?\nits fields are `tenant`, `idd`",
            ),
            (
                parse_quote!(
                    #[status(file = "{id}.toml")]
                    struct Job {
                        number: u64,
                    }
                ),
                "`Job` has no field `id`\nits fields are `number`",
            ),
            (
                parse_quote!(
                    #[status(file = "{id}.toml")]
                    struct Job {}
                ),
                "`Job` has no field `id`\nit has none",
            ),
        ] {
            assert_eq!(
                mistake(&input),
                (r#""{id}.toml""#.to_owned(), message.to_owned())
            );
        }
    }
}
