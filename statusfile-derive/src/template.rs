use syn::ext::IdentExt;
use syn::parse::Parser;
use syn::{Ident, LitStr};

/// A path or a file's name as it was written, with placeholders or without.
pub(crate) struct Template {
    pub(crate) lit: LitStr,
    /// What stands before the first name that has a placeholder: all of it where none has one.
    pub(crate) start: String,
    /// The names from there on.
    pub(crate) names: Vec<Name>,
}

/// One name of a path.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) before: String,
    /// The field in braces.
    pub(crate) field: Option<String>,
    pub(crate) after: String,
}

impl Template {
    /// # Errors
    /// What is wrong and what to write instead.
    pub(crate) fn new(lit: &LitStr) -> Result<Self, String> {
        let (start, names) = parse(&lit.value())?;
        names.iter().try_for_each(Name::check)?;
        let template = Self {
            lit: lit.clone(),
            start,
            names,
        };
        let mut seen = Vec::new();
        for field in template.fields() {
            if seen.contains(&field) {
                return Err(format!("`{{{field}}}` appears twice: once is enough"));
            }
            seen.push(field);
        }
        Ok(template)
    }

    /// The fields in braces, in order.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &str> {
        self.names.iter().filter_map(|name| name.field.as_deref())
    }

    /// What stands for the file's name in an error where not even its directory can be found.
    pub(crate) fn file_name(&self) -> String {
        if self.has_fields() {
            self.lit.value()
        } else {
            self.start.clone()
        }
    }

    pub(crate) fn has_fields(&self) -> bool {
        !self.names.is_empty()
    }
}

impl Name {
    /// Keeps names from leading out of the directory that a key is in. Which characters they may
    /// have, the runtime says, at compile time too: see `checked` there.
    fn check(&self) -> Result<(), String> {
        if self.field.is_none() && matches!(&*self.before, "" | "." | "..") {
            return Err(
                "after a placeholder, no part of a path can be empty, `.` or `..`: \
                 write `{tenant}/{id}.toml`"
                    .to_owned(),
            );
        }
        Ok(())
    }

    fn push(&mut self, c: char) {
        match self.field {
            None => self.before.push(c),
            Some(_) => self.after.push(c),
        }
    }
}

/// What stands before the first name with a placeholder, and the names from there on.
fn parse(text: &str) -> Result<(String, Vec<Name>), String> {
    let (mut start, mut names) = (String::new(), Vec::new());
    let mut name = Name::default();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '{' | '}' if rest.starts_with(c) => {
                name.push(c);
                rest = &rest[1..];
            }
            '{' => {
                let (inside, after) = rest.split_once('}').ok_or(UNCLOSED)?;
                let field = field(inside)?;
                if let Some(first) = &name.field {
                    return Err(format!(
                        "`{{{first}}}` and `{{{field}}}` are in one name, so two statuses could \
                         share a file: write `{{{first}}}/{{{field}}}`"
                    ));
                }
                name.field = Some(field);
                rest = after;
            }
            '}' => return Err(UNOPENED.to_owned()),
            c if SEPARATORS.contains(&c) => {
                if names.is_empty() && name.field.is_none() {
                    start.push_str(&name.before);
                    start.push(c);
                } else {
                    names.push(name);
                }
                name = Name::default();
            }
            c => name.push(c),
        }
    }
    if names.is_empty() && name.field.is_none() {
        start.push_str(&name.before);
    } else {
        names.push(name);
    }
    Ok((start, names))
}

fn field(inside: &str) -> Result<String, String> {
    if inside.is_empty() {
        return Err(
            "`{}` names no field: write `{id}` for the value of the field `id`, or `{{}}` for braces"
                .to_owned(),
        );
    }
    match Ident::parse_any.parse_str(inside) {
        Ok(ident) if ident == inside => Ok(ident.unraw().to_string()),
        _ => Err(format!(
            "`{{{inside}}}` is not the name of a field: write the name alone, such as `{{id}}`"
        )),
    }
}

const UNCLOSED: &str = "a `{` is never closed: write `{id}` for the value of the field `id`, \
     or `{{` for a brace";

const UNOPENED: &str = "a `}` closes nothing: write `}}` for a brace";

pub(crate) const SEPARATORS: [char; 2] = ['/', '\\'];

#[cfg(test)]
mod tests {
    use super::{Name, Template, parse};
    use proc_macro2::Span;
    use syn::LitStr;

    fn name(before: &str, field: Option<&str>, after: &str) -> Name {
        Name {
            before: before.to_owned(),
            field: field.map(str::to_owned),
            after: after.to_owned(),
        }
    }

    fn mistake(text: &str) -> String {
        let template = Template::new(&LitStr::new(text, Span::call_site()));
        template.err().expect(text)
    }

    #[test]
    fn a_path_without_placeholders_is_all_start() {
        for (text, expected) in [
            ("worker.toml", "worker.toml"),
            ("/var/a/../worker.toml", "/var/a/../worker.toml"),
            ("C:\\a\\worker.toml", "C:\\a\\worker.toml"),
            ("a{{b}}/{{}}.toml", "a{b}/{}.toml"),
            ("{{{{", "{{"),
        ] {
            assert_eq!(parse(text), Ok((expected.to_owned(), Vec::new())), "{text}");
        }
    }

    #[test]
    fn names_begin_with_the_first_placeholder() {
        for (text, start, names) in [
            ("{id}", "", vec![name("", Some("id"), "")]),
            ("/{id}.toml", "/", vec![name("", Some("id"), ".toml")]),
            ("a/b-{id}", "a/", vec![name("b-", Some("id"), "")]),
            ("{{{id}}}", "", vec![name("{", Some("id"), "}")]),
            ("{r#type}", "", vec![name("", Some("type"), "")]),
            ("{größe}", "", vec![name("", Some("größe"), "")]),
            (
                "C:\\{tenant}\\jobs/{id}.toml",
                "C:\\",
                vec![
                    name("", Some("tenant"), ""),
                    name("jobs", None, ""),
                    name("", Some("id"), ".toml"),
                ],
            ),
        ] {
            assert_eq!(parse(text), Ok((start.to_owned(), names)), "{text}");
        }
    }

    #[test]
    fn braces_that_do_not_match() {
        for text in ["{", "{id", "jobs/{id.toml", "{{{", "{id}/{"] {
            assert!(mistake(text).contains("never closed"), "{text}");
        }
        for text in ["}", "id}.toml", "{id}}", "}}}"] {
            assert!(mistake(text).contains("closes nothing"), "{text}");
        }
    }

    #[test]
    fn what_is_not_the_name_of_a_field() {
        for text in [
            "{id:03}",
            "{ id }",
            "{self.id}",
            "{0}",
            "{a/b}",
            "{a{b}",
            "{ }",
        ] {
            assert!(
                mistake(text).contains("is not the name of a field"),
                "{text}"
            );
        }
        assert!(mistake("{}").contains("names no field"));
    }

    #[test]
    fn two_keys_never_share_a_file() {
        for text in ["{a}-{b}", "{a}{b}", "x/{c}/{a}.{b}"] {
            assert!(mistake(text).contains("write `{a}/{b}`"), "{text}");
        }
        assert!(mistake("{a}/{a}").contains("twice"));
    }

    #[test]
    fn no_way_out_of_the_directory() {
        for text in ["{a}//b", "{a}/./b", "{a}/../b"] {
            assert!(mistake(text).contains("empty, `.` or `..`"), "{text}");
        }
    }
}
