//! The system calls of an operation, and what each is for.

use crate::report::table::Table;

/// What calls are for, a line for each: the operation, the call, what it is done to, the step of
/// `docs/protocol.md`, and why. Of two lines for the same call, the first is for the first call.
pub(super) const REASONS: &str = include_str!("reasons.tsv");

/// The calls of an operation in `list`, and what each is for. Also the calls without a reason, and
/// the reasons without a call.
pub(super) fn justify(reasons: &str, operation: &str, list: &str) -> (Table, Vec<String>) {
    let mut reasons: Vec<_> = reasons
        .lines()
        .filter_map(|line| match line.split('\t').collect::<Vec<_>>()[..] {
            [of, call, on, step, why] if of == operation => Some((call, on, step, why)),
            _ => None,
        })
        .collect();
    let mut table = Table::new(["", "call", "on", "step", "for"]);
    let mut remarks = Vec::new();
    for (number, line) in (1..).zip(list.lines()) {
        let Some((name, done_to)) = parse(line) else {
            remarks.push(format!("this is no call: {line}"));
            continue;
        };
        let found = reasons
            .iter()
            .position(|(call, on, ..)| *call == name && *on == done_to);
        let (step, why) = if let Some(position) = found {
            let (_, _, step, why) = reasons.remove(position);
            (step, why)
        } else {
            remarks.push(format!(
                "a {operation} has no reason for {name} on {done_to}"
            ));
            ("", "**no reason yet**")
        };
        table.push([
            number.to_string(),
            format!("`{name}`"),
            done_to,
            step.to_owned(),
            why.to_owned(),
        ]);
    }
    for (call, on, ..) in reasons {
        remarks.push(format!(
            "a {operation} has a reason for {call} on {on}, and no such call"
        ));
    }
    (table, remarks)
}

/// The name of a call, and what it is done to, in a line of `strace -y`, which shows a descriptor
/// with its path: `close(3</a>) = 0`.
fn parse(line: &str) -> Option<(&str, String)> {
    let (name, rest) = line.split_once('(')?;
    let (arguments, _result) = rest.rsplit_once(") ")?;
    let takes_two = ["rename", "link", "symlink"];
    let takes_two = takes_two.iter().any(|it| name.starts_with(it));
    let paths = paths(name, arguments).into_iter();
    let roles: Vec<_> = paths
        .take(if takes_two { 2 } else { 1 })
        .map(role)
        .collect();
    Some((name, roles.join(" to ")))
}

/// The paths among the arguments: those of descriptors, and those that are written out. One that is
/// relative to a descriptor stands for both, unless it is empty.
fn paths<'a>(name: &str, arguments: &'a str) -> Vec<&'a str> {
    let takes_relative = name.contains("at");
    let mut paths = Vec::new();
    let mut after_descriptor = false;
    let mut rest = arguments;
    while let Some(start) = rest.find(['<', '"']) {
        let is_descriptor = rest[start..].starts_with('<');
        let closing = if is_descriptor { '>' } else { '"' };
        let inside = &rest[start + 1..];
        let Some(end) = inside.find(closing) else {
            break;
        };
        let path = &inside[..end];
        if after_descriptor && takes_relative && !is_descriptor {
            if !path.is_empty() {
                paths.pop();
                paths.push(path);
            }
        } else if is_descriptor || !after_descriptor {
            paths.push(path);
        }
        after_descriptor = is_descriptor;
        rest = &inside[end + 1..];
    }
    paths
}

/// What a file is for, by its name.
fn role(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_number = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
    match name.rsplit_once('.') {
        Some(("state", "toml")) => "the path".to_owned(),
        Some(("state.toml", "status")) => "directory".to_owned(),
        Some((number, "toml")) if is_number(number) => "generation".to_owned(),
        Some((_, "tmp")) => "temp file".to_owned(),
        // Each contender has one of its own, named after what it does.
        None if name.starts_with("save ") || name.starts_with("load ") => {
            "directory above".to_owned()
        }
        _ => format!("`{name}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_done_to_what_it_names() {
        for (line, expected) in [
            (
                r#"openat(AT_FDCWD</home>, "state.toml.status/ab.tmp", O_RDWR, 0400) = 3<state.toml.status/ab.tmp>"#,
                "openat temp file",
            ),
            (
                r#"openat(3<state.toml.status>, "lock", O_RDWR) = 4<lock>"#,
                "openat `lock`",
            ),
            (
                r#"statx(3<state.toml.status/8.toml>, "", AT_EMPTY_PATH, {...}) = 0"#,
                "statx generation",
            ),
            (
                r#"write(3<state.toml.status/ab.tmp>, "<8.toml>", 8) = 8"#,
                "write temp file",
            ),
            (
                r#"readlink("state.toml", 0x5613b1ce6b00, 256) = -1 EINVAL (Invalid argument)"#,
                "readlink the path",
            ),
            (
                r#"renameat2(AT_FDCWD</>, "state.toml.status/ab.tmp", AT_FDCWD</>, "state.toml.status/9.toml", RENAME_NOREPLACE) = 0"#,
                "renameat2 temp file to generation",
            ),
            (
                r#"renameat2(4<state.toml.status>, "published", 3</tmp/b/save statusfile>, "state.toml", RENAME_EXCHANGE) = 0"#,
                "renameat2 `published` to the path",
            ),
            (
                r"fsync(3<state.toml.status>)             = 0",
                "fsync directory",
            ),
            (
                r#"openat(AT_FDCWD</>, "/tmp/b/load statusfile", O_DIRECTORY) = 3</tmp/b/load statusfile>"#,
                "openat directory above",
            ),
            ("geteuid()                               = 0", "geteuid "),
        ] {
            let (name, on) = parse(line).unwrap();
            assert_eq!(format!("{name} {on}"), expected);
        }
    }

    #[test]
    fn each_call_takes_a_reason_of_its_own_and_what_is_left_is_reported() {
        let reasons = "save\tflock\t`lock`\t4\ttake it\nsave\tflock\t`lock`\t9\tlet go\n\
                       save\tfsync\tdirectory\t7\tnames\nload\tflock\t`lock`\t1\tnever\n";
        let list = "flock(4<lock>, LOCK_EX) = 0\nflock(4<lock>, LOCK_UN) = 0\nclose(4<lock>) = 0";
        let (table, remarks) = justify(reasons, "save", list);
        let table = table.to_string();
        assert!(table.find("take it") < table.find("let go"), "{table}");
        assert!(table.contains("**no reason yet**"));
        assert_eq!(remarks.len(), 2, "{remarks:?}");
    }
}
