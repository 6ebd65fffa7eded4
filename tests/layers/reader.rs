//! What a Rust file names, by its text alone.

/// A path such as `["crate", "store", "sealed"]`.
pub(crate) type Names = Vec<String>;

pub(crate) struct Named {
    /// The module that it stands in.
    pub(crate) at: Names,
    pub(crate) path: Names,
}

/// What a file says of modules and names.
pub(crate) enum Item {
    /// A module in braces.
    Inline(Names),
    /// A module in a file, at `path` if one is given.
    Module {
        module: Names,
        path: Option<String>,
    },
    /// What `use` makes known as `name`. It is `taken` unless it is only passed on.
    Alias {
        named: Named,
        name: String,
        taken: bool,
    },
    Path(Named),
}

/// What the non-test code of the file of `module` says.
pub(crate) fn items(text: &str, module: &[String]) -> Vec<Item> {
    let tokens = without_tests(&tokens(text));
    let mut items = Vec::new();
    let mut module = module.to_vec();
    let mut inline = Vec::new();
    let mut depth = 0;
    let mut at = 0;
    while at < tokens.len() {
        let before = at.checked_sub(1).map_or("", |before| &tokens[before]);
        let after = |by: usize| tokens.get(at + by).map_or("", String::as_str);
        match tokens[at].as_str() {
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                if inline.last() == Some(&depth) {
                    inline.pop();
                    module.pop();
                }
            }
            "mod" if after(2) == ";" || after(2) == "{" => {
                let child = [&module[..], &[after(1).to_owned()]].concat();
                if after(2) == "{" {
                    inline.push(depth);
                    module.clone_from(&child);
                    items.push(Item::Inline(child));
                } else {
                    let path = path_attribute(&tokens[..at]);
                    items.push(Item::Module {
                        module: child,
                        path,
                    });
                }
                at += 1;
            }
            "use" if after(1) != "<" => {
                let end = at + tokens[at..].iter().position(|token| token == ";").unwrap();
                let is_passed_on = before == "pub" || before == ")";
                let mut uses = Vec::new();
                tree(&tokens[at + 1..end], &[], &mut uses);
                for (path, name) in uses {
                    let count =
                        |tokens: &[String]| tokens.iter().filter(|&word| *word == name).count();
                    let taken = !is_passed_on || count(&tokens) > count(&tokens[at..end]);
                    let named = Named {
                        at: module.clone(),
                        path,
                    };
                    items.push(Item::Alias { named, name, taken });
                }
                at = end;
            }
            word if is_name(word) && after(1) == "::" && before != "::" => {
                let mut path = vec![word.to_owned()];
                while after(path.len() * 2 - 1) == "::" && is_name(after(path.len() * 2)) {
                    path.push(after(path.len() * 2).to_owned());
                }
                at += path.len() * 2 - 2;
                items.push(Item::Path(Named {
                    at: module.clone(),
                    path,
                }));
            }
            _ => {}
        }
        at += 1;
    }
    items
}

fn is_name(token: &str) -> bool {
    let first = token.chars().next();
    first.is_some_and(|first| first.is_alphabetic() || first == '_')
}

/// The file in `#[path = "…"]` among the attributes right before a `mod`.
fn path_attribute(tokens: &[String]) -> Option<String> {
    let end = tokens
        .iter()
        .rposition(|token| token == ";" || token == "}");
    let attributes = &tokens[end.map_or(0, |end| end + 1)..];
    let mut starts = attributes.windows(3);
    let at = starts.position(|start| starts_with(start, &["[", "path", "="]))?;
    Some(attributes.get(at + 3)?.trim_start_matches('"').to_owned())
}

/// The paths of a `use`, and the name that each gets.
fn tree(tokens: &[String], before: &[String], uses: &mut Vec<(Names, String)>) {
    let mut path = before.to_vec();
    let mut at = 0;
    while at < tokens.len() {
        match tokens[at].as_str() {
            "::" | "#" => {}
            "{" => {
                let end = end_of_group(tokens, at);
                let mut start = at + 1;
                while start < end - 1 {
                    let length = branch(&tokens[start..end - 1]);
                    tree(&tokens[start..start + length], &path, uses);
                    start += length + 1;
                }
                return;
            }
            "as" => {
                uses.push((path, tokens[at + 1].clone()));
                return;
            }
            "self" if !before.is_empty() => {}
            name => path.push(name.to_owned()),
        }
        at += 1;
    }
    let name = path.last().cloned().unwrap_or_default();
    uses.push((path, name));
}

/// How long the first of the branches is, up to its comma.
fn branch(tokens: &[String]) -> usize {
    let mut at = 0;
    while at < tokens.len() && tokens[at] != "," {
        at = match tokens[at].as_str() {
            "{" => end_of_group(tokens, at),
            _ => at + 1,
        };
    }
    at
}

/// Words, the mark `::`, other marks by one character, and strings behind a quotation mark. No
/// comments.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (token, length) = if first.is_whitespace() {
            (None, first.len_utf8())
        } else if rest.starts_with("//") {
            (None, rest.find('\n').unwrap_or(rest.len()))
        } else if rest.starts_with("/*") {
            (None, block_comment(rest))
        } else if let Some((string, length)) = string(rest) {
            (Some(format!("\"{string}")), length)
        } else if first == '\'' {
            (None, quoted_or_lifetime(rest))
        } else if first.is_alphanumeric() || first == '_' {
            let word = rest.find(|next: char| !next.is_alphanumeric() && next != '_');
            let word = &rest[..word.unwrap_or(rest.len())];
            (Some(word.to_owned()), word.len())
        } else if rest.starts_with("::") {
            (Some("::".to_owned()), 2)
        } else {
            (Some(first.to_string()), first.len_utf8())
        };
        tokens.extend(token);
        rest = &rest[length..];
    }
    tokens
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    loop {
        if text[at..].starts_with("/*") {
            depth += 1;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            if depth == 0 {
                return at + 2;
            }
        }
        at += text[at..].chars().next().unwrap().len_utf8();
    }
}

/// The string that `text` starts with, of any kind, and its length with all that encloses it.
fn string(text: &str) -> Option<(&str, usize)> {
    let kind = text.trim_start_matches(['b', 'c']);
    let raw = kind.trim_start_matches('r');
    let marks = raw.len() - raw.trim_start_matches('#').len();
    let inside = raw[marks..].strip_prefix('"')?;
    let prefix = text.len() - inside.len();
    if raw.len() < kind.len() {
        let end = format!("\"{}", "#".repeat(marks));
        let length = inside.find(&end)?;
        return Some((&inside[..length], prefix + length + end.len()));
    }
    if marks > 0 {
        return None;
    }
    let mut escaped = false;
    let length = inside.find(|next| {
        let ends = next == '"' && !escaped;
        escaped = next == '\\' && !escaped;
        ends
    })?;
    Some((&inside[..length], prefix + length + 1))
}

/// How long the character in quotes is, or the quotation mark of a lifetime.
fn quoted_or_lifetime(text: &str) -> usize {
    let mut characters = text.char_indices().skip(1);
    let is_escaped = characters.next().is_some_and(|(_, first)| first == '\\');
    if is_escaped {
        characters.next();
    }
    match characters.next() {
        Some((at, '\'')) => at + 1,
        Some((at, _)) if is_escaped => at + text[at..].find('\'').unwrap() + 1,
        _ => 1,
    }
}

/// Without what has `#[cfg(test)]`.
fn without_tests(tokens: &[String]) -> Vec<String> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if starts_with(&tokens[at..], &["#", "[", "cfg", "(", "test", ")", "]"])
            || starts_with(&tokens[at..], &["#", "[", "cfg", "(", "all", "(", "test"])
        {
            at = end_of_item(tokens, at);
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

fn starts_with(tokens: &[String], start: &[&str]) -> bool {
    tokens.len() >= start.len()
        && tokens
            .iter()
            .zip(start)
            .all(|(token, start)| token == start)
}

/// What an item starts with, unlike a field, a variant or an arm.
const ITEMS: [&str; 9] = [
    "pub", "fn", "impl", "struct", "enum", "mod", "trait", "type", "const",
];

/// Where the item that starts at `at` with attributes ends: with a semicolon, its last brace or, for
/// a field, a variant or an arm, a comma.
fn end_of_item(tokens: &[String], mut at: usize) -> usize {
    while tokens[at] == "#" {
        at = end_of_group(tokens, at + 1);
    }
    let mut head = tokens[at..].iter().take_while(|&token| token != "{");
    let is_use = head.any(|token| token == "use");
    let is_item = ITEMS.contains(&tokens[at].as_str());
    while at < tokens.len() {
        match tokens[at].as_str() {
            "}" => return at,
            ";" => return at + 1,
            "," if !is_item => return at + 1,
            "{" if !is_use => return end_of_group(tokens, at),
            "{" | "(" | "[" => at = end_of_group(tokens, at),
            _ => at += 1,
        }
    }
    at
}

fn end_of_group(tokens: &[String], start: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        match token.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth -= 1,
            _ => continue,
        }
        if depth == 0 {
            return at + 1;
        }
    }
    tokens.len()
}
